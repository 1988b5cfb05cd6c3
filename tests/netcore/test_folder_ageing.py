"""Changes count only when they have rested."""

from __future__ import annotations

from netcore.folder_ageing import Ageing, Ages


def ageing(**known: int) -> Ageing[str, int]:
    return Ageing(Ages(changed=3, deleted=2), known)


def look(
    aged: Ageing[str, int], now: float, at_once: bool = False, first: bool = False, **seen: int
) -> tuple[dict[str, int], list[str], float | None]:
    due = aged.look(seen, now, lambda _: at_once, first)
    return due.changed, sorted(due.deleted), due.next


def test_at_the_first_look_everything_counts() -> None:
    aged = ageing(gone=1)
    assert look(aged, 0, first=True, a=1, b=2) == ({"a": 1, "b": 2}, ["gone"], None)
    assert look(aged, 0, a=1, b=2) == ({}, [], None)


def test_a_new_file_counts_when_it_has_rested() -> None:
    aged = ageing()
    assert look(aged, 10, a=1) == ({}, [], 3)
    assert look(aged, 12, a=1) == ({}, [], 1)
    assert look(aged, 13, a=1) == ({"a": 1}, [], None)
    assert look(aged, 14, a=1) == ({}, [], None)


def test_each_change_begins_the_rest_anew() -> None:
    aged = ageing(a=1)
    assert look(aged, 10, a=2) == ({}, [], 3)
    assert look(aged, 12, a=3) == ({}, [], 3)
    assert look(aged, 14, a=3) == ({}, [], 1)
    assert look(aged, 15, a=3) == ({"a": 3}, [], None)


def test_a_change_that_is_taken_back_is_none() -> None:
    aged = ageing(a=1)
    look(aged, 10, a=2)
    assert look(aged, 11, a=1) == ({}, [], None)
    assert look(aged, 13, a=2) == ({}, [], 3)


def test_a_deleted_file_counts_when_it_stays_away() -> None:
    aged = ageing(a=1, b=1)
    assert look(aged, 10, b=1) == ({}, [], 2)
    assert look(aged, 11.5, b=1) == ({}, [], 0.5)
    assert look(aged, 12, b=1) == ({}, ["a"], None)


def test_delete_and_create_is_a_change() -> None:
    aged = ageing(a=1)
    look(aged, 10)
    assert look(aged, 11, a=2) == ({}, [], 3)
    assert look(aged, 14, a=2) == ({"a": 2}, [], None)


def test_a_deletion_may_count_at_once() -> None:
    assert look(ageing(a=1), 10, at_once=True) == ({}, ["a"], None)


def test_a_clock_that_is_set_back_begins_the_rest_anew() -> None:
    aged = ageing()
    look(aged, 1000, a=1)
    assert look(aged, 10, a=1) == ({}, [], 3)
    assert look(aged, 13, a=1) == ({"a": 1}, [], None)


def test_the_nearest_of_several_rests_is_told() -> None:
    aged = ageing(b=1)
    look(aged, 10, a=1, b=1)
    assert look(aged, 12, a=1) == ({}, [], 1)
