"""The named schedules and calendars of a scheduler as its files say, for whatever pages work out by themselves.

Files that cannot be read here are left out: their pages say what is wrong with them, and who refers to one is told that
it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from models import read
from scheduler import paths
from scheduler.calendars.model import Calendar
from scheduler.configuration.calendar import CALENDAR, read_calendar
from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import SCHEDULE, SCHEDULE_AS_RUN_TIME, read_schedule
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from scheduler.run_time.calendar import starts_between
from scheduler.run_time.clock import instant_of
from scheduler.run_time.model import RunTime, Schedule
from scheduler.run_time.plan import resolve
from scheduler.run_time.schedules import Schedules
from scheduler.xml.declaration import check
from scheduler.xml.document import parse

#: how far ahead starts are looked for
AHEAD = timedelta(days=370)


def schedules(connection: Connection, scheduler_id: str) -> Schedules:
    "All of them, with the calendars."
    files = read.files_of(connection, scheduler_id, (ObjectKind.SCHEDULE, ObjectKind.CALENDAR))
    found: list[Schedule] = []
    calendars: dict[str, Calendar] = {}
    for file in files:
        with suppress(WorkloadError):
            if file.kind is ObjectKind.SCHEDULE:
                found.append(schedule_of(file.source, file.path))
            else:
                calendars[file.path] = _calendar(file.source, file.path)
    return Schedules(found, calendars)


def schedule_of(source: str, path: str) -> Schedule:
    "Raises WorkloadError."
    element = parse(source.encode(), source=path)
    check(element, SCHEDULE_AS_RUN_TIME if element.tag == "run_time" else SCHEDULE)
    return read_schedule(element, path, Reading(paths.folder(path), {}))


def _calendar(source: str, path: str) -> Calendar:
    element = parse(source.encode(), source=path)
    check(element, CALENDAR)
    return read_calendar(element, path, Reading(paths.folder(path), {}))


def next_starts(
    known: Schedules, wanted: Iterable[str], zone: ZoneInfo, now: datetime, most: int = 5
) -> dict[str, list[datetime]]:
    """The next starts of schedules (by path) for who has the zone `zone`; of a schedule with substitutes those in whose
    time another one counts are left out, of a substitute those out of its time. Without what cannot be worked out."""
    found: dict[str, list[datetime]] = {}
    for path in wanted:
        schedule = known.get(path)
        if schedule is not None:
            with suppress(WorkloadError):
                found[path] = _next(known, schedule, zone, now, most)
    return found


def _next(known: Schedules, schedule: Schedule, zone: ZoneInfo, now: datetime, most: int) -> list[datetime]:
    begin, end = now, now + AHEAD
    if schedule.substitute:
        begin = max(begin, instant_of(schedule.valid_from, zone).astimezone(UTC)) if schedule.valid_from else begin
        end = min(end, instant_of(schedule.valid_to, zone).astimezone(UTC)) if schedule.valid_to else end
        if begin >= end:
            return []
        known = Schedules([replace(schedule, substitute="", valid_from=None, valid_to=None)], known.calendars)
    plan = resolve(RunTime(schedule=schedule.path), known, zone)
    # a substitute may have many starts in between, so some more are asked for
    starts = starts_between(plan, begin, end, most if schedule.substitute else 50 * most)
    return [start.at for start in starts if plan.schedule_at(start.at) == schedule.path][:most]
