"The end of a task with a task server: asked for, by a lock that it may have, or because its process has ended."

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler import paths
from scheduler.actions import Call, Kill
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE
from scheduler.records import Cause, Counter, Job, Task, TaskState
from scheduler.task.api_ahead import taking_back
from scheduler.task.api_calls import end_call, only_kept, server_of, with_server
from scheduler.task.api_result import give_back
from scheduler.task.api_state import RESTING, Phase
from scheduler.task.outcome import Outcome, signal_name
from scheduler.task.resources import could_hold
from scheduler.world import World


def request_end(world: World, task: Task, now: datetime) -> Iterator[Decision]:
    "The task ends after its step, and at once when it rests. A shell process runs on to its end."
    server, job = task.server, world.jobs.get(task.job_key)
    if server is None or job is None or server.end_wanted or server.phase is Phase.END:
        return
    if server.phase not in RESTING:
        yield Decision([only_kept(with_server(task, end_wanted=True))], taking_back(task))
    elif server.phase is Phase.LOCKS:
        yield from give_back(world, job, task, now)
    else:
        ending, call = end_call(world, job, task, now)
        yield Decision([only_kept(with_server(ending, end_wanted=True))], [call])


def lock_asked(world: World, task: Task, request: int, lock: str, exclusive: bool) -> Decision:
    "Whether the script may have the lock, for the running step (in `spooler_open`: for the task), is the answer."
    server = server_of(task)
    try:
        path = paths.absolute(lock, paths.folder(task.job))
        if path not in world.locks:
            raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Lock", path=path)
    except WorkloadError as refusal:
        return Decision(actions=[answer(task, request, error=refusal.text, code=refusal.code.code)])
    wanted = (path, exclusive)
    noted = with_server(task, asked=(*server.asked, wanted))
    held = could_hold(world, task, path, exclusive)
    known = {name: alone for name, alone in task.locks if name == path}
    if held and not known.get(path, False) and known.get(path) is not exclusive:
        others = tuple(each for each in task.locks if each[0] != path)
        given_back = server.held if path in known else (*server.held, wanted)
        noted = replace(with_server(noted, held=given_back), locks=(*others, wanted))
    return Decision([only_kept(noted)], [answer(task, request, held=held)])


def answer(task: Task, request: int, **fields: object) -> Call:
    "To a request of the script."
    return Call(task.id, {"type": "answer", "id": request, **fields})


def server_ended(world: World, task: Task) -> Decision | None:
    """The process of the task server is gone. When a shell process still runs, that is killed first; None: all is over.
    Another member sees to that itself, before it says so."""
    if server_of(task).phase is not Phase.SHELL or task.member_run != HERE:
        return None
    killed = with_server(task, gone=True)
    return Decision([only_kept(killed)], [Kill(task.id, 0, "the task server has ended")])


def outcome_of_end(task: Task, exit_code: int) -> Outcome:
    "Of the whole task; `exit_code` is that of the task server's process."
    server = server_of(task)
    values = NONE if task.chain else server.shell_values
    if server.over and exit_code == 0:
        return Outcome(server.exit_code, task.killed_for or server.problem, values)
    if task.killed_for is not None:
        return Outcome(exit_code, task.killed_for, values)
    if exit_code < 0:
        lost = WorkloadError(Code.SIGNALLED, signal=signal_name(-exit_code)).problem
    else:
        lost = WorkloadError(Code.SERVER_LOST, exit_code=exit_code).problem
    return Outcome(exit_code, server.problem or lost, values)


def started_again(world: World, task: Task, job: Job, now: datetime) -> Decision | None:
    "The start that the script wants for its job, `repeat` seconds after the end of the task."
    server = server_of(task)
    if server.repeat is None or task.killed_for is not None:
        return None
    number = world.number(Counter.TASK)
    again = Task(
        number.value, job.path, TaskState.QUEUED, Cause.PERIOD_REPEAT, enqueued_at=now,
        start_at=now + timedelta(seconds=server.repeat), force=False,
    )  # fmt: skip
    detail = {"task": again.id, "cause": again.cause.value}
    return Decision([Change(Kind.TASK_QUEUED, job.path, put=(number, again), detail=detail)])


def ended_without_work(world: World, task: Task, now: datetime) -> Decision | None:
    "A task that ended before its first step is not replaced for `min_tasks`, because that would go on for ever."
    job = world.jobs.get(task.job_key)
    if job is None or not job.definition.min_tasks or server_of(task).worked:
        return None
    return Decision([Change(Kind.JOB_CHANGED, job.path, keep=(replace(job, unfilled_at=now),))])


def frozen_tasks(world: World, job: Job, frozen: bool) -> tuple[Task, ...]:
    "The job's tasks as they are when they are to rest between two steps, or to go on."
    tasks = [task for task in world.tasks_of(job.key) if task.server is not None]
    return tuple(with_server(task, suspended=frozen) for task in tasks if server_of(task).suspended is not frozen)
