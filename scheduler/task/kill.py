"""Ending a task before its time: by command, by its timeout, or because the engine ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.actions import Kill
from scheduler.changes import Change, Kind
from scheduler.cluster.wire import killed as killed_by
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.records import Task, TaskState
from scheduler.task.api_calls import with_server
from scheduler.task.api_state import RESTING, Phase
from scheduler.task.lifecycle import TaskEvent, after
from scheduler.world import World

#: seconds between SIGTERM and SIGKILL when the engine ends
END_GRACE = 1.0


def kill(task: Task, grace: float | None, reason: Problem) -> Decision:
    "End the process of a task; see `actions.Kill` for `grace`. The first reason stands."
    state = after(task.state, TaskEvent.KILL, task.id)
    killed = replace(task, state=state, killed_for=task.killed_for or reason)
    if task.server is not None:
        return _kill_served(killed, grace, reason)
    assigned, action = killed_by(Kill(task.id, grace, reason.text), task.member_run)
    detail = {"task": task.id, "reason": reason.code}
    return Decision([Change(Kind.TASK_KILLED, task.job, put=(killed, *assigned), detail=detail)], [action])


def _kill_served(task: Task, grace: float | None, reason: Problem) -> Decision:
    """A shell process is killed while its monitors live on to look at the result; unless the engine ends. Otherwise
    the task server is."""
    shell = task.server is not None and task.server.phase is Phase.SHELL
    all_of_it = not shell or reason.code == Code.INTERRUPTED.code
    decision = Decision([], [Kill(task.id, grace, reason.text)] if shell else [])
    if all_of_it:
        task = with_server(task, killed=True, look_at=None)
        decision.actions.append(Kill(task.id, grace, reason.text, server=True))
    change = Change(Kind.TASK_KILLED, task.job, put=(task,), detail={"task": task.id, "reason": reason.code})
    decision.changes.append(change)
    return decision


def dequeue(task: Task) -> Decision:
    "A queued task is not wanted any more."
    change = Change(Kind.TASK_DEQUEUED, task.job, drop=((Task, task.id),), detail={"task": task.id})
    return Decision([change])


def kill_by_command(task: Task, immediately: bool, grace: float | None) -> Decision:
    """`kill_task`. Without `immediately` a shell task is left to end by itself, as in the classic engine."""
    if task.state is TaskState.QUEUED:
        return dequeue(task)
    if not immediately:
        return Decision()
    return kill(task, grace, WorkloadError(Code.KILLED).problem)


def timed_out(world: World, task_id: int, now: datetime) -> Decision | None:
    "The task's timeout, when it has come and the task still runs: SIGKILL at once, so that the exit code is -9."
    task = world.tasks.get(task_id)
    job = world.jobs.get(task.job_key) if task is not None else None
    if task is None or job is None or job.definition.timeout is None or task.started_at is None:
        return None
    if task.server is not None:
        return _call_timed_out(task, job.definition.timeout, now)
    due = task.started_at + timedelta(seconds=job.definition.timeout)
    if task.state is not TaskState.RUNNING or due > now:
        return None
    reason = WorkloadError(Code.TIMED_OUT, seconds=f"{job.definition.timeout:g}").problem
    return kill(task, 0.0, reason)


def _call_timed_out(task: Task, seconds: float, now: datetime) -> Decision | None:
    "The timeout of a call, or of a shell process with monitors."
    server = task.server
    if server is None or server.phase in RESTING or server.look_at is None or server.look_at > now:
        return None
    if task.state is not TaskState.RUNNING:
        return None
    reason = WorkloadError(Code.TIMED_OUT, seconds=f"{seconds:g}").problem
    return kill(with_server(task, look_at=None), 0.0, reason)


def end_all(world: World) -> Decision:
    """Every process of this engine is ended and its task will be recorded as interrupted, so that its step begins
    again. What other members run goes on: whoever leads next goes on with it."""
    decision = Decision()
    for task in world.live_tasks():
        if world.crew.is_here(task.member_run):
            decision.add(kill(task, END_GRACE, WorkloadError(Code.INTERRUPTED).problem))
    return decision
