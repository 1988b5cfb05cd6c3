"""Regular expressions that cannot explode: they find what the usual ones find, in time with the length of the log."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from scheduler import patterns
from scheduler.patterns import Machine, OutOfTime, Unusable
from tests.support.command_server import CommandServer
from tests.support.order_logs import MANY, put_run
from tests.support.web_site import Site, tree, words
from web.log_view import Budget, Search


def fits(pattern: str, text: str, case: bool = True) -> bool:
    return Machine(pattern, case).find(text.encode(), 0) >= 0


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("ORA-\\d+", "x ORA-00942: table", True),
        ("ORA-\\d+$", "x ORA-00942: table", False),
        ("^row [0-9]{2,3}:", "row 17: sales\n", True),
        ("^row [0-9]{3}:", "row 17: sales\n", False),
        ("^b", "a\nb\n", True),
        ("^$", "a\n\nb", True),
        ("a$", "a\r\n", True),
        ("(one|two)+ three", "onetwo three", True),
        ("[^a-c]x", "ax bx dx", True),
        ("a.c", "a\nc", False),
        ("ä+", "für ääh", True),
        ("\\[error\\]", "[error]", True),
        ("", "anything", True),
        ("a*?b", "aab", True),
        ("[]x]", "]", True),
        ("\\w+@\\w+\\.de", "mail to a@b.de", True),
    ],
)
def test_what_fits(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


def test_capitals_count_only_when_one_says_so() -> None:
    assert fits("err[o-p]r", "ERROR", case=False)
    assert not fits("error", "ERROR")


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "[z-a]", "*", "a**", "a{2", "a{500}", "{3}", "\\1", "\\bx", "(?=a)", "(?P<n>a)", "a$b", "(a$)+",
     "[ä]", "\\", "(a{100}){100}", "(" * 30 + "a" + ")" * 30, "^*"],
)  # fmt: skip
def test_what_cannot_be_used_is_told_in_a_sentence(pattern: str) -> None:
    with pytest.raises(Unusable) as caught:
        Machine(pattern, True)
    assert str(caught.value)[-1] in ".]" or "\\" in str(caught.value)


PIECES = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\w", "1", "ab"])
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda both: f"(?:{both[0]}|{both[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(
            lambda both: f"(?:{both[0]}){both[1]}"
        ),
    ),
    max_leaves=8,
)
ENDS = st.tuples(st.sampled_from(["", "^"]), PATTERNS, st.sampled_from(["", "$"])).map("".join)


@settings(max_examples=400)
@given(ENDS, st.text("abc1\n", max_size=30))
def test_lines_that_fit_are_those_that_the_usual_matcher_finds(pattern: str, text: str) -> None:
    data = text.encode()
    found = Machine(pattern, True).find(data, 0)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    expected = [number for number, line in enumerate(lines) if re.search(pattern, line)]
    if not expected:
        assert found == -1
    else:
        assert data.count(b"\n", 0, found) == expected[0]


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)x", "([a-z]+)*[0-9]"])
def test_patterns_that_explode_elsewhere_look_at_each_byte_once(pattern: str) -> None:
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    Machine(pattern, True, count).find(b"a" * 20_000 + b"!", 0)
    assert asked < 1000, "new states, which are all that takes time"


def test_too_many_states_are_thrown_away_and_the_answer_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_STATES", 10)
    machine = Machine("a[ab]{12}c", True)
    noise = b"".join(bytes((97 + (number * 7919 >> bit) % 2) for bit in range(13)) for number in range(300))
    assert machine.find(noise, 0) == -1
    assert machine.find(noise + b"abbabababababc", 0) == len(noise) + 13


def test_a_search_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(OutOfTime):
        Machine("a[ab]{10}c", True, lambda: True).find(b"abab", 0)


def test_logs_are_searched_by_pattern_and_a_fault_is_told(site: Site) -> None:
    log = "/s/demo/tasks/11/-/log"
    page = site.get(log, query_string={"find": r"^\S+ \S+ \[error\]|row 1[0-9]:", "regex": "yes"})
    hits = [" ".join(hit.text_content().split()) for hit in tree(page).xpath('//*[@class="hits"]/li')]
    assert len(hits) == 11
    assert "lines fitting" in words(page)
    assert all("regex=yes" in address for address in tree(page).xpath('//*[@class="hits"]//a/@href'))
    assert "There is a ( without )." in words(site.get(log, query_string={"find": "(", "regex": "yes"}))
    assert "1 line with" in words(site.get(log, query_string={"find": "row 1:"}))


def test_a_log_that_only_the_engine_has_is_searched_piece_by_piece(site: Site, engine_port: CommandServer) -> None:
    pieces = ["one\ntwo 1\n", "two 22\nthree\n"]

    def reply(command: etree._Element) -> str:
        if command.tag != "log.read":
            return "<ok/>"
        offset = int(command.get("offset", "0"))
        number = 0 if offset == 0 else 1
        end = len("".join(pieces[: number + 1]))
        size = len("".join(pieces))
        return f'<log offset="{offset}" next_offset="{end}" size="{size}" line="1">{pieces[number]}</log>'

    engine_port.reply = reply
    page = site.get("/s/demo/tasks/12/-/log", query_string={"find": "two \\d+$", "regex": "yes"})
    hits = [" ".join(hit.text_content().split()) for hit in tree(page).xpath('//*[@class="hits"]/li')]
    assert hits == ["2 two 1", "3 two 22"]
    assert engine_port.sent("log.search") == []


def test_the_log_of_an_order_too(site: Site) -> None:
    put_run(site.url, {1: b"code 7\n", 2: b"code 77\n"})
    page = site.get(MANY, query_string={"find": "code \\d{2}$", "regex": "yes"})
    assert "1 line fitting" in words(page)


def test_what_there_is_no_time_for_is_left_out_and_told() -> None:
    clock = iter([0.0, 0.0, *[9.0] * 100])
    search = Search("x", True, False, 0, regex=True, budget=Budget(5.0, lambda: next(clock)))
    found = search.through(iter([b"y\n" * 10, b"x\n"]), 10, 0)
    assert found.hits == ()
    assert search.budget.cut
