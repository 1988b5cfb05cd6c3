"""One message through the rule: decide, apply, settle, apply.

`step` is the only function that changes the World. It is deterministic: the same World, message and instant
give the same changes, actions and reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from scheduler import messages as m
from scheduler.actions import ExecuteForTask, SendMail
from scheduler.changes import Change, Dropped, Kind
from scheduler.clock_set import clock_set
from scheduler.cluster.assignment import HERE, Report
from scheduler.cluster.relay import acknowledged, heard, relayed
from scheduler.cluster.sharing import adopted, assignments_of, crew_seen, lost
from scheduler.commands.registry import execute
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.directory.ends import file_disposed
from scheduler.directory.looks import directory_changed, directory_read
from scheduler.directory.sinks import unfinished
from scheduler.engine_end import end_by_signal
from scheduler.errors import Code, WorkloadError
from scheduler.files import events
from scheduler.files.apply import file_gone, file_read
from scheduler.files.orders import order_of
from scheduler.held_until import without_ended
from scheduler.mail.letters import Severity, notice
from scheduler.order.added import orders_added
from scheduler.order.give_back import forgotten
from scheduler.order.modify import removed
from scheduler.order.recorded import recorded
from scheduler.params import NONE, Params
from scheduler.plan.catch_up import begun_by_job, caught_up
from scheduler.records import (
    EngineState,
    FileKey,
    Job,
    JobChain,
    Node,
    ObjectKind,
    Order,
    OrderOrigin,
    Record,
    SourceFile,
    Task,
    TaskState,
    file_key,
)
from scheduler.settle import chain_opened, settle
from scheduler.task.after_end import after_end, ended_record
from scheduler.task.api_ahead import left_behind, overtaxed, taken_back
from scheduler.task.api_calls import called_back, only_kept, with_server
from scheduler.task.api_end import (
    answer,
    ended_without_work,
    lock_asked,
    outcome_of_end,
    request_end,
    server_ended,
    started_again,
)
from scheduler.task.api_result import shell_ended
from scheduler.task.api_state import Phase
from scheduler.task.api_steps import steps_returned
from scheduler.task.durations import too_long
from scheduler.task.ended import ended, interrupted
from scheduler.task.kill import end_all, kill, timed_out
from scheduler.task.lifecycle import TaskEvent, after
from scheduler.task.outcome import Outcome, outcome
from scheduler.task.resources import waits_recorded
from scheduler.task.usage import together
from scheduler.world import World


class HalfDone(Exception):
    "A mistake of the program showed when the World was changed already: it must not be used any more."


def step(world: World, message: m.Message, now: datetime) -> Decision:
    """Decide the message and everything that follows from it at once; the World is changed when this returns.

    Raises WorkloadError when the message is a command that is refused; nothing is changed then, and what has become due
    meanwhile is left to the next message. Raises HalfDone, see there.
    """
    world.now = now
    world.decided += 1
    world.awoken += type(message) is m.TimeReached
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
        long = too_long(world, task_id, now)
        if long is not None:
            _take(world, total, long)
        overdue = overtaxed(world, task_id, now)
        if overdue is not None:
            _take(world, total, overdue)
    while (part := settle(world, now)) is not None:
        _take(world, total, part)
    if not world.waiting.is_recorded and world.state is not EngineState.STARTING:
        _take(world, total, Decision(waits_recorded(world)))


def _take(world: World, total: Decision, part: Decision) -> None:
    part.changes = [recorded(world, without_ended(world, change)) for change in part.changes]
    relayed(world, part)
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
    latest: dict[Dropped, Record | None] = {}
    for change in changes:
        latest.update(dict.fromkeys(change.drop))
        latest.update({(type(record), record.key): record for record in change.put})
    put = tuple(record for record in latest.values() if record is not None)
    drop = tuple(dropped for dropped, record in latest.items() if record is None)
    return Change(Kind.FILES_READ, "/", put=put, drop=drop, detail={"changes": len(changes)})


# -- handlers: each yields decisions; every one is applied before the next is made ---------------


def _process_started(world: World, message: m.ProcessStarted, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process or task.server is not None:
        return
    state = after(task.state, TaskEvent.SPAWNED, task.id)
    spawned = replace(task, state=state, pid=message.pid)
    detail = {"task": task.id, "pid": message.pid}
    yield Decision([Change(Kind.TASK_SPAWNED, task.job, put=(spawned,), detail=detail)])


def _start_failed(world: World, message: m.StartFailed, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process:
        return
    if task.server is not None and task.server.phase is Phase.SHELL:
        yield from _embraced_ended(world, task, Outcome(None, message.problem), "", now)
        return
    yield from _with_consequences(world, task, Outcome(None, message.problem), "", now)


def _process_ended(world: World, message: m.ProcessEnded, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process:
        return
    job = world.jobs.get(task.job_key)
    definition = job.definition if job is not None else None
    result = outcome(task, message.exit_code, message.return_values, definition, message.stderr)
    if task.server is not None:
        used = replace(task, usage=together(task.usage, message.usage))
        if message.lost and task.killed_for is None and task.server.phase is Phase.SHELL and not task.server.gone:
            # its task server goes, too, and the step begins again
            yield kill(with_server(used, phase=Phase.AFTER), 0.0, WorkloadError(Code.INTERRUPTED).problem)
        else:
            yield from _embraced_ended(world, used, result, message.first_line, now)
        return
    if _was_interrupted(task, message):
        yield interrupted(world, replace(task, usage=message.usage), now)
        return
    if task.state is TaskState.STARTING:
        task = replace(task, state=TaskState.RUNNING, pid=message.pid, usage=message.usage)
    else:
        task = replace(task, usage=message.usage)
    yield from _with_consequences(world, task, result, message.first_line, now)


def _was_interrupted(task: Task, message: m.ProcessEnded) -> bool:
    if task.killed_for is None:
        return message.lost
    return task.killed_for.code == Code.INTERRUPTED.code


def _with_consequences(
    world: World, task: Task, result: Outcome, first_line: str, now: datetime
) -> Iterator[Decision]:
    "The end of a task, and what follows it."
    job = world.jobs.get(task.job_key)
    order = world.orders.get(task.order_key) if task.order_key else None
    decision = ended(world, task, result, first_line, now)
    finished = ended_record(decision, task.id)
    yield decision
    if order is not None and order.task_id == task.id:
        yield from orders_added(world, order, task, result, now)
    if job is not None and finished is not None:
        order_params = order.params.merged(result.values) if order is not None else _last_params(task)
        yield from after_end(world, job, finished, result, order_params, now)


def _last_params(task: Task) -> Params:
    "Of the last order of a task that has given it back already."
    return task.server.last_params if task.server is not None else NONE


def _crew_seen(world: World, message: m.CrewSeen, now: datetime) -> Iterator[Decision]:
    yield from crew_seen(world, message.mates, now)


def _reported(world: World, message: m.Reported, now: datetime) -> Iterator[Decision]:
    """What follows is recorded in one transaction with the end of the report. A late one, of a step that was freed, is
    dropped; also the row of one that was heard by word of mouth before."""
    task = world.tasks.get(message.report.task_id)
    gone: tuple[Dropped, ...] = ((Report, message.report),) if message.recorded else ()
    if task is not None and task.member_run == message.member_run != HERE:
        told = message.message
        for each in heard(world, told) if isinstance(told, m.Said) else (told,):
            if _is_over(world, task.id, each):
                gone = (*gone, *assignments_of(task))
            for decision in _HANDLERS[type(each)](world, each, now):
                if gone and decision.changes:
                    first = decision.changes[0]
                    decision.changes[0] = replace(first, drop=(*first.drop, *gone))
                    gone = ()
                yield decision
        yield from acknowledged(world, task.id)
    if gone:
        yield Decision([Change(Kind.TASK_REPORTED, "/", drop=gone, detail={"task": message.report.task_id})])


def _is_over(world: World, task_id: int, told: m.Message) -> bool:
    "Whether nothing more comes of the task; with a task server the end of its shell process is not yet that."
    talk = world.crew.talks.get(task_id)
    return isinstance(told, m.StartFailed | m.ProcessEnded | m.ServerEnded) and (talk is None or talk.over)


def _server_started(world: World, message: m.ServerStarted, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or not task.has_process:
        return
    spawned = replace(task, state=after(task.state, TaskEvent.SPAWNED, task.id), pid=message.pid)
    detail = {"task": task.id, "pid": message.pid}
    yield Decision([Change(Kind.TASK_SPAWNED, task.job, put=(spawned,), detail=detail)])


def _call_returned(world: World, message: m.CallReturned, now: datetime) -> Iterator[Decision]:
    yield from steps_returned(world, message.task_id, (message.result,), now)


def _steps_returned(world: World, message: m.StepsReturned, now: datetime) -> Iterator[Decision]:
    yield from steps_returned(world, message.task_id, message.results, now)


def _taken_back(world: World, message: m.TakenBack, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is not None and task.server is not None and task.has_process:
        yield from taken_back(world, task, message.left, now)


def _lock_asked(world: World, message: m.LockAsked, now: datetime) -> Iterator[Decision]:
    if (task := called_back(world, message.task_id)) is not None:
        yield lock_asked(world, task, message.request, message.lock, message.exclusive)


def _command_asked(world: World, message: m.CommandAsked, now: datetime) -> Iterator[Decision]:
    called_back(world, message.task_id)
    yield Decision(actions=[ExecuteForTask(message.task_id, message.request, message.xml)])


def _called_back(world: World, message: m.CalledBack, now: datetime) -> Iterator[Decision]:
    called_back(world, message.task_id)
    return iter(())


def _command_answered(world: World, message: m.CommandAnswered, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is not None and task.server is not None:
        yield Decision(actions=[answer(task, message.request, text=message.text)])


def _embraced_ended(
    world: World, task: Task, result: Outcome, first_line: str, now: datetime
) -> Iterator[Decision]:
    "The shell process of a task with monitors; without its task server nobody can look at the result."
    job = world.jobs.get(task.job_key)
    if task.server is None or task.server.phase is not Phase.SHELL or job is None:
        return
    if not task.server.gone and not task.server.killed:
        yield shell_ended(world, job, task, result, first_line, now)
        return
    yield Decision([only_kept(with_server(task, phase=Phase.AFTER))])
    if task.server.gone:
        yield from _server_is_over(world, world.tasks[task.id], 1, now)


def _server_ended(world: World, message: m.ServerEnded, now: datetime) -> Iterator[Decision]:
    task = world.tasks.get(message.task_id)
    if task is None or task.server is None or not task.has_process:
        return
    yield from left_behind(world, task, message.left, now)
    task = world.tasks[task.id]
    task = replace(task, usage=together(task.usage, message.usage))
    shell_first = server_ended(world, task)
    if shell_first is not None:
        yield shell_first
    else:
        yield from _server_is_over(world, task, message.exit_code, now)


def _server_is_over(world: World, task: Task, exit_code: int, now: datetime) -> Iterator[Decision]:
    job = world.jobs.get(task.job_key)
    if task.killed_for is not None and task.killed_for.code == Code.INTERRUPTED.code:
        yield interrupted(world, task, now)
        return
    if task.state is TaskState.STARTING:
        task = replace(task, state=TaskState.RUNNING)
    line = task.server.shell_line if task.server is not None else ""
    yield from _with_consequences(world, task, outcome_of_end(task, exit_code), line, now)
    again = started_again(world, task, job, now) if job is not None else None
    if again is not None:
        yield again
    useless = ended_without_work(world, task, now)
    if useless is not None:
        yield useless


def _time_reached(world: World, message: m.TimeReached, now: datetime) -> Iterator[Decision]:
    return iter(())


def _clock_set(world: World, message: m.ClockSet, now: datetime) -> Iterator[Decision]:
    yield from clock_set(world, timedelta(seconds=message.seconds), now)


def _file_deleted(world: World, message: m.FileDeleted, now: datetime) -> Iterator[Decision]:
    if message.kind is ObjectKind.ORDER:
        order = order_of(world, file_key(message.kind, message.path))
        change = removed(order, now) if order is not None and order.origin is OrderOrigin.PERMANENT else None
    else:
        change = file_gone(world, m.FileGone(message.kind, message.path), now)
    if change is not None:
        yield Decision([change])


def _files_changed(world: World, message: m.FilesChanged, now: datetime) -> Iterator[Decision]:
    for file in message.files:
        change = file_gone(world, file, now) if isinstance(file, m.FileGone) else file_read(world, file, now)
        if change is None:
            continue
        known = world.files.get(file_key(file.kind, file.path))
        yield Decision([change], events.told(world, file, change))
        start = events.started_job(world, file, known, now)
        if start is not None:
            yield start


def _activated(world: World, message: m.Activated, now: datetime) -> Iterator[Decision]:
    begun = begun_by_job(world)
    for task in list(world.live_tasks()):
        yield adopted(world, task) or lost(world, task, now)
    for change in forgotten(world, now):
        yield Decision([change])
    yield from unfinished(world)
    for order in list(world.orders.values()):
        if order.origin is OrderOrigin.PERMANENT and _file_is_gone(world, order):
            yield Decision([removed(order, now)])
    if world.state is EngineState.STARTING:
        world.state = EngineState.RUNNING
    gone = tuple(_gone(world))
    if gone:
        yield Decision([Change(Kind.FILE_REMOVED, "/", drop=gone, detail={"objects": len(gone)})])
    detail: dict[str, Any] = {"pid": world.identity.pid}
    if world.inactive_since is not None:
        detail["inactive_since"] = world.inactive_since.isoformat()
    yield Decision([Change(Kind.SCHEDULER_STARTED, world.identity.scheduler_id, detail=detail)])
    for change in caught_up(world, begun, now):
        yield Decision([change])
    if world.inactive_since is not None and world.inactive_since > now:  # whoever worked before had a faster clock
        yield from clock_set(world, now - world.inactive_since, now)


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
    key = file_key(ObjectKind.ORDER, f"{order.home},{order.id}")
    return key not in world.files and order.home.lower() in world.chains


def _command_received(world: World, message: m.CommandReceived, now: datetime) -> Iterator[Decision]:
    yield execute(world, message.command, now, message.answers, message.client)


def _database_waits(world: World, message: m.DatabaseWaits, now: datetime) -> Iterator[Decision]:
    world.database_problem = message.problem
    subject = "The database is not reachable" if message.problem else "The database is reachable again"
    mail = notice(world, Severity.ERROR if message.problem else Severity.WARNING, subject, message.problem or subject)
    if mail is not None:
        yield Decision(actions=[SendMail(mail)])


def _end_requested(world: World, message: m.EndRequested, now: datetime) -> Iterator[Decision]:
    yield end_by_signal(world, restart=message.restart, timeout=message.timeout)
    for task in list(world.live_tasks()):
        if world.crew.is_here(task.member_run):
            yield from request_end(world, task, now)


def _grace_over(world: World, message: m.GraceOver, now: datetime) -> Iterator[Decision]:
    yield end_all(world)


_HANDLERS: dict[type, Callable[[World, Any, datetime], Iterator[Decision]]] = {
    m.CrewSeen: _crew_seen,
    m.Reported: _reported,
    m.ProcessStarted: _process_started,
    m.StartFailed: _start_failed,
    m.ProcessEnded: _process_ended,
    m.ServerStarted: _server_started,
    m.ServerEnded: _server_ended,
    m.CallReturned: _call_returned,
    m.StepsReturned: _steps_returned,
    m.TakenBack: _taken_back,
    m.LockAsked: _lock_asked,
    m.CommandAsked: _command_asked,
    m.CalledBack: _called_back,
    m.CommandAnswered: _command_answered,
    m.TimeReached: _time_reached,
    m.ClockSet: _clock_set,
    m.FileDeleted: _file_deleted,
    m.FilesChanged: _files_changed,
    m.Activated: _activated,
    m.CommandReceived: _command_received,
    m.DatabaseWaits: _database_waits,
    m.EndRequested: _end_requested,
    m.GraceOver: _grace_over,
    m.DirectoryRead: directory_read,
    m.DirectoryChanged: directory_changed,
    m.FileDisposed: file_disposed,
}
