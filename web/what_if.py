"What would start otherwise, as the page shows it: an answer to `plan.preview`, without what the reader may not see."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from web.named import in_sight


@dataclass(frozen=True, slots=True)
class Dark:
    """A black-out that takes `count` starts away, or moves them; `starts` are the first of them. `change`: `new` or
    `gone` when it does so only afterwards or only before."""

    calendar: str
    name: str
    begin: datetime
    end: datetime
    count: int
    change: str
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class ChangedStart:
    "`change` is `new` or `gone`. `dark`: the black-out in which it lies, when that is the reason."

    at: datetime
    change: str
    schedule: str
    dark: Dark | None = None


@dataclass(frozen=True, slots=True)
class Group:
    "`names` are users of the group as the page names them."

    users: int
    same: int
    gone: int
    new: int
    cut: bool
    problem: str
    names: tuple[Any, ...]
    starts: tuple[ChangedStart, ...]
    dark: tuple[Dark, ...]


def group_of(element: etree._Element, names: Sequence[Any]) -> Group:
    count = {name: int(element.get(name, "0")) for name in ("users", "same", "gone", "new")}
    found = map(_dark, element.iter("plan_preview.black_out"))
    dark = tuple(each for each in found if in_sight("calendar", each.calendar))
    return Group(
        **count,
        cut=element.get("cut") == "yes",
        problem=element.get("problem", ""),
        names=tuple(names),
        starts=tuple(_start(each, dark) for each in element.iter("plan_preview.start")),
        dark=dark,
    )


def _start(element: etree._Element, dark: Sequence[Dark]) -> ChangedStart:
    at, change = datetime.fromisoformat(element.get("at", "")), element.get("change", "")
    # one that goes lies in a black-out of afterwards, one that comes in one that holds no more
    around = (each for each in dark if each.begin <= at < each.end and (each.change == "gone") is (change == "new"))
    return ChangedStart(at, change, element.get("schedule", ""), next(around, None))


def _dark(element: etree._Element) -> Dark:
    begin, end = (datetime.fromisoformat(element.get(name, "")) for name in ("begin", "end"))
    return Dark(
        element.get("calendar", ""), element.get("name", ""), begin, end, int(element.get("starts", "0")),
        element.get("change", ""),
        tuple(datetime.fromisoformat(each.get("at", "")) for each in element.iter("plan_preview.held_back")),
    )  # fmt: skip
