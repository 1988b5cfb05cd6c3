"The numbers of the status strip and of the overview."

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    String,
    Table,
    bindparam,
    case,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from models import tables
from models.columns import Instant
from models.conditions import ENTRY_UNSETTLED, FILE_FAULTY, ORDER_OPEN, RUN_FAILED, TASK_FAILED, TASK_OPEN
from models.read.page import one_of
from scheduler.plan.state import LATE, EntryState
from scheduler.records import ChainState, OrderState, TaskState


@dataclass(frozen=True, slots=True)
class Overview:
    """`orders` counts the orders that have not ended, by state. `failed*` count the last 24 hours.

    `orders_due`: orders that wait, and are due for longer than is allowed. `planned`: this moment lies in a plan day
    that is worked out. Then `late` counts the starts of the plan that should have begun and those that take longer than
    usual, of whatever day, in which orders that were added by hand do not stand; else it is `orders_due`.
    """

    orders: Mapping[OrderState, int]
    tasks: Mapping[TaskState, int]
    jobs: int
    jobs_stopped: int
    #: jobs that could start something but for a process of their class
    jobs_waiting: int
    #: and those that could but for their locks
    jobs_locked: int
    chains: int
    chains_stopped: int
    failed_tasks: int
    failed_runs: int
    faulty_files: int
    late: int
    orders_due: int
    planned: bool

    @property
    def tasks_running(self) -> int:
        "Tasks that have a process, or are about to."
        return sum(number for state, number in self.tasks.items() if state is not TaskState.QUEUED)

    @property
    def tasks_queued(self) -> int:
        return self.tasks.get(TaskState.QUEUED, 0)

    @property
    def failed(self) -> int:
        return self.failed_tasks

    @property
    def orders_total(self) -> int:
        return sum(self.orders.values())

    @property
    def orders_waiting(self) -> int:
        return self.orders.get(OrderState.WAITING, 0)

    @property
    def orders_running(self) -> int:
        return self.orders.get(OrderState.RUNNING, 0) + self.orders.get(OrderState.SUSPENDING, 0)

    @property
    def orders_setback(self) -> int:
        return self.orders.get(OrderState.SETBACK, 0)

    @property
    def orders_suspended(self) -> int:
        return self.orders.get(OrderState.SUSPENDED, 0)

    @property
    def orders_blacklisted(self) -> int:
        return self.orders.get(OrderState.BLACKLISTED, 0)


def overview(connection: Connection, scheduler_id: str, now: datetime, late: float = LATE) -> Overview:
    "In two statements: pages ask for it all the time. `late`: seconds for which orders may be due."
    instants = {"now": now, "due": now - timedelta(seconds=late), "since": now - timedelta(hours=24)}
    row = connection.execute(_COUNTS, {"id": scheduler_id, **instants}).one()
    orders: dict[OrderState, int] = {}
    tasks: dict[TaskState, int] = {}
    for kind, state, number in connection.execute(_STATES, {"id": scheduler_id}):
        if kind == "orders":
            orders[OrderState(state)] = number
        else:
            tasks[TaskState(state)] = number
    return Overview(orders=orders, tasks=tasks, **row._mapping)


def _count(table: Table, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    mine = table.c.scheduler_id == bindparam("id")
    return select(func.count()).select_from(table).where(mine, *conditions).scalar_subquery()


def _states(table: Table, condition: ColumnElement[bool]) -> Select[str, str, int]:
    kind: ColumnElement[str] = literal_column(f"'{table.name}'", String)
    state = type_coerce(table.c.state, String).label("state")
    mine = table.c.scheduler_id == bindparam("id")
    return select(kind.label("kind"), state, func.count().label("number")).where(mine, condition).group_by(state)


def _instant(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Instant())


_SINCE, _NOW, _DUE = _instant("since"), _instant("now"), _instant("due")
_ENTRIES, _ORDERS, _DAYS = tables.plan_entries.c, tables.orders.c, tables.plan_days.c
#: what may be late lies at the beginning of the partial index of entries of which something may still become
_LATE = (ENTRY_UNSETTLED, _ENTRIES.start_at <= _NOW, _ENTRIES.state.in_((EntryState.LATE, EntryState.OVERDUE)))
_DUE_ORDERS = (ORDER_OPEN, _ORDERS.state == OrderState.WAITING, _ORDERS.start_at < _DUE)
_PLANNED = _count(tables.plan_days, _DAYS.begin_at <= _NOW, _DAYS.end_at > _NOW) > 0
_COUNTS = select(
    _count(tables.jobs).label("jobs"),
    _count(tables.jobs, tables.jobs.c.stopped).label("jobs_stopped"),
    _count(tables.job_waits, tables.job_waits.c.locks == "").label("jobs_waiting"),
    _count(tables.job_waits, tables.job_waits.c.locks != "").label("jobs_locked"),
    _count(tables.job_chains).label("chains"),
    _count(tables.job_chains, tables.job_chains.c.state == ChainState.STOPPED).label("chains_stopped"),
    _count(tables.tasks, TASK_FAILED, tables.tasks.c.ended_at >= _SINCE).label("failed_tasks"),
    _count(tables.order_runs, RUN_FAILED, tables.order_runs.c.ended_at >= _SINCE).label("failed_runs"),
    _count(tables.files, FILE_FAULTY).label("faulty_files"),
    case((_PLANNED, _count(tables.plan_entries, *_LATE)), else_=_count(tables.orders, *_DUE_ORDERS)).label("late"),
    _count(tables.orders, *_DUE_ORDERS).label("orders_due"),
    type_coerce(_PLANNED, Boolean).label("planned"),
)
_both = union_all(_states(tables.orders, ORDER_OPEN), _states(tables.tasks, TASK_OPEN)).subquery()
_STATES = select(_both.c.kind, _both.c.state, _both.c.number)


def orders_by_chain(
    connection: Connection, scheduler_id: str, chain_keys: list[str] | None = None
) -> Mapping[str, Mapping[OrderState, int]]:
    "The orders that have not ended, per chain (lower-case path) and state; for all chains, or only these."
    c = tables.orders.c
    statement = (
        select(c.chain_key, c.state, func.count())
        .where(c.scheduler_id == scheduler_id, ORDER_OPEN)
        .group_by(c.chain_key, c.state)
    )
    if chain_keys is not None:
        statement = statement.where(one_of(connection, c.chain_key, chain_keys))
    counts: dict[str, dict[OrderState, int]] = defaultdict(dict)
    for key, state, number in connection.execute(statement):
        counts[key][state] = number
    return counts
