"The numbers of the status strip and of the overview."

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from models import tables
from models.conditions import FILE_FAULTY, ORDER_OPEN, RUN_FAILED, TASK_FAILED, TASK_OPEN
from scheduler.records import ChainState, OrderState, TaskState


@dataclass(frozen=True, slots=True)
class Overview:
    "`orders` counts the orders that have not ended, by state. `failed*` count the last 24 hours."

    orders: Mapping[OrderState, int]
    tasks: Mapping[TaskState, int]
    jobs: int
    jobs_stopped: int
    chains: int
    chains_stopped: int
    failed_tasks: int
    failed_runs: int
    faulty_files: int

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


def overview(connection: Connection, scheduler_id: str, now: datetime) -> Overview:
    since = now - timedelta(hours=24)

    def count(table: Table, *conditions: ColumnElement[bool]) -> int:
        statement = select(func.count()).select_from(table).where(table.c.scheduler_id == scheduler_id, *conditions)
        return connection.execute(statement).scalar_one()

    return Overview(
        orders=_by_state(connection, scheduler_id, tables.orders, ORDER_OPEN),
        tasks=_by_state(connection, scheduler_id, tables.tasks, TASK_OPEN),
        jobs=count(tables.jobs),
        jobs_stopped=count(tables.jobs, tables.jobs.c.stopped),
        chains=count(tables.job_chains),
        chains_stopped=count(tables.job_chains, tables.job_chains.c.state == ChainState.STOPPED),
        failed_tasks=count(tables.tasks, TASK_FAILED, tables.tasks.c.ended_at >= since),
        failed_runs=count(tables.order_runs, RUN_FAILED, tables.order_runs.c.ended_at >= since),
        faulty_files=count(tables.files, FILE_FAULTY),
    )


def _by_state(
    connection: Connection, scheduler_id: str, table: Table, condition: ColumnElement[bool]
) -> dict[Any, int]:
    state = table.c.state
    statement = select(state, func.count()).where(table.c.scheduler_id == scheduler_id, condition).group_by(state)
    return {row[0]: row[1] for row in connection.execute(statement)}


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
        statement = statement.where(c.chain_key.in_(chain_keys))
    counts: dict[str, dict[OrderState, int]] = defaultdict(dict)
    for key, state, number in connection.execute(statement):
        counts[key][state] = number
    return counts
