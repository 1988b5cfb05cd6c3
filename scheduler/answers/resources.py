"""Locks, process classes, monitors and schedules in answers.

`folder` is the path of a folder whose objects are wanted; None: all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler import paths
from scheduler.answers.common import faulty_files, file_based
from scheduler.answers.options import ShowOptions
from scheduler.definitions import LockDefinition, MonitorDefinition, ProcessClassDefinition
from scheduler.records import ObjectKind, Task, file_key
from scheduler.run_time.model import Schedule
from scheduler.times import time_text
from scheduler.world import World
from scheduler.xml.write import element


def _in(folder: str | None, path: str) -> bool:
    return folder is None or paths.folder(path or "/x") == folder


def locks(world: World, folder: str | None) -> str:
    shown = (_lock(world, lock) for lock in world.locks.values() if _in(folder, lock.path))
    return element("locks", (), *shown, *_faulty(world, ObjectKind.LOCK, folder))


def _lock(world: World, lock: LockDefinition) -> str:
    holders = "".join(
        element(
            "lock.holder",
            [("job", world.tasks[task_id].job), ("task", task_id), ("exclusive", "yes" if alone else "no")],
        )
        for task_id, alone in world.holders_of(lock.path).items()
    )
    queues = "".join(
        _queue(world, alone, [job for job, wants in world.waiting.for_lock(lock.path) if wants is alone])
        for alone in (True, False)
    )
    return element(
        "lock",
        [
            ("path", lock.path),
            ("name", paths.name(lock.path)),
            ("max_non_exclusive", lock.max_non_exclusive),
            ("is_free", "no" if holders else "yes"),
        ],
        _file(world, ObjectKind.LOCK, lock.path),
        element("lock.holders", [("exclusive", _held_alone(world, lock))], holders) if holders else "",
        queues,
    )


def _held_alone(world: World, lock: LockDefinition) -> str:
    return "yes" if any(world.holders_of(lock.path).values()) else "no"


def _queue(world: World, alone: bool, jobs: list[str]) -> str:
    if not jobs:
        return ""
    entries = (element("lock.queue.entry", [("job", world.jobs[job].path)]) for job in jobs if job in world.jobs)
    return element(
        "lock.queue", [("exclusive", "yes" if alone else "no"), ("length", len(jobs))], *entries
    )


def process_classes(world: World, folder: str | None) -> str:
    classes = dict(world.process_classes)
    default = classes.pop("", None) or ProcessClassDefinition("", world.identity.max_processes)
    by_class: dict[str, list[Task]] = {}
    for task in world.live_tasks():
        by_class.setdefault(task.process_class, []).append(task)
    shown = [known for known in (default, *classes.values()) if _in(folder, known.path)]
    return element(
        "process_classes",
        (),
        *(_process_class(world, known, by_class.get(known.path, ())) for known in shown),
        *_faulty(world, ObjectKind.PROCESS_CLASS, folder),
    )


def _process_class(world: World, known: ProcessClassDefinition, tasks: Iterable[Task]) -> str:
    running = [_process(task) for task in tasks]
    waiting = "".join(
        element("job", [("job", world.jobs[job].path)])
        for job in world.waiting.for_process(known.path)
        if job in world.jobs
    )
    remote = known.remote_schedulers[0].address if known.remote_schedulers else None
    return element(
        "process_class",
        [
            ("path", known.path or "/"),
            ("name", paths.name(known.path) if known.path else ""),
            ("max_processes", known.max_processes),
            ("remote_scheduler", remote),
            ("processes", len(running)),
        ],
        _file(world, ObjectKind.PROCESS_CLASS, known.path),
        element("processes", (), *running) if running else "",
        element("waiting_tasks", ()) + element("waiting_jobs", (), waiting) if waiting else "",
    )


def _process(task: Task) -> str:
    return element(
        "process",
        [
            ("job", task.job),
            ("task_id", task.id),
            ("pid", task.pid),
            ("running_since", time_text(task.started_at) if task.started_at else None),
        ],
    )


def schedules(world: World, folder: str | None, options: ShowOptions) -> str:
    shown = [schedule for path, schedule in world.schedules.items() if _in(folder, path)]
    users = _users(world) if "schedules" in options else {}
    elements = (_schedule(world, schedule, users.get(schedule.path)) for schedule in shown)
    return element("schedules", (), *elements, *_faulty(world, ObjectKind.SCHEDULE, folder))


def _schedule(world: World, schedule: Schedule, users: list[str] | None) -> str:
    return element(
        "schedule",
        [
            ("path", schedule.path),
            ("name", paths.name(schedule.path)),
            ("title", schedule.title or None),
            ("substitute", schedule.substitute or None),
            ("valid_from", str(schedule.valid_from) if schedule.valid_from else None),
            ("valid_to", str(schedule.valid_to) if schedule.valid_to else None),
        ],
        _file(world, ObjectKind.SCHEDULE, schedule.path),
        element("schedule.users", (), *users) if users else "",
    )


def _users(world: World) -> dict[str, list[str]]:
    "`<schedule.user>` elements by the path of the schedule."
    found: dict[str, list[str]] = {}
    for job in world.jobs.values():
        if job.definition.run_time.schedule:
            user = element("schedule.user", [("job", job.path)])
            found.setdefault(job.definition.run_time.schedule, []).append(user)
    for order in world.orders.values():
        if order.run_time is not None and order.run_time.schedule:
            user = element("schedule.user", [("job_chain", order.home), ("order", order.id)])
            found.setdefault(order.run_time.schedule, []).append(user)
    return found


def monitors(world: World, folder: str | None) -> str:
    shown = (_monitor(world, one) for path, one in world.monitors.items() if _in(folder, path))
    return element("monitors", (), *shown, *_faulty(world, ObjectKind.MONITOR, folder))


def _monitor(world: World, monitor: MonitorDefinition) -> str:
    return element(
        "monitor",
        [("path", monitor.path), ("name", paths.name(monitor.path)), ("ordering", monitor.ordering)],
        _file(world, ObjectKind.MONITOR, monitor.path),
    )


def _faulty(world: World, kind: ObjectKind, folder: str | None) -> Iterator[str]:
    "Objects of whose files no version was ever usable."
    for file in faulty_files(world, kind, folder):
        yield element(kind.value, [("path", file.path), ("name", paths.name(file.path))], file_based(file))


def _file(world: World, kind: ObjectKind, path: str) -> str:
    known = world.files.get(file_key(kind, path))
    return file_based(known) if known is not None else '<file_based state="active"><requisites/></file_based>'
