"Colours of terminals become classes, other control characters pictures; the text stays what it was."

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.log_search import SEQUENCE, pictured
from web import log_text
from web.ansi import part, pieces, visible
from web.static_files import DIRECTORY

COLOURS = {
    "\x1b[31mred\x1b[0m plain": [("red", "ink-red"), (" plain", "")],
    "\x1b[31mred\x1b[m plain": [("red", "ink-red"), (" plain", "")],
    "a\x1b[1mb\x1b[22mc": [("a", ""), ("b", "bold"), ("c", "")],
    "\x1b[3;4mx\x1b[23my\x1b[24mz": [("x", "italic underlined"), ("y", "underlined"), ("z", "")],
    "\x1b[92;41mx\x1b[39my\x1b[49mz": [("x", "ink-green ground-red"), ("y", "ground-red"), ("z", "")],
    "\x1b[100mx": [("x", "ground-black")],
    "\x1b[2;7;9mx\x1b[27;29my": [("x", "faint inverse struck"), ("y", "faint")],
    "\x1b[38;5;9mx": [("x", "ink-red")],
    "\x1b[38;5;46mx": [("x", "ink-green")],
    "\x1b[38;5;240mx": [("x", "")],
    "\x1b[48;2;250;240;10;1mx": [("x", "ground-yellow bold")],
    "\x1b[38:5:12mx": [("x", "ink-blue")],
    "\x1b[38mx": [("x", "")],
    "\x1b[77;1mx": [("x", "bold")],
    "\x1b[31m\x1b[31mx": [("x", "ink-red")],
    "\x1b[2Kx\x1b[10;20Hy": [("xy", "")],
    "\x1b]0;title\x07x": [("x", "")],
    "\x1b]8;;http://a\x1b\\x": [("x", "")],
    "\x1b[31": [("␛[31", "")],
    "\x1b[31mbell\x07": [("bell␇", "ink-red")],
}


@pytest.mark.parametrize("line", COLOURS)
@pytest.mark.parametrize("as_given", [str, pictured], ids=["stored", "from an engine"])
def test_colours_become_classes_also_as_an_engine_gives_them(line: str, as_given: type[str]) -> None:
    assert [(piece.text, piece.classes) for piece in pieces(as_given(line))] == COLOURS[line]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tab\tstays", "tab\tstays"),
        ("\x00\x08\x7f", "␀␈␡"),
        ("\x1b", "␛"),
        ("user\u202etxt.exe", "user⟨U+202E⟩txt.exe"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("next\x85line", "next⟨U+0085⟩line"),
        ("äöü ✓ 👩\u200d🔧", "äöü ✓ 👩\u200d🔧"),
    ],
)
def test_control_characters_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert log_text.window(text.encode() + b"\n", 0, 99, 1, True).lines[0].text == shown


LETTERS = st.text(st.sampled_from("ab;019m[\x1b␛\x07 H\t"), max_size=60)


@given(LETTERS, st.integers(0, 60), st.integers(0, 60))
def test_pieces_and_parts_of_them_have_the_text_of_the_line(line: str, begin: int, end: int) -> None:
    found, text = pieces(line), visible(SEQUENCE.sub("", line))
    assert "".join(piece.text for piece in found) == text
    assert "".join(piece.text for piece in part(found, begin, end)) == text[begin:end]
    assert all(piece.text for piece in found)
    assert all(one.classes != other.classes for one, other in pairwise(found))


def test_every_class_has_a_look() -> None:
    style = (DIRECTORY / "app.css").read_text()
    used = {name for found in COLOURS.values() for _, classes in found for name in classes.split()}
    hues = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
    used |= {f"{part}-{hue}" for part in ("ink", "ground") for hue in hues}
    assert [name for name in sorted(used) if not re.search(rf"\.log [^{{]*\.{name}\b", style)] == []
