"""Changes -> what one transaction writes: per table the rows to put and the keys to delete, and the journal.

Pure. Of several records with one key the last wins, so an order that moves three nodes within a batch is written once.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from sqlalchemy import Table

from models import tables
from models.columns import instant_text
from models.forms import FORMS
from models.members import COLUMNS as MEMBER_COLUMNS
from models.members import KEYS as MEMBER_KEYS
from models.members import Member, member_row
from models.rows import Row, command_to_all_row
from scheduler.changes import Change
from scheduler.cluster.member_command import CommandToAll
from scheduler.frozen import frozen
from scheduler.params import Params

#: below this a log is not worth compressing
_PLAIN_BELOW = 512
_GZIP = 31
GZIP_MAGIC = b"\x1f\x8b"


@frozen
class TaskLog:
    "The complete log of an ended task. `truncated`: its middle was left out."

    task_id: int
    content: bytes
    truncated: bool = False


@frozen
class Put:
    """Rows to insert, or to update where their key exists (`insert_only`: to leave alone there; `once`: columns that
    are left alone there).

    `columns` begin with `keys`; the statement adds `scheduler_id` to both.
    """

    table: Table
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Sequence[Row]
    insert_only: bool = False
    once: tuple[str, ...] = ()


@frozen
class Drop:
    "Keys of rows to delete; the statement adds `scheduler_id`."

    table: Table
    keys: tuple[str, ...]
    rows: Sequence[Row]


@frozen
class LogRow:
    task_id: int
    content: bytes
    size: int
    truncated: bool


@frozen
class Told:
    "Commands for all other members that are there by then: sender, time, text."

    rows: Sequence[Row]


@frozen
class Batch:
    "One transaction. `puts` are in the order in which references hold, `drops` in the opposite one; `told` comes last."

    now: str
    journal_id: int
    puts: list[Put]
    drops: list[Drop]
    logs: list[LogRow]
    told: Told


def batch(
    changes: Sequence[Change],
    logs: Sequence[TaskLog],
    now: datetime,
    journal_id: int,
    member: Member | None = None,
) -> Batch:
    "`journal_id` is the number of the last journal row so far; the batch carries on from it."
    puts, drops, told = _records(changes)
    if member is not None:
        puts.append(Put(tables.members, MEMBER_KEYS, MEMBER_COLUMNS, [member_row(member, now)]))
    text = instant_text(now)
    if changes:
        puts.append(_journal(changes, text, journal_id))
    return Batch(text, journal_id + len(changes), puts, drops, [log_row(log) for log in logs], told)


def _records(changes: Sequence[Change]) -> tuple[list[Put], list[Drop], Told]:
    "The last record of each key, and what is told to all; None stands for a dropped one."
    last: dict[type, dict[Any, Any]] = {}
    for change in changes:
        for record in change.put:
            kind = type(record)
            records = last.get(kind)
            if records is None:
                records = last[kind] = {}
            records[record.key] = record
        for kind, key in change.drop:
            last.setdefault(kind, {})[key] = None
    puts: list[Put] = []
    drops: list[Drop] = []
    for kind, form in FORMS.items():
        records = last.get(kind)
        if not records:
            continue
        make = form.row
        if rows := [make(record) for record in records.values() if record is not None]:
            puts.append(Put(form.table, form.keys, form.columns, rows, once=form.once))
        if gone := [form.key(key) for key, record in records.items() if record is None]:
            drops.insert(0, Drop(form.table, form.keys, gone))
    return puts, drops, Told([command_to_all_row(command) for command in last.get(CommandToAll, {}).values()])


def _journal(changes: Sequence[Change], now: str, journal_id: int) -> Put:
    rows: list[Row] = [
        (number, now, change.kind.value, change.object, _detail(change.detail) if change.detail else None)
        for number, change in enumerate(changes, journal_id + 1)
    ]
    return Put(tables.journal, ("id",), ("id", "time", "kind", "object", "detail"), rows, insert_only=True)


def _detail(detail: Mapping[str, Any]) -> str:
    "As JSON. Most are plain texts and numbers, for which an encoder takes twice as long."
    words = []
    for name, value in detail.items():
        if type(value) is str:
            words.append(f"{quoted(name)}: {quoted(value)}")
        elif type(value) is int:
            words.append(f"{quoted(name)}: {value}")
        elif value is None:
            words.append(f"{quoted(name)}: null")
        else:
            return _encode(dict(detail))
    return f"{{{', '.join(words)}}}"


def as_json(value: Any) -> Any:
    "What JSON does not know: instants as texts, parameters as pairs, everything else as it prints."
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Params):
        return value.pairs()
    return str(value)


_encode = json.JSONEncoder(default=as_json).encode


def log_row(log: TaskLog) -> LogRow:
    "Compressed, unless the log is short. A log that looks compressed itself is compressed whatever its length."
    size = len(log.content)
    if size < _PLAIN_BELOW and not log.content.startswith(GZIP_MAGIC):
        return LogRow(log.task_id, log.content, size, log.truncated)
    return LogRow(log.task_id, zlib.compress(log.content, 4, _GZIP), size, log.truncated)
