from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.xml import write
from scheduler.xml.document import parse

PROLOG = b'<?xml version="1.0" encoding="ISO-8859-1"?>'


class Word(StrEnum):
    A = "a<b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "<e/>"),
        (True, '<e a="yes"/>'),
        (False, '<e a="no"/>'),
        (0, '<e a="0"/>'),
        (2.0, '<e a="2"/>'),
        (2.5, '<e a="2.5"/>'),
        ("", '<e a=""/>'),
        ("x", '<e a="x"/>'),
        ("&<>\"'", '<e a="&amp;&lt;&gt;&quot;\'"/>'),
        ("a\tb\nc\rd", '<e a="a&#9;b&#10;c&#13;d"/>'),
        ("a\0b\x1fc\ud800d\ufffe", '<e a="a?b?c?d?"/>'),
        ("ä€", '<e a="ä€"/>'),
        (Word.A, '<e a="a&lt;b"/>'),
        (datetime(2024, 1, 31, 10, 20, 30, 123456, UTC), '<e a="2024-01-31T10:20:30.123Z"/>'),
    ],
)
def test_attribute_values(value, expected):
    assert write.element("e", [("a", value)]) == write.element("e", {"a": value}) == expected


def test_children_are_ready_fragments():
    assert write.element("a", (), write.element("b"), "", write.text("x<y&z\r")) == "<a><b/>x&lt;y&amp;z&#13;</a>"
    assert write.element("a", (), "") == "<a/>"


def test_a_comment_cannot_end_early():
    assert write.comment("a --> b---\0") == "<!-- a - -> b- - -? -->"
    parse(f"<a>{write.comment('x---')}</a>".encode())


def test_an_answer_is_latin_1_in_one_line():
    fragment = write.element("a", {"b": "ä€"}, write.text("日"))
    assert write.answer_bytes(fragment) == PROLOG + b'<a b="\xe4&#8364;">&#26085;</a>'


def test_an_answer_can_be_indented():
    fragment = '<a><b c="x&#10;y"/><d>text ä€</d></a>'
    assert write.answer_bytes(fragment, indent=True) == (
        PROLOG + b'\n<a>\n    <b c="x&#10;y"/>\n    <d>text \xe4&#8364;</d>\n</a>'
    )


legal = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")


@given(st.text(legal), st.text(legal))
def test_legal_characters_come_back(attribute, text):
    root = parse(write.answer_bytes(write.element("a", {"b": attribute}, write.text(text))))
    assert root.get("b") == attribute
    assert root.text == text


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_characters_give_a_well_formed_answer(attribute, text):
    fragment = write.element("a", {"b": attribute}, write.text(text), write.comment(text))
    parse(write.answer_bytes(fragment))
    parse(write.answer_bytes(fragment, indent=True))
