"""An action on an object: what its form says and asks for, which permission it needs, which command it becomes.

One declaration serves the pages, the bulk operations, the JSON interface and its description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from web.actions.fields import Input

#: what names the object: keyword -> value, such as {"path": "/a/job"} or {"chain": "/a/chain", "order_id": "7"}, and
#: for the command also `scheduler_id`
Keys = Mapping[str, str]
#: what the form gave, by the names of the inputs
Values = Mapping[str, Any]
Build = Callable[[Keys, Values], etree._Element]

#: how much is asked for before an action runs, by level
LEVELS = ("none", "note", "reason", "typed", "four-eyes")
NONE, NOTE, REASON, TYPED, FOUR_EYES = range(5)


@dataclass(frozen=True, slots=True)
class Verb:
    """`effect` says in one sentence what happens, `not_done` what does not. `level` is the one that ships; what counts
    is `web.actions.levels.level`. `build` makes the command from faultless values."""

    kind: str
    name: str
    #: button and heading
    word: str
    #: what the message says when it is done
    done: str
    effect: str
    permission: str
    build: Build
    not_done: str = ""
    inputs: tuple[Input, ...] = ()
    level: int = NOTE
    shape: str = ""
    danger: bool = False
    #: where to go afterwards when the object's own page is gone
    leaves: bool = False
    #: the engine goes away: that no answer comes is no news
    silent: bool = False
    #: the command itself carries the reason and who gave it
    signed: bool = False
    #: the input at which a refusal of the engine is told; the form stays open with what was typed
    corrects: str = ""
    #: hidden as it ships: pages offer it when an administrator shows it, programs may do it all the same
    hidden: bool = False
    #: what it is offered for, by scheduler and keywords; None: for each object of the kind
    fits: Callable[[str, Keys], bool] | None = None
    #: what a list of everything that can be done with an object has it for; None: for what it fits
    listed: Callable[[str, Keys], bool] | None = None

    @property
    def action(self) -> str:
        "As the audit names it."
        return f"{self.kind}.{self.name}"


#: all verbs by kind and name; filled when `web.actions` is imported
VERBS: dict[tuple[str, str], Verb] = {}


def declare(verbs: Iterable[Verb]) -> None:
    for verb in verbs:
        if (verb.kind, verb.name) in VERBS:
            raise ValueError(f"{verb.action} is declared twice")
        VERBS[verb.kind, verb.name] = verb


def of_kind(kind: str) -> list[Verb]:
    "In the order in which menus show them."
    return [verb for verb in VERBS.values() if verb.kind == kind]
