"""One message through the rule: decide, apply, settle, apply.

`step` is the only function that changes the World. It is deterministic: the same World, message and instant
give the same changes, actions and reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from scheduler import messages as m
from scheduler.actions import EndEngine, LogLine
from scheduler.changes import Change, Dropped, Kind
from scheduler.commands.registry import execute
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code
from scheduler.files.apply import file_gone, file_read
from scheduler.order.modify import removed
from scheduler.records import (
    EngineState,
    FileKey,
    Job,
    JobChain,
    Node,
    ObjectKind,
    Order,
    OrderOrigin,
    SourceFile,
    TaskState,
    file_key,
)
from scheduler.settle import chain_opened, settle
from scheduler.task.ended import ended, interrupted
from scheduler.task.kill import end_all, timed_out
from scheduler.task.lifecycle import TaskEvent, after
from scheduler.task.outcome import Outcome, outcome
from scheduler.world import World


class HalfDone(Exception):
    "A mistake of the program showed when the World was changed already: it must not be used any more."


def step(world: World, message: m.Message, now: datetime) -> Decision:
    """Decide the message and everything that follows from it at once; the World is changed when this returns.

    Raises WorkloadError when the message is a command that is refused; nothing is changed then, and what has become due
    meanwhile is left to the next message. Raises HalfDone, see there.
    """
    world.now = now
    total = Decision()
    try:
        for part in _HANDLERS[type(message)](world, message, now):
            _take(world, total, part)
    except Exception as mistake:
        if total.changes:
            raise HalfDone(str(mistake)) from mistake
        raise
    try:
        follow(world, total, now)
    except Exception as mistake:
        raise HalfDone(str(mistake)) from mistake
    if isinstance(message, m.FilesChanged) and world.state is EngineState.STARTING:
        total.changes = [_first_reading(total.changes)] if total.changes else []
    return total


def follow(world: World, total: Decision, now: datetime) -> None:
    "Everything that has become due or possible."
    for task_id in world.awake(now):
        late = timed_out(world, task_id, now)
        if late is not None:
            _take(world, total, late)
    while (part := settle(world, now)) is not None:
        _take(world, total, part)


def _take(world: World, total: Decision, part: Decision) -> None:
    total.add(part)
    if part.reply is not None:
        total.reply = part.reply
    for change in part.changes:
        world.apply(change)
    for change in part.changes:
        if change.kind in _OPENING:
            for following in chain_opened(world, change, world.now):
                _take(world, total, Decision([following]))


#: kinds of changes that may make a job chain or let orders through a node
_OPENING = frozenset({Kind.FILE_ADDED, Kind.FILE_CHANGED, Kind.NODE_CHANGED})


def _first_reading(changes: list[Change]) -> Change:
    "All files that were there at the start are one entry of the journal."
    put = tuple(record for change in changes for record in change.put)
    drop = tuple(dropped for change in changes for dropped in change.drop)
    return Change(Kind.FILES_READ, "/", put=put, drop=drop, detail={"changes": len(changes)})


# -- handlers: each yields decisions; every one is applied before the next is made ---------------


def _process_started(world: World, message: m.ProcessStarted, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process:
        return
    state = after(task.state, TaskEvent.SPAWNED, task.id)
    spawned = replace(task, state=state, pid=message.pid)
    detail = {"task": task.id, "pid": message.pid}
    yield Decision([Change(Kind.TASK_SPAWNED, task.job, put=(spawned,), detail=detail)])


def _start_failed(world: World, message: m.StartFailed, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is not None and task.has_process:
        yield ended(world, task, Outcome(None, message.problem), "", now)


def _process_ended(world: World, message: m.ProcessEnded, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process:
        return
    if task.killed_for is not None and task.killed_for.code == Code.INTERRUPTED.code:
        yield interrupted(world, task, now)
        return
    if task.state is TaskState.STARTING:
        task = replace(task, state=TaskState.RUNNING, pid=message.pid)
    yield ended(world, task, outcome(task, message.exit_code, message.return_values), message.first_line, now)


def _time_reached(world: World, message: m.TimeReached, now: datetime) -> Iterator[Decision]:
    return iter(())


def _files_changed(world: World, message: m.FilesChanged, now: datetime) -> Iterator[Decision]:
    for file in message.files:
        change = file_gone(world, file, now) if isinstance(file, m.FileGone) else file_read(world, file, now)
        if change is None:
            continue
        yield Decision([change], [_log_of(change)])


def _activated(world: World, message: m.Activated, now: datetime) -> Iterator[Decision]:
    for task in list(world.live_tasks()):
        yield interrupted(world, task, now)
    for order in list(world.orders.values()):
        if order.origin is OrderOrigin.PERMANENT and _file_is_gone(world, order):
            yield Decision([removed(order, now)])
    if world.state is EngineState.STARTING:
        world.state = EngineState.RUNNING
    gone = tuple(_gone(world))
    if gone:
        yield Decision([Change(Kind.FILE_REMOVED, "/", drop=gone, detail={"objects": len(gone)})])
    yield Decision([Change(Kind.SCHEDULER_STARTED, world.identity.scheduler_id, detail={"pid": world.identity.pid})])


def _gone(world: World) -> Iterator[Dropped]:
    """What the store still holds of objects whose files went while no engine ran.

    An object whose file is there, but faulty, is remembered until the file is good again or goes.
    """
    remembered = world.remembered
    yield from ((Job, key) for key in remembered.jobs if FileKey(ObjectKind.JOB, key) not in world.files)
    chains = {key: FileKey(ObjectKind.JOB_CHAIN, key) not in world.files for key in remembered.chains}
    yield from ((Node, node) for node in remembered.nodes if chains.get(node.chain, True))
    yield from ((JobChain, key) for key, is_gone in chains.items() if is_gone)
    yield from ((SourceFile, key) for key in remembered.files if key not in world.files)


def _file_is_gone(world: World, order: Order) -> bool:
    "A permanent order whose file was deleted while no engine ran; without its chain nothing can be said."
    key = file_key(ObjectKind.ORDER, f"{order.chain},{order.id}")
    return key not in world.files and order.key.chain in world.chains


def _command_received(world: World, message: m.CommandReceived, now: datetime) -> Iterator[Decision]:
    yield execute(world, message.command, now, message.answers)


def _database_waits(world: World, message: m.DatabaseWaits, now: datetime) -> Iterator[Decision]:
    world.database_problem = message.problem
    return iter(())


def _end_requested(world: World, message: m.EndRequested, now: datetime) -> Iterator[Decision]:
    world.state = EngineState.STOPPING
    change = Change(Kind.SCHEDULER_STOPPING, world.identity.scheduler_id, detail={"restart": message.restart})
    yield Decision([change], [EndEngine(message.restart, message.timeout)])


def _grace_over(world: World, message: m.GraceOver, now: datetime) -> Iterator[Decision]:
    yield end_all(world)


def _log_of(change: Change) -> LogLine:
    if change.kind is Kind.FILE_FAULTY:
        text = f"{change.object} is faulty: {change.detail.get('text', '')}"
        return LogLine("error", text, {"object": change.object})
    return LogLine("info", f"{change.object}: {change.kind.value}", {"object": change.object})


_HANDLERS: dict[type, Callable[[World, Any, datetime], Iterator[Decision]]] = {
    m.ProcessStarted: _process_started,
    m.StartFailed: _start_failed,
    m.ProcessEnded: _process_ended,
    m.TimeReached: _time_reached,
    m.FilesChanged: _files_changed,
    m.Activated: _activated,
    m.CommandReceived: _command_received,
    m.DatabaseWaits: _database_waits,
    m.EndRequested: _end_requested,
    m.GraceOver: _grace_over,
}
