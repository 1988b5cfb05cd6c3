"""Deciding a change of one start: what is refused, and what is put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.job.activation import plan_of as plan_of_job
from scheduler.job.requisites import missing
from scheduler.order.times import plan_of as plan_of_order
from scheduler.params import NONE, Params
from scheduler.plan.override import Override, OverrideAction, OverrideState, plan_key
from scheduler.records import Counter, Job, Order, OrderOrigin, Record, Task, TaskState
from scheduler.run_time.calendar import StartKind, starts_between
from scheduler.run_time.job_starts import next_single_start
from scheduler.run_time.plan import Plan
from scheduler.task.queue import enqueue
from scheduler.times import time_text
from scheduler.world import World

_MICROSECOND = timedelta(microseconds=1)
A = OverrideAction


@dataclass(frozen=True, slots=True)
class Wish:
    "What somebody wants of one start; see `Override`. `client`: see `Task`."

    action: OverrideAction
    planned_at: datetime | None = None
    start_at: datetime | None = None
    params: Params = NONE
    reason: str = ""
    author: str = ""
    client: str = ""


def changed(world: World, target: Job | Order, wish: Wish, now: datetime) -> tuple[Override, Change]:
    """The override, and the change that brings it about. An earlier one of the same planned start is withdrawn.

    Raises NOT_PLANNED, START_PASSED, ONLY_WITH, WRONG_FOR_PLAN; of a job also what `task.queue.enqueue` raises.
    """
    kind, path = ("job", target.path) if isinstance(target, Job) else ("order", f"{target.home},{target.id}")
    _check(wish, now)
    if isinstance(target, Order) and target.run_time is None and target.origin is not OrderOrigin.PERMANENT:
        raise WorkloadError(Code.NOT_PLANNED, object=path, at="it", next="it has no run time")
    if wish.planned_at is not None:
        _check_planned(world, target, path, wish.planned_at)
    number = world.number(Counter.OVERRIDE)
    puts: list[Record] = [number]
    drops: list[Dropped] = []
    before = world.overrides.at(plan_key(kind, path), wish.planned_at) if wish.planned_at is not None else None
    if before is not None:
        puts.append(_taken_back(world, before, drops))
    start_at = wish.planned_at if wish.action is A.PARAMS else wish.start_at
    override = Override(
        number.value, kind, path, wish.action, wish.planned_at, start_at, now,
        params=wish.params, reason=wish.reason, author=wish.author,
    )  # fmt: skip
    if isinstance(target, Job) and start_at is not None:
        task, queued = enqueue(
            world, target, now, start_at,
            params=wish.params, force=True, unstop=False, actor=wish.author, client=wish.client,
        )  # fmt: skip
        override = replace(override, task_id=task.id)
        puts += queued.put
    return override, change_of(override, puts, drops)


def withdrawn(world: World, number: int, reason: str, author: str) -> tuple[Override, Change]:
    "The start is as the run time says again. Raises UNKNOWN_OVERRIDE, START_PASSED."
    override = world.overrides.get(number)
    if override is None:
        raise WorkloadError(Code.UNKNOWN_OVERRIDE, number=number)
    drops: list[Dropped] = []
    gone = replace(_taken_back(world, override, drops), reason=reason, author=author)
    return gone, change_of(gone, [], drops)


def change_of(override: Override, puts: list[Record], drops: list[Dropped]) -> Change:
    "What is recorded of it, with everything else that comes along."
    detail = {
        "number": override.number, "action": override.action.value, "state": override.state.value,
        "planned_at": override.planned_at, "start_at": override.start_at,
        "reason": override.reason, "author": override.author,
    }  # fmt: skip
    return Change(
        Kind.PLAN_CHANGED, override.object, put=(*puts, override), drop=tuple(drops),
        detail={name: value for name, value in detail.items() if value not in (None, "")},
    )  # fmt: skip


def _taken_back(world: World, override: Override, drops: list[Dropped]) -> Override:
    "As it is when it counts no more; its queued task goes. Raises START_PASSED when the start was made already."
    task = world.tasks.get(override.task_id) if override.task_id is not None else None
    started = override.task_id is not None and (task is None or task.state is not TaskState.QUEUED)
    if override.state is not OverrideState.OPEN or started:
        raise WorkloadError(Code.START_PASSED, at=time_text(override.start_at or override.created_at))
    if task is not None:
        drops.append((Task, task.id))
    return replace(override, state=OverrideState.WITHDRAWN)


def _check(wish: Wish, now: datetime) -> None:
    "What can be said without looking at the object."
    if wish.action is A.ADD and wish.planned_at is not None:
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=wish.action.value, problem="it is about no planned start")
    if wish.action is not A.ADD and wish.planned_at is None:
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=wish.action.value, problem="the planned start is needed")
    if wish.action in (A.ADD, A.MOVE) and wish.start_at is None:
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=wish.action.value, problem="the new start is needed")
    if wish.action in (A.SKIP, A.PARAMS) and wish.start_at is not None:
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=wish.action.value, problem="it has no new start")
    if wish.action is A.PARAMS and not wish.params:
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=wish.action.value, problem="parameters are needed")
    for instant in (wish.planned_at, wish.start_at):
        if instant is not None and instant < now:
            raise WorkloadError(Code.START_PASSED, at=time_text(instant))


def _check_planned(world: World, target: Job | Order, path: str, planned_at: datetime) -> None:
    "Only a start at an instant that the run time fixes can be replaced."
    plan = _plan(world, target)
    if plan is None:
        raise WorkloadError(Code.NOT_PLANNED, object=path, at=time_text(planned_at), next="it has no run time")
    fixed = [
        start
        for start in starts_between(plan, planned_at, planned_at + _MICROSECOND)
        if start.kind is not StartKind.REPEAT
    ]
    if not fixed:
        following = next_single_start(plan, planned_at)
        word = f"the next one is {time_text(following)}" if following is not None else "there is none after it"
        raise WorkloadError(Code.NOT_PLANNED, object=path, at=time_text(planned_at), next=word)


def _plan(world: World, target: Job | Order) -> Plan | None:
    if isinstance(target, Job):
        return None if missing(world, target.definition) else plan_of_job(world, target)
    return plan_of_order(world, target.run_time) if target.run_time is not None else None
