"""Shortcuts that a reader has changed: what is possible, what is told, and where it shows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.web_site import Site, tree, words
from web.keys import CHANGEABLE, KEYS, own_keys, possible, written
from web.typed_keys import understood


def test_no_two_shortcuts_have_the_same_keys() -> None:
    assert len({key.usual for key in KEYS}) == len(KEYS)
    assert all(possible(usual) for usual in CHANGEABLE)


@pytest.mark.parametrize(("keys", "expected"), [
    ("a", True), ("g a", True), ("", True), ("?", True), ("g", False), ("ab", False), ("g ab", False), ("ä", False),
    ("x y", False), (" ", False), (None, False), (1, False),
])  # fmt: skip
def test_a_shortcut_is_one_character_or_g_and_one(keys: object, expected: bool) -> None:
    assert possible(keys) is expected


def test_two_may_change_places_but_none_may_be_taken_twice() -> None:
    own, faults = understood({"j": "k", "k": "j", "x": " "})
    assert (own, faults) == ({"j": "k", "k": "j", "x": ""}, {})
    own, faults = understood({"j": "k", "g o": "ab"})
    assert faults == {
        "k": "These keys are taken: next row.",
        "g o": "One character, or g and one character, was expected.",
    }


@given(st.text(max_size=60) | st.builds(json.dumps, st.dictionaries(st.text(max_size=3), st.text(max_size=3))))
def test_whatever_is_kept_can_be_read_and_written(kept: str) -> None:
    own = own_keys(kept)
    assert own_keys(written(own)) == own


def test_own_keys_are_kept_with_the_account_and_shown(site: Site) -> None:
    assert not tree(site.get("/s/demo/jobs")).xpath("//html/@data-keys")
    site.post("/me/keys", **{**{usual: usual for usual in CHANGEABLE}, "j": "v"})
    assert tree(site.get("/s/demo/jobs")).xpath("//html/@data-keys") == ['{"j":"v"}']
    assert "v next row (usually j)" in words(site.get("/help/keys"))
    site.client.delete_cookie("keys")
    assert tree(site.get("/me/keys")).xpath('//input[@name="j"]/@value') == ["v"]
    site.post("/me/keys", usual="yes")
    assert not tree(site.get("/s/demo/jobs")).xpath("//html/@data-keys")


def test_keys_that_cannot_be_used_are_told_at_their_place_and_nothing_is_saved(site: Site) -> None:
    answer = site.post("/me/keys", **{**{usual: usual for usual in CHANGEABLE}, "j": "k"})
    assert answer.status_code == 422
    [field] = tree(answer).xpath('//input[@aria-invalid="true"]')
    assert (field.get("name"), field.get("value")) == ("k", "k")
    assert not tree(site.get("/s/demo/jobs")).xpath("//html/@data-keys")
