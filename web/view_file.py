"""Saved views as a JSON document, to be taken from one account or installation to another. Pure.

    {"views": [{"name": "Stopped", "page": "/s/demo/jobs", "query": "state=stopped", "shared": false}]}

`filter`, what stands in the search field, may stand instead of `query`: so filters of the classic interface, which are
regular expressions, come in as `"filter": "/load_.*/"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from web.words import gettext

#: pages of which views can be saved
PAGES = re.compile(r"/s/([^/]+)/(|orders|jobs|chains|history|plan|cluster|folders/(jobs|chains|orders))")
MOST_NAME, MOST_QUERY, MOST_VIEWS = 80, 2000, 500
#: arguments that belong to a moment, not to a view
_FLEETING = ("page", "before", "part", "at", "wall")
_KNOWN = {"name": str, "page": str, "query": str, "filter": str, "shared": bool}


@dataclass(frozen=True, slots=True)
class NewView:
    name: str
    page: str
    query: str
    shared: bool = False


class Kept(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def shared(self) -> bool: ...


def written(views: Iterable[Kept]) -> str:
    "The document."
    found = [asdict(NewView(view.name, view.page, view.query, view.shared)) for view in views]
    return json.dumps({"views": found}, ensure_ascii=False, indent=2) + "\n"


def lasting(query: str) -> str:
    "A query without what belongs to a moment."
    return "&".join(each for each in query.split("&") if each and each.partition("=")[0] not in _FLEETING)


def with_density(query: str, density: str) -> str:
    "A query with this density of rows; empty: that of whoever opens the view."
    kept = [each for each in query.split("&") if each and each.partition("=")[0] != "density"]
    return "&".join([*kept, urlencode({"density": density})] if density else kept)


def understood(data: bytes) -> tuple[list[NewView], list[str]]:
    "The views of a document, and a sentence for each entry that is none."
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        return [], [gettext("This is no JSON document: %(problem)s.", problem=problem)]
    entries = document.get("views") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return [], [gettext('A document such as {"views": [{"name": …, "page": …, "query": …}]} was expected.')]
    if len(entries) > MOST_VIEWS:
        return [], [
            gettext("These are %(number)s views; at most %(most)s are possible.", number=len(entries), most=MOST_VIEWS)
        ]
    found: list[NewView] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, 1):
        fault = _fault(entry)
        if fault:
            name = entry.get("name") if isinstance(entry, dict) else None
            named = f"{number} ({name})" if isinstance(name, str) and name else f"{number}"
            faults.append(gettext("Entry %(entry)s: %(fault)s", entry=named, fault=fault))
        else:
            found.append(_view(entry))
    return found, faults


def _fault(entry: Any) -> str:
    if not isinstance(entry, dict):
        return gettext("an object with name and page was expected.")
    for key, value in entry.items():
        if key not in _KNOWN:
            return gettext("“%(key)s” is not known; there is %(names)s.", key=key, names=", ".join(_KNOWN))
        if not isinstance(value, _KNOWN[key]):
            if _KNOWN[key] is bool:
                return gettext("“%(key)s” has to be true or false.", key=key)
            return gettext("“%(key)s” has to be a text.", key=key)
    if not 0 < len(entry.get("name", "").strip()) <= MOST_NAME:
        return gettext("a name of 1 to %(most)s characters is missing.", most=MOST_NAME)
    if not PAGES.fullmatch(entry.get("page", "")):
        return gettext("“page” has to be the address of a list, such as /s/demo/jobs.")
    if "query" in entry and "filter" in entry:
        return gettext("“query” and “filter” exclude each other.")
    if len(entry.get("query", "")) + len(entry.get("filter", "")) > MOST_QUERY:
        return gettext("the query is longer than %(most)s characters.", most=MOST_QUERY)
    return ""


def _view(entry: Mapping[str, Any]) -> NewView:
    query = urlencode({"q": entry["filter"]}) if entry.get("filter") else lasting(entry.get("query", "").lstrip("?"))
    return NewView(entry["name"].strip(), entry["page"], query, entry.get("shared", False))
