"""`<modify_job>`: stop, unstop, start, end … a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command, run_time
from scheduler.commands.lookups import find_job
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files.by_command import remove as removed_by_command
from scheduler.files.jobs import with_run_time
from scheduler.held_until import end_of, held
from scheduler.hold import HoldKind, hold_key
from scheduler.job.after_task import stopped
from scheduler.job.lifecycle import MAY_START
from scheduler.job.times import begun_again, in_period
from scheduler.protocol.levels import Level
from scheduler.records import Cause, Job, JobState, ObjectKind
from scheduler.run_time.model import RunTime
from scheduler.task.api_ahead import taking_back
from scheduler.task.api_end import frozen_tasks, request_end
from scheduler.task.queue import enqueue, unstopped
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT


@command("modify_job", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ModifyJob:
    """Answers ok whether or not the command had an effect. See `COMMANDS` for the words of `cmd`.

    `<run_time>` takes the place of the job's run time, over restarts, too, until the job is defined otherwise; `cmd`
    sees the new one. With `remove` it says nothing.

    `until`: a stopped job goes on by itself then. Told to stop once more, it has that end, or none.
    """

    job: str = attribute(PATH)
    cmd: str = attribute(TEXT, "")
    until: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")
    client: str = ""
    run_time: tuple[RunTime, str] | None = run_time()

    def decide(self, world: World, now: datetime) -> Decision:
        job = find_job(world, self.job)
        if self.cmd and self.cmd not in COMMANDS:
            raise WorkloadError(Code.UNKNOWN_JOB_COMMAND, command=self.cmd)
        until = end_of(world, self.until, now, holds=self.cmd == "stop", needed='cmd="stop"')
        decision = Decision(reply="<ok/>")
        if self.run_time is not None and self.cmd != "remove":  # a refused removal leaves the job as it is
            job = with_run_time(job, *self.run_time)
            decision.changes.append(Change(Kind.JOB_CHANGED, job.path, put=(job,)))
        if self.cmd == "stop":
            decision.changes += _stopped_until(world, job, until, self.author)
        elif self.cmd in STARTS:
            decision.add(STARTS[self.cmd](world, job, now, self.author, self.client))
        elif self.cmd:
            decision.add(COMMANDS[self.cmd](world, job, now))
        return decision


def stop(world: World, job: Job, now: datetime) -> Decision:
    "No task starts any more; running shell tasks are left to end. Lasts over restarts."
    return Decision(_stopped_until(world, job, None, ""))


def _stopped_until(world: World, job: Job, until: datetime | None, author: str) -> list[Change]:
    if not job.stopped:
        change = stopped(job, "command")
    elif until is not None or world.holds.get(hold_key(HoldKind.JOB, job.path)) is not None:
        change = Change(Kind.JOB_CHANGED, job.path, put=(job,))
    else:
        return []
    return [held(world, change, HoldKind.JOB, job.path, until, author)]


def unstop(world: World, job: Job, now: datetime) -> Decision:
    "Only from stopping, stopped and error."
    if not job.stopped and job.state is not JobState.ERROR:
        return Decision()
    return Decision([Change(Kind.JOB_UNSTOPPED, job.path, put=(unstopped(job, now),))])


def start(world: World, job: Job, now: datetime, actor: str = "", client: str = "") -> Decision:
    "Like `start_job` for now."
    return Decision([enqueue(world, job, now, now, actor=actor, client=client)[1]])


def wake(world: World, job: Job, now: datetime, actor: str = "", client: str = "") -> Decision:
    "From pending and stopped: un-stops, and starts one task at once."
    if job.state not in (JobState.PENDING, JobState.STOPPED):
        return Decision()
    return Decision([enqueue(world, job, now, now, cause=Cause.WAKE, actor=actor, client=client)[1]])


def wake_when_in_period(world: World, job: Job, now: datetime) -> Decision:
    "One task more in the period that is open now; outside of periods it is forgotten, and a stopped job stays stopped."
    if job.state not in MAY_START or job.times is None or not in_period(job, now):
        return Decision()
    woken = replace(job, times=replace(job.times, wake=True))
    return Decision([Change(Kind.JOB_CHANGED, job.path, keep=(woken,))])


def disable(world: World, job: Job, now: datetime) -> Decision:
    change = stopped(job, "disabled")
    disabled = [replace(record, enabled=False) for record in change.put if isinstance(record, Job)]
    return Decision([Change(change.kind, change.object, put=tuple(disabled), detail=change.detail)])


def enable(world: World, job: Job, now: datetime) -> Decision:
    "The job stays stopped: that is what `unstop` is for. Its next start is worked out anew."
    if not job.stopped and job.state is not JobState.ERROR:
        return Decision()
    times = begun_again(job.times, job.times.plan, now) if job.times is not None else None
    return Decision([Change(Kind.JOB_CHANGED, job.path, put=(replace(job, enabled=True, times=times),))])


def proceed(world: World, job: Job, now: datetime) -> Decision:
    "`continue`: un-stops, too."
    decision = unstop(world, job, now)
    going_on = frozen_tasks(world, job, frozen=False)
    if going_on:
        decision.changes.append(Change(Kind.TASK_CALLED, job.path, keep=going_on))
    return decision


def end(world: World, job: Job, now: datetime) -> Decision:
    "All tasks are asked to end after their step; shell tasks have only one."
    decision = Decision()
    for task in world.tasks_of(job.key):
        decision.add(next(request_end(world, task, now), Decision()))
    return decision


def suspend(world: World, job: Job, now: datetime) -> Decision:
    "Tasks begin no further step until `continue`; shell tasks have only one."
    resting = frozen_tasks(world, job, frozen=True)
    changes = [Change(Kind.TASK_CALLED, job.path, keep=resting)] if resting else []
    return Decision(changes, [back for task in resting for back in taking_back(task)])


def nothing(world: World, job: Job, now: datetime) -> Decision:
    "`reread` has no effect any more."
    return Decision()


def remove(world: World, job: Job, now: datetime) -> Decision:
    "The job goes when no task runs, its file with it."
    return removed_by_command(world, ObjectKind.JOB, job.path, now)


#: those that queue a task, which keeps who wanted it
STARTS: dict[str, Callable[[World, Job, datetime, str, str], Decision]] = {"start": start, "wake": wake}
COMMANDS: dict[str, Callable[[World, Job, datetime], Decision]] = {
    "stop": stop,
    "unstop": unstop,
    "start": start,
    "wake": wake,
    "wake_when_in_period": wake_when_in_period,
    "disable": disable,
    "enable": enable,
    "continue": proceed,
    "end": end,
    "suspend": suspend,
    "reread": nothing,
    "remove": remove,
}
