"Timers count; only instants follow the clock on the wall."

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from twisted.internet.task import Clock

from netcore.clocks import LOOK_EVERY, WallWatch, count_steadily, wall_of


class TwoClocks(Clock):
    "`fast`: seconds by which the wall clock is ahead."

    fast = 0.0

    def wall_seconds(self) -> float:
        return 1e9 + self.seconds() + self.fast


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def told() -> list[float]:
    return []


@pytest.fixture
def watch(clock: TwoClocks, told: list[float]) -> WallWatch:
    watch = WallWatch(clock, told.append)
    watch.start()
    return watch


@pytest.mark.parametrize("seconds", [3600, -3600, 1, -1, 0.25])
def test_a_clock_that_is_set_is_told_once(
    clock: TwoClocks, watch: WallWatch, told: list[float], seconds: float
) -> None:
    clock.advance(LOOK_EVERY)
    clock.fast += seconds
    clock.pump([LOOK_EVERY] * 5)
    assert told == [pytest.approx(seconds, abs=1e-6)]


def test_a_clock_that_is_made_to_go_slower_is_no_news(clock: TwoClocks, watch: WallWatch, told: list[float]) -> None:
    for _ in range(100):
        clock.fast -= 0.1 * LOOK_EVERY
        clock.advance(LOOK_EVERY)
    assert told == []


def test_nothing_is_left_when_the_watch_ends(clock: TwoClocks, watch: WallWatch) -> None:
    watch.stop()
    assert clock.getDelayedCalls() == []
    watch.stop()


def test_a_reactor_counts_what_nobody_sets_and_still_knows_the_time_of_day() -> None:
    reactor = SimpleNamespace(seconds=time.time)
    count_steadily(reactor)
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= reactor.seconds() <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert wall_of(reactor) is time.time


def test_a_clock_of_tests_is_both() -> None:
    clock = Clock()
    clock.advance(5)
    assert wall_of(clock)() == 5
