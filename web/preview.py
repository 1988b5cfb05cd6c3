"""What a run time would give: its next starts, and the clock changes in between. Pure; nothing is changed by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lxml import etree

from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import RUN_TIME, read_run_time
from scheduler.errors import WorkloadError
from scheduler.run_time.calendar import HeldBack, Start, held_back, starts_between
from scheduler.run_time.clock import instant_of
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import resolve
from scheduler.run_time.schedules import NO_SCHEDULES, Schedules
from scheduler.xml.declaration import check
from scheduler.xml.document import parse
from web.named_schedules import schedule_of
from web.words import N_, gettext

#: starts that are shown, and how far ahead they are looked for
MOST = 20
AHEAD = timedelta(days=370)
DAYS = (("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("0", "Sun"))


_FORWARD = N_(
    "%(day)s: the clock goes forward; a start in the hour that is left out happens right after it."
)
_BACK = N_("%(day)s: the clock goes back; a start in the hour that is there twice happens once.")


@dataclass(frozen=True, slots=True)
class Preview:
    """`starts` in order of time; `notes` say what clock changes do. `dark`: black-outs that take starts away, or move
    them. `fault`: a sentence, when it cannot be read."""

    starts: tuple[Start, ...] = ()
    notes: tuple[str, ...] = ()
    zone: str = "UTC"
    fault: str = ""
    dark: tuple[HeldBack, ...] = ()


def preview(
    source: str, zone_name: str, now: datetime, known: Schedules = NO_SCHEDULES, home: ZoneInfo | None = None
) -> Preview:
    """Of a `<run_time>`, or of a `<schedule>` for who has that zone. `zone_name` counts where the run time names none;
    empty: UTC. `known`: what it may refer to. `home`: the engine's zone, where that is another one."""
    try:
        zone = ZoneInfo(zone_name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return Preview(fault=gettext("There is no time zone %(zone)s.", zone=repr(zone_name)))
    try:
        run_time, valid = _read(source)
        if run_time.schedule and run_time.schedule not in known:
            return Preview(
                fault=gettext(
                    "It refers to the schedule %(schedule)s: look at the page of that.", schedule=run_time.schedule
                )
            )
        plan = resolve(run_time, known, zone, home=home)
    except WorkloadError as error:
        return Preview(fault=str(error))
    begin, end = (instant_of(each, plan.zone) if each is not None else None for each in valid)
    last = min(now + AHEAD, end) if end else now + AHEAD
    first = max(now, begin) if begin else now
    starts = starts_between(plan, first, last, MOST) if last > now else []
    dark = held_back(plan, first, starts[-1].at if len(starts) == MOST else last) if last > now else []
    end = starts[-1].at if starts else now
    return Preview(tuple(starts), tuple(_changes(plan.zone, now, end)), plan.zone.key, dark=tuple(dark[:MOST]))


def _read(source: str) -> tuple[RunTime, tuple[datetime | None, datetime | None]]:
    "A run time, and from when to when it counts (local times). Raises WorkloadError."
    element = parse(source.encode(), source="run time")
    if element.tag == "schedule":
        schedule = schedule_of(source, "/")
        return schedule.run_time, (schedule.valid_from, schedule.valid_to)
    check(element, RUN_TIME)
    return read_run_time(element, Reading("/", {})), (None, None)


def _changes(zone: tzinfo, begin: datetime, end: datetime) -> list[str]:
    "Each change of the clock between two instants, in words."
    notes: list[str] = []
    day = begin.astimezone(zone).date()
    while day <= end.astimezone(zone).date() and len(notes) < 4:
        before = datetime.combine(day, time(), zone).utcoffset() or timedelta()
        after = datetime.combine(day + timedelta(days=1), time(), zone).utcoffset() or timedelta()
        if after > before:
            notes.append(gettext(_FORWARD, day=day))
        elif after < before:
            notes.append(gettext(_BACK, day=day))
        day += timedelta(days=1)
    return notes


def composed(days: list[str], single: str, begin: str, end: str, seconds: str) -> str:
    """A `<run_time>` from the fields of a form: on these weekdays (none: every day), either at the times in `single`
    (separated by blanks), or from `begin` to `end` every `seconds`."""
    root = etree.Element("run_time")
    periods: list[dict[str, str]] = [{"single_start": each} for each in single.replace(",", " ").split()]
    if seconds:
        periods.append({"begin": begin or "00:00", "end": end or "24:00", "absolute_repeat": seconds})
    holder: etree._Element = root
    chosen = [day for day, _ in DAYS if day in days]
    if chosen and len(chosen) < len(DAYS):
        holder = etree.SubElement(etree.SubElement(root, "weekdays"), "day", day=" ".join(chosen))
    for period in periods:
        etree.SubElement(holder, "period", period)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")

