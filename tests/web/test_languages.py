"The language of a page: what the reader chose, else what the browser asks for, else English."

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import DictLoader
from lxml import html

from tests.support.web_site import Site
from web import languages, preferences, words

#: a language that is not offered, with a few words
ESPERANTO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Jobs"
msgstr "Laboroj"

msgid "Sign in"
msgstr "Ensaluti"

msgid "stopped"
msgstr "haltigita"

msgid "%(begin)s to <b>%(end)s</b>, 5 %%"
msgstr "ĝis <b>%(end)s</b> de %(begin)s, 5 %%"

msgid "%(num)s job"
msgid_plural "%(num)s jobs"
msgstr[0] "%(num)s laboro"
msgstr[1] "%(num)s laboroj"

#, fuzzy
msgid "Orders"
msgstr "Ordonoj"
"""


@pytest.fixture(autouse=True)
def esperanto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "eo.po").write_text(ESPERANTO, "utf-8")
    monkeypatch.setattr(words, "TRANSLATIONS", tmp_path)
    monkeypatch.setitem(preferences.LANGUAGES, "eo", "Esperanto")
    words.catalogue.cache_clear()
    yield
    words.catalogue.cache_clear()


def choose(site: Site, language: str) -> None:
    assert site.post("/me", form_page="/me", language=language).status_code == 303


def heading(site: Site, **headers: str) -> str:
    return html.fromstring(site.get("/s/demo/jobs", headers=headers).text).findtext(".//h1") or ""


def test_the_choice_counts_then_the_browser_then_english(site: Site) -> None:
    assert heading(site) == "Jobs"
    assert heading(site, **{"Accept-Language": "eo;q=0.9, en;q=0.5"}) == "Laboroj"
    assert heading(site, **{"Accept-Language": "tlh, *;q=0.1"}) == "Jobs"
    choose(site, "eo")
    assert heading(site) == heading(site, **{"Accept-Language": "en"}) == "Laboroj"
    choose(site, "en")
    assert heading(site, **{"Accept-Language": "eo"}) == "Jobs"
    choose(site, "")
    assert heading(site, **{"Accept-Language": "eo"}) == "Laboroj"


def test_a_language_that_is_not_offered_is_not_kept(site: Site) -> None:
    choose(site, "eo")
    choose(site, "tlh")
    assert heading(site) == "Laboroj"


def test_the_page_says_its_language_and_that_others_may_get_another(site: Site) -> None:
    answer = site.get("/s/demo/jobs", headers={"Accept-Language": "eo"})
    assert '<html lang="eo"' in answer.text
    assert answer.headers["Content-Language"] == "eo"
    assert {"accept-language", "hx-request"} <= {each.lower() for each in answer.vary}
    assert answer.headers["Cache-Control"] == "no-store"
    assert site.fragment("/s/demo/jobs?part=table", **{"Accept-Language": "eo"}).headers["Content-Language"] == "eo"


def test_the_door_speaks_as_the_browser_asks(empty_site: Site) -> None:
    door = empty_site.get("/login", headers={"Accept-Language": "eo"})
    assert "Ensaluti" in door.text


def test_what_programs_read_is_english(site: Site) -> None:
    choose(site, "eo")
    for address in ("/api/v1/schedulers/demo/jobs", "/api/v1/openapi.json", "/healthz"):
        wanted, given = site.get(address), site.get(address, headers={"Accept-Language": "eo"})
        assert (wanted.status_code, wanted.data) == (given.status_code, given.data)
        assert "labor" not in given.text.lower()
        assert "Content-Language" not in given.headers


def said(site: Site, template: str, language: str = "eo", **values: object) -> str:
    site.app.jinja_env.loader = DictLoader({"sample.html": template})
    with site.app.test_request_context(headers={"Accept-Language": language}):
        return site.app.jinja_env.get_template("sample.html").render(values)


PLACES = "{{ _('%(begin)s to <b>%(end)s</b>, 5 %%', begin=a, end=b) }}"


def test_words_take_the_order_of_the_language_and_what_stands_in_their_places_is_escaped(empty_site: Site) -> None:
    assert said(empty_site, PLACES, "en", a="<i>", b=2) == "&lt;i&gt; to <b>2</b>, 5 %"
    assert said(empty_site, PLACES, a="<i>", b=2) == "ĝis <b>2</b> de &lt;i&gt;, 5 %"
    in_code = "{% set both = " + PLACES[3:-3] + " %}{{ both }}"
    assert said(empty_site, in_code, a="<i>", b=2) == "ĝis <b>2</b> de &lt;i&gt;, 5 %"
    given = PLACES.replace("begin=a, end=b", "**{'begin': a, 'end': b}")
    assert said(empty_site, given, a="<i>", b=2) == "ĝis <b>2</b> de &lt;i&gt;, 5 %"


def test_words_known_beforehand_and_anything_else_can_be_translated_and_are_escaped(empty_site: Site) -> None:
    assert said(empty_site, "{{ a|translated }}", a="stopped") == "haltigita"
    assert said(empty_site, "{{ a|translated }}", "en", a="stopped") == "stopped"
    assert said(empty_site, "{{ a|translated }}", a="<b>") == said(empty_site, "{{ a|translated }}", "en", a="<b>")


def test_words_without_a_translation_and_unsure_ones_stay_english(empty_site: Site) -> None:
    assert said(empty_site, "{{ _('Orders') }} {{ _('Notices') }}") == "Orders Notices"


@pytest.mark.parametrize(("number", "expected"), [(1, "1 laboro"), (0, "0 laboroj"), (12000, "12\xa0000 laboroj")])
def test_numbers_choose_the_form_and_are_set_apart_as_the_language_does(
    empty_site: Site, number: int, expected: str
) -> None:
    counted = "{{ ngettext('%(num)s job', '%(num)s jobs', a) }}"
    assert said(empty_site, counted, a=number) == expected
    assert said(empty_site, "{{ a|number }} laboro{{ 'j' if a != 1 }}", a=number) == expected


def test_decimals_are_written_as_the_language_does(empty_site: Site) -> None:
    durations = "{{ 0.25|duration }} {{ 1536|size }} {{ 0.995|percent }}"
    assert said(empty_site, durations, "en") == "0.25 s 1.5 KiB 99.5 %"
    assert said(empty_site, durations) == "0,25 s 1,5 KiB 99,5 %"


def test_outside_of_a_request_english_is_spoken() -> None:
    assert languages.language() == "en"
    assert words.gettext("Jobs") == "Jobs"
    assert words.ngettext("%(num)s job", "%(num)s jobs", 2) == "2 jobs"
