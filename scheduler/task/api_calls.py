"Calls of a task server, as the task's record and the message that follow from them."

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from scheduler.actions import Call
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.records import Job, Order, Task
from scheduler.task.api_fields import Fields, call_limit, order_fields, takes_orders, variables
from scheduler.task.api_state import Phase, Server
from scheduler.world import World

NOTHING: Mapping[str, Any] = MappingProxyType({})


def server_of(task: Task) -> Server:
    "For tasks that are known to have one."
    assert task.server is not None  # noqa: S101  (callers have looked)
    return task.server


def with_server(task: Task, **changes: Any) -> Task:
    return replace(task, server=replace(server_of(task), **changes))


def changed(task: Task, server: Mapping[str, Any], fields: Mapping[str, Any]) -> Task:
    "Both at once, because copies of records are what a step costs."
    return replace(task, server=replace(server_of(task), **server), **fields)


def called(
    world: World, job: Job, task: Task, phase: Phase, now: datetime, fields: Fields | None = None,
    server: Mapping[str, Any] = NOTHING, of_task: Mapping[str, Any] = NOTHING,
) -> tuple[Task, Call]:
    "The task while that call is under way, and the call. `server` and `of_task` are changed at the same time."
    message: Fields = {"type": phase.value, **(fields or {})}
    if server_of(task).variables != world.variables_version:
        message["variables"] = variables(world)
    begun = changed(
        task,
        {
            "phase": phase,
            "look_at": call_limit(job.definition, task.started_at or now, now),
            "asked": (),
            "wanted": (),
            "variables": world.variables_version,
            **server,
        },
        of_task,
    )
    return begun, Call(task.id, message)


def calling(world: World, job: Job, task: Task, phase: Phase, now: datetime, **fields: Any) -> Decision:
    begun, call = called(world, job, task, phase, now, fields)
    return Decision([only_kept(begun)], [call])


def step_call(world: World, job: Job, task: Task, phase: Phase, now: datetime) -> Decision:
    "The call PROCESS or BEFORE, with the order of the task when it has one."
    order = order_in(world, task)
    return calling(world, job, task, phase, now, **({} if order is None else {"order": order_fields(world, order)}))


def end_call(
    world: World, job: Job, task: Task, now: datetime, server: Mapping[str, Any] = NOTHING,
    of_task: Mapping[str, Any] = NOTHING,
) -> tuple[Task, Call]:
    fields: Fields = {"failed": True} if server_of(task).problem is not None else {}
    if server_of(task).exit_code:
        fields["exit_code"] = server_of(task).exit_code
    return called(world, job, task, Phase.END, now, fields, server, of_task)


def called_back(world: World, task_id: int) -> Task | None:
    """A script has asked for something, which is counted: in memory, without a change that somebody would record. The
    task of the task server; None: there is none any more."""
    task = world.tasks.get(task_id)
    if task is None or task.server is None:
        return None
    world.put(with_server(task, callbacks=task.server.callbacks + 1))
    return world.tasks[task_id]


def only_kept(task: Task) -> Change:
    "Where its task server stands is nothing that the store wants to know."
    return Change(Kind.TASK_CALLED, task.job, keep=(task,))


def resting(
    world: World, job: Job, task: Task, delay: float, now: datetime, server: Mapping[str, Any] = NOTHING,
    of_task: Mapping[str, Any] = NOTHING,
) -> Task:
    "The task between two steps: delayed, or idle until `idle_timeout` is over."
    rest: dict[str, Any]
    if delay > 0 or not takes_orders(world, job.definition):
        rest = {"phase": Phase.DELAYED, "look_at": now + timedelta(seconds=delay)}
    else:
        seconds = job.definition.idle_timeout
        until = None if seconds is None else now + timedelta(seconds=seconds)
        rest = {"phase": Phase.IDLE, "look_at": until, "idle_since": now, "worked": True}
    return changed(task, {**server, **rest}, of_task)


def order_in(world: World, task: Task) -> Order | None:
    "The order that the task works on."
    order = world.orders.get(task.order_key) if task.order_key else None
    return order if order is not None and order.task_id == task.id else None


#: what a task without order has instead
NO_ORDER: Mapping[str, Any] = MappingProxyType(
    {"chain": "", "order_id": "", "node": "", "history_id": None, "step": None}
)
