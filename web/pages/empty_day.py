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
    calendars. `next_at`: the first start after the day; None: none is known."""

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
    next_jobs = read.jobs(connection, scheduler_id, where=[j.next_start_at >= end], sort="next", limit=1).rows
    next_orders = read.orders(connection, scheduler_id, where=[o.start_at >= end], sort="start", limit=1).rows
    instants = [*(job.next_start_at for job in next_jobs), *(row.order.start_at for row in next_orders)]
    first = min((each for each in instants if each is not None), default=None)
    names = month.names_of_days(scheduler_id, day, day).get(day, ())
    return Nothing(jobs, orders, names, schedules[:MOST_SCHEDULES], first)
