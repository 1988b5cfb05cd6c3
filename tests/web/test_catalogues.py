"The catalogues hold all words of the pages, and each language that is offered says all of them."

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from lxml import html

from docs import make_catalogues
from docs.make_catalogues import ROOT
from tests.support.web_site import Site
from web.preferences import LANGUAGES
from web.script_words import WORDS

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


#: every kind of page, with the forms of some actions
PAGES = (
    "/s/demo/", "/s/demo/jobs", "/s/demo/orders", "/s/demo/chains", "/s/demo/resources", "/s/demo/history",
    "/s/demo/history?kind=tasks", "/s/demo/log", "/s/demo/cluster", "/s/demo/services", "/s/demo/services/beats",
    "/s/demo/notices", "/s/demo/config", "/s/demo/plan", "/s/demo/plan?view=month", "/s/demo/start-times",
    "/s/demo/reports", "/s/demo/calendars", "/s/demo/calendars/-/import", "/s/demo/calendars/-/try",
    "/s/demo/dependencies", "/s/demo/search?q=load", "/s/demo/folders/jobs", "/s/demo/folders/chains",
    "/s/demo/folders/orders?open=*", "/s/demo/folders/resources",
    "/s/demo/resources/run-time", "/s/demo/audit",
    "/s/demo/jobs/sales/load", "/s/demo/jobs/broken", "/s/demo/jobs/sales/load/-/start",
    "/s/demo/jobs/sales/load/-/stop", "/s/demo/chains/sales/daily", "/s/demo/chains/sales/daily/-/add-order",
    "/s/demo/orders/sales/daily/-/2026-11-19", "/s/demo/orders/sales/daily/-/2026-11-19/-/runs/2/log",
    "/s/demo/orders/sales/daily/-/2026-11-19/-/remove", "/s/demo/tasks/11", "/s/demo/tasks/12/-/end",
    "/s/demo/config/-/job/sales/load", "/s/demo/config/-/job/sales/load/-/edit", "/s/demo/notes/job/sales/load",
    "/s/demo/compare/runs?one=4", "/s/demo/-/pause", "/s/demo/jobs?q=nonsense:1", "/s/demo/jobs?q=nothing-like-it",
    "/schedulers", "/supervisor", "/agents", "/audit", "/admin/accounts", "/admin/accounts/new",
    "/admin/accounts/admin", "/admin/roles", "/admin/roles/viewer", "/admin/roles/new", "/admin/settings",
    "/admin/notifications?scheduler=demo&event=job_failed", "/admin/maintenance",
    "/admin/identity", "/me", "/me/keys", "/me/password", "/me/sessions", "/me/tokens", "/me/views", "/me/permissions",
    "/operations", "/help", "/help/keys", "/help/about", "/help/api",
)  # fmt: skip
#: names in the small world that are words of the pages, too
NAMES = frozenset({"done", "failed", "first", "next", "late", "test"})
#: where names and texts of programs stand
NOT_SAID = "ancestor-or-self::*[self::code or self::pre or self::kbd or self::script or self::style or self::time]"
#: the tooltip of a state is the word of the engine
STATE = "contains(concat(' ', @class, ' '), ' state ')"
FOREIGN = "ancestor-or-self::*[@lang='en' and not(self::html)]"


class Said:
    "What a catalogue says in a language, to find what was left in English."

    def __init__(self, code: str) -> None:
        messages = [each for each in catalogue(code) if each.id]
        pairs = [pair for each in messages for pair in zip(_forms(each.id), _forms(each.string), strict=True)]
        self.other = {said for _, said in pairs}
        self.english = {english for english, said in pairs if english != said and "%" not in english} - NAMES
        with_places = [english for english, said in pairs if english != said and _is_sentence(english)]
        self.sentences = re.compile("|".join(_pattern(each) for each in with_places), re.DOTALL)

    def left(self, page: str) -> list[str]:
        "English texts of the page."
        tree = html.fromstring(page)
        texts = tree.xpath(f"//text()[not(parent::*[{NOT_SAID} or {FOREIGN}])]")
        texts += tree.xpath(f"//@title[not(parent::*[{STATE}])]|//@aria-label|//@placeholder")
        seen = {text.strip() for text in texts}
        return sorted(
            each for each in seen if each not in self.other and (each in self.english or self.sentences.fullmatch(each))
        )


def _is_sentence(words: str) -> bool:
    return "%(" in words and "<" not in words and len(re.findall(r"[a-z]{2,}", re.sub(r"%\(\w+\)s", "", words))) > 2


def _pattern(words: str) -> str:
    return ".+".join(re.escape(each.replace("%%", "%")) for each in re.split(r"%\(\w+\)s", words))


@pytest.mark.parametrize("code", OTHERS)
def test_pages_and_answers_in_another_language_hold_no_english_of_the_catalogue(site: Site, code: str) -> None:
    assert site.post("/me", language=code).status_code == 303
    said = Said(code)
    site.get("/me")  # the message about the change is in the language before
    for address in PAGES:
        answer = site.get(address)
        assert answer.status_code == 200, address
        assert html.fromstring(answer.text).get("lang") == code
        assert said.left(answer.text) == [], address
    for status, address, fields in ANSWERS:
        answer = site.post(address, **fields)
        assert answer.status_code == status, address
        shown = answer if status != 303 else site.get(answer.location)
        assert said.left(shown.text) == [], (address, fields)
    gone = site.get("/s/demo/jobs/no/such")
    assert (gone.status_code, said.left(gone.text)) == (404, [])


#: what comes of a form: messages, and what is wrong with it
ANSWERS: tuple[tuple[int, str, dict[str, str]], ...] = (
    (303, "/me", {"density": "compact"}),
    (303, "/me/sessions/end-others", {}),
    (303, "/s/demo/jobs/sales/load/-/start", {}),
    (303, "/s/demo/jobs/sales/load/-/stop", {"reason": "x", "back": "/s/demo/jobs"}),
    (422, "/s/demo/jobs/sales/load/-/start", {"at": "soon", "param_value": "x", "param_name": ""}),
    (422, "/s/demo/orders/sales/daily/-/2026-11-19/-/remove", {"reason": "", "typed": "x"}),
    (422, "/me/password", {"old": "x", "new": "y", "again": "z"}),
    (422, "/me/keys", {"j": "abc", "k": "x", "x": "x"}),
    (422, "/me/tokens", {"name": ""}),
    (422, "/admin/accounts/new", {"name": "-"}),
    (422, "/admin/roles/new", {"key": "A B", "permissions": "no.such"}),
    (303, "/admin/settings", {"end_seconds": "12"}),
    (422, "/s/demo/notes/job/sales/load", {"text": ""}),
    (303, "/s/demo/notes/job/sales/load", {"text": "x"}),
    (303, "/s/demo/bulk/job", {"verb": "stop"}),
    (200, "/s/demo/bulk/job", {"verb": "unstop", "object": "/sales/load"}),
)


def test_what_scripts_say_can_be_translated() -> None:
    scripts = "".join(path.read_text("utf-8") for path in (ROOT / "web/static").glob("*.js"))
    asked = re.findall(r"\bsay\(((?:[^()]|\([^()]*\))*)\)", scripts)
    said = {each for words in asked for each in re.findall(r'"([^"]+)"', words)} - {"stale"}
    assert said <= set(WORDS)
    assert [each for each in WORDS if f'"{each}"' not in scripts] == []
