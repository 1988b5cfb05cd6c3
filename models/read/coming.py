"What starts next, as it is stored: next starts of jobs, start times of waiting orders."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from models import tables
from models.conditions import ENTRY_UNSETTLED, ORDER_OPEN
from scheduler.plan.state import EntryState
from scheduler.records import OrderState


@dataclass(frozen=True, slots=True)
class NextStart:
    "`order_id` is empty for a job; else `path` is the job chain."

    at: datetime
    path: str
    order_id: str = ""


def next_starts(
    connection: Connection, scheduler_id: str, since: datetime, until: datetime, limit: int = 20
) -> list[NextStart]:
    "In order of time: jobs by their run times (those that are not stopped), and orders that wait for their time."
    j, o = tables.jobs.c, tables.orders.c
    jobs = (
        select(j.next_start_at, j.path)
        .where(
            j.scheduler_id == scheduler_id,
            j.next_start_at >= since,
            j.next_start_at < until,
            j.stopped.is_(False),
            j.enabled.is_(True),
        )
        .order_by(j.next_start_at)
        .limit(limit)
    )
    orders = (
        select(o.start_at, o.chain, o.order_id)
        .where(
            o.scheduler_id == scheduler_id,
            ORDER_OPEN,
            o.state.in_((OrderState.WAITING, OrderState.SETBACK)),
            o.start_at >= since,
            o.start_at < until,
        )
        .order_by(o.start_at)
        .limit(limit)
    )
    found = [NextStart(row[0], row[1]) for row in connection.execute(jobs)]
    found += [NextStart(row[0], row[1], row[2]) for row in connection.execute(orders)]
    return sorted(found, key=lambda start: start.at)[:limit]


def late_orders(connection: Connection, scheduler_id: str, before: datetime, limit: int = 10) -> list[NextStart]:
    "Waiting orders whose start time lies before an instant, the latest first of all."
    o = tables.orders.c
    statement = (
        select(o.start_at, o.chain, o.order_id)
        .where(o.scheduler_id == scheduler_id, ORDER_OPEN, o.state == OrderState.WAITING, o.start_at < before)
        .order_by(o.start_at)
        .limit(limit)
    )
    return [NextStart(row[0], row[1], row[2]) for row in connection.execute(statement)]


def late_starts(connection: Connection, scheduler_id: str, now: datetime, limit: int = 10) -> list[NextStart]:
    "Starts of the plan that are late, or take longer than usual, at this moment, the latest first of all."
    e = tables.plan_entries.c
    late = ENTRY_UNSETTLED, e.start_at <= now, e.state.in_((EntryState.LATE, EntryState.OVERDUE))
    statement = select(e.start_at, e.kind, e.object).where(e.scheduler_id == scheduler_id, *late)
    statement, found = statement.order_by(e.start_at).limit(limit), []
    for at, kind, name in connection.execute(statement):
        path, _, order_id = name.partition(",") if kind == "order" else (name, "", "")
        found.append(NextStart(at, path, order_id))
    return found
