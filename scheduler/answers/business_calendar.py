"`<business_calendar>`: a calendar, who uses it, and its days."

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scheduler.answers import common
from scheduler.calendars.model import Calendar, CalendarDay
from scheduler.calendars.users import users_of
from scheduler.records import ObjectKind, file_key
from scheduler.world import World
from scheduler.xml.write import element

#: users that are listed
MOST = 1000


def calendars_element(world: World) -> str:
    calendars = world.schedules.calendars
    return element("business_calendars", (), *(_calendar(world, calendars[path]) for path in sorted(calendars)))


def calendar_element(world: World, calendar: Calendar, first: date, last: date) -> str:
    return _calendar(world, calendar, *map(_day, calendar.days(first, last)))


def _day(each: CalendarDay) -> str:
    attributes = [("date", str(each.day)), ("kind", each.kind.value), ("name", each.name or None)]
    return element("business_calendar.day", attributes)


def _calendar(world: World, calendar: Calendar, *days: str) -> str:
    return element(
        "business_calendar",
        [*common.identity(calendar.path), ("title", calendar.title or None)],
        common.file_based(world.files.get(file_key(ObjectKind.CALENDAR, calendar.path))),
        *_users(world, calendar.path),
        *days,
    )


def _users(world: World, path: str) -> Iterator[str]:
    users = users_of(world, path)
    found: list[list[tuple[str, object]]] = [[("schedule", each)] for each in users.schedules]
    found += [[("job", job.path)] for job in users.jobs]
    found += [[("job_chain", order.home), ("order", order.id)] for order in users.orders]
    for attributes in found[:MOST]:
        yield element("business_calendar.user", attributes)
