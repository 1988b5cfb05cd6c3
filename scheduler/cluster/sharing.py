"""Steps that other members run: which ones, where, and what becomes of them when a member goes.

Only steps of orders in chains with `distributed="yes"` are shared. The leading member decides everything; the others
lend it their processes. With the task server of a Python job, or of the monitors of a shell job, it talks wherever that
is (see `relay`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scheduler.actions import Call, LogLine
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE, Assignment, AssignmentKey, Mate, Wanted
from scheduler.cluster.view import MemberView
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.records import Job, JobState, Task, TaskState
from scheduler.task.api_ahead import left_behind
from scheduler.task.api_end import answer
from scheduler.task.api_fields import is_served
from scheduler.task.ended import interrupted
from scheduler.task.resources import class_key_of
from scheduler.world import World

#: by the name of a log: the member that has it, and its task
LogsElsewhere = Mapping[str, tuple[MemberView, int]]


def mate_of(world: World, member_run: str) -> Mate | None:
    "None: it is this member itself."
    return world.crew.mates[member_run] if member_run != HERE else None


def runs_at(world: World, task_id: int) -> MemberView | None:
    "The other member that runs the task; None: nobody, or this one itself."
    task = world.tasks.get(task_id)
    if task is None or world.cluster is None or world.crew.is_here(task.member_run):
        return None
    return world.cluster.member(task.member_id)


def logs_elsewhere(world: World) -> LogsElsewhere:
    "Of all tasks that other members run now."
    tasks = [task for task in world.live_tasks() if task.log_file]
    return {task.log_file: (member, task.id) for task in tasks if (member := runs_at(world, task.id)) is not None}


def crew_seen(world: World, mates: tuple[Mate, ...], now: datetime) -> Iterator[Decision]:
    "Steps of members that have gone begin again; new members may take some."
    world.crew.see(mates, world.identity.member_id)
    for task in list(world.live_tasks()):
        if task.member_run != HERE and task.member_run not in world.crew.mates:
            yield from freed(world, task, now)
    world.candidates.update(dict.fromkeys(world.jobs))


def freed(world: World, task: Task, now: datetime) -> Iterator[Decision]:
    "Nobody runs the task any more: its step begins again at the same node."
    if task.server is not None:
        yield from left_behind(world, task, (), now)
    decision = lost(world, world.tasks[task.id], now)
    text = f"SCHEDULER-829  Task {task.id} of {task.job} is taken from {task.member_id}, which has gone"
    decision.actions.append(LogLine("warn", text))
    yield decision


def lost(world: World, task: Task, now: datetime) -> Decision:
    "The task is interrupted, and nobody is to run it any more."
    decision = interrupted(world, task, now)
    rows = [(Assignment, AssignmentKey(task.id, wanted)) for wanted in Wanted if task.member_run != HERE]
    decision.changes[0] = replace(decision.changes[0], drop=(*decision.changes[0].drop, *rows))
    return decision


def assignments_of(task: Task) -> tuple[tuple[type[Assignment], AssignmentKey], ...]:
    "What of it may still lie in the database, to be dropped: only a task that was killed has more than its start."
    if task.member_run == HERE:
        return ()
    every: Iterable[Wanted] = Wanted
    if task.killed_for is None:
        every = (Wanted.LAUNCH,) if task.server is None else (Wanted.LAUNCH, Wanted.CALL)
    return tuple((Assignment, AssignmentKey(task.id, wanted)) for wanted in every)


def adopted(world: World, task: Task) -> Decision | None:
    """A task that another member runs for the one that led before, as this one goes on with it; None: that is not
    possible, because its job or its order is not there any more. Only memory is told: the rows are as they were."""
    job = world.jobs.get(task.job_key)
    if job is None or task.member_run not in world.crew.mates or is_served(job.definition) != (task.server is not None):
        return None
    order = world.orders.get(task.order_key) if task.order_key else None
    if order is not None and order.task_id != task.id:
        return None
    if task.server is not None:
        if order is None and task.order_key is not None:
            return None
        return Decision([_adopted(task, job)], [*_unanswered(world, task)])
    if order is None:
        return None
    locks = tuple((use.lock, use.exclusive) for use in job.definition.locks)
    held = replace(task, process_class=class_key_of(world, job, order), locks=locks)
    if held.state is TaskState.RUNNING:
        world.wake_for_timeout(held)
    return Decision([_adopted(held, job)])


def _adopted(task: Task, job: Job) -> Change:
    return Change(Kind.TASK_ADOPTED, task.job, keep=(task, _busy(job)), detail={"task": task.id})


def _unanswered(world: World, task: Task) -> Iterator[Call]:
    "A command of its script that the one before has begun to carry out, which may have happened or not."
    talk = world.crew.talks[task.id]
    if talk.request is not None:
        problem = WorkloadError(Code.COMMAND_LOST).problem
        yield answer(task, talk.request, error=problem.text, code=problem.code)


def _busy(job: Job) -> Job:
    "The job with a running task; one that was stopped meanwhile is stopping."
    if job.state is JobState.STOPPED:
        return replace(job, state=JobState.STOPPING)
    return replace(job, state=JobState.RUNNING) if job.state is JobState.PENDING else job
