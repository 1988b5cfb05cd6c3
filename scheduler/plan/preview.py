"""What would start otherwise if a schedule, a calendar, or the run time of a job were another one. Nothing is changed.

Objects with equal run times have equal starts, so they are compared once, together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.calendars.model import Calendar
from scheduler.definitions import Definition, JobDefinition, OrderDefinition
from scheduler.errors import WorkloadError
from scheduler.records import Order
from scheduler.run_time.calendar import HeldBack, Start, held_back, starts_between
from scheduler.run_time.model import RunTime, Schedule
from scheduler.run_time.plan import calendars_of, resolve
from scheduler.run_time.schedules import Schedules
from scheduler.world import World

#: starts of one object that are compared
COMPARED = 5000


class Dark(NamedTuple):
    "A black-out that holds starts back. `change`: `new` when it does so only afterwards, `gone` when only before."

    held: HeldBack
    change: str = ""


@dataclass(slots=True)
class Difference:
    """Of all objects that start alike. `jobs` are paths, `orders` pairs of chain and id. `problem`: why nothing would
    start any more. `cut`: only the first COMPARED starts were compared. `dark` is in order of the black-outs' begin."""

    gone: list[Start]
    new: list[Start]
    same: int
    problem: str = ""
    cut: bool = False
    dark: list[Dark] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Way:
    "How something starts, before and after."

    before: RunTime | None
    after: RunTime | None
    is_order: bool


def preview(world: World, definition: Definition, begin: datetime, end: datetime) -> list[Difference]:
    "The differences with `begin` <= t < `end`, were the object of its path as `definition` says."
    after = _schedules(world, definition)
    found: dict[_Way, Difference] = {}
    for way, path, order_id in _affected(world, definition, after):
        difference = found.get(way)
        if difference is None:
            difference = found[way] = _compared(world, way, after, begin, end)
        if way.is_order:
            difference.orders.append((path, order_id))
        else:
            difference.jobs.append(path)
    return list(found.values())


def _schedules(world: World, definition: Definition) -> Schedules:
    known = world.schedules
    if isinstance(definition, Schedule):
        return Schedules({**known, definition.path: definition}.values(), known.calendars)
    if isinstance(definition, Calendar):
        return Schedules(known.values(), {**known.calendars, definition.path: definition})
    return known


def _affected(world: World, definition: Definition, after: Schedules) -> Iterator[tuple[_Way, str, str]]:
    "Everybody whose starts may be others: how, and the path, of an order with its id."
    if isinstance(definition, JobDefinition):
        job = world.jobs.get(definition.path.lower())
        before = job.definition.run_time if job is not None else None
        yield _Way(before, definition.run_time, False), definition.path, ""
        return
    if isinstance(definition, OrderDefinition):
        order = next((each for each in world.orders.values() if _is(each, definition)), None)
        yield _Way(order.run_time if order else None, definition.run_time, True), definition.chain, definition.id
        return
    for job in world.jobs.values():
        run_time = job.definition.run_time
        if _refers(run_time, definition, world.schedules, after):
            yield _Way(run_time, run_time, False), job.path, ""
    for order in world.orders.values():
        if order.run_time is not None and _refers(order.run_time, definition, world.schedules, after):
            yield _Way(order.run_time, order.run_time, True), order.home, order.id


def _is(order: Order, definition: OrderDefinition) -> bool:
    return order.home.lower() == definition.chain.lower() and order.id == definition.id


def _refers(run_time: RunTime, definition: Definition, before: Schedules, after: Schedules) -> bool:
    if isinstance(definition, Calendar):
        return definition.path in calendars_of(run_time, before)
    if not isinstance(definition, Schedule) or not run_time.schedule:
        return False
    old = before.get(definition.path)
    replaced = {definition.path, definition.substitute, old.substitute if old is not None else ""}
    return run_time.schedule in replaced


def _compared(world: World, way: _Way, after: Schedules, begin: datetime, end: datetime) -> Difference:
    old, before_dark, _ = _starts(world, way.before, world.schedules, way.is_order, begin, end)
    new, after_dark, problem = _starts(world, way.after, after, way.is_order, begin, end)
    was, will = {start.at for start in old}, {start.at for start in new}
    return Difference(
        [start for start in old if start.at not in will],
        [start for start in new if start.at not in was],
        len(was & will),
        problem,
        max(len(old), len(new)) >= COMPARED,
        _dark(before_dark, after_dark),
    )


def _dark(before: list[HeldBack], after: list[HeldBack]) -> list[Dark]:
    known, stay = ({(each.span, each.calendar) for each in those} for those in (before, after))
    held = [Dark(each, "" if (each.span, each.calendar) in known else "new") for each in after]
    held += [Dark(each, "gone") for each in before if (each.span, each.calendar) not in stay]
    return sorted(held)


def _starts(
    world: World, run_time: RunTime | None, schedules: Schedules, is_order: bool, begin: datetime, end: datetime
) -> tuple[list[Start], list[HeldBack], str]:
    "With what black-outs hold back, and why there are none, when that is a mistake."
    if run_time is None:
        return [], [], ""
    identity = world.identity
    zone = ZoneInfo(identity.time_zone)
    try:
        plan = resolve(run_time, schedules, zone, identity.holidays, own_run_time_has_them=not is_order)
    except WorkloadError as refusal:
        return [], [], str(refusal)
    return starts_between(plan, begin, end, COMPARED), held_back(plan, begin, end), ""
