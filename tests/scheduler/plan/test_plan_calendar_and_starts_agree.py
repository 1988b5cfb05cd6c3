"""The plan, the calendar command and what really started say the same: over a simulated leap year, on both days of the
clock change, with plan days that begin at 06:00, in zones on both sides of the date line, with business calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.calendars.model import Calendar
from scheduler.commands.show_calendar import ShowCalendar
from scheduler.configuration import read_object
from scheduler.definitions import Definition
from scheduler.job.activation import plan_of as plan_of_job
from scheduler.order.times import plan_of as plan_of_order
from scheduler.plan.day import PlanDays
from scheduler.plan.expected import expected
from scheduler.plan.outlook import borders, starts_by_day
from scheduler.plan.override import PlanKey
from scheduler.records import ObjectKind, Order
from scheduler.run_time.plan import Plan
from scheduler.xml.document import parse
from tests.support.job_clock import JobClock, job_with
from tests.support.run_times import BERLIN, at, run_time, schedule
from tests.support.worlds import a_chain, a_job, an_order

YEAR = 2028
BEGIN, END = at(f"{YEAR}-01-01 00:00"), at(f"{YEAR + 1}-01-01 00:00")
DAYS = PlanDays(BERLIN, 6 * 3600)
Starts = dict[str, list[datetime]]

CALENDAR = read_object(
    ObjectKind.CALENDAR, "/bank",
    b'<calendar><public_holidays country="DE" region="HH"/><closed date="2028-07-03" to="2028-07-14"/>'
    b'<opened date="2028-12-30"/></calendar>', {},
)  # fmt: skip
RUN_TIMES = {
    "/skipped_hour": '<period single_start="02:30"/>',
    "/day_border": '<period single_start="05:59:59"/><period single_start="06:00"/><period single_start="00:00"/>',
    "/leap_day": '<monthdays><day day="29"><period single_start="12:00"/></day></monthdays>',
    "/last_days": '<ultimos><day day="0 1"><period single_start="23:59:59"/></day></ultimos>',
    "/grid": '<period begin="01:00" end="04:00" absolute_repeat="3600"/>',
    "/third_friday": '<monthdays><weekday day="5" which="3"><period single_start="18:00"/></weekday></monthdays>',
}
IN_ZONES = '<period single_start="02:30"/><period single_start="23:30"/>'
NEXT_DAY = 'single_start="02:15" when_holiday="next_non_holiday"'
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Australia/Lord_Howe")


def definitions() -> list[Definition]:
    found: list[Definition] = [
        CALENDAR,
        schedule("/business", f'<schedule calendar="/bank"><period {NEXT_DAY}/></schedule>'),
    ]
    found += [job_with(f"<run_time>{inside}</run_time>", path) for path, inside in RUN_TIMES.items()]
    found += [
        job_with(f'<run_time time_zone="{zone}">{IN_ZONES}</run_time>', f"/{zone.partition('/')[2]}") for zone in ZONES
    ]
    found.append(job_with('<run_time calendar="/bank"><period single_start="09:00"/></run_time>', "/working_days"))
    found.append(job_with('<run_time schedule="/business"/>', "/business_schedule"))
    of_order = '<run_time><weekdays><day day="0 3"><period single_start="02:30"/></day></weekdays></run_time>'
    found += [a_job(), a_chain(), an_order(run_time=run_time(of_order), run_time_source=of_order, has_run_time=True)]
    return found


def new_engine() -> JobClock:
    return JobClock(f"{YEAR}-01-01 00:00", *definitions())


def really_started(engine: JobClock) -> Starts:
    engine.starts_until(f"{YEAR + 1}-01-01 00:00")
    found: Starts = {}
    for task in engine.tasks.values():
        if not task.chain and task.started_at is not None and task.started_at < END:
            found.setdefault(task.job, []).append(task.started_at)
    for run in engine.runs.values():
        if run.started_at < END:
            found.setdefault(f"{run.chain},{run.order_id}", []).append(run.started_at)
    return {name: sorted(starts) for name, starts in found.items()}


def told_by_the_command(engine: JobClock) -> Starts:
    found: dict[str, set[datetime]] = {}
    begin = BEGIN
    while begin < END:
        end = min(begin + timedelta(days=25), END)
        command = ShowCalendar(begin=f"{begin:%Y-%m-%d %H:%M:%S}Z", before=f"{end:%Y-%m-%d %H:%M:%S}Z", limit=10_000,
                               what="orders")  # fmt: skip
        reply = engine.command(command).reply
        assert isinstance(reply, str)
        for each in parse(reply.encode()).children:
            name = each.get("job") or f"{each.get('job_chain')},{each.get('order')}"
            starts = found.setdefault(name, set())
            if each.get("single_start"):
                starts.add(datetime.fromisoformat(each.get("single_start")).astimezone(UTC))
                continue
            moment, last = (datetime.fromisoformat(each.get(word)).astimezone(UTC) for word in ("begin", "end"))
            while moment < last:
                if begin <= moment < end:
                    starts.add(moment)
                moment += timedelta(seconds=float(each.get("absolute_repeat")))
        begin = end
    return {name: sorted(starts) for name, starts in found.items() if starts}


def plans(engine: JobClock) -> dict[PlanKey, tuple[str, Plan]]:
    world = engine.world
    found = {PlanKey("job", job.key): (job.path, plan_of_job(world, job)) for job in world.jobs.values()}
    orders: list[Order] = list(world.orders.values())
    for order in orders:
        assert order.run_time is not None
        plan = plan_of_order(world, order.run_time)
        assert plan is not None
        found[PlanKey("order", f"{order.chain},{order.id}")] = f"{order.chain},{order.id}", plan
    return found


def planned_day_by_day(engine: JobClock) -> Starts:
    found: Starts = {}
    for key, (path, plan) in plans(engine).items():
        day, last = DAYS.day_of(BEGIN), DAYS.day_of(END)
        while day <= last:
            begin, end = DAYS.span(day)
            for each in expected(key, path, plan, (), begin, end):
                assert begin <= each.planned_at < end
                steps = range(each.count if each.every else 1)
                starts = [each.planned_at + timedelta(seconds=each.every * step) for step in steps]
                found.setdefault(path, []).extend(start for start in starts if BEGIN <= start < END)
            day += timedelta(days=1)
    return {name: sorted(starts) for name, starts in found.items() if starts}


@pytest.fixture(scope="module")
def planned() -> Starts:
    return planned_day_by_day(new_engine())


def test_all_three_say_the_same_over_a_year(planned: Starts) -> None:
    started = really_started(new_engine())
    assert started.keys() == planned.keys()
    for name, starts in started.items():
        assert starts == planned[name], name
    assert told_by_the_command(new_engine()) == planned


@pytest.mark.parametrize(
    ("name", "day", "expected_starts"),
    [
        ("/skipped_hour", "03-26", ["03-26 03:00 +0200"]),  # 02:30 does not exist
        ("/skipped_hour", "10-29", ["10-29 02:30 +0200"]),  # it is there twice
        ("/grid", "03-26", ["03-26 01:00 +0100", "03-26 03:00 +0200"]),
        ("/grid", "10-29", ["10-29 01:00 +0200", "10-29 02:00 +0200", "10-29 02:00 +0100", "10-29 03:00 +0100"]),
        ("/leap_day", "02-29", ["02-29 12:00 +0100"]),
        ("/working_days", "07-05", []),
        ("/working_days", "12-30", ["12-30 09:00 +0100"]),  # a Saturday, opened
        ("/business_schedule", "07-17", ["07-17 02:15 +0200"]),
    ],
)
def test_special_days_have_the_starts_that_people_expect(
    planned: Starts, name: str, day: str, expected_starts: list[str]
) -> None:
    local = [start.astimezone(BERLIN) for start in planned[name]]
    assert [f"{each:%m-%d %H:%M %z}" for each in local if f"{each:%m-%d}" == day] == expected_starts


def test_zones_beyond_the_date_line_start_on_their_own_day(planned: Starts) -> None:
    assert len(planned["/Kiritimati"]) == len(planned["/Pago_Pago"]) == 2 * 366
    assert (planned["/Pago_Pago"][0] - planned["/Kiritimati"][0]) % timedelta(days=1) == timedelta(hours=1)


def test_the_projection_counts_what_the_plan_lists(planned: Starts) -> None:
    first = date(YEAR, 1, 1)
    between = borders(DAYS, first, 366)
    for path, plan in plans(new_engine()).values():
        counts = starts_by_day(plan, between)
        listed = [0] * 366
        for start in planned.get(path, []):
            day = (DAYS.day_of(start) - first).days
            if day >= 0:
                listed[day] += 1
        assert counts[:365] == listed[:365], path  # the last plan day goes on into the next year


def test_the_calendar_of_the_year_is_what_it_should_be() -> None:
    assert isinstance(CALENDAR, Calendar)
    weekdays, public_holidays, closed, opened = 260, 9, 10, 1
    works = sum(each.works for each in CALENDAR.days(date(YEAR, 1, 1), date(YEAR, 12, 31)))
    assert works == weekdays - public_holidays - closed + opened
