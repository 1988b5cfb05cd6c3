"Beats that stand still, judged on one's own clock."

from __future__ import annotations

from scheduler.cluster.sight import DEAD_AFTER, LATE_AFTER, OWN_DEADLINE, Quality, Sight


def test_a_beat_stands_still_from_the_end_of_one_look_to_the_begin_of_another() -> None:
    sight = Sight()
    sight.look({"a": 1}, 10.0, 11.0)
    assert sight.still("a") == 0.0
    sight.look({"a": 1}, 13.0, 16.0)
    assert sight.still("a") == 2.0
    assert sight.quality("a") is Quality.GOOD
    sight.look({"a": 1}, 11.1 + LATE_AFTER, 20.0)
    assert sight.quality("a") is Quality.LATE
    sight.look({"a": 1}, 11.1 + DEAD_AFTER, 20.0)
    assert sight.quality("a") is Quality.DEAD


def test_a_new_beat_brings_a_member_back_to_life_and_lateness_is_counted() -> None:
    sight = Sight()
    for time, value in ((0.0, 1), (1.0, 2), (9.0, 2), (10.0, 3)):
        sight.look({"a": value}, time, time)
    assert (sight.quality("a"), sight.counts("a")) == (Quality.GOOD, (2, 1))


def test_whoever_could_not_see_blames_nobody() -> None:
    sight = Sight()
    sight.look({"a": 1}, 0.0, 0.0)
    sight.lose(100.0)
    sight.look({"a": 1}, 101.0, 101.0)
    assert sight.quality("a") is Quality.GOOD


def test_who_has_left_is_forgotten_and_begins_anew() -> None:
    sight = Sight()
    sight.look({"a": 1}, 0.0, 0.0)
    sight.look({}, 1.0, 1.0)
    sight.look({"a": 1}, 9.0, 9.0)
    assert sight.still("a") == 0.0
    assert sight.still("never seen") == 0.0


def test_a_member_stops_starting_before_others_call_it_dead() -> None:
    assert OWN_DEADLINE < DEAD_AFTER
