"""Run times and plans from XML, and instants from local time, in one line of a test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.configuration.run_time import RUN_TIME, SCHEDULE, read_run_time, read_schedule
from scheduler.run_time.model import NO_HOLIDAYS, Holidays, RunTime, Schedule
from scheduler.run_time.plan import Plan, resolve
from scheduler.run_time.schedules import Schedules
from scheduler.xml.declaration import check
from scheduler.xml.document import parse

BERLIN = ZoneInfo("Europe/Berlin")


def run_time(text: str, include: Include = nothing_included, reading: Reading | None = None) -> RunTime:
    element = parse(text.encode())
    check(element, RUN_TIME)
    return read_run_time(element, reading or Reading("/folder", {}, include))


def schedule(path: str, text: str, include: Include = nothing_included) -> Schedule:
    element = parse(text.encode())
    check(element, SCHEDULE)
    return read_schedule(element, path, Reading("/folder", {}, include))


def plan(
    text: str, zone: ZoneInfo = BERLIN, holidays: Holidays = NO_HOLIDAYS, schedules: Iterable[Schedule] = ()
) -> Plan:
    return resolve(run_time(text), Schedules(schedules), zone, holidays)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    "`2024-03-01 08:05` of the zone's clock (the first time, when it is doubled), or an instant with a trailing Z."
    if text.endswith("Z"):
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
