"""Who did what through the control plane, and what came of it.

A chain of checksums runs over the entries: a link for the beginning of each, and one for its result. Whoever changes
or deletes a row afterwards breaks the chain; `check` finds where.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, text, true, update

from models.columns import instant_text
from models.operations import State
from models.read.page import one_of
from models.sight import sight_of
from models.tables import audit, audit_links

#: what the result says while no answer has come
PENDING = "pending"
#: the lock under which links are added, on PostgreSQL; SQLite has one writer anyway
_LOCK = 0x57E12


@dataclass(frozen=True, slots=True)
class Entry:
    """`command` is the XML that was sent, empty when none was.

    `result_code` is empty when it was done, PENDING while no answer has come, else the code of the refusal. `token` is
    the name of the API token that was used, `operation` the key under which the command was ordered.
    """

    id: int
    time: datetime
    scheduler_id: str
    account: str
    address: str
    action: str
    object: str
    command: str
    result_code: str
    result_text: str
    reason: str
    token: str = ""
    ticket: str = ""
    operation: str = ""


#: what a file of entries holds
EXPORTED = (*Entry.__dataclass_fields__, "checksum")
#: the values: the id, the time as ISO 8601 says it, and all others, which are texts
Exported = tuple[Any, ...]


def begin(
    connection: Connection,
    now: datetime,
    scheduler_id: str,
    account: str,
    address: str,
    action: str,
    object: str,
    command: str = "",
    reason: str = "",
    *,
    token: str = "",
    ticket: str = "",
    operation: str = "",
) -> int:
    "An entry before the deed, so that nothing is ever done without one; returns its id. The caller commits."
    values = {
        "time": now,
        "scheduler_id": scheduler_id,
        "account": account,
        "address": address,
        "action": action,
        "object": object,
        "command": command,
        "reason": reason,
        "token": token,
        "ticket": ticket,
        "operation": operation,
    }
    statement = insert(audit).values(**values, result_code=PENDING, result_text="")
    identifier: int = connection.execute(statement.returning(audit.c.id)).scalar_one()
    _link(connection, identifier, "begin", _digest_of_begin({"id": identifier, **values}))
    return identifier


def finish(connection: Connection, entry: int, result_code: str, result_text: str = "") -> None:
    "What came of it."
    connection.execute(
        update(audit).where(audit.c.id == entry).values(result_code=result_code, result_text=result_text)
    )
    _link(connection, entry, "end", _digest_of_end(entry, result_code, result_text))


def note(
    connection: Connection,
    now: datetime,
    account: str,
    address: str,
    action: str,
    object: str,
    result_code: str = "",
    result_text: str = "",
    *,
    command: str = "",
    reason: str = "",
    token: str = "",
) -> None:
    "A deed of the control plane itself, such as a changed role: entry and result at once."
    entry = begin(connection, now, "", account, address, action, object, command, reason, token=token)
    finish(connection, entry, result_code, result_text)


@dataclass(frozen=True, slots=True)
class Filter:
    "What a list of entries is narrowed down to; empty: not. `text` is looked for in the reason and in the ticket."

    scheduler_id: str | None = None
    object: str = ""
    account: str = ""
    action: str = ""
    result: str = ""
    text: str = ""
    operation: str = ""
    since: datetime | None = None
    until: datetime | None = None
    token: str = ""
    #: from where
    address: str = ""
    #: looked for in what was sent and in what came of it, so parameters before and after are found
    parameters: str = ""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        c = audit.c
        if self.scheduler_id is not None:
            yield c.scheduler_id == self.scheduler_id
        exact = {
            c.object: self.object, c.account: self.account, c.operation: self.operation, c.token: self.token,
            c.address: self.address,
        }  # fmt: skip
        for column, value in exact.items():
            if value:
                yield column == value
        if self.parameters:
            yield or_(*(each.icontains(self.parameters, autoescape=True) for each in (c.command, c.result_text)))
        if self.action:
            yield c.action.startswith(self.action, autoescape=True)
        match self.result:
            case "done":
                yield c.result_code == ""
            case "refused":
                yield c.result_code.not_in(("", PENDING))
            case "open":
                yield c.result_code == PENDING
        if self.text:
            yield or_(*(column.icontains(self.text, autoescape=True) for column in (c.reason, c.ticket)))
        if self.since is not None:
            yield c.time >= self.since
        if self.until is not None:
            yield c.time < self.until


def entries(
    connection: Connection,
    scheduler_id: str | None = None,
    object: str | None = None,
    before: int | None = None,
    limit: int = 100,
    *,
    only: Filter | None = None,
) -> list[Entry]:
    "The newest first. `before`: only entries with a smaller id, for the next page. `only` narrows them down."
    only = only or Filter(scheduler_id, object or "")
    statement = select(audit).where(*only.conditions(), _seen(connection)).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return [Entry(**row) for row in connection.execute(statement).mappings()]


def exported(connection: Connection, only: Filter, before: int | None, limit: int) -> list[Exported]:
    "Values of entries for a file, the newest first, each with the newest checksum of its entry (empty: it has none)."
    statement = select(*(audit.c[name] for name in EXPORTED[:-1])).where(*only.conditions(), _seen(connection))
    if before is not None:
        statement = statement.where(audit.c.id < before)
    found = connection.execute(statement.order_by(audit.c.id.desc()).limit(limit)).all()
    sums = checksums(connection, [row[0] for row in found])
    return [(id, time.isoformat(), *texts, sums.get(id, "")) for id, time, *texts in found]


def count_after(connection: Connection, only: Filter, after: int, limit: int = 100) -> int:
    "How many entries came after this id, `limit` at most."
    newer = select(audit.c.id).where(*only.conditions(), _seen(connection), audit.c.id > after).limit(limit)
    return int(connection.execute(select(func.count()).select_from(newer.subquery())).scalar_one())


def of_object(connection: Connection, scheduler_id: str, object: str, limit: int = 5) -> list[Entry]:
    """What was done to an object, the newest first. For everybody who may see the object: reasons stay visible where
    their effect is. Notes that were written about it change nothing, and a second person only agrees to what counts
    already, so neither counts."""
    c = audit.c
    aside = (c.action.not_like("note.%"), c.action.not_like("operation.%"))
    mine = (c.scheduler_id == scheduler_id, c.object == object, *aside)
    statement = select(audit).where(*mine).order_by(c.id.desc())
    return [Entry(**row) for row in connection.execute(statement.limit(limit)).mappings()]


def last_done(
    connection: Connection,
    scheduler_id: str,
    objects: Sequence[str],
    actions: Sequence[str],
    with_words: Mapping[str, str] = {},
) -> dict[str, Entry]:
    """Of each object the newest of these actions that was done; those without any are not there. `with_words`: an
    action counts only when its command holds this."""
    c = audit.c
    said = (or_(c.action != action, c.command.contains(words)) for action, words in with_words.items())
    mine = (c.scheduler_id == scheduler_id, one_of(connection, c.object, objects), c.action.in_(actions), *said)
    newest = select(func.max(c.id)).where(*mine, c.result_code == "").group_by(c.object)
    found = connection.execute(select(audit).where(c.id.in_(newest))).mappings()
    return {row["object"]: Entry(**row) for row in found}


def last_hold(
    connection: Connection, scheduler_id: str, objects: Collection[str], actions: Sequence[str], account: str,
    before: datetime,
) -> Entry | None:
    """The newest of these actions by the account up to that instant that had an end of its own and was not refused.
    `objects`: the names that the object had meanwhile."""
    c = audit.c
    mine = (c.scheduler_id == scheduler_id, c.object.in_(objects), c.action.in_(actions), c.account == account)
    held = (c.time <= before, c.command.contains(' until="'), c.result_code.in_(("", PENDING, State.NO_ANSWER)))
    statement = select(audit).where(*mine, *held).order_by(c.id.desc()).limit(1)
    row = connection.execute(statement).mappings().one_or_none()
    return Entry(**row) if row is not None else None


def _seen(connection: Connection) -> ColumnElement[bool]:
    "Entries about objects for which the reader may see the audit; one without limits sees all of them."
    sight = sight_of(connection)
    places = None if sight is None else sight.places("audit.view")
    if places is None:
        return true()
    c = audit.c
    return or_(
        *(
            (c.scheduler_id == scheduler_id if scheduler_id else c.scheduler_id != "")
            & (c.object.istartswith(folder, autoescape=True) if folder != "/" else true())
            for scheduler_id, folder in places
        ),
        c.id < 0,
    )


# ---- the chain ----


@dataclass(frozen=True, slots=True)
class Checked:
    "How far the chain holds: the links that were looked at, the last checksum, and what is wrong (empty: nothing)."

    links: int
    checksum: str
    faults: tuple[str, ...]


def check(connection: Connection) -> Checked:
    "Looks at the whole chain and at all entries. At most ten faults are told."
    rows = {row["id"]: dict(row) for row in connection.execute(select(audit)).mappings()}
    checksum, links, faults, begun = "", 0, list[str](), set[int]()
    for link in connection.execute(select(audit_links).order_by(audit_links.c.id)):
        links += 1
        if link.checksum != _chained(checksum, link.digest):
            faults.append(f"link {link.id} does not follow the one before")
        checksum = link.checksum
        row = rows.get(link.entry)
        if link.part == "begin":
            begun.add(link.entry)
        if row is None:
            faults.append(f"entry {link.entry} is missing")
        elif link.part == "begin" and link.digest != _digest_of_begin(row):
            faults.append(f"entry {link.entry} was changed")
    # entries from before there was a chain have no links
    rows = {id: row for id, row in rows.items() if begun and id >= min(begun)}
    faults += [f"entry {id} has no link" for id in sorted(set(rows) - begun)]
    faults += _changed_results(connection, rows)
    return Checked(links, checksum, tuple(faults[:10]))


def _changed_results(connection: Connection, rows: Mapping[int, Any]) -> list[str]:
    "A result may be given again (a command that had no answer got one); the last one counts."
    last: dict[int, str] = {}
    c = audit_links.c
    for link in connection.execute(select(c.entry, c.digest).where(c.part == "end").order_by(c.id)):
        last[link.entry] = link.digest
    found = []
    for id, row in rows.items():
        digest = last.get(id)
        if digest is None and row["result_code"] != PENDING:
            found.append(f"the result of entry {id} has no link")
        elif digest is not None and digest != _digest_of_end(id, row["result_code"], row["result_text"]):
            found.append(f"the result of entry {id} was changed")
    return found


def checksums(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    "The newest checksum of each entry, for an export."
    c = audit_links.c
    found = connection.execute(select(c.entry, c.checksum).where(one_of(connection, c.entry, ids)).order_by(c.id))
    return {row.entry: row.checksum for row in found}


def _link(connection: Connection, entry: int, part: str, digest: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    c = audit_links.c
    before = connection.execute(select(c.checksum).order_by(c.id.desc()).limit(1)).scalar_one_or_none()
    connection.execute(
        insert(audit_links).values(entry=entry, part=part, digest=digest, checksum=_chained(before or "", digest))
    )


def _chained(before: str, digest: str) -> str:
    return sha256(f"{before} {digest}".encode()).hexdigest()


_BEGIN = (
    "id",
    "time",
    "scheduler_id",
    "account",
    "address",
    "action",
    "object",
    "command",
    "reason",
    "token",
    "ticket",
    "operation",
)


def _digest_of_begin(values: Mapping[str, Any]) -> str:
    told = [instant_text(value) if isinstance(value := values[name], datetime) else value for name in _BEGIN]
    return sha256(json.dumps(told).encode()).hexdigest()


def _digest_of_end(entry: int, result_code: str, result_text: str) -> str:
    return sha256(json.dumps([entry, result_code, result_text]).encode()).hexdigest()
