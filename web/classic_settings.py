"""The settings file of the classic interface (`custom.js`): its filters as views, what a reader chose, and what it says
for everybody. Pure.

    _job_filter['Loads'] = 'load_.*';        a view of the jobs
    _project_filter['Sales'] = 'sales';      one of the jobs, one of the chains, one of the orders
    _show_card = 'orders';                   the page after signing in
    _terminate_timeout = 60;                 for everybody: what forms to end an engine begin with
    _extra_urls['Wiki'] = 'https://wiki';    for everybody: a link of the help
    _url_aliase['host:4444'] = 'https://a';  for everybody: where browsers reach another scheduler

Only lines that give a name a text, a number or a truth value are looked at; nothing is executed. Filters of the classic
interface are regular expressions, so they come in between slashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from web import shown_addresses
from web.actions import levels
from web.actions.levels import MOST_LINE
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
#: what administrators set for everybody: that which is taken over, and that which is not
_TAKEN_FOR_ALL = ("terminate_timeout", "extra_urls", "url_aliase")
_FOR_ALL = (*_TAKEN_FOR_ALL, "hide", "confirm")


@dataclass(frozen=True, slots=True)
class ForAll:
    """`seconds`: that an engine waits for its tasks when it is to end; empty: not said. `links`: address, blank, words;
    `addresses`: host and port, blank, address."""

    seconds: str
    links: Sequence[str]
    addresses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """`chosen`: preferences by their names. `for_all`: what is set for everybody (None: it was not asked for).
    `faults`: a sentence for each thing that cannot be taken over."""

    views: Sequence[NewView]
    chosen: Mapping[str, str]
    faults: Sequence[str]
    for_all: ForAll | None = None


Given = tuple[str, str, str]


def given(data: bytes) -> list[Given]:
    "Name, key (empty: none) and value of what is set; empty when this is no such file."
    text = _COMMENT.sub("", data.decode("utf-8-sig", "replace"))
    return [
        (found["name"], found["word"] or _plain(found["key"] or ""), _plain(found["value"]))
        for found in _GIVEN.finditer(text)
    ]


def taken(settings: Sequence[Given], scheduler_id: str, *, everybody: bool = False) -> Taken:
    "What it means for the pages of this scheduler; with `everybody` also what it says for everybody."
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
    for_all = _for_all(settings, faults) if everybody else None
    left = [name for name in _FOR_ALL if for_all is None or name not in _TAKEN_FOR_ALL]
    named = dict.fromkeys(name for name, _, value in settings if name in left and value != "false")
    if named:
        names = ", ".join(f"_{name}" for name in named)
        faults.append(gettext("%(names)s: an administrator sets this for everybody.", names=names))
    plain = {name: value for name, key, value in settings if not key}
    return Taken(views[:MOST_VIEWS], _chosen(plain, scheduler_id), faults, for_all)


def _for_all(settings: Sequence[Given], faults: list[str]) -> ForAll:
    seconds, links, addresses = "", [], []
    for name, key, value in settings:
        match name:
            case "terminate_timeout" if not key:
                seconds = value if levels.seconds(value) else ""
                good = bool(seconds)
            case "extra_urls":
                line = f"{value.strip()} {key.strip()}"
                good = len(line) <= MOST_LINE and levels.link(line) == (value.strip(), key.strip())
                links += [line] if good else []
            case "url_aliase":
                line = f"{key.strip().removeprefix('http://').removeprefix('https://').rstrip('/')} {value.strip()}"
                good = len(line) <= MOST_LINE and shown_addresses.understood(line) is not None
                addresses += [line] if good else []
            case _:
                continue
        if not good:
            what = f"_{name}['{key}']" if key else f"_{name}"
            faults.append(gettext("%(name)s: “%(value)s” cannot be taken over.", name=what, value=value[:80]))
    return ForAll(seconds, links, addresses)


def with_more(known: Mapping[str, str], more: ForAll) -> tuple[dict[str, str], list[str]]:
    """Settings for everybody with what comes in, by their names; what stands there already stays. And a sentence for
    each line that has no place any more."""
    links, no_links = _joined(known.get(levels.LINKS, ""), more.links, levels.MOST_LINKS)
    addresses, no_addresses = _joined(known.get(shown_addresses.ADDRESSES, ""), more.addresses, shown_addresses.MOST)
    changed = {levels.LINKS: links, shown_addresses.ADDRESSES: addresses}
    if more.seconds and not known.get(levels.END_SECONDS):
        changed[levels.END_SECONDS] = more.seconds
    left_out = [*(("_extra_urls", line) for line in no_links), *(("_url_aliase", line) for line in no_addresses)]
    return changed, [
        gettext("%(name)s: “%(value)s” cannot be taken over.", name=name, value=line) for name, line in left_out
    ]


def _joined(lines: str, more: Sequence[str], most: int) -> tuple[str, list[str]]:
    "The lines with those of `more` that begin with another word than each of them, and those without room."
    there = {line.partition(" ")[0] for line in lines.splitlines()}
    new = [line for line in dict.fromkeys(more) if line.partition(" ")[0] not in there]
    room = max(0, most - len(lines.splitlines()))
    return "\n".join([*lines.splitlines(), *new[:room]]), new[room:]


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
