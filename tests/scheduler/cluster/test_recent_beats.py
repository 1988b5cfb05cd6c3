"What a member remembers of the beats of the last ten minutes."

from __future__ import annotations

from scheduler.cluster.recent_beats import PART, PARTS, RecentBeats


def test_the_longest_silence_of_each_part_is_kept_and_told_when_it_is_over() -> None:
    recent = RecentBeats()
    for second, silent in ((0, 0.2), (4, 1.5), (9, 0.3)):
        recent.look({"a": silent}, second)
    assert recent.told == {}
    recent.look({"a": 0.1, "b": 0.4}, PART)
    assert recent.told == {"a": (1.5,), "b": (None,)}, "b came later"
    recent.look({"a": 0.1}, 2 * PART)
    assert recent.told == {"a": (1.5, 0.1), "b": (None, 0.4)}
    recent.look({"a": 0.1}, 3 * PART)
    assert recent.told["b"] == (None, 0.4, None), "who is gone leaves a gap"


def test_where_nobody_looked_is_a_gap_and_what_is_older_than_ten_minutes_is_forgotten() -> None:
    recent = RecentBeats()
    recent.look({"a": 0.2}, 0)
    recent.look({"a": 3.0}, 3 * PART)
    assert recent.told["a"] == (0.2, None, None)
    for part in range(4, 4 + PARTS):
        recent.look({"a": 0.5}, part * PART)
    assert recent.told["a"] == (3.0, *[0.5] * (PARTS - 1))
    recent.look({"a": 0.5}, 1e7)
    assert recent.told["a"] == (None,) * PARTS
