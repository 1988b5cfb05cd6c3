"""Which folders of a tree are open: as the address says it, and as the reader left the tree.

`/sales/,/hr/` in the address opens these two; `*,-/sales/` opens all but one; `-` opens none. Without any the tree is
as this reader left it, in whatever browser that was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import request
from flask_login import current_user

from models import accounts
from web import database
from web.fragments import wants_fragment

#: names of folders in one address
MOST = 100
#: characters that are kept of a reader: the way back into a tree is an address, and servers take no endless ones
MOST_KEPT = 1500


@dataclass(frozen=True, slots=True)
class Opened:
    "`names` (paths in lower case) are the open ones; where `all` are open, those that are shut all the same."

    names: frozenset[str] = frozenset()
    all: bool = False

    def has(self, path: str) -> bool:
        "Whether the folder, or the chain with orders, is open; the root always is."
        return path == "/" or (path.lower() in self.names) is not self.all

    def toggled(self, path: str) -> Opened:
        "The same with this one open, or shut when it is open."
        return replace(self, names=self.names ^ {path.lower()})

    def places(self, folders: Iterable[str]) -> list[str]:
        "Of these folders and the root those of which the objects are to be read, in lower case."
        if not self.all:
            return ["/", *sorted(self.names)]
        known, shut = {"/", *(path.lower() for path in folders)}, tuple(name for name in self.names if name[-1] == "/")
        return sorted(path for path in known if not path.startswith(shut))

    def __str__(self) -> str:
        "As an address says it; empty for nothing but the root cannot be told from nothing said, so there is a dash."
        names = sorted(self.names)
        return ",".join(["*", *(f"-{name}" for name in names)] if self.all else names) or "-"


ALL, NONE = Opened(all=True), Opened()


def parsed(text: str) -> Opened:
    "Of what means nothing nothing comes."
    names = text.lower().split(",")[: MOST + 1]
    every = "*" in names
    sign = "-" if every else ""
    return Opened(frozenset(name[len(sign) :] for name in names if name.startswith(f"{sign}/")), every)


def asked(scheduler_id: str, kind: str) -> Opened:
    "What the address says, which is kept for the reader who went there; a region that refreshes itself went nowhere."
    found = parsed(request.args.get("open", ""))
    if "open" in request.args and not wants_fragment():
        _keep(scheduler_id, kind, str(found))
    return found


def kept(scheduler_id: str, kind: str) -> str:
    "As the reader left the tree; empty: it was never touched, or is shut, or nobody sits there."
    if current_user.session is None:
        return ""
    found = current_user.account.preferences.get(_name(scheduler_id, kind), "")
    return "" if found == "-" else found


def _keep(scheduler_id: str, kind: str, text: str) -> None:
    "Of people only: a screen on a wall shows what it is told to, and leaves nothing."
    account, name = current_user.account, _name(scheduler_id, kind)
    if current_user.session is None or len(text) > MOST_KEPT or account.preferences.get(name, "-") == text:
        return
    with database.writing() as connection:
        accounts.prefer(connection, account.id, {name: text})


def _name(scheduler_id: str, kind: str) -> str:
    return f"open.{scheduler_id}.{kind}"
