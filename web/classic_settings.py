"""The settings file of the classic interface (`custom.js`): its filters as views, and what a reader chose. Pure.

    _job_filter['Loads'] = 'load_.*';        a view of the jobs
    _project_filter['Sales'] = 'sales';      one of the jobs, one of the chains, one of the orders
    _show_card = 'orders';                   the page after signing in

Only lines that give a name a text, a number or a truth value are looked at; nothing is executed. Filters of the classic
interface are regular expressions, so they come in between slashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from web.preferences import LANGUAGES, PACES, ROWS
from web.view_file import MOST_NAME, MOST_QUERY, MOST_VIEWS, NewView
from web.words import gettext

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_TEXT = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_GIVEN = re.compile(
    rf"^[ \t]*(?:var\s+)?_(?P<name>[a-z_]+)(?:\.(?P<word>\w+)|\[\s*(?P<key>{_TEXT})\s*\])?\s*=\s*"
    rf"(?P<value>{_TEXT}|-?\d+|true|false)\s*;?",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"\\(.)")
#: kind of a filter -> the lists that it becomes a view of
_FILTERS = {
    "job_filter": ("jobs",), "job_chain_filter": ("chains",), "order_filter": ("orders",),
    "project_filter": ("jobs", "chains", "orders"),
}  # fmt: skip
#: tab -> page of a scheduler
_TABS = {
    "jobs": "jobs", "job_chains": "chains", "orders": "orders", "schedules": "resources", "locks": "resources",
    "process_classes": "resources", "cluster": "cluster", "last_activities": "history",
}  # fmt: skip
_LIMITS = ("max_orders", "max_last_activities", "max_order_history", "max_task_history")
#: what administrators set for everybody
_FOR_ALL = ("terminate_timeout", "extra_urls", "url_aliase", "hide", "confirm")


@dataclass(frozen=True, slots=True)
class Taken:
    "`chosen`: preferences by their names. `faults`: a sentence for each thing that cannot be taken over."

    views: Sequence[NewView]
    chosen: Mapping[str, str]
    faults: Sequence[str]


Given = tuple[str, str, str]


def given(data: bytes) -> list[Given]:
    "Name, key (empty: none) and value of what is set; empty when this is no such file."
    text = _COMMENT.sub("", data.decode("utf-8-sig", "replace"))
    return [
        (found["name"], found["word"] or _plain(found["key"] or ""), _plain(found["value"]))
        for found in _GIVEN.finditer(text)
    ]


def taken(settings: Sequence[Given], scheduler_id: str) -> Taken:
    "What it means for the pages of this scheduler."
    faults: list[str] = []
    views: list[NewView] = []
    for kind, name, pattern in settings:
        for page in _FILTERS.get(kind, ()):
            fault = _fault(name, pattern)
            if fault:
                faults.append(f"{name or kind}: {fault}")
                break
            views.append(NewView(name.strip(), f"/s/{scheduler_id}/{page}", urlencode({"q": _word(pattern)})))
    if len(views) > MOST_VIEWS:
        number = len(views)
        faults.append(
            gettext("These are %(number)s views; at most %(most)s are possible.", number=number, most=MOST_VIEWS)
        )
    for_all = dict.fromkeys(name for name, _, value in settings if name in _FOR_ALL and value != "false")
    if for_all:
        names = ", ".join(f"_{name}" for name in for_all)
        faults.append(gettext("%(names)s: an administrator sets this for everybody.", names=names))
    plain = {name: value for name, key, value in settings if not key}
    return Taken(views[:MOST_VIEWS], _chosen(plain, scheduler_id), faults)


def _chosen(plain: Mapping[str, str], scheduler_id: str) -> dict[str, str]:
    chosen = {}
    if plain.get("sos_lang") in LANGUAGES:
        chosen["language"] = plain["sos_lang"]
    if plain.get("show_card") in _TABS:
        chosen["start"] = f"/s/{scheduler_id}/{_TABS[plain['show_card']]}"
    if seconds := _number(plain.get("update_seconds", "")):
        chosen["pace"] = _least(PACES, seconds)
    if limits := [number for name in _LIMITS if (number := _number(plain.get(name, "")))]:
        chosen["rows"] = _least(ROWS, max(limits))
    if "start_at_default_is_now" in plain:
        chosen["start_at"] = "now" if plain["start_at_default_is_now"] == "true" else ""
    return chosen


def _fault(name: str, pattern: str) -> str:
    if not 0 < len(name.strip()) <= MOST_NAME:
        return gettext("a name of 1 to %(most)s characters is missing.", most=MOST_NAME)
    if not pattern or '"' in pattern or len(pattern) > MOST_QUERY:
        return gettext("“%(pattern)s” is no filter that can be used here.", pattern=pattern[:80])
    return ""


def _word(pattern: str) -> str:
    "As the search field reads a regular expression; in quotation marks where it would be taken for more than one word."
    word = f"/{pattern}/"
    return f'"{word}"' if re.search(r"[\s:]", word) else word


def _plain(text: str) -> str:
    "What a text in quotation marks holds; anything else as it is."
    return _ESCAPED.sub(r"\1", text[1:-1]) if text[:1] in ("'", '"') else text


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _least(choices: Sequence[str], wanted: int) -> str:
    "The least of the numbers that is enough; else the greatest."
    return next((each for each in choices if int(each) >= wanted), choices[-1])
