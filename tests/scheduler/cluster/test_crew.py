"Who gets the next step: free capacity first, then who was served least; and nobody is behind for ever."

from __future__ import annotations

import heapq
from collections import Counter

import pytest

from scheduler.cluster.assignment import HERE, Mate
from scheduler.cluster.crew import SERVED_AS_PROCESS, SERVED_MOST, Crew
from scheduler.records import Cause, OrderKey, Task, TaskState

PLACES = 4


class Steps:
    "A crew, and the tasks that it runs."

    def __init__(self, *runs: str) -> None:
        self.crew = Crew()
        self.crew.see([Mate(f"id/{run}:1", run) for run in runs], "id/me:1")
        self.running: dict[int, Task] = {}
        self.given: Counter[str] = Counter()

    def choose(self, places: int = PLACES, balanced: bool = True, order: str = "o") -> str | None:
        return self.crew.choose(OrderKey("/c", order), "/j", places, "", 99, balanced)

    def begin(self, run: str) -> int:
        number = sum(self.given.values())
        task = Task(number, "/j", TaskState.STARTING, Cause.ORDER, chain="/c", order_id="o", member_run=run)
        self.given[run] += 1
        self.running[number] = task
        self.crew.add(task)
        return number

    def end(self, number: int) -> None:
        self.crew.remove(self.running.pop(number))


def test_whoever_has_the_fewest_processes_takes_it() -> None:
    steps = Steps("r1")
    steps.begin(HERE)
    assert [steps.choose(), steps.choose(places=1)] == ["r1", "r1"]
    steps.begin("r1")
    assert steps.choose(places=1) is None


def test_of_equally_busy_ones_who_was_given_the_fewest() -> None:
    steps = Steps("r1", "r2")
    for run in ("r2", HERE):
        steps.end(steps.begin(run))
    assert steps.choose() == "r1"


@pytest.mark.parametrize("slower", [1.0, 1.5, 2.0])
def test_who_is_heard_later_is_served_as_often_as_long_as_there_are_places(slower: float) -> None:
    steps = Steps("r1")
    ends: list[tuple[float, int]] = []
    for moment in range(2000):  # a step takes 4 moments here, and a new one comes with each
        while ends and ends[0][0] <= moment:
            steps.end(heapq.heappop(ends)[1])
        run = steps.choose(places=PLACES + 2)
        if run is not None:
            heapq.heappush(ends, (moment + 4 * (slower if run == "r1" else 1), steps.begin(run)))
    even = sum(steps.given.values()) / 2
    assert abs(steps.given["r1"] - even) / even < 0.05


def test_what_somebody_got_while_others_had_no_place_does_not_count_for_ever() -> None:
    steps = Steps("r1")
    full = [steps.begin("r1") for _ in range(PLACES)]
    for _ in range(1000):
        steps.end(steps.begin(HERE))
    for number in full:
        steps.end(number)
    # so many more it gets at once
    for _ in range(SERVED_MOST // SERVED_AS_PROCESS):
        assert steps.choose(places=99) == "r1"
        steps.begin("r1")
    assert steps.choose(places=99) == HERE


def test_a_new_member_is_no_better_than_the_one_who_got_the_fewest() -> None:
    steps = Steps("r1")
    for run in (HERE, HERE, "r1", "r1"):
        steps.end(steps.begin(run))
    steps.crew.see([Mate("id/r1:1", "r1"), Mate("id/r2:1", "r2")], "id/me:1")
    chosen = []
    for _ in range(3):
        run = steps.choose()
        assert run is not None
        chosen.append(run)
        steps.end(steps.begin(run))
    assert sorted(chosen) == [HERE, "r1", "r2"]
