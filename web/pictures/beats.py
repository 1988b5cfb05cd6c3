"""Heartbeats of a member as a strip: a cell per span of time, filled when a beat fell into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

CELLS = 60
STEP, HEIGHT = 6, 16
WIDTH = CELLS * STEP


@dataclass(frozen=True, slots=True)
class Cell:
    x: int
    beaten: bool


@dataclass(frozen=True, slots=True)
class Beats:
    "`words` say how many of the cells are empty, not counting those before the first beat that is known."

    cells: tuple[Cell, ...]
    words: str


def beats(moments: Iterable[datetime], end: datetime, span: timedelta = timedelta(minutes=10)) -> Beats:
    "The beats of the last `span` before `end`."
    begin, step = end - span, span / CELLS
    hit = {min(CELLS - 1, int((moment - begin) / step)) for moment in moments if begin <= moment <= end}
    first = min(hit, default=CELLS)
    missing = sum(1 for place in range(first, CELLS) if place not in hit)
    cells = tuple(Cell(place * STEP, place in hit) for place in range(first, CELLS))
    minutes = round(span.total_seconds() / 60)
    words = f"no beat in {minutes} minutes" if not hit else "without a gap" if not missing else f"{missing} gaps"
    return Beats(cells, words)
