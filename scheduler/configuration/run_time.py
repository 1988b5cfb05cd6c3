"""`<run_time>` and `<schedule>`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar

from scheduler.configuration.days import (
    CATCH_UP,
    DATE,
    LOCAL_TIME,
    LOCAL_TIME_OR_NOW,
    MONTH_DAY_LIST,
    MONTH_LIST,
    TIME_OF_DAY,
    ULTIMO_LIST,
    WEEKDAY_LIST,
    WHEN_HOLIDAY,
    WHICH,
    ZONE,
)
from scheduler.configuration.holidays import HOLIDAY, HOLIDAYS, read_holidays
from scheduler.configuration.reading import Reading, nothing_included
from scheduler.errors import Code, WorkloadError
from scheduler.run_time.model import (
    DAY_SECONDS,
    ByDay,
    DayPattern,
    Holidays,
    Period,
    Periods,
    RunTime,
    Schedule,
    WhenHoliday,
    every_day,
    single_start,
)
from scheduler.xml.attribute_types import NAME, PATH, SECONDS, TEXT, YES_NO
from scheduler.xml.declaration import Attribute, Declaration, any_number, optional, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

_TEMPLATE = (
    Attribute("begin", TIME_OF_DAY, doc="00:00 if absent; the periods inside do not inherit it"),
    Attribute("end", TIME_OF_DAY, doc="24:00 if absent; the periods inside do not inherit it"),
    Attribute("single_start", TIME_OF_DAY),
    Attribute("repeat", SECONDS, doc="from the end of a run to the next start"),
    Attribute("absolute_repeat", SECONDS, doc="from one start to the next, beginning at begin"),
    Attribute("let_run", YES_NO),
    Attribute("when_holiday", WHEN_HOLIDAY),
    Attribute("start_once", YES_NO),
)
PERIOD = Declaration("period", _TEMPLATE)
_PERIODS = any_number(PERIOD)
AT = Declaration("at", (Attribute("at", LOCAL_TIME_OR_NOW, required=True),))
ON_DATE = Declaration("date", (Attribute("date", DATE, required=True),), (_PERIODS,))
WEEKDAY = Declaration("day", (Attribute("day", WEEKDAY_LIST, required=True),), (_PERIODS,))
MONTH_DAY = Declaration("day", (Attribute("day", MONTH_DAY_LIST, required=True),), (_PERIODS,))
ULTIMO = Declaration("day", (Attribute("day", ULTIMO_LIST, required=True),), (_PERIODS,))
NTH_WEEKDAY = Declaration(
    "weekday",
    (Attribute("day", WEEKDAY_LIST, required=True), Attribute("which", WHICH, required=True)),
    (_PERIODS,),
)
_DAYS = (
    optional(Declaration("weekdays", children=(any_number(WEEKDAY),))),
    optional(Declaration("monthdays", children=(any_number(MONTH_DAY, NTH_WEEKDAY),))),
    optional(Declaration("ultimos", children=(any_number(ULTIMO),))),
)
MONTH = Declaration("month", (Attribute("month", MONTH_LIST, required=True), *_TEMPLATE), (_PERIODS, *_DAYS))

_CONTENT = (
    _PERIODS,
    any_number(AT),
    any_number(ON_DATE),
    *_DAYS,
    any_number(MONTH),
    optional(HOLIDAYS),
    any_number(HOLIDAY),
    optional(Declaration("calendars", open=True, text=True, doc="for user interfaces only")),
)
_COMMON = (
    Attribute("name", NAME, default=""),
    Attribute("title", TEXT, default=""),
    Attribute("once", YES_NO, default=False),
    Attribute("start_time_function", TEXT, default="", only=()),
    Attribute("calendar", PATH, default="", better="ours", doc="a business calendar: its closed days are holidays"),
    *_TEMPLATE,
)
RUN_TIME = Declaration(
    "run_time",
    (
        Attribute("schedule", PATH, default="", doc="a named schedule: all but time_zone then means nothing"),
        Attribute("time_zone", ZONE, default=""),
        Attribute("catch_up", CATCH_UP, better="ours", doc="what becomes of starts that no engine was there for"),
        *_COMMON,
    ),
    _CONTENT,
)
_SUBSTITUTION = (
    Attribute("substitute", PATH, default="", doc="the schedule whose place this one takes"),
    Attribute("valid_from", LOCAL_TIME, doc="in the zone of whoever uses the schedule"),
    Attribute("valid_to", LOCAL_TIME),
    Attribute("time_zone", ZONE, default="", doc="refused: a schedule has the zone of whoever uses it"),
)
SCHEDULE = Declaration("schedule", (*_COMMON, *_SUBSTITUTION), _CONTENT)
#: how the root of a schedule's file may be called as well
SCHEDULE_AS_RUN_TIME = Declaration("run_time", SCHEDULE.attributes, _CONTENT)

_STARTS = ("single_start", "repeat", "absolute_repeat", "once", "start_once", "schedule")
_NO_START = frozenset({"", "0", "no", "false", "00:00", "00:00:00"})

_Key = TypeVar("_Key")


def read_run_time(element: Element, reading: Reading) -> RunTime:
    """What a checked `<run_time>` says.

    Raises PERIOD_BOUNDS, ZERO_REPEAT, DUPLICATE_MONTH, DUPLICATE_WEEKDAY, NOT_ALLOWED (a calendar beside a schedule),
    and what reading holidays raises.
    """
    given = values(element, RUN_TIME)
    if given["schedule"]:
        path = reading.path(given["schedule"], element)
        if given["calendar"]:
            reason = "the schedule says which calendar counts"
            raise WorkloadError(Code.NOT_ALLOWED, element.place, attribute="calendar", reason=reason)
        return RunTime(
            schedule=path, time_zone=given["time_zone"], source=source_of(element), catch_up=given["catch_up"]
        )
    return _read(element, given, reading)


def run_time_of(source: str, folder: str) -> RunTime:
    """The run time of a stored `<run_time>` of an object in `folder`.

    What it includes is not read again: one that cannot do without starts nothing by itself.
    """
    try:
        return read_run_time(parse(source.encode()), Reading(folder, {}, nothing_included))
    except WorkloadError:
        return RunTime()


def read_schedule(element: Element, path: str, reading: Reading) -> Schedule:
    """The schedule of a checked `<schedule>` (or `<run_time>` as the root of a schedule's file).

    Raises what `read_run_time` raises, and NOT_ALLOWED, ONLY_WITH, SUBSTITUTES_ITSELF, SUBSTITUTE_TIMES.
    """
    given = values(element, SCHEDULE)
    if given["time_zone"]:
        reason = "a schedule has the time zone of the <run_time> that uses it"
        raise WorkloadError(Code.NOT_ALLOWED, element.place, attribute="time_zone", reason=reason)
    return Schedule(
        path=path,
        run_time=_read(element, given, reading),
        substitute=_substitute(element, given, path, reading),
        valid_from=given["valid_from"],
        valid_to=given["valid_to"],
        includes=tuple(dict.fromkeys(reading.live_files)),
        source=source_of(element),
    )


def could_start(element: Element | None) -> bool:
    """Whether a run time could start a job: it has a single start, a repetition, an `at`, or refers to a schedule.

    Periods alone only permit starts.
    """
    if element is None:
        return False
    if element.tag == "at" or any(element.get(name).strip() not in _NO_START for name in _STARTS):
        return True
    return any(could_start(child) for child in element.children)


def _substitute(element: Element, given: dict[str, Any], path: str, reading: Reading) -> str:
    begin, end = given["valid_from"], given["valid_to"]
    if not given["substitute"]:
        for attribute, value in (("valid_from", begin), ("valid_to", end)):
            if value is not None:
                raise WorkloadError(Code.ONLY_WITH, element.place, attribute=attribute, other="substitute")
        return ""
    target = reading.path(given["substitute"], element)
    if target == path:
        raise WorkloadError(Code.SUBSTITUTES_ITSELF, element.place, schedule=path)
    if begin is not None and end is not None and begin >= end:
        raise WorkloadError(Code.SUBSTITUTE_TIMES, element.place, schedule=path, begin=begin, end=end)
    return target


def _read(element: Element, given: dict[str, Any], reading: Reading) -> RunTime:
    template = _period(given, element)
    periods = _periods(element, template, (template,))
    ats: list[datetime | None] = [values(at, AT)["at"] for at in element.each("at")]
    dates = list(element.each("date"))
    months = _months(element)
    days = _days(element, template, periods)
    if days is None:
        days = DayPattern() if ats or dates or months else every_day(periods)
    return RunTime(
        time_zone=given["time_zone"],
        once=given["once"] or None in ats,
        ats=tuple(sorted({at for at in ats if at is not None})),
        dates=_by_day(_dates(dates, template, periods), sort=True),
        days=days,
        months=months,
        holidays=_own_holidays(element, reading),
        more_holidays=frozenset(day for each in element.each("holiday") for day in read_holidays(each, reading).dates),
        title=given["title"],
        source=source_of(element),
        calendar=reading.path(given["calendar"], element),
        catch_up=given.get("catch_up"),
    )


def _own_holidays(element: Element, reading: Reading) -> Holidays | None:
    holidays = element.child("holidays")
    return None if holidays is None else read_holidays(holidays, reading)


def _dates(elements: Iterable[Element], template: Period, default: Periods) -> Iterator[tuple[date, Periods]]:
    for element in elements:
        yield values(element, ON_DATE)["date"], _periods(element, template, default)


def _months(element: Element) -> tuple[tuple[int, DayPattern], ...]:
    "A month has its own template and periods: it inherits nothing from outside."
    found: dict[int, DayPattern] = {}
    for child in element.each("month"):
        given = values(child, MONTH)
        template = _period(given, child)
        periods = _periods(child, template, (template,))
        pattern = _days(child, template, periods)
        for month in given["month"]:
            if month in found:
                raise WorkloadError(Code.DUPLICATE_MONTH, child.place, month=month)
            found[month] = every_day(periods) if pattern is None else pattern
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def _days(element: Element, template: Period, default: Periods) -> DayPattern | None:
    "The days of `<run_time>` or `<month>`, or None when it says nothing about them."
    weekdays, monthdays, ultimos = (element.child(tag) for tag in ("weekdays", "monthdays", "ultimos"))
    if weekdays is None and monthdays is None and ultimos is None:
        return None

    def days_of(holder: Element | None, declaration: Declaration) -> ByDay[int]:
        found = []
        for child in holder.each("day") if holder else ():
            periods = _periods(child, template, default)
            found += [(day, periods) for day in values(child, declaration)["day"]]
        return _by_day(found)

    return DayPattern(
        weekdays=days_of(weekdays, WEEKDAY),
        month_days=days_of(monthdays, MONTH_DAY),
        nth_weekdays=_nth_weekdays(monthdays, template, default),
        ultimos=days_of(ultimos, ULTIMO),
    )


def _nth_weekdays(holder: Element | None, template: Period, default: Periods) -> ByDay[tuple[int, int]]:
    found: dict[tuple[int, int], Periods] = {}
    for child in holder.each("weekday") if holder else ():
        given = values(child, NTH_WEEKDAY)
        periods = _periods(child, template, default)
        for weekday in given["day"]:
            for which in given["which"]:
                if (weekday, which) in found:
                    raise WorkloadError(Code.DUPLICATE_WEEKDAY, child.place, weekday=weekday, which=which)
                found[weekday, which] = periods
    return tuple(found.items())


def _by_day(days: Iterable[tuple[_Key, Periods]], *, sort: bool = False) -> ByDay[_Key]:
    "A day that is named several times has the periods of all."
    found: dict[_Key, Periods] = {}
    for day, periods in days:
        found[day] = found.get(day, ()) + periods
    return tuple(sorted(found.items(), key=lambda item: str(item[0])) if sort else found.items())


def _periods(element: Element, template: Period, default: Periods) -> Periods:
    "The periods inside an element, or `default` when there are none."
    found = tuple(_period(values(child, PERIOD), child, template) for child in element.each("period"))
    return found or default


def _period(given: dict[str, Any], element: Element, template: Period | None = None) -> Period:
    """The period of an element with these attributes.

    What it does not say is taken from the template, except begin and end. A single start is only inherited where the
    element says nothing about an interval.
    """
    inherited = template or Period()
    when_holiday: WhenHoliday = given["when_holiday"] or inherited.when_holiday
    if given["single_start"] is not None:
        _check_bounds(element, given["single_start"], given["single_start"])
        return single_start(given["single_start"], when_holiday)
    if inherited.single_start and all(given[name] is None for name in ("begin", "end", "repeat", "absolute_repeat")):
        return single_start(inherited.begin, when_holiday)
    begin = given["begin"] or 0
    end = DAY_SECONDS if given["end"] is None else given["end"]
    _check_bounds(element, begin, end)
    repeat, absolute_repeat = _repeats(element, given, inherited)
    return Period(
        begin=begin,
        end=end,
        repeat=repeat,
        absolute_repeat=absolute_repeat,
        let_run=_first(given["let_run"], inherited.let_run and not inherited.single_start),
        when_holiday=when_holiday,
        start_once=_first(given["start_once"], inherited.start_once),
    )


def _repeats(element: Element, given: dict[str, Any], inherited: Period) -> tuple[float, float]:
    "At most one of both: `absolute_repeat` goes before `repeat`, what the element says before what it inherits."
    repeat, absolute_repeat = given["repeat"], given["absolute_repeat"]
    if absolute_repeat is not None:
        if round(absolute_repeat, 6) == 0:
            raise WorkloadError(
                Code.ZERO_REPEAT, element.place, attribute="absolute_repeat", value=element.get("absolute_repeat")
            )
        return 0.0, round(absolute_repeat, 6)
    if repeat is None:
        return inherited.repeat, inherited.absolute_repeat
    repeat = round(repeat, 6)
    return repeat, 0.0 if repeat else inherited.absolute_repeat


def _check_bounds(element: Element, begin: int, end: int) -> None:
    if begin > end or end > DAY_SECONDS:
        raise WorkloadError(Code.PERIOD_BOUNDS, element.place, begin=_clock(begin), end=_clock(end))


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def _first(given: bool | None, inherited: bool) -> bool:
    return inherited if given is None else given
