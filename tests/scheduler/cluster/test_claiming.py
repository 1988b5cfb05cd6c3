"Who may take over: the table of the rules, and what holds for all of them."

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cluster.claiming import BACKUP_DELAY, Candidate, Holder, Reason, Verdict, Waiting, verdict
from scheduler.cluster.standing import Standing
from tests.support.records import NOW, later

PRIMARY = Candidate("p", 0, False, NOW)
BACKUP = Candidate("b", 1, True, NOW)
LIVES = Holder("h", Standing.HELD)
LONG = 1e9


@pytest.mark.parametrize(
    ("me", "holder", "waited", "expected"),
    [
        (PRIMARY, None, 0, Verdict(Reason.FIRST)),
        (BACKUP, None, LONG, Verdict(waits=Waiting.NO_PRIMARY_YET)),
        (PRIMARY, LIVES, LONG, Verdict(waits=Waiting.EXCLUSIVE_LIVES, by="h")),
        (BACKUP, replace(LIVES, gone=True), LONG, Verdict(Reason.DIED)),
        (BACKUP, replace(LIVES, silent=True), LONG, Verdict(Reason.SILENT)),
        (BACKUP, replace(LIVES, gone=True), BACKUP_DELAY - 1, Verdict(waits=Waiting.JUST_STARTED)),
        (PRIMARY, replace(LIVES, gone=True), 0, Verdict(Reason.DIED)),
        (BACKUP, replace(LIVES, me=True), 0, Verdict(Reason.OWN)),
        (BACKUP, Holder("h", Standing.ENDED), LONG, Verdict(waits=Waiting.NOT_WANTED, by="h")),
        (PRIMARY, Holder("h", Standing.ENDED), 0, Verdict(Reason.ENDED)),
        (BACKUP, Holder("h", Standing.FREE), LONG, Verdict(Reason.HANDED_OVER)),
        (BACKUP, Holder("h", Standing.FREE), 0, Verdict(waits=Waiting.JUST_STARTED)),
        (BACKUP, Holder("h", Standing.LOST), LONG, Verdict(Reason.LOST)),
        (PRIMARY, Holder("h", Standing.LOST), 0, Verdict(Reason.LOST)),
        (replace(PRIMARY, paused=True), None, LONG, Verdict(waits=Waiting.PAUSED)),
    ],
)
def test_the_rules_in_their_order(me: Candidate, holder: Holder | None, waited: float, expected: Verdict) -> None:
    assert verdict(me, holder, [], waited) == expected


@pytest.mark.parametrize(
    ("other", "waits"),
    [
        (Candidate("a", 0, True, NOW), True),           # smaller precedence
        (Candidate("a", 1, False, later(9)), True),     # equal, but a primary
        (Candidate("z", 1, True, NOW), False),          # equal in all but the name
        (Candidate("a", 1, True, NOW), True),
        (Candidate("a", 1, True, later(1)), False),     # waits for a shorter time
        (Candidate("a", 2, False, NOW), False),
        (Candidate("a", 0, True, NOW, paused=True), False),
    ],
)
def test_a_better_member_goes_first(other: Candidate, waits: bool) -> None:
    found = verdict(BACKUP, Holder("h", Standing.FREE), [other], LONG)
    assert found == (Verdict(waits=Waiting.BETTER_WAITS, by=other.member_id) if waits else Verdict(Reason.HANDED_OVER))


def test_who_had_the_right_itself_waits_for_nobody_because_to_all_others_it_lives() -> None:
    # both were killed and begin anew at the same place: its row is there again before the other one has looked
    assert verdict(PRIMARY, LIVES, [BACKUP], LONG).claim is None
    assert verdict(BACKUP, replace(LIVES, me=True), [PRIMARY], 0) == Verdict(Reason.OWN)


def test_a_better_backup_that_may_not_go_on_stands_in_nobodys_way() -> None:
    primary = replace(PRIMARY, precedence=5)
    assert verdict(primary, Holder("h", Standing.ENDED), [BACKUP], LONG) == Verdict(Reason.ENDED)


@pytest.mark.parametrize(
    ("standing", "wanted", "first"),
    [
        (Standing.FREE, "w", "w"),
        (Standing.FREE, "", "p"),
        (Standing.FREE, "gone", "p"),   # it died meanwhile
        (Standing.FREE, "held", "p"),   # it was paused meanwhile
        (Standing.ENDED, "w", "p"),     # no backup was wished at all
        (Standing.LOST, "w", "p"),
    ],
)
def test_whom_the_right_was_left_to_goes_before_all_others_as_long_as_it_lives(
    standing: Standing, wanted: str, first: str
) -> None:
    waiting = [PRIMARY, BACKUP, Candidate("w", 9, True, later(9)), Candidate("held", 0, False, NOW, paused=True)]
    holder = Holder("h", standing, next_holder=wanted)
    claims = [me.member_id for me in waiting
              if verdict(me, holder, [o for o in waiting if o is not me], LONG).claim is not None]  # fmt: skip
    assert claims == [first]


CANDIDATES = st.builds(
    Candidate, st.sampled_from("abcdefgh"), st.integers(-2, 2), st.booleans(),
    st.integers(0, 3).map(later), st.booleans(),
)  # fmt: skip
HOLDERS = st.none() | st.builds(
    Holder, st.just("h"), st.sampled_from(Standing), st.just(False), st.booleans(), st.booleans(),
    st.sampled_from(["", "a", "b"]),
)  # fmt: skip


@given(st.lists(CANDIDATES, unique_by=lambda each: each.member_id), HOLDERS)
def test_of_all_who_wait_at_most_one_may_take_over_and_one_does_if_any_may(
    waiting: list[Candidate], holder: Holder | None
) -> None:
    found = {me.member_id: verdict(me, holder, [o for o in waiting if o is not me], LONG) for me in waiting}
    claims = [name for name, each in found.items() if each.claim is not None]
    assert len(claims) <= 1
    if not claims:
        reasons = {each.waits for each in found.values()}
        assert Waiting.BETTER_WAITS not in reasons, "somebody waits for one that does not come"
