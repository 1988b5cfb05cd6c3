"""Looking for lines in logs of any length, whatever the blocks they are read in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.log_search import Hit, level_finder, search, shown, text_finder

LOG = b"""2026-03-29 10:20:30.123+0100 [info]   begins
plain [error] in the middle is no error
2026-03-29 10:20:31.123+0100 [ERROR]  disk full
2026-03-29 10:20:32.123+0100 [warn]   nearly full
Needle and needle
"""


def blocks(data: bytes, size: int) -> list[bytes]:
    return [data[begin : begin + size] for begin in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_errors_are_found_by_their_head(size: int) -> None:
    found = search(blocks(LOG, size), level_finder(warnings=False), 10)
    assert [hit.line for hit in found.hits] == [3]
    assert found.count == 1
    assert (found.lines, found.size) == (5, len(LOG))
    assert [hit.line for hit in search(blocks(LOG, size), level_finder(), 10).hits] == [3, 4]


@pytest.mark.parametrize(
    ("text", "case", "lines"), [("needle", False, [5]), ("needle", True, [5]), ("NEEDLE", True, [])]
)
def test_a_line_counts_once_however_often_it_holds_the_text(text: str, case: bool, lines: list[int]) -> None:
    found = search([LOG], text_finder(text, case), 10)
    assert [hit.line for hit in found.hits] == lines


def test_hits_begin_after_a_place_while_all_are_counted() -> None:
    data = b"".join(b"row %d\n" % number for number in range(100))
    found = search([data], text_finder("row", False), 3, after=60)
    assert found.count == 100
    assert [hit.text for hit in found.hits] == [b"row 10", b"row 11", b"row 12"]
    assert all(data[hit.offset :].startswith(hit.text) for hit in found.hits)


@given(st.binary(max_size=200).map(lambda data: data.replace(b"x", b"x\n")), st.integers(1, 50), st.sampled_from("abx"))
def test_any_blocks_give_what_the_whole_gives(data: bytes, size: int, needle: str) -> None:
    whole = [
        Hit(offset, number, line)
        for number, (offset, line) in enumerate(lines_of(data), 1)
        if needle.encode() in line.lower()
    ]
    found = search(blocks(data, size), text_finder(needle, False), 1000)
    assert list(found.hits) == whole
    assert (found.count, found.size) == (len(whole), len(data))


def lines_of(data: bytes) -> list[tuple[int, bytes]]:
    found, offset = [], 0
    for line in data.split(b"\n"):
        found.append((offset, line))
        offset += len(line) + 1
    return found


def test_control_characters_are_shown_as_pictures_and_colours_are_left_out() -> None:
    assert shown("\x1b[31mred\x1b[0m bell\x07 tab\t") == "red bell␇ tab\t"
