"""`<calendar>`: what is ahead, object by object: first the jobs, then the orders, each with its certain starts and then
the periods of its run time.

It is not sorted by time; when the limit is reached, later objects are missing. That is how clients know it.

A single start that a change of the plan replaces is not ahead any more; the start that the change brings is: of a job
as a task in its queue, of an order as a certain start.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import wrapped
from scheduler.job.activation import plan_of as plan_of_job
from scheduler.job.requisites import missing
from scheduler.order.times import plan_of as plan_of_order
from scheduler.plan.override import OverrideState, PlanKey, plan_key
from scheduler.records import Job, Order, OrderState
from scheduler.run_time.model import WhenHoliday
from scheduler.run_time.periods import PlannedPeriod, planned, starts
from scheduler.run_time.plan import Plan
from scheduler.times import time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element

_Owner = list[tuple[str, object]]

_RESTS = (OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED)


def calendar(world: World, begin: datetime, end: datetime, limit: int, options: ShowOptions) -> Iterator[str]:
    """In slices: everything with begin <= t < end, at most `limit` entries; of jobs and orders those that `options`
    has."""
    return wrapped("calendar", (), _limited(_entries(world, begin, end, options), limit))


def _limited(entries: Iterator[str], limit: int) -> Iterator[str]:
    "Empty fragments are no entries."
    while limit > 0:
        entry = next(entries, None)
        if entry is None:
            return
        limit -= bool(entry)
        yield entry


def _entries(world: World, begin: datetime, end: datetime, options: ShowOptions) -> Iterator[str]:
    "What goes while this is made is passed over."
    for job_key in list(world.jobs) if "jobs" in options else ():
        job = world.jobs.get(job_key)
        if job is not None:
            yield ""
            yield from _of_job(world, job, begin, end)
    for order_key in list(world.orders) if "orders" in options else ():
        order = world.orders.get(order_key)
        if order is not None:
            yield ""
            yield from _of_order(world, order, begin, end)


def _of_job(world: World, job: Job, begin: datetime, end: datetime) -> Iterator[str]:
    owner: _Owner = [("job", job.path)]
    for task in world.queued_of(job.key):
        if task.start_at is not None and begin <= task.start_at < end:
            yield element("at", [("at", time_text_seconds(task.start_at)), *owner, ("task", task.id)])
    if not missing(world, job.definition):
        yield from _periods(world, plan_key("job", job.path), plan_of_job(world, job), begin, end, owner)


def _of_order(world: World, order: Order, begin: datetime, end: datetime) -> Iterator[str]:
    """The start of the round that waits, or the end of a setback; those that changes of the plan bring; then what the
    run time says of later rounds. The start that the run time itself gives is not told twice."""
    owner: _Owner = [("job_chain", order.home), ("order", order.id)]
    plan = plan_of_order(world, order.run_time) if order.run_time is not None else None
    start = order.start_at if order.state not in _RESTS and not order.in_task else None
    own = order.setback_count > 0 or order.start_given or order.touched or plan is None
    if start is not None and own and begin <= start < end:
        setback = "true" if order.state is OrderState.SETBACK else None
        yield element("at", [("at", time_text_seconds(start)), *owner, ("setback", setback)])
    key = plan_key("order", f"{order.home},{order.id}")
    for brought in _brought(world, key) if order.state not in _RESTS else ():
        if begin <= brought < end and not (own and brought == start):
            yield element("at", [("at", time_text_seconds(brought)), *owner])
    if plan is not None:
        yield from _periods(world, key, plan, begin, end, owner)


def _brought(world: World, key: PlanKey) -> list[datetime]:
    "The starts that changes of the plan will make of it."
    open_ = (each for each in world.overrides.of(key) if each.state is OverrideState.OPEN)
    return sorted({each.start_at for each in open_ if each.start_at is not None})


def _periods(
    world: World, key: PlanKey, plan: Plan, begin: datetime, end: datetime, owner: _Owner
) -> Iterator[str]:
    "Single starts that nobody has replaced, and intervals that cause starts and have a part in that time; whole."
    for period in planned(plan, begin, starts, before=end):
        if period.single_start and world.overrides.at(key, period.begin) is not None:
            continue
        yield element("period", [*_times(period), ("schedule", period.schedule or None), *owner])


def _times(period: PlannedPeriod) -> _Owner:
    when_holiday = period.when_holiday if period.when_holiday is not WhenHoliday.SUPPRESS else None
    if period.single_start:
        return [("single_start", time_text_seconds(period.begin)), ("when_holiday", when_holiday)]
    return [
        ("begin", time_text_seconds(period.begin)),
        ("end", time_text_seconds(period.end)),
        ("let_run", "yes" if period.let_run else None),
        ("repeat", period.repeat or None),
        ("absolute_repeat", period.absolute_repeat or None),
        ("when_holiday", when_holiday),
    ]
