"""When the rounds of an order start, as its run time says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.errors import WorkloadError
from scheduler.plan.override import PlanKey
from scheduler.plan.starts import order_start
from scheduler.records import EngineState, Order, OrderOrigin, OrderState
from scheduler.run_time.model import RunTime
from scheduler.run_time.order_starts import first_start, start_after_round
from scheduler.run_time.plan import Plan, resolve
from scheduler.world import World

#: plans that are kept; orders of commands may all have run times of their own
_MOST_PLANS = 2000

_RESTING = (OrderState.WAITING, OrderState.SUSPENDED)


def plan_of(world: World, run_time: RunTime) -> Plan | None:
    "None: its named schedule is missing, or cannot be used."
    plans = world.order_plans
    if run_time not in plans:
        if len(plans) >= _MOST_PLANS:
            plans.clear()
        plans[run_time] = _resolved(world, run_time)
    return plans[run_time]


def _resolved(world: World, run_time: RunTime) -> Plan | None:
    identity = world.identity
    try:
        return resolve(
            run_time, world.schedules, ZoneInfo(identity.time_zone), identity.holidays, own_run_time_has_them=False
        )
    except WorkloadError:
        return None


def first(world: World, run_time: RunTime | None, now: datetime, key: PlanKey) -> datetime | None:
    """When an order with this run time begins that is placed, or reset, now; None: not by itself.

    `key`: whose overrides in the plan count.
    """
    plan = plan_of(world, run_time) if run_time is not None else None
    return _in_plan(world, key, plan, first_start(plan, now) if plan is not None else None)


def next_after_round(world: World, order: Order, now: datetime) -> datetime | None:
    "When the next round begins after one that ends now; None: not by itself."
    plan = plan_of(world, order.run_time) if order.run_time is not None else None
    planned = start_after_round(plan, now, order.started_at) if plan is not None else None
    return _in_plan(world, key_in_plan(order), plan, planned)


def key_in_plan(order: Order) -> PlanKey:
    return PlanKey("order", f"{order.home.lower()},{order.id}")


def _in_plan(world: World, key: PlanKey, plan: Plan | None, planned: datetime | None) -> datetime | None:
    if not world.overrides:
        return planned
    return order_start(world.overrides, key, planned, partial(first_start, plan) if plan is not None else _never)


def _never(after: datetime) -> None:
    return None


def repeats(world: World, order: Order, now: datetime) -> bool:
    "Whether the order stays in its chain when its round ends now. One whose schedule is missing waits for it."
    if order.origin is OrderOrigin.PERMANENT:
        return True
    if order.run_time is None:
        return False
    return plan_of(world, order.run_time) is None or next_after_round(world, order, now) is not None


def active_schedule(world: World, order: Order) -> str:
    "The path of the named schedule that holds now (a substitute, perhaps); empty: none."
    plan = plan_of(world, order.run_time) if order.run_time is not None and order.run_time.schedule else None
    return plan.schedule_at(world.now) if plan is not None else ""


def rescheduled(world: World, now: datetime) -> Iterator[Change]:
    """After schedules changed: orders whose round has not begun start when the schedule says now. At the start of the
    engine all schedules are new; see `taken_up`."""
    changed, world.defined.changed_schedules = world.defined.changed_schedules, set()
    for schedule in sorted(changed):
        for order in world.order_index.using(schedule):
            if world.state is EngineState.STARTING:
                fresh = taken_up(world, order, order.run_time, now)
            else:
                fresh = at_its_time(world, order, now)
            if fresh != order:
                yield Change(Kind.ORDER_CHANGED, f"{order.chain},{order.id}", put=(fresh,), detail={"at": schedule})


def at_its_time(world: World, order: Order, now: datetime) -> Order:
    "The order with the start that its run time and the plan say now, unless its round has begun or a command said."
    if order.touched or order.start_given or order.state not in _RESTING:
        return order
    if order.run_time is None and order.origin is not OrderOrigin.PERMANENT:
        return order
    start = first(world, order.run_time, now, key_in_plan(order))
    return order if start == order.start_at else replace(order, start_at=start)


def taken_up(world: World, order: Order, run_time: RunTime | None, now: datetime) -> Order:
    """An order from the store with the run time that it has. The start that was stored stands, in the past too, unless
    it is none of the run time any more, because a schedule or calendar changed while no engine ran."""
    current = replace(order, run_time=run_time, has_run_time=run_time is not None)
    if run_time is None or current.touched or current.state not in _RESTING:
        return current
    if not (run_time.schedule or run_time.calendar):
        return current
    stored = current.start_at
    if stored is not None and first(world, run_time, stored, key_in_plan(current)) == stored:
        return current
    return at_its_time(world, current, now)
