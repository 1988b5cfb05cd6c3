"""`<jobs>`: which jobs a list shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.answers import common
from scheduler.answers.job import faulty_job, job_parts
from scheduler.answers.job_queues import History
from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import wrapped
from scheduler.records import Job, ObjectKind, SourceFile
from scheduler.world import World


def no_history(key: str) -> None:
    "Of a list without histories."


def jobs_parts(
    world: World,
    options: ShowOptions,
    jobs: Iterable[str],
    faulty: Iterable[SourceFile],
    history_of: Callable[[str], History | None] = no_history,
) -> Iterator[str]:
    """What stands in `<jobs>`: of `jobs` (keys) those that are visible, then `faulty` files of which no version was
    ever usable. `history_of` gives the ended tasks of a job by its key; None: they are not wanted."""
    for key in jobs:
        job = world.jobs.get(key)
        if job is not None and is_visible(world, job):
            yield from job_parts(world, job, options, history=history_of(key))
        else:
            yield ""
    for file in faulty:
        yield faulty_job(file, options)


def jobs_element(world: World, options: ShowOptions, folder: str) -> Iterator[str]:
    "`<jobs>` of one folder."
    jobs = [job.key for job in world.jobs.values() if common.is_in(folder, job.path)]
    return wrapped("jobs", (), jobs_parts(world, options, jobs, common.faulty_files(world, ObjectKind.JOB, folder)))


def is_visible(world: World, job: Job) -> bool:
    "In lists; a job with `visible=\"no\"` shows itself as soon as somebody wants something of it."
    visible = job.definition.visible
    if visible != "no":
        return visible == "yes"
    if job.all_tasks or world.running_count(job.key) or world.queued_count(job.key):
        return True
    return any(world.count_at(key) for key in world.nodes_served_by(job.key))
