"""Jobs from files: replaced and removed when no task runs. The stop flag and the queue outlive a replacement."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Dropped, Kind
from scheduler.configuration.run_time import run_time_of
from scheduler.copying import replace
from scheduler.definitions import JobDefinition
from scheduler.job.lifecycle import JobEvent, after
from scheduler.records import Job, JobState, SourceFile
from scheduler.run_time.model import RunTime
from scheduler.world import World


def idle(world: World, file: SourceFile) -> bool:
    return world.running_count(file.key.path) == 0


def install(world: World, file: SourceFile, now: datetime) -> Change:
    definition = file.definition
    assert isinstance(definition, JobDefinition)  # noqa: S101  (the kind of the file says so)
    known = world.jobs.get(file.key.path)
    if known is not None:
        job = replace(known, definition=definition, times=None, run_time_given="")
        if definition.enabled and not known.definition.enabled:
            job = replace(job, enabled=True)
        if job.enabled and not definition.enabled:
            job = replace(job, enabled=False, state=after(job.state, JobEvent.STOP, job.path))
    else:
        job = _new(world, definition)
    return Change(Kind.JOB_LOADED, job.path, put=(file, job))


def _new(world: World, definition: JobDefinition) -> Job:
    "A job that was known before the engine's last end is as stopped and as delayed as it was then."
    remembered = world.remembered.jobs.get(definition.path.lower())
    enabled = definition.enabled
    job = Job(definition, enabled=enabled, state=JobState.PENDING if enabled else JobState.STOPPED)
    if remembered is None:
        return job
    if remembered.run_time_given and remembered.source == definition.source:
        job = with_run_time(job, run_time_of(remembered.run_time_given, "/"), remembered.run_time_given)
    return replace(
        job,
        state=JobState.STOPPED if remembered.stopped or not enabled else JobState.PENDING,
        enabled=enabled and remembered.enabled,
        errors_in_a_row=remembered.errors_in_a_row,
        delay_until=remembered.delay_until,
        state_text=remembered.state_text,
        problem=remembered.problem,
        good_steps=remembered.good_steps,
        good_seconds=remembered.good_seconds,
        last_task_ended_at=remembered.last_task_ended_at,
    )


def with_run_time(job: Job, run_time: RunTime, source: str) -> Job:
    "With the run time that a command gives it; `source` means the same wherever it is read."
    definition = replace(
        job.definition, run_time=run_time, run_time_source=source, has_run_time=run_time.could_start
    )
    return replace(job, definition=definition, times=None, run_time_given=source)


def remove(world: World, file: SourceFile, now: datetime) -> Change:
    "Its stop flag goes with it; its queue stays and is served when a job of this path comes back."
    key = file.key.path
    drops: tuple[Dropped, ...] = ((Job, key),) if key in world.jobs or key in world.remembered.jobs else ()
    return Change(Kind.JOB_REMOVED, file.path, drop=drops)
