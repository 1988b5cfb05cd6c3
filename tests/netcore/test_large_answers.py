"Large answers are made in slices: who waits for whom, and who gets what."

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from netcore.large_answers import AT_ONCE, SLICE, LargeAnswers
from scheduler.errors import Code, WorkloadError


class Table:
    "Makes answers of pieces that take their time, and notes what comes of them."

    def __init__(self) -> None:
        self.clock = Clock()
        self.answers = LargeAnswers(self.clock)
        self.begun: list[str] = []
        self.told: list[str] = []

    def ask(self, name: str, pieces: int, seconds: float = SLICE / 2) -> Deferred[str]:
        asked = self.answers.make(name, lambda: self._pieces(name, pieces, seconds))
        asked.addCallback(self.told.append)
        return asked

    def _pieces(self, name: str, pieces: int, seconds: float) -> Iterator[str]:
        self.begun.append(name)
        for number in range(pieces):
            self.clock.rightNow += seconds
            yield f"{name}{number} "

    def turn(self) -> None:
        "Only what was due when it began, as a reactor does it; `Clock.advance` would go on with what was added."
        due, self.clock.calls = self.clock.calls, []
        for call in due:
            call.called = True
            call.func(*call.args, **call.kw)

    def turns(self, limit: int = 1000) -> int:
        "How many turns of the reactor it takes until nothing is left."
        for turn in range(limit):
            if not self.clock.calls:
                return turn
            self.turn()
        raise AssertionError("there is no end")


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_small_answer_is_made_at_once(table: Table) -> None:
    table.ask("a", 3, seconds=0)
    assert table.told == ["a0 a1 a2 "]
    assert table.clock.calls == []


def test_a_large_answer_takes_a_slice_in_each_turn(table: Table) -> None:
    table.ask("a", 7)
    assert table.told == []
    assert table.turns() == 5, "three more to make it, one to tell it, one to find nothing left"
    assert table.told == ["".join(f"a{number} " for number in range(7))]


def test_a_small_question_is_answered_before_large_ones_that_were_asked_earlier(table: Table) -> None:
    for name in "abc":
        table.ask(name, 50)
    table.ask("small", 1)
    while "small0 " not in table.told:
        assert table.told == []
        table.turn()
    assert table.turns() > 50
    assert [told[0] for told in table.told] == ["s", "a", "b", "c"]


def test_in_one_turn_there_is_one_slice_however_many_ask(table: Table) -> None:
    for number in range(60):
        table.ask(f"q{number}", 20)
    before = table.clock.seconds()
    table.turn()
    assert table.clock.seconds() - before <= SLICE + 1e-9
    table.turns()
    assert len(table.told) == 60


def test_equal_questions_that_have_not_begun_are_answered_together(table: Table) -> None:
    for _ in range(61):
        table.ask("same", 5)
    table.turns()
    assert table.begun == ["same", "same"], "the first one had begun when the others came"
    assert len(set(table.told)) == 1
    assert len(table.told) == 61


def test_who_asks_while_an_equal_answer_is_half_made_gets_one_of_its_own(table: Table) -> None:
    table.ask("same", 9)
    table.turn()
    table.ask("same", 9)
    table.turns()
    assert table.begun == ["same", "same"]


def test_half_made_answers_are_not_starved_by_new_questions(table: Table) -> None:
    table.ask("large", 10)
    for number in range(100):
        table.ask(f"new{number}", 2, seconds=SLICE)
        table.turn()
        if any(told.startswith("large") for told in table.told):
            return
    raise AssertionError("the large answer was never finished")


@pytest.mark.parametrize("pieces_before", [0, 9])
def test_a_refusal_reaches_everybody_who_waits(table: Table, pieces_before: int) -> None:
    def refused() -> Iterator[str]:
        yield from table._pieces("x", pieces_before, SLICE)
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job", path="/x")

    table.ask("busy", 5)
    failures = []
    for _ in range(2):
        table.answers.make("x", refused).addErrback(lambda failure: failures.append(failure.value.code))
    table.turns()
    assert failures == [Code.UNKNOWN_OBJECT] * 2


def test_telling_an_answer_to_many_takes_slices_like_making_it(table: Table) -> None:
    def work_with_it(_: str) -> None:
        table.clock.rightNow += SLICE / 2

    table.ask("busy", 1, seconds=SLICE)
    for _ in range(60):
        table.answers.make("same", lambda: iter(["x"])).addCallback(work_with_it)
    assert table.turns() > 25


def test_a_slow_first_slice_lets_the_reactor_turn_before_the_next_question(table: Table) -> None:
    table.ask("a", 1, seconds=AT_ONCE * 2)
    table.ask("b", 1, seconds=0)
    assert table.told == ["a0 "]
    table.turns()
    assert table.told == ["a0 ", "b0 "]


def test_an_answer_is_told_when_it_is_settled_and_others_are_made_meanwhile() -> None:
    table = Table()
    settled: list[Deferred[None]] = []

    def settle() -> Deferred[None]:
        settled.append(Deferred())
        return settled[-1]

    table.answers = LargeAnswers(table.clock, settle)
    table.ask("a", 3)
    table.ask("b", 1)
    table.turns()
    assert (len(settled), table.told) == (2, [])
    settled[1].callback(None)  # of the large one, which was complete later
    settled[0].callback(None)
    table.turns()
    assert table.told == ["a0 a1 a2 ", "b0 "]


def test_who_asks_again_in_the_callback_is_served_in_a_later_turn(table: Table) -> None:
    again: list[Callable[[], object]] = [lambda: table.ask("b", 1, seconds=SLICE)]

    def ask_again(_: object) -> None:
        again.pop()()

    table.ask("first", 1, seconds=SLICE)
    table.answers.make("a", lambda: iter(["a"])).addCallback(ask_again)
    table.turns()
    assert table.told == ["first0 ", "b0 "]
