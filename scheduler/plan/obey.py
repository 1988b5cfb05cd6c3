"""What follows at once for a job or an order when its overrides have changed: it starts next when they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.order.times import at_its_time
from scheduler.plan.override import PlanKey
from scheduler.plan.starts import without_replaced
from scheduler.records import Job, OrderKey
from scheduler.run_time.job_starts import next_single_start
from scheduler.world import World


def obeyed(world: World, now: datetime) -> Iterator[Change]:
    "For the objects that the World has noted for it; these are looked at once."
    changed, world.overrides.changed = world.overrides.changed, set()
    for key in sorted(changed):
        change = _job(world, key, now) if key.kind == "job" else _order(world, key, now)
        if change is not None:
            yield change


def _job(world: World, key: PlanKey, now: datetime) -> Change | None:
    job = world.jobs.get(key.key)
    if job is None or job.times is None:
        return None
    planned = job.times.next_single
    if planned is None or planned > now:
        planned = next_single_start(job.times.plan, now)
    times = without_replaced(world.overrides, key, replace(job.times, next_single=planned))
    if times == job.times:
        return None
    fresh: Job = replace(job, times=times)
    return Change(Kind.JOB_CHANGED, job.path, put=(fresh,))


def _order(world: World, key: PlanKey, now: datetime) -> Change | None:
    chain, _, order_id = key.key.partition(",")
    order = world.order_index.find(OrderKey(chain, order_id))
    if order is None or (order.start_at is not None and order.start_at <= now):
        return None  # what is due already stays so
    fresh = at_its_time(world, order, now)
    if fresh == order:
        return None
    return Change(Kind.ORDER_CHANGED, f"{order.chain},{order.id}", put=(fresh,), detail={"at": "plan"})
