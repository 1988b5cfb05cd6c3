"""`<schedule>`: the definition as written, and what it means now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.answers import common
from scheduler.answers.options import IN_USE, ShowOptions
from scheduler.errors import WorkloadError
from scheduler.records import Job, ObjectKind, Order, SourceFile, file_key
from scheduler.run_time.model import Schedule
from scheduler.world import World
from scheduler.xml.document import parse
from scheduler.xml.source import source_of
from scheduler.xml.write import element

#: attributes that the answer writes itself
_OWN = frozenset({"name", "path", "substitute"})


def schedules(
    world: World, options: ShowOptions, paths: Iterable[str], users: Mapping[str, list[str]]
) -> Iterator[str]:
    "What stands in the list of these `paths`; `users` as `users_of` gives them."
    for path in paths:
        schedule = world.schedules.get(path)
        if schedule is not None:
            yield schedule_element(world, schedule, options, users.get(path, ()))


def schedule_element(world: World, schedule: Schedule, options: ShowOptions, users: Iterable[str] = ()) -> str:
    "`users` are the elements of those that refer to it."
    covering = _covering(world, schedule)
    active = covering is None and (not schedule.substitute or _is_valid(schedule, _local(world)))
    shown = "".join(users)
    written = "" if IN_USE in options else _of_file(world, schedule, options)
    return element(
        "schedule",
        [
            *_identified(schedule),
            ("active", active),
            ("now_covered_by_schedule", covering.path if covering is not None else None),
        ],
        written,
        element("schedule.users", (), shown) if shown else "",
    )


def _of_file(world: World, schedule: Schedule, options: ShowOptions) -> str:
    file = world.files.get(file_key(ObjectKind.SCHEDULE, schedule.path))
    return (
        common.file_based(file, _requisites(world, schedule))
        + _replacement(file, options)
        + common.source(file, options)
        + _written(schedule.source)[1]
    )


def _identified(schedule: Schedule) -> list[tuple[str, object]]:
    attributes = dict(_written(schedule.source)[0])
    return [*common.identity(schedule.path), ("substitute", schedule.substitute or None), *attributes.items()]


def _replacement(file: SourceFile | None, options: ShowOptions) -> str:
    if file is None or not isinstance(file.successor, Schedule):
        return common.replacement(file)
    schedule = file.successor
    successor = element(
        "schedule",
        [*_identified(schedule), ("active", False)],
        common.successor_file(file),
        element("source", (), schedule.source) if "source" in options else "",
        _written(schedule.source)[1],
    )
    return common.replacement(file, successor)


def _requisites(world: World, schedule: Schedule) -> list[common.Requisite]:
    target = schedule.substitute
    return [("Schedule", target, target not in world.schedules)] if target else []


@lru_cache(maxsize=4096)
def _written(source: str) -> tuple[tuple[tuple[str, str], ...], str]:
    "Attributes and children of the definition as they were written."
    try:
        root = parse(source.encode())
    except WorkloadError:
        return (), ""
    attributes = tuple((name, value) for name, value in root.attributes.items() if name not in _OWN)
    return attributes, "".join(source_of(child) for child in root.children)


def _local(world: World) -> datetime:
    "Now, in the zone of the configuration, in which most users of schedules are."
    return world.now.astimezone(ZoneInfo(world.identity.time_zone)).replace(tzinfo=None)


def _covering(world: World, schedule: Schedule) -> Schedule | None:
    "The substitute that has taken the schedule's place."
    substitutes = world.schedules.substitutes_of(schedule.path)
    now = _local(world) if substitutes else None
    return next((other for other in substitutes if now is not None and _is_valid(other, now)), None)


def _is_valid(schedule: Schedule, now: datetime) -> bool:
    begins, ends = schedule.valid_from, schedule.valid_to
    return (begins is None or begins <= now) and (ends is None or now < ends)


def users_of(jobs: Iterable[Job], orders: Iterable[Order]) -> dict[str, list[str]]:
    "`<schedule.user>` elements by the path of the schedule."
    found: dict[str, list[str]] = {}
    for job in jobs:
        if job.definition.run_time.schedule:
            user = element("schedule.user", [("job", job.path)])
            found.setdefault(job.definition.run_time.schedule, []).append(user)
    for order in orders:
        if order.run_time is not None and order.run_time.schedule:
            user = element("schedule.user", [("job_chain", order.home), ("order", order.id)])
            found.setdefault(order.run_time.schedule, []).append(user)
    return found
