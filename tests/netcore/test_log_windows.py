"""Windows of a log: whole lines where there are any, and nothing is read twice or left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netcore.history_answers import window_of
from scheduler.commands.questions import Window


@given(st.lists(st.text("aé\n", max_size=40), max_size=8).map("".join), st.integers(4, 30))
def test_reading_window_by_window_gives_the_whole_log(text: str, limit: int) -> None:
    log = text.encode()
    read, offset = [], 0
    while True:
        part = log[offset : offset + limit]
        piece, following = window_of(part, Window(offset, limit), ended=True)
        assert following - offset <= limit
        if following == offset:
            break
        read.append(log[offset:following])
        offset = following
        assert piece == read[-1].decode("utf-8", "replace")
    assert b"".join(read) == log


def test_the_unfinished_last_line_of_a_running_task_is_left_for_later() -> None:
    assert window_of(b"one\ntw", Window(10, 100), ended=False) == ("one\n", 14)
    assert window_of(b"one\ntw", Window(10, 100), ended=True) == ("one\ntw", 16)
    assert window_of(b"tw", Window(10, 100), ended=False) == ("", 10)
    assert window_of(b"x" * 100, Window(0, 100), ended=False) == ("x" * 100, 100)
