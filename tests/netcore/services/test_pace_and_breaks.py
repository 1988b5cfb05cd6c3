"How much goes into one transaction, and how long is computed at a stretch."

from __future__ import annotations

from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.connect import Engine, create
from netcore.services.breaks import LONG, WORK, Breaks
from netcore.services.pace import Pace


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return create(f"sqlite:///{tmp_path_factory.mktemp('pace')}/pace.db", "services")


@given(st.lists(st.integers(1, 500), max_size=60))
def test_pieces_go_together_until_their_rows_are_enough(engine: Engine, pieces: list[int]) -> None:
    pace = Pace(engine, Event())
    parts = list(pace.parts(pieces, lambda rows: rows))
    assert [piece for part in parts for piece in part] == pieces
    assert all(sum(part[:-1]) < pace.size for part in parts)
    assert all(sum(part) >= pace.size for part in parts[:-1])


def test_nothing_more_is_begun_when_the_service_should_end(engine: Engine) -> None:
    ending = Event()
    found = []
    for part in Pace(engine, ending).parts(range(10_000)):
        found.append(part)
        ending.set()
    assert len(found) == 1


class Waits(Event):
    "Notes how long it is waited for."

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return False


def test_breaks_are_a_part_of_the_work_between_them() -> None:
    waits, worked = Waits(), [0.0]
    breaks = Breaks(waits, LONG, lambda: worked[0])
    breaks.begin()
    for _ in breaks.between(range(100)):
        worked[0] += WORK / 2
    assert len(waits.seconds) < 50
    # what came after the last break has had none yet
    assert LONG * (worked[0] - WORK) <= sum(waits.seconds) <= LONG * worked[0]


def test_the_first_work_has_no_breaks_as_far_as_the_caller_permits() -> None:
    waits, worked = Waits(), [7.0]
    breaks = Breaks(waits, LONG, lambda: worked[0])
    breaks.begin(without=1.0)
    worked[0] += 0.99
    breaks.take()
    assert not waits.seconds
    worked[0] += 0.01
    breaks.take()
    assert waits.seconds == pytest.approx([LONG * WORK])
