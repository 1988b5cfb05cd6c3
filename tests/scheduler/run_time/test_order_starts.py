"When rounds of orders start, by the worked examples; local times of Berlin."

from __future__ import annotations

import pytest

from scheduler.run_time.order_starts import first_start, start_after_round
from tests.support.run_times import BERLIN, at, plan

REPEATING = '<run_time><period begin="10:00" end="11:00" repeat="1200"/></run_time>'
GRID = '<run_time><period begin="10:00" end="11:00" absolute_repeat="1200"/></run_time>'
SINGLE = '<run_time><period single_start="10:00"/></run_time>'
ALL_DAY = '<run_time repeat="600"/>'
SEAM = """<run_time><period begin="10:00" end="11:00" repeat="1200"/><period begin="11:00" end="12:00" repeat="{}"/>
  </run_time>"""
WITH_SINGLE = '<run_time><period begin="10:00" end="11:00" repeat="1200"/><period single_start="10:20"/></run_time>'


def day(clock: str) -> str:
    return clock if " " in clock else f"2024-03-01 {clock}"


@pytest.mark.parametrize(("text", "now", "start"), [
    (REPEATING, "10:15", "10:15"),
    (REPEATING, "09:00", "10:00"),
    (REPEATING, "11:00", "2024-03-02 10:00"),
    (GRID, "10:15", "10:20"),
    (GRID, "10:20", "10:20"),
    (GRID, "10:41", "2024-03-02 10:00"),
    (SINGLE, "09:00", "10:00"),
    (SINGLE, "10:00", "10:00"),
    (SINGLE, "10:01", "2024-03-02 10:00"),
    (WITH_SINGLE, "10:15", "10:15"),
    ("<run_time/>", "10:00", None),
    ('<run_time once="yes" let_run="yes"/>', "10:00", None),
    ('<run_time><period begin="10:00" end="11:00"/></run_time>', "10:00", None),
    ('<run_time><at at="2024-03-01 12:00"/></run_time>', "11:00", "12:00"),
    ('<run_time><at at="2024-03-01 12:00"/></run_time>', "12:01", None),
])
def test_the_first_round(text, now, start):
    assert first_start(plan(text), at(day(now))) == (start and at(day(start)))


@pytest.mark.parametrize(("text", "ended", "start"), [
    (REPEATING, "10:17", "10:37"),
    (REPEATING, "10:39", "10:59"),
    (REPEATING, "10:40", "2024-03-02 10:00"),
    (REPEATING, "11:01", "2024-03-02 10:00"),
    (ALL_DAY, "23:55", "2024-03-02 00:05"),
    (SEAM.format(1200), "10:45", "11:05"),
    (SEAM.format(600), "10:45", "11:00"),
    (SEAM.format(600), "10:35", "10:55"),
    (GRID, "10:15", "10:20"),
    (GRID, "10:20", "10:40"),
    (SINGLE, "10:00", "2024-03-02 10:00"),
    (WITH_SINGLE, "10:15", "10:20"),
    (WITH_SINGLE, "10:21", "10:41"),
    ('<run_time><at at="2024-03-01 12:00"/></run_time>', "12:00", None),
    ("<run_time/>", "12:00", None),
    ('<run_time repeat="90000"/>', "12:00", "2024-03-02 13:00"),
    ('<run_time repeat="3000000000"/>', "12:00", None),
])
def test_the_next_round(text, ended, start):
    assert start_after_round(plan(text), at(day(ended))) == (start and at(day(start)))


@pytest.mark.parametrize(("text", "started", "ended", "start"), [
    (REPEATING, "10:39", "11:01", "2024-03-02 10:00"),
    (SEAM.format(1200), "10:59", "11:10", "11:30"),
    (SEAM.format(600), "10:59", "11:10", "11:10"),
    (SEAM.format(600), "10:59", "12:10", "2024-03-02 10:00"),
    (REPEATING, "10:50", "2024-03-02 10:30", "2024-03-02 10:30"),
    ('<run_time><period single_start="09:55"/><period begin="10:00" end="11:00" repeat="600"/></run_time>',
     "09:55", "10:05", "10:05"),
])
def test_the_interval_in_which_the_round_started_decides(text, started, ended, start):
    assert start_after_round(plan(text), at(day(ended)), at(day(started))) == at(day(start))


def test_seconds_of_a_grid_are_kept():
    of = plan('<run_time><period absolute_repeat="7"/></run_time>')
    start = first_start(of, at("2024-03-01 00:00:10"))
    for _ in range(5):
        assert start is not None
        assert (start.astimezone(BERLIN).minute * 60 + start.second) % 7 == 0
        start = start_after_round(of, start)
