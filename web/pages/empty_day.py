"""Why nothing is planned for a day that is not over: nothing has a run time, or who has one does not start on it.

Calendars that name the day, and schedules that give no start on it, are told as what may have kept it free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models import read, tables
from web import database
from web.display import now
from web.pages import month

#: schedules that are named
MOST_SCHEDULES = 10


@dataclass(frozen=True, slots=True)
class Nothing:
    """As far as the reader may see it. `jobs`, `orders`: those with a run time. `names`: of the day, in business
    calendars. `next_at`: the first start after the day; None: it is not known."""

    jobs: int
    orders: int
    names: Sequence[str] = ()
    schedules: Sequence[str] = ()
    next_at: datetime | None = None


def why(scheduler_id: str, day: date, end: datetime, schedules: Sequence[str]) -> Nothing | None:
    "`end` of the day; None when it is over. `schedules`: those that give no start on it."
    if end <= now():
        return None
    connection, j, o = database.read(), tables.jobs.c, tables.orders.c
    jobs = read.jobs(connection, scheduler_id, where=[j.has_run_time.is_(True)], limit=1).total
    orders = read.orders(connection, scheduler_id, where=[o.has_run_time.is_(True)], limit=1).total
    if not jobs and not orders:
        return Nothing(0, 0)
    names = month.names_of_days(scheduler_id, day, day).get(day, ())
    return Nothing(jobs, orders, names, schedules[:MOST_SCHEDULES], _first_from(scheduler_id, end))


def _first_from(scheduler_id: str, end: datetime) -> datetime | None:
    """The first start from `end` on. None: none is known, or what starts before then may start again sooner than
    anything else: only the next start of each job and order is known."""
    connection, j, o = database.read(), tables.jobs.c, tables.orders.c
    early_jobs = [j.has_run_time.is_(True), j.next_start_at >= now(), j.next_start_at < end]
    early_orders = [o.has_run_time.is_(True), o.start_at >= now(), o.start_at < end]
    if read.jobs(connection, scheduler_id, where=early_jobs, limit=1).total:
        return None
    if read.orders(connection, scheduler_id, where=early_orders, limit=1).total:
        return None
    next_jobs = read.jobs(connection, scheduler_id, where=[j.next_start_at >= end], sort="next", limit=1).rows
    next_orders = read.orders(connection, scheduler_id, where=[o.start_at >= end], sort="start", limit=1).rows
    instants = [*(job.next_start_at for job in next_jobs), *(row.order.start_at for row in next_orders)]
    return min((each for each in instants if each is not None), default=None)
