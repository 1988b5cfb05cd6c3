"""A day in rows of bars: what ran, what runs, what is to come. A row with very many bars becomes a band of density."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from web.words import translated

#: the width of the drawing; heights are the template's
WIDTH = 1000
#: bars of one row, and of the whole drawing
MOST_IN_ROW, MOST = 60, 400
#: cells of a band
CELLS = 96
#: no bar is narrower, or nobody would see it
NARROWEST = 3.0
#: a shorter hook from the planned start to the actual one is not drawn
SHORTEST_HOOK = 1.0

Kind = Literal["planned", "queued", "running", "done", "failed", "held"]


@dataclass(frozen=True, slots=True)
class Span:
    """Something that begins and, perhaps, has ended. `expected`: when the end is expected of what runs or is planned.

    `words` say when and what; `address` is its page. `planned`: when it should have begun, if it began later.
    """

    begin: datetime
    end: datetime | None
    kind: Kind
    words: str = ""
    address: str = ""
    expected: datetime | None = None
    planned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """`rest`: the part that is expected still, from the end of the bar. `over`: it runs longer than expected.
    `hook`: from there a hook leads to the bar, which began late."""

    x: float
    width: float
    kind: Kind
    words: str
    address: str
    rest: float = 0.0
    over: bool = False
    hook: float | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    "A span of time, from 0 to 100, in which `count` starts are in each other's way; `words` say which."

    x: float
    width: float
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    "A part of a band: how many began in it; `level` 1 to 4."

    x: float
    width: float
    level: int
    failed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    address: str
    spans: tuple[Span, ...]
    bars: tuple[Bar, ...] = ()
    cells: tuple[Cell, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    "`marks` are instants with the same distance from each other; `cursor` is now, or None outside of the range."

    begin: datetime
    end: datetime
    marks: tuple[datetime, ...]
    cursor: float | None
    rows: tuple[Row, ...]


@dataclass
class _Left:
    "How many bars may still be drawn."

    bars: int = field(default=MOST)


def timeline(
    rows: Sequence[Row],
    begin: datetime,
    end: datetime,
    now: datetime,
    clock: Callable[[datetime], str],
    step: timedelta = timedelta(hours=1),
) -> Timeline:
    """The rows with their bars, in the given order. Instants are UTC; `clock` writes a time of day for the words.
    `step`: from mark to mark."""
    left = _Left()
    drawn = tuple(_drawn(row, begin, end, now, clock, left) for row in rows)
    cursor = round(_x(now, begin, end), 1) if begin <= now < end else None
    return Timeline(begin, end, _marks(begin, end, step), cursor, drawn)


def clash(begin: datetime, end: datetime, count: int, words: str, of: tuple[datetime, datetime]) -> Clash | None:
    "As a mark at the top of the picture `of` a span of time; None: it lies outside."
    if end <= of[0] or begin >= of[1]:
        return None
    left, right = max(0.0, _x(begin, *of) / 10), min(100.0, _x(end, *of) / 10)
    width = max(NARROWEST / 10, right - left)
    return Clash(round(min(left, 100 - width), 2), round(width, 2), count, words)


def _marks(begin: datetime, end: datetime, step: timedelta) -> tuple[datetime, ...]:
    count = max(1, round((end - begin) / step))
    return tuple(begin + number * step for number in range(count))


def _x(moment: datetime, begin: datetime, end: datetime) -> float:
    return WIDTH * ((moment - begin) / (end - begin))


def _drawn(
    row: Row, begin: datetime, end: datetime, now: datetime, clock: Callable[[datetime], str], left: _Left
) -> Row:
    inside = [span for span in row.spans if span.begin < end and (span.end or max(now, span.begin)) >= begin]
    words = _summary(inside)
    if len(inside) > MOST_IN_ROW or len(inside) > left.bars:
        return Row(row.name, row.address, row.spans, (), _cells(inside, begin, end, clock), words)
    left.bars -= len(inside)
    bars = tuple(_bar(span, begin, end, now) for span in inside)
    return Row(row.name, row.address, row.spans, bars, (), words)


def _bar(span: Span, begin: datetime, end: datetime, now: datetime) -> Bar:
    x = max(0.0, _x(span.begin, begin, end))
    until = span.end or (span.expected if span.kind == "planned" else max(span.begin, now)) or span.begin
    right = min(float(WIDTH), _x(until, begin, end))
    width = max(NARROWEST, right - x)
    x = min(x, WIDTH - width)
    rest, over = 0.0, False
    if span.kind == "running" and span.expected is not None:
        rest = max(0.0, min(float(WIDTH), _x(span.expected, begin, end)) - (x + width))
        over = now > span.expected
    hook = None
    if span.planned is not None and span.begin < end:
        place = max(0.0, _x(span.planned, begin, end))
        hook = round(place, 1) if x - place >= SHORTEST_HOOK else None
    return Bar(round(x, 1), round(width, 1), span.kind, span.words, span.address, round(rest, 1), over, hook)


def _cells(
    spans: Sequence[Span], begin: datetime, end: datetime, clock: Callable[[datetime], str]
) -> tuple[Cell, ...]:
    step = (end - begin) / CELLS
    counts: dict[int, list[Span]] = {}
    for span in spans:
        counts.setdefault(min(CELLS - 1, max(0, (span.begin - begin) // step)), []).append(span)
    most = max(map(len, counts.values()))
    width = WIDTH / CELLS
    return tuple(
        Cell(
            round(place * width, 1),
            round(width, 1),
            1 + min(3, 4 * len(found) // (most + 1)),
            any(span.kind == "failed" for span in found),
            f"{clock(begin + place * step)}: {_summary(found)}",
        )
        for place, found in sorted(counts.items())
    )


_WORDS: tuple[tuple[Kind, str], ...] = (
    ("failed", "failed"),
    ("running", "running"),
    ("held", "held"),
    ("queued", "queued"),
    ("done", "done"),
    ("planned", "to come"),
)


def _summary(spans: Sequence[Span]) -> str:
    counts = [(sum(1 for span in spans if span.kind == kind), word) for kind, word in _WORDS]
    return ", ".join(f"{number} {translated(word)}" for number, word in counts if number)
