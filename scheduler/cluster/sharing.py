"""Steps that other members run: which ones, where, and what becomes of them when a member goes.

Only steps of orders in chains with `distributed="yes"` are shared, and only those of shell jobs without monitors: a
task server talks with the core all the time, so it stays with the leading member. The leading member decides
everything; the others lend it their processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from scheduler.actions import LogLine
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE, Assignment, AssignmentKey, Mate, Wanted
from scheduler.cluster.view import MemberView
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.records import Job, JobState, Task, TaskState
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
            yield freed(world, task, now)
    world.candidates.update(dict.fromkeys(world.jobs))


def freed(world: World, task: Task, now: datetime) -> Decision:
    "Nobody runs the task any more: its step begins again at the same node."
    decision = interrupted(world, task, now)
    decision.changes[0] = replace(decision.changes[0], drop=(*decision.changes[0].drop, *assignments_of(task)))
    text = f"SCHEDULER-829  Task {task.id} of {task.job} is taken from {task.member_id}, which has gone"
    decision.actions.append(LogLine("warn", text))
    return decision


def assignments_of(task: Task) -> tuple[tuple[type[Assignment], AssignmentKey], ...]:
    "What of it may still lie in the database, to be dropped: only a task that was killed has more than its start."
    if task.member_run == HERE:
        return ()
    every = Wanted if task.killed_for is not None else (Wanted.LAUNCH,)
    return tuple((Assignment, AssignmentKey(task.id, wanted)) for wanted in every)


def adopted(world: World, task: Task) -> Decision | None:
    """A task that another member runs for the one that led before, as this one goes on with it; None: that is not
    possible, because its job or its order is not there any more. Only memory is told: the rows are as they were."""
    job = world.jobs.get(task.job_key)
    order = world.orders.get(task.order_key) if task.order_key else None
    if job is None or order is None or order.task_id != task.id or task.member_run not in world.crew.mates:
        return None
    locks = tuple((use.lock, use.exclusive) for use in job.definition.locks)
    held = replace(task, process_class=class_key_of(world, job, order), locks=locks)
    if held.state is TaskState.RUNNING:
        world.wake_for_timeout(held)
    return Decision([Change(Kind.TASK_ADOPTED, task.job, keep=(held, _busy(job)), detail={"task": task.id})])


def _busy(job: Job) -> Job:
    "The job with a running task; one that was stopped meanwhile is stopping."
    if job.state is JobState.STOPPED:
        return replace(job, state=JobState.STOPPING)
    return replace(job, state=JobState.RUNNING) if job.state is JobState.PENDING else job
