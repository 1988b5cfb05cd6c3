"""A plan: a run time with its schedule, the substitutes of that, its zone and its holidays in hand.

Plans are what the questions in `job_starts`, `order_starts` and `calendar` are asked of. Keep the plan of an object and
make a new one when its run time, a schedule, the zone or the holidays change: a plan remembers what it worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.errors import Code, WorkloadError
from scheduler.run_time.clock import instant_of, zone_named
from scheduler.run_time.model import NO_HOLIDAYS, Holidays, RunTime, Schedule
from scheduler.run_time.rule import Rule, shared_rule
from scheduler.run_time.schedules import NO_SCHEDULES, Schedules

_UTC = ZoneInfo("UTC")
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Segment:
    "The time `[begin, end)` in which one rule holds. `schedule`: the path of the named schedule it is from, or empty."

    begin: datetime
    end: datetime
    rule: Rule
    schedule: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """`segments` follow each other without gaps, from the beginning of time to its end. `schedule`: the named schedule
    that the run time refers to, or empty. `once` holds for jobs: a start when the job is loaded."""

    zone: ZoneInfo
    segments: tuple[Segment, ...]
    schedule: str = ""

    @property
    def once(self) -> bool:
        return any(segment.rule.once for segment in self.segments if segment.schedule == self.schedule)

    @property
    def always_open(self) -> bool:
        "Whether intervals without `repeat` follow each other for ever without a gap; not more than a hint."
        return all(segment.rule.always_open for segment in self.segments)

    def is_same(self, other: Plan) -> bool:
        "Whether both give the same answers for sure."
        return (self.zone, self.segments, self.schedule) == (other.zone, other.segments, other.schedule)

    def schedule_at(self, instant: datetime) -> str:
        "The path of the named schedule that holds then (a substitute, perhaps); empty for a run time of one's own."
        return next(segment.schedule for segment in self.segments if segment.begin <= instant < segment.end)


def resolve(
    run_time: RunTime,
    schedules: Mapping[str, Schedule] = NO_SCHEDULES,
    zone: ZoneInfo = _UTC,
    holidays: Holidays = NO_HOLIDAYS,
    *,
    own_run_time_has_them: bool = True,
) -> Plan:
    """The plan of a run time. `zone` and `holidays` are those of the configuration.

    `own_run_time_has_them` False is for orders: the holidays of the configuration then count only for named schedules.
    Pass `Schedules` for speed, and for calendars. Raises UNKNOWN_OBJECT with the path of a schedule or a calendar that
    is missing, SUBSTITUTE_USED, UNKNOWN_ZONE.
    """
    if run_time.time_zone:
        zone = zone_named(run_time.time_zone)
    known = schedules if isinstance(schedules, Schedules) else Schedules(schedules.values())
    if not run_time.schedule:
        inherited = holidays if own_run_time_has_them else NO_HOLIDAYS
        rule = Rule(run_time, effective_holidays(run_time, inherited, known))
        return Plan(zone, (Segment(_BEGINNING, _END, rule, ""),))
    schedule = _used(run_time.schedule, known)
    return Plan(zone, _segments(schedule, known, zone, holidays), schedule.path)


def effective_holidays(run_time: RunTime, inherited: Holidays, schedules: Schedules = NO_SCHEDULES) -> Holidays:
    "Raises UNKNOWN_OBJECT with the path of a calendar that is missing."
    found = inherited if run_time.holidays is None else run_time.holidays
    if run_time.calendar:
        calendar = schedules.calendars.get(run_time.calendar)
        if calendar is None:
            raise WorkloadError(Code.UNKNOWN_OBJECT, kind="calendar", path=run_time.calendar)
        found = calendar.holidays if run_time.holidays is None else calendar.holidays.joined(found)
    return found.with_dates(run_time.more_holidays)


def calendars_of(run_time: RunTime, schedules: Schedules) -> tuple[str, ...]:
    "The paths of all calendars that a run time refers to: itself, by its schedule, and by the substitutes of that."
    used = [run_time]
    if run_time.schedule:
        schedule = schedules.get(run_time.schedule)
        used = [] if schedule is None else [schedule.run_time]
        used += [substitute.run_time for substitute in schedules.substitutes_of(run_time.schedule)]
    return tuple(dict.fromkeys(each.calendar for each in used if each.calendar))


def _used(path: str, schedules: Schedules) -> Schedule:
    schedule = schedules.get(path)
    if schedule is None:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="schedule", path=path)
    if schedule.substitute:
        raise WorkloadError(Code.SUBSTITUTE_USED, schedule=path, target=schedule.substitute)
    return schedule


def _segments(schedule: Schedule, schedules: Schedules, zone: ZoneInfo, holidays: Holidays) -> tuple[Segment, ...]:
    def of(begin: datetime, end: datetime, holder: Schedule) -> Segment:
        rule = shared_rule(holder.run_time, effective_holidays(holder.run_time, holidays, schedules))
        return Segment(begin, end, rule, holder.path)

    found: list[Segment] = []
    reached = _BEGINNING
    for substitute in schedules.substitutes_of(schedule.path):
        begin = _BEGINNING if substitute.valid_from is None else instant_of(substitute.valid_from, zone)
        end = _END if substitute.valid_to is None else instant_of(substitute.valid_to, zone)
        if begin >= end:  # all of it is a time that a clock change skips
            continue
        if reached < begin:
            found.append(of(reached, begin, schedule))
        found.append(of(begin, end, substitute))
        reached = end
    if reached < _END:
        found.append(of(reached, _END, schedule))
    return tuple(found)
