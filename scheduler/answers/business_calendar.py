"`<business_calendar>`: a calendar, who uses it, its days and black-outs."

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scheduler.answers import common
from scheduler.calendars.model import Calendar, CalendarDay
from scheduler.calendars.users import users_of
from scheduler.records import ObjectKind, file_key
from scheduler.run_time.black_outs import BlackOut
from scheduler.world import World
from scheduler.xml.write import element

#: users that are listed
MOST = 1000


def calendars_element(world: World) -> str:
    calendars = world.schedules.calendars
    return element("business_calendars", (), *(_calendar(world, calendars[path]) for path in sorted(calendars)))


def calendar_element(world: World, calendar: Calendar, first: date, last: date) -> str:
    black_outs = map(_black_out, calendar.black_outs_on(first, last))
    return _calendar(world, calendar, *map(_day, calendar.days(first, last)), *black_outs)


def _day(each: CalendarDay) -> str:
    attributes = [("date", str(each.day)), ("kind", each.kind.value), ("name", each.name or None)]
    return element("business_calendar.day", attributes)


def _black_out(each: BlackOut) -> str:
    attributes = [("begin", str(each.begin)), ("end", str(each.end)), ("name", each.name or None)]
    return element("business_calendar.black_out", attributes)


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
