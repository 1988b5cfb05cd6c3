"""`<job>`. What a job looks like is kept until something about it changes."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.answers import common, kept, requisites
from scheduler.answers.job_queues import History, history_parts, order_queue_parts, queue_parts, tasks_parts
from scheduler.answers.lock_requestor import lock_requestor
from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import PAUSE, wrapped
from scheduler.answers.settings import exit_code_commands, limit_text, log_settings
from scheduler.copying import replace
from scheduler.definitions import JobDefinition
from scheduler.hold import HoldKind, hold_key
from scheduler.job.lifecycle import MAY_START
from scheduler.job.requisites import missing
from scheduler.job.times import in_period, next_start
from scheduler.records import FileKey, FileState, Job, JobState, ObjectKind, SourceFile
from scheduler.task.start import job_log_name
from scheduler.times import time_text
from scheduler.why import why_job
from scheduler.world import World
from scheduler.xml.write import element, text

#: what changes by time alone is rendered each time: obstacles, and orders, which become due
_CHANGING = frozenset({"why", "job_orders"})
#: words of `what` by which a job that is kept looks different
_SHAPES = frozenset({"tasks", "task_queue", "job_params", "job_commands", "description", "run_time", "source"})


def job_element(
    world: World, job: Job, options: ShowOptions, chain: str = "", history: History | None = None
) -> str:
    "A job; `chain` limits its orders and tasks to one chain, `history` are its ended tasks with their logs."
    key = job.key
    if history is not None or options.flags & _CHANGING or _changes_by_others(world, key):
        return _job(world, job, options, chain, history)
    variant = (options.flags & _SHAPES, chain, _active_schedule(world, job))
    return kept(world, "job", key, variant, lambda: _job(world, job, options, chain, None))


def job_parts(
    world: World, job: Job, options: ShowOptions, chain: str = "", history: History | None = None
) -> Iterator[str]:
    "The same in pieces. A job that may have much to tell is not kept."
    if history is not None or "job_orders" in options or _is_long(world, job, options):
        return _parts(world, job, options, chain, history)
    return iter([job_element(world, job, options, chain)])


def _is_long(world: World, job: Job, options: ShowOptions) -> bool:
    if "job_params" in options and len(job.definition.params) > PAUSE:
        return True
    return "task_queue" in options and (
        world.queued_count(job.key) > PAUSE or any(len(task.params) > PAUSE for task in world.queued_of(job.key))
    )


def _changes_by_others(world: World, key: str) -> bool:
    "The orders in its tasks are replaced, the locks that it waits for become free: it is not told of that."
    return world.running_count(key) > 0 or world.waiting.waits_for_locks(key)


def _job(world: World, job: Job, options: ShowOptions, chain: str, history: History | None) -> str:
    return "".join(_parts(world, job, options, chain, history))


def _parts(
    world: World, job: Job, options: ShowOptions, chain: str, history: History | None
) -> Iterator[str]:
    definition = job.definition
    file = world.files.get(FileKey(ObjectKind.JOB.value, job.key))
    is_incomplete = bool(missing(world, definition))
    return wrapped(
        "job",
        [
            *_names(definition),
            ("state", _state_word(job, is_incomplete)),
            *_look(definition),
            ("waiting_for_process", "yes" if world.waiting.class_of(job.key) is not None else None),
            ("all_steps", job.all_steps),
            ("all_tasks", job.all_tasks),
            ("state_text", job.state_text or None),
            ("log_file", f"{world.identity.log_dir}/{job_log_name(job.path)}"),
            *_limits(definition),
            ("next_start_time", _next_start(world, job)),
            ("delay_until", time_text(job.delay_until) if job.delay_until and job.delay_until > world.now else None),
            ("in_period", "yes" if in_period(job, world.now) else "no"),
            ("remove", "yes" if file is not None and file.removed else None),
            ("temporary", "yes" if definition.temporary else None),
            ("job_chain_priority", _chain_priority(world, job)),
            ("enabled", "yes" if job.enabled else "no"),
            ("active_schedule", _active_schedule(world, job) or None),
            ("stopped_until", common.time_or_none(world.holds.until(hold_key(HoldKind.JOB, job.path)))),
        ],
        _content(world, job, options, chain, history, _incomplete(file) if is_incomplete else file),
    )


def _content(
    world: World, job: Job, options: ShowOptions, chain: str, history: History | None, file: SourceFile | None
) -> Iterator[str]:
    definition = job.definition
    tasks = [task for task in world.tasks_of(job.key) if not chain or task.chain.lower() == chain.lower()]
    yield common.file_based(file, requisites.of_job(world, definition))
    yield _replacement(world, file, options)
    yield common.source(file, options)
    yield from _wanted(definition, options)
    yield lock_requestor(world, job)
    yield from tasks_parts(world, tasks, options)
    yield element("description", (), text(definition.description)) if "description" in options else ""
    yield from exit_code_commands(definition) if "job_commands" in options else ()
    yield from queue_parts(world, job, options)
    yield from history_parts(world, history) if history is not None else ()
    yield from order_queue_parts(world, job, options, chain)
    yield common.obstacles(why_job(world, job)) if "why" in options else ""
    yield common.error(job.problem)
    yield log_settings(world, definition, job.problem)


def _names(job: JobDefinition) -> list[tuple[str, object]]:
    names = common.identity(job.path)
    return [*names, ("job", names[-1][1])]


def _look(job: JobDefinition) -> list[tuple[str, object]]:
    return [
        ("title", job.title or None),
        ("visible", job.visible if job.visible != "yes" else None),
        ("process_class", job.process_class or None),
    ]


def _limits(job: JobDefinition) -> list[tuple[str, object]]:
    return [
        ("order", "yes" if job.order else "no"),
        ("tasks", job.tasks),
        ("min_tasks", job.min_tasks or None),
        ("has_description", "yes" if job.description else None),
        ("warn_if_shorter_than", limit_text(job.warn_if_shorter_than)),
        ("warn_if_longer_than", limit_text(job.warn_if_longer_than)),
    ]


def _wanted(job: JobDefinition, options: ShowOptions) -> Iterator[str]:
    if "job_params" in options:
        yield from common.param_pieces(job.params)
    if "run_time" in options:
        yield common.run_time(job.run_time, job.run_time_source)


def _state_word(job: Job, is_incomplete: bool) -> str:
    "A job that lacks something is loaded, but never pending."
    return "loaded" if is_incomplete and job.state is JobState.PENDING else job.state.value


def _incomplete(file: SourceFile | None) -> SourceFile | None:
    return replace(file, state=FileState.INCOMPLETE) if file is not None else None


def _active_schedule(world: World, job: Job) -> str:
    times = job.times
    return times.plan.schedule_at(world.now) if times is not None and times.plan.schedule else ""


def _chain_priority(world: World, job: Job) -> int | None:
    "How far back in a job chain it stands, counted from 1; of several places the last. None: in none."
    positions = [world.nodes[key].position for key in world.nodes_served_by(job.key) if key in world.nodes]
    return max(positions) + 1 if positions else None


def _next_start(world: World, job: Job) -> str | None:
    "By the run time or from the queue."
    queued = world.next_queued(job.key) if job.state in MAY_START else None
    starts = [next_start(job, world.now), queued.start_at if queued is not None else None]
    first = min((start for start in starts if start is not None), default=None)
    return time_text(first) if first is not None else None


def _replacement(world: World, file: SourceFile | None, options: ShowOptions) -> str:
    if file is None or not isinstance(file.successor, JobDefinition):
        return common.replacement(file)
    job = file.successor
    attributes = [*_names(job), ("state", "initialized"), *_look(job), ("all_steps", 0), ("all_tasks", 0)]
    log_file = ("log_file", f"{world.identity.log_dir}/{job_log_name(job.path)}")
    successor = element(
        "job",
        [*attributes, log_file, *_limits(job), ("in_period", "no"), ("enabled", "yes" if job.enabled else "no")],
        common.successor_file(file, requisites.of_job(world, job)),
        element("source", (), job.source) if "source" in options else "",
        *_wanted(job, options),
        element("tasks", [("count", 0)]),
        element("description", (), text(job.description)) if "description" in options else "",
        *(exit_code_commands(job) if "job_commands" in options else ()),
        element("queued_tasks", [("length", 0)]),
        log_settings(world, job, None),
    )
    return common.replacement(file, successor)


def faulty_job(file: SourceFile, options: ShowOptions) -> str:
    "A job file of which no version was ever usable."
    names = common.identity(file.path)
    return element(
        "job",
        [*names, ("job", names[-1][1]), ("state", "not_initialized")],
        common.file_based(file),
        common.source(file, options),
        common.error(file.problem),
    )
