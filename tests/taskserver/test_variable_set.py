"""`Variable_set` against a plain model of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskserver.variable_set import Variable_set

NAMES = st.text("aAbBéÉ_", min_size=1, max_size=3)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
XML_VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=8
)


@given(st.lists(st.tuples(NAMES, VALUES)))
def test_names_ignore_case_keep_their_first_spelling_and_the_last_value_wins(pairs: list[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    variables = Variable_set()
    for name, value in pairs:
        first.setdefault(name.lower(), name)
        last[name.lower()] = value
        variables.set_var(name, value)
    assert variables.items() == [(first[key], last[key]) for key in first]
    assert variables.count == len(variables) == len(first)
    assert variables.names == ";".join(first.values())
    for key, value in last.items():
        assert variables[key.upper()] == variables.value(key) == variables.var(key.swapcase()) == value
        assert key.swapcase() in variables


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_merging_is_setting_one_after_the_other(ours: dict[str, str], theirs: dict[str, str]) -> None:
    merged = Variable_set()
    merged.merge(ours)
    merged.merge(Variable_set(theirs))
    one_by_one = Variable_set()
    for name, value in [*ours.items(), *Variable_set(theirs).items()]:
        one_by_one[name] = value
    assert merged == one_by_one
    assert merged.keys() == one_by_one.keys()


@given(st.dictionaries(NAMES, XML_VALUES))
def test_what_is_written_as_xml_is_read_back(pairs: dict[str, str]) -> None:
    variables = Variable_set(pairs)
    copy = Variable_set()
    copy.xml = variables.xml
    assert copy == variables
    assert copy == variables.clone()


def test_xml_of_a_configuration_is_read_too() -> None:
    variables = Variable_set()
    variables.set_xml('<?xml version="1.0" encoding="ISO-8859-1"?><params><param name="a" value="é&#10;"/></params>')
    assert variables.as_dict() == {"a": "é\n"}
    with pytest.raises(ValueError, match="other"):
        variables.xml = "<params><other/></params>"
    with pytest.raises(ValueError, match="XML"):
        variables.xml = "<params>"


def test_what_is_missing_is_empty_except_by_index() -> None:
    variables = Variable_set()
    assert variables.value("a") == variables.var("a") == variables.get("a") == ""
    assert variables.get("a", "b") == "b"
    with pytest.raises(KeyError):
        variables["a"]


def test_a_set_knows_whether_it_was_changed() -> None:
    variables = Variable_set({"a": "b"})
    assert not variables.changed
    variables.clone().set_var("x", "y")
    assert not variables.changed
    variables.clear()
    assert variables.changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$a", "1"), ("${A}x", "1x"), ("$b", "$b"), ("${b}", "${b}"), ("$$a", "$1"), ("a", "a"), ("$a$a", "11")],
)
def test_names_in_a_text_are_replaced(text: str, expected: str) -> None:
    assert Variable_set({"a": "1"}).substitute(text) == expected
