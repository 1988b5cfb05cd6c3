"How long the other side has been silent."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.supervisor.silence import Silence

HEARTBEAT = 3.0


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        # each is the second of a beat, and the second in which something was last heard
        ([(3, 2)], 1), ([(3, 2), (6, 2), (9, 2), (12, 2)], 10), ([(3, 2), (6, 2), (9, 8)], 1),
        ([(3, 3), (6, 6), (9, 9)], 0),
        # this side was busy for a minute, so it has not listened
        ([(3, 2), (63, 2)], 1 + 4.5), ([(3, 2), (63, 2), (63.1, 63)], 0.1),
        # late beats count as far as they may be late
        ([(3, 2), (7, 2), (11, 2)], 9),
        # the clock was set
        ([(3, 2), (3603, 2), (3606, 3605)], 1), ([(3, 2), (-3600, 2), (-3597, 2)], 4), ([(-3597, -3598)], 1),
    ],
)  # fmt: skip
def test_only_seconds_count_in_which_this_side_has_listened(beats: list[tuple[float, float]], expected: float) -> None:
    silence = Silence(0)
    for now, heard_at in beats:
        silence = silence.beat(now, heard_at, HEARTBEAT)
    assert silence.seconds == pytest.approx(expected)


@given(st.lists(st.floats(0.001, 1000), min_size=4, max_size=20))
def test_whoever_is_heard_between_beats_is_never_silent_for_longer_than_a_late_beat(pauses: list[float]) -> None:
    silence, now = Silence(0), 0.0
    for pause in pauses:
        heard_at, now = now + pause / 2, now + pause
        silence = silence.beat(now, heard_at, HEARTBEAT)
        assert silence.seconds <= 1.5 * HEARTBEAT


@given(st.lists(st.floats(0.1, 100), min_size=5, max_size=30))
def test_who_says_nothing_is_lost_after_a_few_beats_however_late_they_are(pauses: list[float]) -> None:
    silence, now = Silence(0), 0.0
    for pause in pauses:
        now += max(pause, HEARTBEAT)
        silence = silence.beat(now, 0.0, HEARTBEAT)
    assert silence.seconds > 10
