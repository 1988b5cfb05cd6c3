"The two tables of a connection that a worker opens and keeps, walked through completely."

from __future__ import annotations

from itertools import product

import pytest

from scheduler.supervisor import linking, pairing
from scheduler.supervisor.linking import LinkEvent, LinkState
from scheduler.supervisor.pairing import NotPossible, PairEvent, PairState


def test_every_event_of_a_pair_leads_somewhere_or_is_refused() -> None:
    refused = set()
    for state, event in product(PairState, PairEvent):
        try:
            assert pairing.after(state, event) in PairState
        except NotPossible:
            refused.add((state, event))
    # a half that is there already, and a pair that is complete, take no second one
    assert refused == {
        (PairState.DATA_ONLY, PairEvent.DATA), (PairState.CONTROL_ONLY, PairEvent.CONTROL),
        (PairState.PAIRED, PairEvent.DATA), (PairState.PAIRED, PairEvent.CONTROL),
    }  # fmt: skip


@pytest.mark.parametrize("first", [PairEvent.DATA, PairEvent.CONTROL])
def test_a_pair_does_not_depend_on_which_connection_comes_first(first: PairEvent) -> None:
    second = PairEvent.CONTROL if first is PairEvent.DATA else PairEvent.DATA
    assert pairing.after(pairing.after(PairState.DOWN, first), second) is PairState.PAIRED


def test_the_loss_of_either_connection_is_the_loss_of_both() -> None:
    assert {pairing.after(state, PairEvent.LOST) for state in PairState} == {PairState.DOWN}


WAY = [LinkEvent.CONNECT, LinkEvent.CONNECTED, LinkEvent.CHALLENGED, LinkEvent.AUTHENTICATED, LinkEvent.REGISTERED,
       LinkEvent.CONTROL_REGISTERED]  # fmt: skip


def test_a_link_goes_one_way_and_from_everywhere_back_to_waiting() -> None:
    state = LinkState.IDLE
    for event in WAY:
        for other in set(LinkEvent) - {event, LinkEvent.LOST, LinkEvent.STOP}:
            following = linking.after(state, other)
            assert following is None or state is LinkState.GREETING
        after = linking.after(state, event)
        assert after is not None
        state = after
        assert linking.after(state, LinkEvent.LOST) is LinkState.WAITING
    assert state is LinkState.PAIRED


def test_a_classic_supervisor_is_another_end_of_the_way() -> None:
    state = linking.after(LinkState.GREETING, LinkEvent.UNKNOWN_HERE)
    assert state is LinkState.GREETING
    assert linking.after(state, LinkEvent.CLASSIC_REGISTERED) is LinkState.CLASSIC


def test_a_link_can_be_stopped_at_any_time_and_stays_so() -> None:
    assert {linking.after(state, LinkEvent.STOP) for state in LinkState} == {LinkState.STOPPED}
    assert {linking.after(LinkState.STOPPED, event) for event in LinkEvent} <= {LinkState.STOPPED, None}
