"""Locks, process classes and monitors: what jobs share.

Each function makes what stands in the list of these `paths`; what is gone meanwhile is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.answers import common
from scheduler.answers.options import IN_USE, ShowOptions
from scheduler.answers.task import state_word
from scheduler.definitions import LockDefinition, MonitorDefinition, ProcessClassDefinition
from scheduler.records import ObjectKind, SourceFile, Task, file_key
from scheduler.times import time_text
from scheduler.world import World
from scheduler.xml.write import element

DEFAULT_CLASS = ""


def locks(world: World, options: ShowOptions, paths: Iterable[str]) -> Iterator[str]:
    return (_lock(world, world.locks[path], options) for path in paths if path in world.locks)


def _lock(world: World, lock: LockDefinition, options: ShowOptions) -> str:
    holders = world.holders_of(lock.path)
    shown = (
        element("lock.holder", [("job", world.tasks[task_id].job), ("task", task_id)])
        for task_id in holders
        if task_id in world.tasks
    )
    alone = any(holders.values())
    queues = (
        _queue(world, exclusive, [job for job, wanted in world.waiting.for_lock(lock.path) if wanted is exclusive])
        for exclusive in (True, False)
    )
    return element(
        "lock",
        [
            *common.identity(lock.path),
            ("max_non_exclusive", lock.max_non_exclusive),
            ("is_free", None if holders else "yes"),
        ],
        *_file(world, ObjectKind.LOCK, lock.path, options),
        element("lock.holders", [("exclusive", alone)], *shown) if holders else "",
        *queues,
    )


def _queue(world: World, exclusive: bool, jobs: list[str]) -> str:
    if not jobs:
        return ""
    since = world.waiting.since_locks
    entries = (
        element("lock.queue.entry", [("job", world.jobs[job].path), ("since", time_text(since(job)))])
        for job in jobs
        if job in world.jobs
    )
    return element("lock.queue", [("exclusive", exclusive)], *entries)


def process_classes(world: World, options: ShowOptions, paths: Iterable[str]) -> Iterator[str]:
    "The path of the default class, which exists always, is empty."
    by_class: dict[str, list[Task]] = {}
    for task in world.live_tasks():
        by_class.setdefault(task.process_class, []).append(task)
    for path in paths:
        known = world.process_classes.get(path)
        if known is None and path == DEFAULT_CLASS:
            known = ProcessClassDefinition(DEFAULT_CLASS, world.identity.max_processes)
        if known is not None:
            yield _process_class(world, known, by_class.get(known.path, ()), options)


def _process_class(
    world: World, known: ProcessClassDefinition, tasks: Iterable[Task], options: ShowOptions
) -> str:
    running = [_process(task) for task in tasks]
    waiting = [
        element("job", [("job", world.jobs[job].path), ("since", time_text(world.waiting.since_process(job)))])
        for job in world.waiting.for_process(known.path)
        if job in world.jobs
    ]
    return element(
        "process_class",
        [
            *common.identity(known.path),
            ("max_processes", known.max_processes),
            ("remote_scheduler", known.remote_schedulers[0].address if known.remote_schedulers else None),
            ("processes", len(running)),
        ],
        *_file(world, ObjectKind.PROCESS_CLASS, known.path, options),
        element("processes", (), *running) if running else "",
        element("waiting_tasks") + element("waiting_jobs", (), *waiting) if waiting else "",
    )


def _process(task: Task) -> str:
    server = task.server
    return element(
        "process",
        [
            ("job", task.job),
            ("task_id", task.id),
            ("pid", task.pid),
            ("operations", task.steps if server is not None else None),
            ("callbacks", server.callbacks if server is not None else None),
            ("running_since", time_text(task.started_at) if task.started_at else None),
            ("operation", state_word(task)),
        ],
    )


def monitors(world: World, options: ShowOptions, paths: Iterable[str]) -> Iterator[str]:
    return (_monitor(world, world.monitors[path], options) for path in paths if path in world.monitors)


def _monitor(world: World, monitor: MonitorDefinition, options: ShowOptions) -> str:
    return element(
        "monitor",
        [*common.identity(monitor.path), ("ordering", monitor.ordering)],
        *_file(world, ObjectKind.MONITOR, monitor.path, options),
    )


def with_faulty(shown: Iterator[str], faulty: Iterable[SourceFile], options: ShowOptions) -> Iterator[str]:
    "Behind them those of whose files no version was ever usable."
    yield from shown
    for file in () if IN_USE in options else faulty:
        content = common.file_based(file) + common.source(file, options)
        yield element(file.kind.value, common.identity(file.path), content)


def _file(world: World, kind: ObjectKind, path: str, options: ShowOptions) -> tuple[str, str, str]:
    "What the object has of its file: state, successor, source."
    if IN_USE in options:
        return "", "", ""
    file = world.files.get(file_key(kind, path))
    if file is None:
        return common.NO_FILE, "", ""
    return common.file_based(file), _replacement(file, options), common.source(file, options)


def _replacement(file: SourceFile, options: ShowOptions) -> str:
    successor = file.successor
    if successor is None:
        return common.replacement(file)
    source = element("source", (), successor.source) if "source" in options else ""
    complete = element(
        file.kind.value, [*common.identity(file.path), *_limits(successor)], common.successor_file(file), source
    )
    return common.replacement(file, complete)


def _limits(definition: object) -> list[tuple[str, object]]:
    if isinstance(definition, LockDefinition):
        return [("max_non_exclusive", definition.max_non_exclusive), ("is_free", "yes")]
    if isinstance(definition, ProcessClassDefinition):
        return [("max_processes", definition.max_processes), ("processes", 0)]
    return [("ordering", definition.ordering)] if isinstance(definition, MonitorDefinition) else []
