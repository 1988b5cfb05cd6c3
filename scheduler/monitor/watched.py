"""Saved views as rules: tell somebody when a list is not empty, and when it is empty again.

A view has a notice of its own, whose object is the view; rules of monitor.xml with the event `list_not_empty` get one
of their own, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice
from scheduler.monitor.occurrence import Occurrence
from scheduler.monitor.rules import Mail, Rule, Rules, Step

_NAME = "view #"


@dataclass(frozen=True, slots=True)
class Watched:
    "A view that is watched. `addresses` get a mail; without any there is a notice only."

    id: int
    name: str
    owner: str
    addresses: tuple[str, ...] = ()

    @property
    def object(self) -> str:
        return f"View {self.name} of {self.owner}"

    @property
    def rule(self) -> Rule:
        means = (Mail(self.addresses),) if self.addresses else ()
        return _rule(f"{_NAME}{self.id}", self.object, (Step(means),))


@dataclass(frozen=True, slots=True)
class WatchedNow:
    "How many rows a list has, and the names of the first ones."

    total: int
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        more = ", …" if self.total > len(self.names) else ""
        return f"{self.total} {'row' if self.total == 1 else 'rows'}: {', '.join(self.names)}{more}"


def with_views(rules: Rules, views: Iterable[Watched], open_ones: Iterable[Notice]) -> Rules:
    "The rules with those of the views, and with silent ones for notices whose view is watched no longer."
    own = {view.rule.name: view.rule for view in views}
    for notice in open_ones:
        if notice.event is Event.LIST_NOT_EMPTY and notice.rule.startswith(_NAME):
            own.setdefault(notice.rule, _rule(notice.rule, notice.object, (Step(()),)))
    return replace(rules, rules=(*rules.rules, *own.values()))


def occurrences(
    looks: Sequence[tuple[Watched, WatchedNow]], open_ones: Sequence[Notice], now: datetime
) -> list[Occurrence]:
    "A list that stays filled is told once: what is about it already keeps its time."
    known = {each.object: each.about for each in open_ones if each.event is Event.LIST_NOT_EMPTY}
    found = [
        Occurrence(Event.LIST_NOT_EMPTY, view.object, known.get(view.object, now.isoformat()), now, seen.words)
        for view, seen in looks
        if seen.total
    ]
    filled = {each.object for each in found}
    looked_at = {view.object for view, _ in looks}
    found += [
        Occurrence(
            Event.LIST_NOT_EMPTY, name, about, now,
            "The list is empty." if name in looked_at else "It is not watched any more.", good=True,
        )
        for name, about in known.items()
        if name not in filled
    ]  # fmt: skip
    return found


def _rule(name: str, object: str, steps: tuple[Step, ...]) -> Rule:
    pattern = re.sub(r"([*?[])", r"[\1]", object)
    return Rule(name, frozenset({Event.LIST_NOT_EMPTY}), steps, (pattern,))
