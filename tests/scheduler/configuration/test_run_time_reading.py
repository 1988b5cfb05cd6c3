"What run times and schedules say after reading, and every rule of theirs broken once."

from __future__ import annotations

from datetime import date, datetime

import pytest

from scheduler.configuration.reading import IncludeRequest, Reading
from scheduler.errors import Code
from scheduler.run_time.model import (
    EVERY_DAY,
    DayPattern,
    Holidays,
    Period,
    RunTime,
    Schedule,
    WhenHoliday,
    every_day,
    single_start,
)
from tests.support.refusals import refused
from tests.support.run_times import run_time, schedule

HOUR = 3600


def nth(number: int) -> datetime:
    return datetime(2024, 5, number, 12)  # noqa: DTZ001


def test_an_empty_run_time_permits_everything_and_starts_nothing():
    assert run_time("<run_time/>") == RunTime(source="<run_time/>")
    assert RunTime().days == EVERY_DAY


@pytest.mark.parametrize(("text", "period"), [
    ('begin="08:00" end="9:30:10"', Period(8 * HOUR, 9 * HOUR + 1810)),
    ('end="24:00"', Period()),
    ('begin="10:00" end="10:00"', Period(10 * HOUR, 10 * HOUR)),
    ('repeat="00:30" let_run="yes"', Period(repeat=1800, let_run=True)),
    ('repeat="0"', Period()),
    ('repeat="1.5"', Period(repeat=1.5)),
    ('absolute_repeat="90" repeat="60"', Period(absolute_repeat=90)),
    ('single_start="18:00" begin="01:00" repeat="5"', single_start(18 * HOUR)),
    ('single_start="24:00"', single_start(24 * HOUR)),
    ('when_holiday="next_non_holiday"', Period(when_holiday=WhenHoliday.NEXT_NON_HOLIDAY)),
])
def test_a_period(text, period):
    assert run_time(f"<run_time><period {text}/></run_time>").days == every_day((period,))
    assert run_time(f"<run_time {text}/>").days == every_day((period,))


@pytest.mark.parametrize(("template", "inside", "period"), [
    ('begin="08:00" end="09:00" repeat="60"', "", Period(repeat=60)),
    ('repeat="60"', 'begin="08:00"', Period(8 * HOUR, repeat=60)),
    ('repeat="60"', 'repeat="30"', Period(repeat=30)),
    ('repeat="60"', 'repeat="0"', Period()),
    ('repeat="60"', 'absolute_repeat="30"', Period(absolute_repeat=30)),
    ('absolute_repeat="60"', 'repeat="30"', Period(repeat=30)),
    ('absolute_repeat="60"', "", Period(absolute_repeat=60)),
    ('let_run="yes" when_holiday="ignore_holiday"', "", Period(let_run=True, when_holiday=WhenHoliday.IGNORE_HOLIDAY)),
    ('let_run="yes"', 'let_run="no"', Period()),
    ('when_holiday="ignore_holiday"', 'single_start="06:00"', single_start(6 * HOUR, WhenHoliday.IGNORE_HOLIDAY)),
    ('single_start="06:00"', "", single_start(6 * HOUR)),
    ('single_start="06:00"', 'begin="08:00"', Period(8 * HOUR)),
])
def test_a_period_takes_what_it_does_not_say_from_around_it_but_not_begin_and_end(template, inside, period):
    assert run_time(f"<run_time {template}><period {inside}/></run_time>").days == every_day((period,))
    text = f'<run_time><month month="1" {template}><period {inside}/></month></run_time>'
    assert run_time(text).months == ((1, every_day((period,))),)


def test_a_day_without_periods_has_those_of_the_run_time_and_in_a_month_those_of_the_month():
    found = run_time("""<run_time repeat="60"><period begin="08:00"/><period single_start="06:00"/>
      <weekdays><day day="1"/><day day="2"><period end="01:00"/></day></weekdays>
      <month month="1"><ultimos><day day="0"/></ultimos></month></run_time>""")
    both = (Period(8 * HOUR, repeat=60), single_start(6 * HOUR))
    assert found.days == DayPattern(weekdays=((1, both), (2, (Period(0, HOUR, repeat=60),))))
    assert found.months == ((1, DayPattern(ultimos=((0, (Period(),)),))),)


def test_all_kinds_of_days():
    found = run_time("""<run_time>
      <at at="2024-05-02 12:00"/><at at="2024-05-01T12:00:00"/><at at="2024-05-02 12:00"/><at at="2024-04-30 24:00"/>
      <date date="2024-05-02"/><date date="2024-5-1"/><date date="2024-05-02"><period end="01:00"/></date>
      <weekdays><day day="0 Mon dienstag 3 DO friday sa"/></weekdays>
      <monthdays><day day="1 31 07"/><weekday day="7 mo" which="-1 4"/></monthdays>
      <ultimos><day day="0 30"/></ultimos>
      <month month="january 7"/><month month="2"><monthdays><day day="3"/></monthdays></month>
    </run_time>""")
    always = (Period(),)
    midnight = datetime(2024, 5, 1)  # noqa: DTZ001
    assert found.ats == (midnight, nth(1), nth(2))
    assert found.dates == ((date(2024, 5, 1), always), (date(2024, 5, 2), (Period(), Period(0, HOUR))))
    assert found.days == DayPattern(
        weekdays=tuple((weekday, always) for weekday in range(7)),
        month_days=((1, always), (31, always), (7, always)),
        nth_weekdays=(((0, -1), always), ((0, 4), always), ((1, -1), always), ((1, 4), always)),
        ultimos=((0, always), (30, always)),
    )
    assert found.months == ((1, EVERY_DAY), (2, DayPattern(month_days=((3, always),))), (7, EVERY_DAY))
    assert hash(found) == hash(run_time(found.source))


@pytest.mark.parametrize("day", ['<at at="2024-05-01 12:00"/>', '<date date="2024-05-01"/>', '<month month="1"/>',
                                 "<weekdays/>", "<monthdays/>", "<ultimos/>"])
def test_with_any_day_said_the_others_are_out(day):
    assert run_time(f"<run_time>{day}</run_time>").days == DayPattern()


@pytest.mark.parametrize(("text", "once"), [
    ("<run_time/>", False), ('<run_time once="yes"/>', True), ('<run_time><at at="now"/></run_time>', True),
])
def test_an_at_of_now_is_once(text, once):
    found = run_time(text)
    assert (found.once, found.ats) == (once, ())


def test_with_a_schedule_only_the_time_zone_counts_besides():
    text = """<run_time schedule="../plan" time_zone="Asia/Tokyo" once="yes" repeat="60">
      <at at="2024-05-01 12:00"/></run_time>"""
    assert run_time(text) == RunTime(schedule="/plan", time_zone="Asia/Tokyo", source=text)


@pytest.mark.parametrize(("text", "starts"), [
    ("<run_time/>", False),
    ('<run_time let_run="yes"><period begin="06:00" repeat="0"/></run_time>', False),
    ('<run_time once="yes"/>', True),
    ('<run_time schedule="/daily"/>', True),
    ('<run_time single_start="10:00"/>', True),
    ('<run_time><at at="2030-01-01 10:00"/></run_time>', True),
    ('<run_time><date date="2030-01-01"><period repeat="60"/></date></run_time>', True),
    ('<run_time><monthdays><day day="1"><period absolute_repeat="60"/></day></monthdays></run_time>', True),
    ('<run_time><monthdays><weekday day="1" which="1"><period repeat="60"/></weekday></monthdays></run_time>', True),
    ('<run_time><month month="1"><ultimos><day day="1"><period repeat="9"/></day></ultimos></month></run_time>', True),
])
def test_a_run_time_tells_when_it_could_start_a_job(text, starts):
    assert run_time(text).could_start is starts


def test_what_user_interfaces_and_editors_leave_behind_means_nothing():
    text = """<run_time name="x" title="y"><holiday date="2024-05-09" description="z"/>
      <calendars><![CDATA[{"a": 1}]]></calendars></run_time>"""
    assert run_time(text).days == EVERY_DAY


FILES = {
    "one.xml": b"<?xml version='1.0'?><holidays><holiday date='2024-12-25'/><include live_file='two.xml'/></holidays>",
    "/folder/two.xml": b"<holidays><weekdays><day day='so'/></weekdays></holidays>",
    "round.xml": b"<holidays><include file='round.xml'/></holidays>",
    "bad.xml": b"<holidays><holiday date='soon'/></holidays>",
    "other.xml": b"<params/>",
    "broken.xml": b"<holidays>",
}


def included(request: IncludeRequest) -> bytes:
    if request.name not in FILES:
        raise FileNotFoundError(2, "No such file or directory")
    return FILES[request.name]


def test_holidays_with_included_files():
    reading = Reading("/folder", {}, included)
    found = run_time("""<run_time><holidays><holiday date="2024-05-09"/><include file="one.xml"/>
      <weekdays><day day="sat"/><day day="sat"/></weekdays></holidays></run_time>""", reading=reading)
    assert found.holidays == Holidays(frozenset({0, 6}), frozenset({date(2024, 5, 9), date(2024, 12, 25)}))
    assert reading.live_files == ["/folder/two.xml"]


@pytest.mark.parametrize(("inside", "own", "more"), [
    ("", None, frozenset()), ("<holidays/>", Holidays(), frozenset()),
    ('<holiday date="2024-05-09"/>', None, frozenset({date(2024, 5, 9)})),
])
def test_no_holidays_are_something_else_than_nothing_said_about_them(inside, own, more):
    found = run_time(f"<run_time>{inside}</run_time>")
    assert (found.holidays, found.more_holidays) == (own, more)


def test_a_schedule():
    text = '<schedule substitute="plan" valid_from="2030-01-03 00:00" valid_to="2030-01-04 24:00" repeat="60"/>'
    begin, end = datetime(2030, 1, 3), datetime(2030, 1, 5)  # noqa: DTZ001
    inside = RunTime(days=every_day((Period(repeat=60),)), source=text)
    assert schedule("/folder/x", text) == Schedule("/folder/x", inside, "/folder/plan", begin, end, (), text)


@pytest.mark.parametrize(("text", "code", "says"), [
    ('<schedule time_zone="Asia/Tokyo"/>', Code.NOT_ALLOWED, "time_zone"),
    ('<schedule schedule="/x"/>', Code.UNKNOWN_ATTRIBUTE, "schedule"),
    ('<schedule valid_from="2030-01-03 00:00"/>', Code.ONLY_WITH, "substitute"),
    ('<schedule valid_to="2030-01-03 00:00"/>', Code.ONLY_WITH, "substitute"),
    ('<schedule substitute="/x" valid_from="2030-01-03 24:00" valid_to="2030-01-04 00:00"/>', Code.SUBSTITUTE_TIMES,
     "2030-01-04"),
    ('<schedule substitute="/x" valid_from="soon"/>', Code.BAD_DATE, "soon"),
    ('<schedule substitute="../folder/s"/>', Code.SUBSTITUTES_ITSELF, "/folder/s"),
    ('<schedule substitute="../../s"/>', Code.ABOVE_ROOT, "s"),
    ("<run_time/>", Code.UNEXPECTED_ELEMENT, "<schedule>"),
])
def test_a_schedule_that_breaks_a_rule_is_refused(text, code, says):
    with refused(code, 1, 1) as refusal:
        schedule("/folder/s", text)
    assert says in str(refusal.value)


@pytest.mark.parametrize(("attributes", "code", "says"), [
    ('begin="10:00" end="09:00"', Code.PERIOD_BOUNDS, "10:00:00 to 09:00:00"),
    ('end="24:01"', Code.PERIOD_BOUNDS, "24:01"),
    ('begin="24:01"', Code.PERIOD_BOUNDS, "24:01"),
    ('single_start="24:00:01"', Code.PERIOD_BOUNDS, "24:00:01"),
    ('absolute_repeat="0"', Code.ZERO_REPEAT, "absolute_repeat"),
    ('absolute_repeat="00:00"', Code.ZERO_REPEAT, "absolute_repeat"),
    ('absolute_repeat="0.0000001"', Code.ZERO_REPEAT, "absolute_repeat"),
    ('begin="8"', Code.BAD_DATE, "HH:MM"),
    ('begin="08:60"', Code.BAD_DATE, "HH:MM"),
    ('begin="-1:00"', Code.BAD_DATE, "HH:MM"),
    ('repeat="often"', Code.BAD_DURATION, "often"),
    ('let_run="maybe"', Code.BAD_BOOLEAN, "maybe"),
    ('when_holiday="sleep"', Code.BAD_CHOICE, "next_non_holiday"),
    ('single="06:00"', Code.UNKNOWN_ATTRIBUTE, "single_start"),
])
def test_a_period_that_breaks_a_rule_is_refused_with_its_place(attributes, code, says):
    with refused(code, 1, 1) as refusal:
        run_time(f"<run_time {attributes}/>")
    assert says in str(refusal.value)
    for inside in (f"<period {attributes}/>", f"<weekdays><day day='1'>\n<period {attributes}/></day></weekdays>"):
        with refused(code) as refusal:
            run_time(f"<run_time>\n{inside}</run_time>")
        assert refusal.value.place.line == 2 + inside.count("\n")


@pytest.mark.parametrize(("inside", "code", "says"), [
    ('<at at="soon"/>', Code.BAD_DATE, "now"),
    ('<at at="2024-02-30 10:00"/>', Code.BAD_DATE, "2024-02-30"),
    ('<at at="2024-02-28 24:01"/>', Code.BAD_DATE, "24:01"),
    ('<at at="9999-12-31 24:00"/>', Code.BAD_DATE, "9999"),
    ("<at/>", Code.MISSING_ATTRIBUTE, "at"),
    ('<date date="2024-02-30"/>', Code.BAD_DATE, "2024-02-30"),
    ('<date date="2024-02-28 10:00"/>', Code.BAD_DATE, "yyyy-mm-dd"),
    ("<date/>", Code.MISSING_ATTRIBUTE, "date"),
    ("<weekdays><day/></weekdays>", Code.MISSING_ATTRIBUTE, "day"),
    ('<weekdays><day day="8"/></weekdays>', Code.BAD_DAY, "Sunday"),
    ('<weekdays><day day="mon,tue"/></weekdays>', Code.BAD_DAY, "mon,tue"),
    ('<weekdays><day day=" "/></weekdays>', Code.BAD_DAY, "weekdays"),
    ('<monthdays><day day="0"/></monthdays>', Code.BAD_DAY, "31"),
    ('<monthdays><day day="32"/></monthdays>', Code.BAD_DAY, "31"),
    ('<monthdays><weekday day="mon" which="0"/></monthdays>', Code.BAD_DAY, "which"),
    ('<monthdays><weekday day="mon" which="5"/></monthdays>', Code.BAD_DAY, "which"),
    ('<monthdays><weekday day="mon"/></monthdays>', Code.MISSING_ATTRIBUTE, "which"),
    ('<monthdays><weekday day="mo" which="1"/><weekday day="1 2" which="1"/></monthdays>', Code.DUPLICATE_WEEKDAY,
     "which=1"),
    ('<ultimos><day day="31"/></ultimos>', Code.BAD_DAY, "30"),
    ('<month month="13"/>', Code.BAD_DAY, "month"),
    ('<month month="januar"/>', Code.BAD_DAY, "januar"),
    ('<month month="1"/><month month="2 january"/>', Code.DUPLICATE_MONTH, "month 1"),
    ('<month month="1"><date date="2024-01-01"/></month>', Code.UNEXPECTED_ELEMENT, "<period>"),
    ('<holiday date="soon"/>', Code.BAD_DATE, "soon"),
    ('<holidays><weekdays><day day="8"/></weekdays></holidays>', Code.BAD_DAY, "8"),
    ("<holidays><day/></holidays>", Code.UNEXPECTED_ELEMENT, "<holiday>"),
    ("<holidays><include/></holidays>", Code.MISSING_ATTRIBUTE, "include"),
    ("<holidays><include file='missing.xml'/></holidays>", Code.INCLUDE_FAILED, "No such file"),
    ("<holidays><include file='bad.xml'/></holidays>", Code.INCLUDE_FAILED, "soon"),
    ("<holidays><include file='other.xml'/></holidays>", Code.INCLUDE_FAILED, "<holidays>"),
    ("<holidays><include file='broken.xml'/></holidays>", Code.INCLUDE_FAILED, "broken.xml"),
    ("<holidays><include file='round.xml'/></holidays>", Code.HOLIDAYS_NESTED, "round.xml"),
    ("<at at='now'/><period/>", Code.UNEXPECTED_ELEMENT, "<at>"),
    ("<monthdays/><weekdays/>", Code.UNEXPECTED_ELEMENT, "<ultimos>"),
    ("<weekdays/><weekdays/>", Code.UNEXPECTED_ELEMENT, "<monthdays>"),
    ("<job/>", Code.UNEXPECTED_ELEMENT, "<period>"),
    ("text", Code.UNEXPECTED_TEXT, "text"),
])
def test_a_run_time_that_breaks_a_rule_is_refused(inside, code, says):
    with refused(code) as refusal:
        run_time(f"<run_time>{inside}</run_time>", included)
    assert refusal.value.place is not None
    assert says in str(refusal.value)


@pytest.mark.parametrize(("attributes", "code"), [
    ('time_zone="Mars/Olympus"', Code.UNKNOWN_ZONE), ('time_zone="Europe"', Code.UNKNOWN_ZONE),
    ('time_zone="../etc/passwd"', Code.UNKNOWN_ZONE), ('time_zone="/etc/localtime"', Code.UNKNOWN_ZONE),
    ('start_time_function="f"', Code.UNSUPPORTED), ('valid_from="2030-01-03 00:00"', Code.UNKNOWN_ATTRIBUTE),
    ('once="perhaps"', Code.BAD_BOOLEAN), ('schedule="../../x"', Code.ABOVE_ROOT), ('name="a/b"', Code.BAD_NAME),
])
def test_attributes_of_a_run_time_that_break_a_rule(attributes, code):
    with refused(code, 1, 1):
        run_time(f"<run_time {attributes}/>")


@pytest.mark.parametrize(("code", "number"), [
    (Code.PERIOD_BOUNDS, "104"), (Code.ZERO_REPEAT, "441"), (Code.DUPLICATE_MONTH, "443"),
    (Code.DUPLICATE_WEEKDAY, "446"), (Code.SUBSTITUTE_OF_SUBSTITUTE, "463"), (Code.SUBSTITUTE_TIMES, "464"),
    (Code.SUBSTITUTES_OVERLAP, "465"), (Code.SUBSTITUTE_USED, "466"), (Code.ONLY_WITH, "467"),
    (Code.SUBSTITUTES_ITSELF, "486"),
])
def test_the_numbers_of_refusals_are_the_classic_ones(code, number):
    assert code.code == f"SCHEDULER-{number}"
