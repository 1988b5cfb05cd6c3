"""The keyboard shortcuts of the pages, and what a reader has made of them. Pure.

A shortcut is one character, or `g` and one more. Those that a reader has changed are kept as pairs of the usual keys
and the own ones; an empty one switches it off. Enter, Esc and Shift+F10 are what keyboards everywhere mean by them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: begins shortcuts of two characters
PREFIX = "g"
_POSSIBLE = re.compile(r"(g )?[!-~]")


@dataclass(frozen=True, slots=True)
class Key:
    "`usual` are the keys unless a reader has others; `fixed`: nobody can have others."

    usual: str
    does: str
    fixed: bool = False


KEYS = (
    Key("/", "search in the list, in the log, or everywhere"),
    Key("g o", "overview"), Key("g p", "plan"), Key("g r", "orders"), Key("g j", "jobs"), Key("g c", "chains"),
    Key("g h", "history"), Key("g n", "notices"), Key("g k", "cluster"), Key("g u", "supervisor"), Key("g a", "agents"),
    Key("s", "switch the scheduler"),
    Key("j", "next row"), Key("k", "previous row"), Key("Enter", "open the row", fixed=True),
    Key("x", "select the row"), Key("X", "select the rows up to here"),
    Key(".", "actions of the row, also Shift+F10"), Key("l", "log of the row"), Key("w", "why it does not run"),
    Key("[", "previous page or day"), Key("]", "next page or day"), Key("r", "refresh now"),
    Key("+", "closer look at the timeline"), Key("-", "wider look at the timeline"), Key("t", "timeline at now"),
    Key("f", "follow the log"), Key("n", "next place that was found in the log"),
    Key("N", "place before that"), Key("Esc", "close, clear the selection", fixed=True), Key("?", "this page"),
)  # fmt: skip
CHANGEABLE = {key.usual: key for key in KEYS if not key.fixed}


def own_keys(kept: str) -> dict[str, str]:
    "Usual keys -> own ones, as they are kept; what cannot be read is nothing."
    try:
        found = json.loads(kept) if kept else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {usual: own for usual, own in found.items() if usual in CHANGEABLE and possible(own) and own != usual}


def written(own: Mapping[str, str]) -> str:
    "As it is kept; empty: nothing is changed."
    return json.dumps(own, separators=(",", ":")) if own else ""


def possible(keys: object) -> bool:
    return isinstance(keys, str) and keys != PREFIX and (not keys or bool(_POSSIBLE.fullmatch(keys)))
