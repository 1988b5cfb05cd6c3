"""Which views of others are shown to a reader who sees some folders only: a filter names what it is about.

One that asks for states only is shown to everybody; so is one whose folders, chains and jobs are all in sight. Plain
words may be names, so they are shown only together with a folder or chain in sight, which is what they narrow down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs

from flask_login import current_user

from models import sight, views
from models.read.page import Page
from models.views import View
from scheduler.list_filter import Filter, Token, parse
from web import database
from web.named import in_sight
from web.permissions import may

#: page -> the permission to see what it lists; of others nothing is known to be in sight
_SEEN_BY = {
    "orders": "orders.view", "jobs": "jobs.view", "chains": "chains.view", "history": "history.view",
    "plan": "plan.view", "folders/jobs": "jobs.view", "folders/chains": "chains.view", "folders/orders": "orders.view",
}  # fmt: skip
#: tokens whose values say nothing of any object
_HARMLESS = frozenset({"state", "type", "held", "late", "ran", "next", "since", "longer", "exit", "cause", "result"})
#: arguments besides the search field that name an object
_NAMING = frozenset({"chain", "schedule", "folder", "job", "path", "node", "around", "name"})
_NAMES = re.compile(r"([a-z]+):")


def shown(view: View) -> bool:
    "Whether this reader may know the filter of the view; one's own always."
    if view.account_id == current_user.account.id or not sight.narrows(database.read()):
        return True
    rest = view.page.split("/", 3)[3]
    return _Reader(_scheduler(view), _SEEN_BY.get(rest, "")).may_know(view.query)


def page_of(offset: int, limit: int, page: str | None = None, schedulers: Sequence[str] | None = None) -> Page[View]:
    "A part of one's own and the shared ones, as `models.views.page_of_views` gives it, of those that may be known."
    connection, account_id = database.read(), current_user.account.id
    if not sight.narrows(connection):
        return views.page_of_views(connection, account_id, offset, limit, page, schedulers)
    found = [
        view
        for view in views.of_account(connection, account_id, page)
        if view.account_id == account_id or schedulers is None or _scheduler(view) in schedulers
        if shown(view)
    ]
    return Page(tuple(found[offset : offset + limit]), len(found), offset, limit)


def _scheduler(view: View) -> str:
    return view.page.split("/")[2]


class _Reader:
    "The sight of this request, for one kind of list of one scheduler."

    def __init__(self, scheduler_id: str, permission: str) -> None:
        self._id, self._permission = scheduler_id, permission

    def may_know(self, query: str) -> bool:
        given = parse_qs(query)
        text = " ".join(given.pop("q", []))
        # the folders of a tree, some of them shut
        given["open"] = [name.removeprefix("-") for name in ",".join(given.get("open", [])).split(",")]
        named = [value for name, values in given.items() for value in values if name in _NAMING or "/" in value]
        if not all(self._sees(path) for path in named):
            return False
        found = parse(text, dict.fromkeys(_NAMES.findall(text), ()))
        return not found.fault and self._may_know(found, bool(named))

    def _may_know(self, found: Filter, narrowed: bool) -> bool:
        naming = [token for token in found.tokens if token.name not in _HARMLESS]
        paths = [token for token in naming if token.value.startswith("/")]
        if not all(self._token_in_sight(token) for token in paths):
            return False
        narrowed = narrowed or any(not token.excluded for token in _places(paths))
        return narrowed or (not found.words and len(paths) == len(naming))

    def _token_in_sight(self, token: Token) -> bool:
        if token.name == "class":
            return in_sight("process_class", token.value, self._id)
        return self._sees(token.value)

    def _sees(self, path: str) -> bool:
        place = path.partition(",")[0].rstrip("/") or "/"
        return bool(self._permission) and place.startswith("/") and may(self._permission, place, self._id)


def _places(tokens: Iterable[Token]) -> list[Token]:
    return [token for token in tokens if token.name in ("folder", "chain", "job")]
