"""Commands that were ordered through the control plane, each under its operation key.

The key makes an order idempotent: of two with the same key the second finds the first one and its result. A command
for which there is no member waits here until one comes, is withdrawn, or expires.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape
from typing import Any

from sqlalchemy import Connection, delete, select, update

from models.inserts import insert_into
from models.read.orders import order_runs
from models.read.page import Page, one_of, page_of
from models.tables import batches, operations
from scheduler.records import Run, Task

#: how far the clocks of the pages and of an engine may be apart
_CLOCKS = timedelta(minutes=1)
#: a command may have waited for a member, or for a second person, before it was sent
_LONGEST_WAIT = timedelta(days=1)
#: commands that are looked through for those that started some tasks
MOST_STARTS = 2000
#: the number of a task in what a command has made
_MADE = re.compile(r' id="(\d{1,18})"')
#: what adds an order, and what else lets one begin
_ADDING = "chain.add-order"
_STARTING = (_ADDING, "order.start", "order.start-at")
#: the id of an order in what a command has made
_ADDED = re.compile(r'<order\b[^>]* order="([^"]*)"')
_COLUMNS = tuple(column.name for column in operations.c)
_BATCH_COLUMNS = tuple(column.name for column in batches.c)


class State(StrEnum):
    #: it is on its way
    SENDING = "sending"
    DONE = "done"
    #: the engine said no; `code` is its code
    REFUSED = "refused"
    #: sent, but no answer came in time: it may still have taken effect
    NO_ANSWER = "no_answer"
    #: no member takes commands; it is sent when one comes
    WAITING = "waiting"
    #: a second person has to agree
    ASKED = "asked"
    #: taken back by somebody before it was sent
    WITHDRAWN = "withdrawn"
    #: the second person said no
    REJECTED = "rejected"
    #: nobody came in time: it was never sent
    EXPIRED = "expired"


#: not over yet
OPEN = (State.SENDING, State.WAITING, State.ASKED)


@dataclass(frozen=True, slots=True)
class Operation:
    """`action` is kind, dot, verb. `made` is the engine's answer, as far as it names what was made. `entry` is that of
    the audit. `batch` is the key of the bulk operation it belongs to, or empty."""

    key: str
    account_id: int
    account: str
    scheduler_id: str
    action: str
    object: str
    command: str
    state: State
    created_at: datetime
    batch: str = ""
    token: str = ""
    address: str = ""
    reason: str = ""
    ticket: str = ""
    code: str = ""
    text: str = ""
    made: str = ""
    approver: str = ""
    entry: int = 0
    ended_at: datetime | None = None
    #: what whoever ordered it must still be allowed when it is sent later (empty: not known), and the path for that
    permission: str = ""
    path: str = ""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    def for_audit(self, text: str) -> str:
        "What came of it, as the audit keeps it: with who has agreed to it."
        if not self.approver:
            return text
        return f"agreed to by {self.approver}: {text}" if text else f"agreed to by {self.approver}"


def begin(connection: Connection, operation: Operation) -> Operation | None:
    "Stores a new operation. None: done; else the one that has the key already, and nothing is stored."
    values = {name: getattr(operation, name) for name in _COLUMNS} | {"state": operation.state.value}
    statement = (
        insert_into(connection.dialect.name, operations)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(operations.c.key)
    )
    if connection.execute(statement).scalar_one_or_none() is not None:
        return None
    return find(connection, operation.key)


def find(connection: Connection, key: str) -> Operation | None:
    row = connection.execute(select(operations).where(operations.c.key == key)).one_or_none()
    return None if row is None else _operation(row)


def states_of(connection: Connection, keys: Collection[str]) -> dict[str, State]:
    "Those that are not known (any more) are not there."
    c = operations.c
    found = connection.execute(select(c.key, c.state).where(one_of(connection, c.key, list(keys)))) if keys else ()
    return {row.key: State(row.state) for row in found}


def move(connection: Connection, key: str, before: State, after: State, **values: Any) -> bool:
    "From one state to another; False when it is not in the first one any more: somebody was faster."
    c = operations.c
    statement = update(operations).where(c.key == key, c.state == before.value).values(state=after.value, **values)
    return connection.execute(statement).rowcount == 1


def in_state(
    connection: Connection, states: Collection[State], *, since: datetime | None = None, limit: int = 200
) -> list[Operation]:
    "The oldest first."
    c = operations.c
    statement = select(operations).where(c.state.in_([state.value for state in states]))
    if since is not None:
        statement = statement.where(c.created_at >= since)
    return [_operation(row) for row in connection.execute(statement.order_by(c.created_at, c.key).limit(limit))]


def page_of_account(connection: Connection, account_id: int, offset: int, limit: int) -> Page[Operation]:
    "Those of one account, the newest first; without the parts of bulk operations."
    c = operations.c
    mine = select(operations).where(c.account_id == account_id, c.batch == "")
    return page_of(connection, mine.order_by(c.created_at.desc(), c.key), offset, limit, _operation)


def of_actions(
    connection: Connection, scheduler_id: str, actions: Collection[str], since: datetime, limit: int = 100
) -> list[Operation]:
    "Those of one scheduler with one of these actions that were sent since then, the newest first."
    c = operations.c
    sent = c.state.in_([State.SENDING.value, State.DONE.value, State.NO_ANSWER.value])
    statement = select(operations).where(c.scheduler_id == scheduler_id, c.created_at >= since, sent)
    statement = statement.where(c.action.in_(list(actions))).order_by(c.created_at.desc(), c.key).limit(limit)
    return [_operation(row) for row in connection.execute(statement)]


def that_started(connection: Connection, scheduler_id: str, task: Task) -> Operation | None:
    "The command of these pages, or of their interface, that queued a task; None where it is not known (any more)."
    c = operations.c
    if task.enqueued_at is None:
        return None
    row = connection.execute(
        select(operations)
        .where(c.state == State.DONE.value, c.created_at <= task.enqueued_at + _CLOCKS)
        .where(c.created_at >= task.enqueued_at - _LONGEST_WAIT, c.scheduler_id == scheduler_id)
        .where(c.action == "job.start", c.object == task.job)
        .where(c.made.contains(f' id="{task.id}"', autoescape=True))
        .limit(1)
    ).one_or_none()
    return None if row is None else _operation(row)


def that_started_any(connection: Connection, scheduler_id: str, tasks: Iterable[Task]) -> dict[int, Operation]:
    "The same for many tasks at once, by their numbers; those of which it is not known are left out."
    c, known = operations.c, {task.id: (task.job, task.enqueued_at) for task in tasks if task.enqueued_at is not None}
    if not known:
        return {}
    queued = [at for _, at in known.values()]
    rows = connection.execute(
        select(operations)
        .where(c.state == State.DONE.value, c.created_at <= max(queued) + _CLOCKS)
        .where(c.created_at >= min(queued) - _LONGEST_WAIT, c.scheduler_id == scheduler_id)
        .where(c.action == "job.start")
        .order_by(c.created_at.desc())
        .limit(MOST_STARTS)
    )
    made = [(number, _operation(row)) for row in rows for number in map(int, _MADE.findall(row.made))]
    return {number: each for number, each in made if number in known and _may_have_queued(each, *known[number])}


def that_started_runs(connection: Connection, scheduler_id: str, runs: Sequence[Run]) -> dict[int, Operation]:
    "The commands that added or started the orders of these runs, by the numbers of the runs, as far as it is known."
    if not runs:
        return {}
    c, began = operations.c, [run.started_at for run in runs]
    rows = connection.execute(
        select(operations)
        .where(c.state == State.DONE.value, c.created_at <= max(began) + _CLOCKS)
        .where(c.created_at >= min(began) - _LONGEST_WAIT, c.scheduler_id == scheduler_id)
        .where(c.action.in_(_STARTING))
        .order_by(c.created_at.desc())
        .limit(MOST_STARTS)
    )
    known: dict[tuple[str, str], list[Operation]] = {}
    for each in map(_operation, rows):
        known.setdefault(_order_of(each), []).append(each)
    found: dict[int, Operation] = {}
    for run in runs:
        asked = [each for each in known.get((run.chain.lower(), run.order_id), ()) if _may_have_begun(each, run)]
        if asked and (begun_by := _since_the_last(connection, scheduler_id, run, asked)):
            found[run.history_id] = begun_by
    return found


def _order_of(operation: Operation) -> tuple[str, str]:
    "The key of the chain and the id of an order that a command has added or started."
    if operation.action != _ADDING:
        chain, _, order_id = operation.object.partition(",")
        return chain.lower(), order_id
    made = _ADDED.search(operation.made)
    return operation.object.lower(), unescape(made[1]) if made else ""


def _may_have_begun(operation: Operation, run: Run) -> bool:
    "Whose start was asked for stands in its chain already: of two clocks that differ, rather nobody is named."
    if run.ended_at is not None and operation.created_at > run.ended_at:
        return False
    latest = run.started_at + (_CLOCKS if operation.action == _ADDING else timedelta())
    return run.started_at - _LONGEST_WAIT <= operation.created_at <= latest


def _since_the_last(
    connection: Connection, scheduler_id: str, run: Run, asked: Sequence[Operation]
) -> Operation | None:
    "The newest of these that came after the run of the order before this one."
    before = order_runs(connection, scheduler_id, run.chain, run.order_id, limit=1, before=run.history_id)
    ended = before[0].ended_at if before else run.started_at - _LONGEST_WAIT
    return next((each for each in asked if ended is not None and each.created_at > ended), None)


def _may_have_queued(operation: Operation, job: str, at: datetime) -> bool:
    "Numbers of tasks come again, after a long time."
    return operation.object == job and at - _LONGEST_WAIT <= operation.created_at <= at + _CLOCKS


def forget(connection: Connection, before: datetime) -> int:
    "Deletes what is over and was ordered before; returns how many."
    c = operations.c
    over = c.state.not_in([state.value for state in OPEN])
    return connection.execute(delete(operations).where(c.created_at < before, over)).rowcount


def _operation(row: Any) -> Operation:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Operation(**values | {"state": State(row.state)})


# ---- many at once ----


@dataclass(frozen=True, slots=True)
class Batch:
    "`state` is running, stopped or done. `work` is what is to be done, as the page that made it wrote it."

    key: str
    account_id: int
    account: str
    scheduler_id: str
    action: str
    reason: str
    ticket: str
    state: str
    total: int
    work: Any
    created_at: datetime
    ended_at: datetime | None = None


def begin_batch(connection: Connection, batch: Batch) -> bool:
    "False when there is one with this key already."
    values = {name: getattr(batch, name) for name in _BATCH_COLUMNS}
    statement = (
        insert_into(connection.dialect.name, batches).values(**values).on_conflict_do_nothing().returning(batches.c.key)
    )
    return connection.execute(statement).scalar_one_or_none() is not None


def batch(connection: Connection, key: str) -> Batch | None:
    row = connection.execute(select(batches).where(batches.c.key == key)).one_or_none()
    return None if row is None else Batch(**row._mapping)


def stop_batch(connection: Connection, key: str, now: datetime) -> bool:
    "What has not begun is not begun any more. False: it was over."
    return _end(connection, key, "stopped", now)


def end_batch(connection: Connection, key: str, now: datetime) -> bool:
    return _end(connection, key, "done", now)


def resume_batch(connection: Connection, key: str, work: Any) -> None:
    "It runs again, with this work."
    statement = update(batches).where(batches.c.key == key).values(state="running", ended_at=None, work=work)
    connection.execute(statement)


def of_batch(connection: Connection, key: str) -> list[Operation]:
    "In the order in which they were begun."
    c = operations.c
    found = connection.execute(select(operations).where(c.batch == key).order_by(c.created_at, c.key))
    return [_operation(row) for row in found]


def _end(connection: Connection, key: str, state: str, now: datetime) -> bool:
    c = batches.c
    statement = update(batches).where(c.key == key, c.state == "running").values(state=state, ended_at=now)
    return connection.execute(statement).rowcount == 1
