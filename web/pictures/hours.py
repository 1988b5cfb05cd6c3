"""Counts over time as stacked columns: what went well below, what was missed or failed on top, what is to come as an
outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from web.words import gettext, translated

HEIGHT = 48
#: width of a column's place; the columns are drawn a little narrower
STEP = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """What began in one span of time, by what became of it; `planned` is still to come, `held` was skipped or waits,
    `missed` was to start and never did."""

    good: int = 0
    failed: int = 0
    running: int = 0
    planned: int = 0
    held: int = 0
    missed: int = 0

    @property
    def total(self) -> int:
        "Of starts, also missed ones; what was held back is none."
        return self.good + self.failed + self.running + self.planned + self.missed

    @property
    def all(self) -> int:
        return self.total + self.held

    def plus(self, other: Counts) -> Counts:
        return Counts(
            self.good + other.good, self.failed + other.failed, self.running + other.running,
            self.planned + other.planned, self.held + other.held, self.missed + other.missed,
        )  # fmt: skip

    def times(self, number: int) -> Counts:
        return Counts(
            self.good * number, self.failed * number, self.running * number, self.planned * number,
            self.held * number, self.missed * number,
        )  # fmt: skip

    @property
    def words(self) -> str:
        parts = (
            (self.good, "done"), (self.failed, "failed"), (self.running, "running"), (self.planned, "to come"),
            (self.held, "held"), (self.missed, "missed"),
        )  # fmt: skip
        return ", ".join(f"{number} {translated(word)}" for number, word in parts if number) or gettext("nothing")


NONE = Counts()


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    begin: datetime
    end: datetime
    x: int
    parts: tuple[Part, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Columns:
    "`cursor`: where now is, or None outside. `most` is the count that the full height stands for."

    columns: tuple[Column, ...]
    width: int
    cursor: float | None
    most: int
    total: Counts


def columns(
    counts: Mapping[datetime, Counts], begin: datetime, end: datetime, step: timedelta, now: datetime
) -> Columns:
    "One column per `step` from `begin` up to `end`; the keys of `counts` are begins of columns."
    places: list[datetime] = []
    moment = begin
    while moment < end:
        places.append(moment)
        moment += step
    most = max((counts.get(place, NONE).all for place in places), default=0)
    total = NONE
    for place in places:
        total = total.plus(counts.get(place, NONE))
    made = tuple(_column(place, number, step, counts.get(place, NONE), most) for number, place in enumerate(places))
    width = len(places) * STEP
    cursor = round((now - begin) / (moment - begin) * width, 1) if begin <= now < moment else None
    return Columns(made, width, cursor, most, total)


def bucket(moment: datetime, begin: datetime, step: timedelta) -> datetime:
    "The begin of the column that a moment falls into."
    return begin + ((moment - begin) // step) * step


def _column(begin: datetime, number: int, step: timedelta, counts: Counts, most: int) -> Column:
    if not counts.all:
        return Column(begin, begin + step, number * STEP, (), counts)
    # by the square root: a night's peak must not make the rest of the day invisible
    height = HEIGHT * sqrt(counts.all / most)
    parts: list[Part] = []
    y = float(HEIGHT)
    for kind, count in (
        ("good", counts.good), ("running", counts.running), ("planned", counts.planned), ("held", counts.held),
        ("missed", counts.missed), ("failed", counts.failed),
    ):  # fmt: skip
        if count:
            part = max(2.0, height * count / counts.all)
            y -= part
            parts.append(Part(kind, round(max(0.0, y), 1), round(part, 1)))
    return Column(begin, begin + step, number * STEP, tuple(parts), counts)
