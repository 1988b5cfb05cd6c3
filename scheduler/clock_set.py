"""The wall clock shows something else than it did: what was due stays due, and what is to last goes on lasting as long.

Everything else keeps to what the clock shows: a start at nine is at nine. The same holds for a member that goes on
where another one stopped whose clock was fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.records import Job, Order, OrderState, Task, TaskState
from scheduler.world import World


def clock_set(world: World, by: timedelta, now: datetime) -> Iterator[Decision]:
    "`by` is negative for a clock that was set back; then `now` comes for the second time."
    for order in list(world.orders.values()):
        if (start := _start(order, by, now)) != order.start_at:
            fresh = replace(order, start_at=start)
            yield _changed(Kind.ORDER_CHANGED, f"{order.chain},{order.id}", fresh)
    for job in list(world.jobs.values()):
        if job.delay_until is not None and job.delay_until > now - by:
            yield _changed(Kind.JOB_CHANGED, job.path, _delayed(job, job.delay_until, by))
    for task in list(world.tasks.values()):
        if task.state is TaskState.QUEUED and task.start_at is not None and now < task.start_at <= now - by:
            yield _changed(Kind.TASK_QUEUED, task.job, replace(task, start_at=now))


def _start(order: Order, by: timedelta, now: datetime) -> datetime | None:
    "When it may be taken. A setback lasts for a time, everything else waits for an instant."
    start, before = order.start_at, now - by
    if start is None:
        return None
    if order.state is OrderState.SETBACK:
        return start + by if start > before else min(start, now)
    return now if order.state is OrderState.WAITING and now < start <= before else start


def _delayed(job: Job, until: datetime, by: timedelta) -> Job:
    "The delay after an error, with the start that comes after it."
    times = job.times
    if times is not None and times.next_repeat == until:
        times = replace(times, next_repeat=until + by)
    return replace(job, delay_until=until + by, times=times)


def _changed(kind: Kind, path: str, record: Order | Job | Task) -> Decision:
    return Decision([Change(kind, path, put=(record,), detail={"at": "clock"})])
