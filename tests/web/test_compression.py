"""Compressed answers, when they are not, and tokens that look different in each of them."""

from __future__ import annotations

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.support.web_site import Site
from web import forgery, static_files

PAGE = "/s/demo/jobs"


def asked(site: Site, address: str, **headers: str) -> TestResponse:
    "As a browser asks that takes gzip."
    known = {"Accept-Encoding": "gzip, deflate, br"}
    return site.get(address, headers=known | {name.replace("_", "-"): value for name, value in headers.items()})


def encoding(answer: TestResponse) -> str:
    return answer.headers.get("Content-Encoding", "")


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("address", [PAGE, "/s/demo/", "/s/demo/history?kind=tasks", "/help/from-joc"])
def test_pages_travel_compressed_and_are_the_same_pages(site: Site, address: str) -> None:
    answer = asked(site, address)
    assert encoding(answer) == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    page = gzip.decompress(answer.data)
    assert page.endswith(b"</html>")
    assert len(answer.data) * 3 < len(page)
    assert answer.content_length == len(answer.data)


@pytest.mark.parametrize("takes", ["", "identity", "gzip;q=0", "br"])
def test_who_takes_no_gzip_gets_none(site: Site, takes: str) -> None:
    assert encoding(site.get(PAGE, headers={"Accept-Encoding": takes})) == ""


@pytest.mark.parametrize(
    ("told", "compressed"), [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False)]
)
def test_what_another_site_made_the_browser_ask_for_travels_as_it_is(site: Site, told: str, compressed: bool) -> None:
    assert bool(encoding(asked(site, PAGE, Sec_Fetch_Site=told))) is compressed


def test_answers_to_forms_and_the_door_travel_as_they_are(site: Site) -> None:
    made = site.client.post(
        "/me/tokens",
        data={"name": "mine", "csrf_token": site.token("/me")},
        headers={"Accept-Encoding": "gzip"},
    )
    assert "stw_" in made.text
    assert encoding(made) == ""
    site.client.delete_cookie("stellwerk")
    assert encoding(asked(site, "/login")) == ""


def test_a_token_looks_different_in_every_answer_and_each_of_them_holds(site: Site) -> None:
    pages = [site.get("/me").text for _ in range(4)]
    tokens = [token(page) for page in pages]
    assert all(page.count(known) == page.count('name="csrf_token"') for page, known in zip(pages, tokens, strict=True))
    pieces = [{known[at : at + 8] for at in range(len(known) - 7)} for known in tokens]
    assert not set.intersection(*pieces)
    for known in tokens:
        assert site.client.post("/me", data={"csrf_token": known, "density": "compact"}).status_code == 303


def test_the_token_without_mask_is_not_taken(site: Site) -> None:
    plain = forgery.unmasked(token(site.get("/me").text))
    assert site.client.post("/me", data={"csrf_token": plain}).status_code == 400


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200))
def test_a_masked_text_comes_back(text: str) -> None:
    assert forgery.unmasked(forgery.masked(text)) == text


@given(st.text(max_size=60))
def test_what_was_never_masked_is_nothing_that_raises(text: str) -> None:
    assert isinstance(forgery.unmasked(text), str)


def test_static_files_have_a_strong_tag_for_each_form_and_are_not_sent_twice(site: Site) -> None:
    address = f"/static/app.css?v={static_files.version('app.css')}"
    plain, short = site.get(address), asked(site, address)
    assert gzip.decompress(short.data) == plain.data
    assert encoding(short) == "gzip"
    tags = {plain.headers["ETag"], short.headers["ETag"]}
    assert len(tags) == 2
    assert not any(tag.startswith("W/") for tag in tags)
    again = asked(site, address, If_None_Match=short.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert "immutable" in again.headers["Cache-Control"]
    assert asked(site, address, If_None_Match=plain.headers["ETag"]).status_code == 200


@pytest.mark.parametrize("name", ["../settings.py", "vendor", "vendor/", "%2e%2e/security.py", "nothing.css"])
def test_nothing_else_is_served_as_a_static_file(site: Site, name: str) -> None:
    assert site.get(f"/static/{name}").status_code == 404


def test_the_first_visit_stays_below_its_weight(site: Site) -> None:
    "The page of the example world with every file that it names, as a browser gets them: well below 120 KiB."
    page = gzip.decompress(asked(site, "/s/demo/").data).decode()
    names = {name.replace("&amp;", "&") for name in re.findall(r'(?:src|href)="(/static/[^"#]+)', page)}
    assert len(names) >= 5
    parts = [asked(site, name) for name in names]
    assert all(encoding(part) == "gzip" for part in parts)
    assert len(asked(site, "/s/demo/").data) + sum(len(part.data) for part in parts) < 60 * 1024
