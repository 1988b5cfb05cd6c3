"""Run times of 10,000 different objects: reading them, planning one day, and asking each for its next start.

Pure computation on one core, without engine and database.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.bench import Bench
from bench.figures import Figure, Goal
from scheduler.run_time.calendar import starts_between
from scheduler.run_time.job_starts import interval_at, next_single_start
from scheduler.run_time.model import Holidays
from scheduler.run_time.order_starts import first_start
from scheduler.run_time.plan import Plan, resolve
from scheduler.run_time.schedules import Schedules
from tests.support.run_times import run_time, schedule

OBJECTS = 10_000
DAY = datetime(2026, 11, 23, tzinfo=UTC)
PLANNED = Goal(2.0, 1.0, lower=True)
ZONES = ("", "", "", "America/New_York", "Asia/Tokyo", "Europe/London")
HOLIDAYS = Holidays(frozenset({0, 6}), frozenset((DAY + timedelta(days=32 + 9 * n)).date() for n in range(40)))
SCHEDULES = Schedules(
    schedule(f"/plan{number}", f'<schedule><period single_start="{number % 24:02}:00"/></schedule>')
    for number in range(100)
)


def text_of(number: int) -> str:
    "A run time as they are met: mostly daily or on working days, some monthly, some that repeat, some schedules."
    lot = random.Random(number)
    clock = f"{lot.randrange(24):02}:{lot.randrange(60):02}:{lot.randrange(60):02}"
    zone = lot.choice(ZONES)
    head = f'<run_time time_zone="{zone}" title="{number}">' if zone else f'<run_time title="{number}">'
    rule = lot.choice(("suppress", "suppress", "ignore_holiday", "next_non_holiday", "previous_non_holiday"))
    single = f'<period single_start="{clock}" when_holiday="{rule}"/>'
    kinds = (
        single,
        f'<weekdays><day day="1 2 3 4 5">{single}</day></weekdays>',
        f'<weekdays><day day="{lot.randrange(7)}">{single}</day></weekdays>',
        f'<monthdays><day day="{lot.randrange(1, 29)} 15">{single}</day></monthdays>',
        f'<monthdays><weekday day="{lot.randrange(7)}" which="{lot.choice((1, 2, -1))}">{single}</weekday></monthdays>',
        f'<ultimos><day day="{lot.randrange(3)}">{single}</day></ultimos>',
        f'<period begin="06:00" end="22:00" repeat="{lot.randrange(600, 7200)}"/>',
        f'<period begin="08:00" end="18:00" absolute_repeat="{lot.randrange(900, 7200)}"/>',
        f'<date date="2026-12-{lot.randrange(1, 31)}">{single}</date>',
        f'<month month="{lot.randrange(1, 13)}"><ultimos><day day="0">{single}</day></ultimos></month>',
        f'{single}<holidays><holiday date="2026-12-24"/></holidays>',
        '<period begin="06:00" end="22:00"/>',
    )
    if lot.random() < 0.15:
        return f'<run_time schedule="/plan{lot.randrange(100)}" title="{number}"/>'
    return f"{head}{lot.choice(kinds)}</run_time>"


def measure(bench: Bench) -> list[Figure]:
    count = bench.some(OBJECTS)
    zone = ZoneInfo("Europe/Berlin")
    begun = time.process_time()
    read = [run_time(text_of(number)) for number in range(count)]
    reading = time.process_time() - begun

    begun = time.process_time()
    plans = [resolve(each, SCHEDULES, zone, HOLIDAYS) for each in read]
    starts = sum(len(starts_between(plan, DAY, DAY + timedelta(days=1), 10_000)) for plan in plans)
    planning = time.process_time() - begun

    asked = [microseconds(plans, ask) for ask in (interval_at, next_single_start, first_start)]
    what = f"of {count:,} objects"
    return [
        Figure(f"plan of a day {what}", planning, "s", goal=PLANNED, detail=f"{starts:,} starts, one core"),
        Figure(f"reading run times {what}", reading, "s"),
        Figure("interval now, per job", asked[0], "µs"),
        Figure("next start, per job", asked[1], "µs", detail="single starts and grids"),
        Figure("first start, per order", asked[2], "µs"),
    ]


def microseconds(plans: list[Plan], ask: object) -> float:
    assert callable(ask)
    now = DAY + timedelta(hours=9)
    begun = time.process_time()
    for plan in plans:
        ask(plan, now)
    return 1e6 * (time.process_time() - begun) / len(plans)
