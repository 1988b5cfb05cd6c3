"""`<modify_job>`: stop, unstop, start, end … a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduler.actions import DeleteFile
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files.apply import file_gone
from scheduler.job.after_task import stopped
from scheduler.messages import FileGone
from scheduler.protocol.levels import Level
from scheduler.records import Cause, FileKey, Job, JobState, ObjectKind
from scheduler.task.queue import enqueue, unstopped
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT


@command("modify_job", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ModifyJob:
    """Answers ok whether or not the command had an effect. See `COMMANDS` for the words of `cmd`."""

    job: str = attribute(PATH)
    cmd: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        job = find_job(world, self.job)
        if not self.cmd:
            return Decision(reply="<ok/>")
        if self.cmd in ("suspend",):
            raise WorkloadError(Code.UNSUPPORTED, feature="modify_job cmd='suspend' of a shell job")
        if self.cmd not in COMMANDS:
            raise WorkloadError(Code.UNKNOWN_JOB_COMMAND, command=self.cmd)
        decision = COMMANDS[self.cmd](world, job, now)
        decision.reply = "<ok/>"
        return decision


def stop(world: World, job: Job, now: datetime) -> Decision:
    "No task starts any more; running shell tasks are left to end. Lasts over restarts."
    return Decision([stopped(job, "command")]) if not job.stopped else Decision()


def unstop(world: World, job: Job, now: datetime) -> Decision:
    "Only from stopping, stopped and error."
    if not job.stopped and job.state is not JobState.ERROR:
        return Decision()
    return Decision([Change(Kind.JOB_UNSTOPPED, job.path, put=(unstopped(job),))])


def start(world: World, job: Job, now: datetime) -> Decision:
    "Like `start_job` for now."
    return Decision([enqueue(world, job, now, now)[1]])


def wake(world: World, job: Job, now: datetime) -> Decision:
    "From pending and stopped: un-stops, and starts one task at once."
    if job.state not in (JobState.PENDING, JobState.STOPPED):
        return Decision()
    return Decision([enqueue(world, job, now, now, cause=Cause.WAKE)[1]])


def wake_when_in_period(world: World, job: Job, now: datetime) -> Decision:
    "Without run times every moment is in a period; a stopped job stays stopped."
    if job.state is not JobState.PENDING:
        return Decision()
    return Decision([enqueue(world, job, now, now, force=False, cause=Cause.WAKE)[1]])


def disable(world: World, job: Job, now: datetime) -> Decision:
    change = stopped(job, "disabled")
    disabled = [replace(record, enabled=False) for record in change.put if isinstance(record, Job)]
    return Decision([Change(change.kind, change.object, put=tuple(disabled), detail=change.detail)])


def enable(world: World, job: Job, now: datetime) -> Decision:
    "The job stays stopped: that is what `unstop` is for."
    if not job.stopped and job.state is not JobState.ERROR:
        return Decision()
    return Decision([Change(Kind.JOB_CHANGED, job.path, put=(replace(job, enabled=True),))])


def proceed(world: World, job: Job, now: datetime) -> Decision:
    "`continue`: un-stops, too."
    return unstop(world, job, now)


def nothing(world: World, job: Job, now: datetime) -> Decision:
    "`reread` has no effect any more; `end` asks tasks to end after their step, and shell tasks have only one."
    return Decision()


def remove(world: World, job: Job, now: datetime) -> Decision:
    "The job goes when no task runs, its file with it."
    file = world.files.get(FileKey(ObjectKind.JOB.value, job.key))
    if file is None:
        return Decision()
    change = file_gone(world, FileGone(ObjectKind.JOB, job.path), now)
    actions = [DeleteFile(file.file)] if file.file else []
    return Decision([change] if change else [], [*actions])


COMMANDS: dict[str, Callable[[World, Job, datetime], Decision]] = {
    "stop": stop,
    "unstop": unstop,
    "start": start,
    "wake": wake,
    "wake_when_in_period": wake_when_in_period,
    "disable": disable,
    "enable": enable,
    "continue": proceed,
    "end": nothing,
    "reread": nothing,
    "remove": remove,
}
