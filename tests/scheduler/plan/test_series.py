"Starts of a day as a short text: nothing is lost, nothing is told twice, and most days are one run."

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.plan.expected import Expected, expected
from scheduler.plan.override import PlanKey
from scheduler.plan.series import Series, fits, parsed, series_of
from scheduler.run_time.calendar import StartKind
from tests.support.run_times import at, plan

KEY = PlanKey("job", "/j")
BEGIN, END = at("2026-03-02 06:00"), at("2026-03-03 06:00")
SECONDS = 86_400


def single(offset: int, schedule: str = "") -> Expected:
    start = BEGIN + timedelta(seconds=offset)
    return Expected("job", "/j", "/J", start, start, StartKind.SINGLE, schedule)


def dense(offset: int, every: float = 60.0) -> Expected:
    start, until = BEGIN + timedelta(seconds=offset), BEGIN + timedelta(seconds=offset + 3600)
    return Expected("job", "/j", "/J", start, start, StartKind.REPEAT, every=every, until=until, count=60)


offsets = st.sets(st.integers(0, 48).map(lambda quarter: quarter * 1800), max_size=30).map(sorted)
days = offsets.flatmap(
    lambda found: st.tuples(
        *(st.sampled_from([single(each), single(each, "/night"), dense(each), dense(each, 0.5)]) for each in found)
    )
).map(list)


@given(days, st.integers(0, SECONDS), st.integers(0, SECONDS + 1))
def test_a_text_says_the_same_entries_from_any_moment_on(entries: list[Expected], since: int, until: int) -> None:
    series = parsed(series_of(entries, BEGIN).text)
    told = list(series.entries(KEY, "/J", BEGIN, since, until))
    assert told == [each for each in entries if since <= seconds(each.planned_at) < until]
    assert series.count() == len(entries)
    assert series.count(since) + len(list(series.entries(KEY, "/J", BEGIN, 0, since))) == len(entries)
    coming = [seconds(each.planned_at) for each in entries if seconds(each.planned_at) >= since]
    assert series.first(since) == (coming[0] if coming else None)


def seconds(instant: datetime) -> int:
    return (instant - BEGIN) // timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "runs", "count"),
    [
        ('<run_time><period begin="00:10" absolute_repeat="3600"/></run_time>', 1, 24),
        ('<run_time><period single_start="08:00"/><period single_start="09:00"/></run_time>', 1, 2),
        ('<run_time><period begin="08:00" end="10:00" absolute_repeat="60"/></run_time>', 1, 1),
        ('<run_time><period begin="08:00" end="10:00" absolute_repeat="600"/><period single_start="12:00"/></run_time>',
         2, 13),
        ("<run_time/>", 0, 0),
    ],
)  # fmt: skip
def test_regular_starts_are_one_run_also_over_midnight(text: str, runs: int, count: int) -> None:
    entries = expected(KEY, "/J", plan(text), (), BEGIN, END)
    series = series_of(entries, BEGIN)
    assert (len(series.runs), series.count()) == (runs, count)
    assert list(series.entries(KEY, "/J", BEGIN, 0, SECONDS)) == entries


def test_what_is_changed_or_not_on_whole_seconds_has_no_place() -> None:
    assert fits(single(5))
    odd = BEGIN + timedelta(microseconds=1)
    assert not fits(Expected("job", "/j", "/J", odd, odd, StartKind.SINGLE))
    assert not fits(Expected("job", "/j", "/J", BEGIN, None, StartKind.SINGLE, override=3))
    assert Series(()).text == "[]"
