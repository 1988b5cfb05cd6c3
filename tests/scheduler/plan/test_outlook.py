"The projection counts, without making them, the starts that the plan would list."

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.plan.day import PlanDays
from scheduler.plan.outlook import borders, starts_by_day
from scheduler.run_time.calendar import starts_between
from tests.support.run_times import BERLIN, plan

#: 31 March 2024 and 27 October 2024 change the clock
FIRST_DAYS = st.sampled_from([date(2024, 3, 29), date(2024, 10, 25), date(2024, 2, 27)])
MINUTES = st.integers(0, 24 * 60)


@settings(max_examples=60, deadline=None)
@given(
    FIRST_DAYS, st.integers(0, 23), MINUTES, MINUTES, st.integers(1, 200),
    st.sampled_from(["repeat", "absolute_repeat"]),
)  # fmt: skip
def test_counts_are_those_of_the_starts_themselves(
    first: date, hour: int, one: int, other: int, minutes: int, word: str
) -> None:
    begin, end = sorted((one, other))
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (begin, end)]
    rule = plan(f'<run_time><period begin="{clock[0]}" end="{clock[1]}" {word}="{minutes * 60}"/></run_time>')
    between = borders(PlanDays(BERLIN, hour * 3600), first, 5)
    listed = [len(starts_between(rule, *span, 10_000)) for span in pairwise(between)]
    assert starts_by_day(rule, between) == listed
