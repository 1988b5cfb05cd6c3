"""Starts that passed while no engine was active, as far as the run time wants them made up for (`catch_up`).

    none    nothing is started; an order starts next when its run time says so again
    once    one start, at once, however many were missed
    all     one start for each, at once, one after the other; the MOST newest ones
    absent  as the classic engine does it: jobs start nothing, an order starts once

Each start that is made up for is a further one in the plan, with the missed one as its reason, so that it is made by
whoever is active then, even if this engine ends before. Starts of `repeat` count from the end of a run and cannot be
missed. What passed because the object was busy, stopped or disabled is not made up for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.job.activation import plan_of as plan_of_job
from scheduler.job.requisites import missing
from scheduler.order.times import first, key_in_plan
from scheduler.order.times import plan_of as plan_of_order
from scheduler.origin import of_missed
from scheduler.plan.change import change_of
from scheduler.plan.override import CATCH_UP, Override, OverrideAction, PlanKey, reason_of_missed
from scheduler.records import Counter, Job, Order, OrderState
from scheduler.run_time.calendar import StartKind, starts_between
from scheduler.run_time.model import CatchUp
from scheduler.run_time.plan import Plan
from scheduler.task.queue import enqueue
from scheduler.times import time_text
from scheduler.world import World

#: starts that are made up for, of one object, and how many missed ones are looked at
MOST, LOOKED_AT = 200, 20_000
AUTHOR = CATCH_UP


def begun_by_job(world: World) -> dict[str, datetime]:
    "When the last task that still was there when the engine went had begun, by the key of its job."
    begun: dict[str, datetime] = {}
    for task in world.live_tasks():
        if task.started_at is not None:
            begun[task.job_key] = max(task.started_at, begun.get(task.job_key, task.started_at))
    return begun


def caught_up(world: World, begun: Mapping[str, datetime], now: datetime) -> Iterator[Change]:
    """What is to be started because nobody was active since `world.inactive_since`. Each change has to be applied
    before the next is asked for. `begun`: what `begun_by_job` said before those tasks were closed."""
    since = world.inactive_since
    if since is None or since >= now:
        return
    for job in list(world.jobs.values()):
        policy = job.definition.run_time.catch_up
        if policy in (CatchUp.ONCE, CatchUp.ALL) and not _is_closed(world, job):
            last = max(filter(None, (since, begun.get(job.key), job.last_task_ended_at)))
            for at in _wanted(policy, _missed(world, PlanKey("job", job.key), plan_of_job(world, job), last, now)):
                yield _made_up_job(world, job, at, since, now)
    for order in list(world.orders.values()):
        if order.run_time is not None and order.run_time.catch_up is not None:
            yield from _order(world, order, order.run_time.catch_up, since, now)


def _is_closed(world: World, job: Job) -> bool:
    return job.stopped or not job.enabled or bool(missing(world, job.definition))


def _order(world: World, order: Order, policy: CatchUp, since: datetime, now: datetime) -> Iterator[Change]:
    "Only of one that was to begin while nobody was active; one that was due before, or under way, was busy."
    start = order.start_at
    plan = plan_of_order(world, order.run_time) if order.run_time is not None else None
    if order.state is not OrderState.WAITING or order.touched or order.start_given or plan is None:
        return
    if start is None or not since < start <= now:
        return
    key = key_in_plan(order)
    passed = _missed(world, key, plan, since, now)
    if start not in passed:
        return
    path = f"{order.home},{order.id}"
    wanted = _wanted(policy, passed)
    next_start = now if wanted else first(world, order.run_time, now, key)
    detail = {"at": "catch_up", "since": since}
    yield Change(Kind.ORDER_CHANGED, path, put=(replace(order, start_at=next_start),), detail=detail)
    for at in wanted:
        number = world.number(Counter.OVERRIDE)
        yield change_of(_made_up(number.value, "order", path, at, since, now), [number], [])


def _made_up_job(world: World, job: Job, at: datetime, since: datetime, now: datetime) -> Change:
    number = world.number(Counter.OVERRIDE)
    task, queued = enqueue(world, job, now, now, force=True, unstop=False, client=of_missed(at))
    override = replace(_made_up(number.value, "job", job.path, at, since, now), task_id=task.id)
    return change_of(override, [number, *queued.put], [])


def _made_up(number: int, kind: str, path: str, at: datetime, since: datetime, now: datetime) -> Override:
    why = f"no engine was active from {time_text(since)} to {time_text(now)}"
    reason = reason_of_missed(time_text(at), why)
    return Override(number, kind, path, OverrideAction.ADD, None, now, now, reason=reason, author=AUTHOR)


def _missed(world: World, key: PlanKey, plan: Plan, since: datetime, now: datetime) -> list[datetime]:
    "Starts at fixed instants with `since` < t <= `now`; those that somebody has changed are in the queue already."
    return [
        start.at
        for start in starts_between(plan, since, now, LOOKED_AT)
        if start.kind is not StartKind.REPEAT and start.at > since and world.overrides.at(key, start.at) is None
    ]


def _wanted(policy: CatchUp, passed: list[datetime]) -> list[datetime]:
    if policy is CatchUp.NONE:
        return []
    return passed[-1:] if policy is CatchUp.ONCE else passed[-MOST:]
