"""`<job>` and `<jobs>`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scheduler import paths
from scheduler.answers import common, kept
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_element
from scheduler.answers.settings import exit_code_commands, limit_text, log_settings
from scheduler.answers.task import history_entry, queued_task, task_element
from scheduler.copying import replace
from scheduler.definitions import JobDefinition
from scheduler.job.lifecycle import MAY_START
from scheduler.job.requisites import missing
from scheduler.job.times import in_period, next_start
from scheduler.records import FileKey, FileState, Job, JobState, ObjectKind, SourceFile, Task
from scheduler.times import time_text
from scheduler.why import why_job
from scheduler.world import World
from scheduler.xml.write import element, text

History = Sequence[tuple[Task, str | None]]


def job_element(
    world: World, job: Job, options: ShowOptions, chain: str = "", history: History | None = None
) -> str:
    "A job; `chain` limits its orders and tasks to one chain, `history` are its ended tasks with their logs."
    if history is not None or options.flags & _CHANGING:
        return _job(world, job, options, chain, history)
    return kept(world, "job", job.key, (options, chain), lambda: _job(world, job, options, chain, None))


#: what changes by time alone is rendered each time: obstacles, and orders, which become due
_CHANGING = frozenset({"why", "job_orders"})


def _job(
    world: World, job: Job, options: ShowOptions, chain: str, history: History | None
) -> str:
    definition = job.definition
    file = world.files.get(FileKey(ObjectKind.JOB.value, job.key))
    is_incomplete = bool(missing(world, definition))
    tasks = [task for task in world.tasks_of(job.key) if not chain or task.chain.lower() == chain.lower()]
    return element(
        "job",
        [
            ("path", job.path),
            ("name", paths.name(job.path)),
            ("job", paths.name(job.path)),
            ("state", _state_word(job, is_incomplete)),
            ("title", definition.title or None),
            ("visible", definition.visible if definition.visible != "yes" else None),
            ("process_class", definition.process_class or None),
            ("waiting_for_process", "yes" if world.waiting.class_of(job.key) is not None else None),
            ("all_steps", job.all_steps),
            ("all_tasks", job.all_tasks),
            ("state_text", job.state_text or None),
            ("log_file", f"{world.identity.log_dir}/job.{paths.bare(job.path).replace('/', ',')}.log"),
            ("order", "yes" if definition.order else "no"),
            ("tasks", definition.tasks),
            ("has_description", "yes" if definition.description else None),
            ("min_tasks", definition.min_tasks or None),
            ("next_start_time", _next_start(world, job)),
            ("delay_until", time_text(job.delay_until) if job.delay_until and job.delay_until > world.now else None),
            ("in_period", "yes" if in_period(job, world.now) else "no"),
            ("remove", "yes" if file is not None and file.removed else None),
            ("temporary", "yes" if definition.temporary else None),
            ("warn_if_shorter_than", limit_text(definition.warn_if_shorter_than)),
            ("warn_if_longer_than", limit_text(definition.warn_if_longer_than)),
            ("enabled", "yes" if job.enabled else "no"),
            ("active_schedule", (job.times.plan.schedule_at(world.now) or None) if job.times else None),
        ],
        common.file_based(_incomplete(file) if is_incomplete else file, _requisites(world, definition)),
        common.replacement(file),
        common.source(file, options),
        common.params(definition.params) if "job_params" in options else "",
        (definition.run_time_source or "<run_time/>") if "run_time" in options else "",
        _tasks(world, tasks, options),
        element("description", (), text(definition.description)) if "description" in options else "",
        *(exit_code_commands(definition) if "job_commands" in options else ()),
        _queued(world, job, options),
        _history(world, history),
        _order_queue(world, job, options, chain),
        common.obstacles(why_job(world, job)) if "why" in options else "",
        common.error(job.problem),
        log_settings(world, definition),
    )


def _state_word(job: Job, is_incomplete: bool) -> str:
    "A job that lacks something is loaded, but never pending."
    return "loaded" if is_incomplete and job.state is JobState.PENDING else job.state.value


def _incomplete(file: SourceFile | None) -> SourceFile | None:
    return replace(file, state=FileState.INCOMPLETE) if file is not None else None


def _requisites(world: World, job: JobDefinition) -> Iterator[tuple[str, str, bool]]:
    if job.process_class:
        yield "Process_class", job.process_class, job.process_class not in world.process_classes
    for lock in job.locks:
        yield "Lock", lock.lock, lock.lock not in world.locks
    for monitor in job.monitors:
        if monitor.monitor:
            yield "Monitor", monitor.monitor, monitor.monitor not in world.monitors
    if job.run_time.schedule:
        yield "Schedule", job.run_time.schedule, job.run_time.schedule not in world.schedules


def _next_start(world: World, job: Job) -> str | None:
    "By the run time or from the queue."
    queued = world.next_queued(job.key) if job.state in MAY_START else None
    starts = [next_start(job, world.now), queued.start_at if queued is not None else None]
    first = min((start for start in starts if start is not None), default=None)
    return time_text(first) if first is not None else None


def faulty_job(file: SourceFile, options: ShowOptions) -> str:
    "A job file of which no version was ever usable."
    return element(
        "job",
        [
            ("path", file.path),
            ("name", paths.name(file.path)),
            ("job", paths.name(file.path)),
            ("state", "not_initialized"),
        ],
        common.file_based(file),
        common.source(file, options),
        common.error(file.problem),
    )


def jobs_element(world: World, options: ShowOptions, folder: str | None) -> str:
    "`<jobs>` of one folder, or of all when None."
    shown = [job_element(world, job, options) for job in _in_folder(world, folder)]
    shown += [faulty_job(file, options) for file in common.faulty_files(world, ObjectKind.JOB, folder)]
    return element("jobs", (), *shown)


def _in_folder(world: World, folder: str | None) -> list[Job]:
    jobs = world.jobs.values()
    found = [job for job in jobs if folder is None or paths.folder(job.path).lower() == folder.lower()]
    return [job for job in found if _is_visible(world, job)]


def _is_visible(world: World, job: Job) -> bool:
    "A job with `visible=\"no\"` shows itself as soon as somebody wants something of it."
    if job.definition.visible != "no":
        return job.definition.visible == "yes"
    if job.all_tasks or world.running_count(job.key) or world.queued_count(job.key):
        return True
    return any(world.count_at(key) for key in world.nodes_served_by(job.key))


def _tasks(world: World, tasks: list[Task], options: ShowOptions) -> str:
    if "tasks" not in options:
        return f"<!-- {len(tasks)} tasks suppressed -->"
    return element("tasks", [("count", len(tasks))], *(task_element(world, task, options) for task in tasks))


def _queued(world: World, job: Job, options: ShowOptions) -> str:
    shown = [queued_task(task) for task in world.queued_of(job.key)] if "task_queue" in options else []
    return element("queued_tasks", [("length", world.queued_count(job.key))], *shown)


def _history(world: World, history: History | None) -> str:
    if history is None:
        return ""
    scheduler_id = world.identity.scheduler_id
    return element("history", (), *(history_entry(scheduler_id, task, log, inside_job=True) for task, log in history))


def _order_queue(world: World, job: Job, options: ShowOptions, chain: str) -> str:
    keys = [key for key in world.nodes_served_by(job.key) if not chain or key.chain == chain.lower()]
    if not keys:
        return ""
    length = sum(world.count_at(key) for key in keys)
    shown: list[str] = []
    if "job_orders" in options:
        orders = [order for key in keys for order in world.orders_at(key)][: options.max_orders]
        shown = [order_element(world, order, options) for order in orders]
    return element("order_queue", [("length", length)], *shown)
