"The catalogues hold all words of the pages, and each language that is offered says all of them."

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from lxml import html

from docs import make_catalogues
from tests.support.web_site import Site
from web.preferences import LANGUAGES

OTHERS = sorted(set(LANGUAGES) - {"en"})


@cache
def collected() -> Catalog:
    return make_catalogues.collected()


def catalogue(code: str) -> Catalog:
    with (make_catalogues.TRANSLATIONS / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def test_the_template_is_up_to_date() -> None:
    assert make_catalogues.TEMPLATE.read_bytes() == make_catalogues.written(collected()), (
        "python docs/make_catalogues.py writes it"
    )


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_that_is_offered_says_everything(code: str) -> None:
    known = {message.id: message for message in catalogue(code) if message.id}
    assert set(known) == {message.id for message in collected() if message.id}
    unsaid = [each.id for each in known.values() if each.fuzzy or not all(_forms(each.string))]
    assert unsaid == []


def test_each_catalogue_is_offered() -> None:
    assert sorted(path.stem for path in make_catalogues.TRANSLATIONS.glob("*.po")) == OTHERS


def _forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _places(words: str) -> list[str]:
    return sorted(set(re.findall(r"%\(\w+\)s|%%", words)) - {"%(num)s"})


def _elements(words: str) -> list[str]:
    return sorted(re.findall(r"</?\w+[^>]*>", words))


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_same_places_and_elements(code: str) -> None:
    for message in catalogue(code):
        english = _forms(message.id)[-1]
        for said in _forms(message.string) if message.id else ():
            assert _places(said) == _places(english), said
            assert _elements(said) == _elements(english), said


PAGES = (
    "/s/demo/", "/s/demo/jobs", "/s/demo/orders", "/s/demo/chains", "/s/demo/resources", "/s/demo/history",
    "/s/demo/log", "/s/demo/cluster", "/s/demo/services", "/s/demo/notices", "/s/demo/config", "/s/demo/plan",
    "/s/demo/reports",
    "/schedulers", "/supervisor", "/agents", "/audit", "/admin/accounts", "/admin/roles", "/admin/settings", "/me",
    "/me/keys", "/me/tokens", "/me/views", "/me/permissions", "/operations", "/help", "/help/keys", "/help/about",
)  # fmt: skip


@pytest.mark.parametrize("code", OTHERS)
def test_pages_in_another_language_hold_no_english_of_the_catalogue(site: Site, code: str) -> None:
    "Headings, heads of columns, buttons and labels: what a template or a declaration says."
    words = {each.id: each.string for each in catalogue(code) if isinstance(each.id, str) and each.id}
    english = {said for said, other in words.items() if said != other and "%" not in said}
    other_languages = set(words.values())
    for address in PAGES:
        answer = site.get(address, headers={"Accept-Language": code})
        if answer.status_code == 404:
            continue
        assert answer.status_code == 200, address
        page = html.fromstring(answer.text)
        assert page.get("lang") == code
        seen = {
            text.strip()
            for each in page.xpath("//h1|//h2|//th[@scope='col']|//label|//button|//legend|//summary|//dt|//nav//a")
            if not each.xpath("ancestor-or-self::*[@lang='en' and not(self::html)]")
            for text in each.xpath(".//text()")
        }
        assert sorted((seen & english) - other_languages) == [], address
