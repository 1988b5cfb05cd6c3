"""A plan: a run time with its schedule, the substitutes of that, its zone, its holidays and black-outs in hand.

Plans are what the questions in `job_starts`, `order_starts` and `calendar` are asked of. Keep the plan of an object and
make a new one when its run time, a schedule, a calendar, the zone or the holidays change: a plan remembers what it
worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.run_time.black_outs import NO_BLACK_OUTS, BlackOuts, DarkSpan, as_instants
from scheduler.run_time.clock import instant_of, zone_named
from scheduler.run_time.model import NO_HOLIDAYS, Holidays, RunTime, Schedule
from scheduler.run_time.rule import Rule, shared_rule
from scheduler.run_time.schedules import NO_SCHEDULES, Schedules

_UTC = ZoneInfo("UTC")
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Segment:
    """The time `[begin, end)` in which one rule holds, but not in its black-outs. `schedule`: the path of the named
    schedule it is from, or empty."""

    begin: datetime
    end: datetime
    rule: Rule
    schedule: str
    black_outs: BlackOuts = NO_BLACK_OUTS


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
        return all(segment.rule.always_open and not segment.black_outs for segment in self.segments)

    @property
    def without_black_outs(self) -> Plan:
        "As the run time would be if its calendars had none; the same plan when they have none."
        if not any(segment.black_outs for segment in self.segments):
            return self
        return replace(self, segments=tuple(replace(each, black_outs=NO_BLACK_OUTS) for each in self.segments))

    def black_outs_between(self, begin: datetime, end: datetime) -> list[tuple[DarkSpan, str]]:
        "Those that count in the time `[begin, end)`, with the paths of their calendars, in order of their begin."
        found = {
            (span, segment.black_outs.calendar)
            for segment in self.segments
            if segment.black_outs and segment.begin < end and segment.end > begin
            for span in segment.black_outs.between(max(begin, segment.begin), min(end, segment.end))
        }
        return sorted(found)

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
    home: ZoneInfo | None = None,
) -> Plan:
    """The plan of a run time. `zone` and `holidays` are those of the configuration. `home`: the zone in which
    black-outs are written, where that is not `zone`.

    `own_run_time_has_them` False is for orders: the holidays of the configuration then count only for named schedules.
    Pass `Schedules` for speed, and for calendars. Raises UNKNOWN_OBJECT with the path of a schedule or a calendar that
    is missing, SUBSTITUTE_USED, UNKNOWN_ZONE.
    """
    home = home or zone
    if run_time.time_zone:
        zone = zone_named(run_time.time_zone)
    known = schedules if isinstance(schedules, Schedules) else Schedules(schedules.values())
    if not run_time.schedule:
        inherited = holidays if own_run_time_has_them else NO_HOLIDAYS
        rule = Rule(run_time, effective_holidays(run_time, inherited, known))
        return Plan(zone, (Segment(_BEGINNING, _END, rule, "", _black_outs(run_time, known, home)),))
    schedule = _used(run_time.schedule, known)
    return Plan(zone, _segments(schedule, known, zone, home, holidays), schedule.path)


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


def _black_outs(run_time: RunTime, schedules: Schedules, home: ZoneInfo) -> BlackOuts:
    "Of the calendar that it names itself. `home`: the zone of the engine."
    calendar = schedules.calendars.get(run_time.calendar) if run_time.calendar else None
    return as_instants(calendar.black_outs, home, calendar.path) if calendar is not None else NO_BLACK_OUTS


def _segments(
    schedule: Schedule, schedules: Schedules, zone: ZoneInfo, home: ZoneInfo, holidays: Holidays
) -> tuple[Segment, ...]:
    def of(begin: datetime, end: datetime, holder: Schedule) -> Segment:
        rule = shared_rule(holder.run_time, effective_holidays(holder.run_time, holidays, schedules))
        return Segment(begin, end, rule, holder.path, _black_outs(holder.run_time, schedules, home))

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
