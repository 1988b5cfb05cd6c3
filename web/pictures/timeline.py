"""A day in rows of bars: what ran, what runs, what is to come. A row with very many bars becomes a band of density.

Places and widths are percents of the width of the drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import Literal

from web.words import gettext, translated

WIDTH = 100
#: bars of one row, and of the whole drawing
MOST_IN_ROW, MOST = 60, 400
#: cells of a band
CELLS = 96
#: no bar is narrower, or nobody would see it
NARROWEST = 0.3
#: a shorter hook from the planned start to the actual one is not drawn
SHORTEST_HOOK = 0.1

Kind = Literal["planned", "queued", "running", "done", "failed", "held"]
Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Span:
    """Something that begins and, perhaps, has ended. `expected`: when the end is expected of what runs or is planned.

    `words` say when and what, and are only asked for where a bar is drawn; `address` is its page. `planned`: when it
    should have begun, if it began later. `dense`: it stands for many starts. `holds_up`: others wait for it.
    """

    begin: datetime
    end: datetime | None
    kind: Kind
    words: Callable[[], str] = str
    address: str = ""
    expected: datetime | None = None
    planned: datetime | None = None
    dense: bool = False
    holds_up: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """`rest`: the part that is expected still, from the end of the bar. `beyond`: the part at its end that is longer
    than expected. `hook`: from there a hook leads to the bar, which began late."""

    x: float
    width: float
    kind: Kind
    words: str
    address: str
    rest: float = 0.0
    beyond: float = 0.0
    hook: float | None = None
    dense: bool = False
    holds_up: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    "A span of time in which `count` starts are in each other's way; `words` say which."

    x: float
    width: float
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Jump:
    "Where the clock on the wall is changed: a gap of no width, or the two hours that it shows alike."

    x: float
    width: float
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
    """The spans of a job or an order, whose `kind` and `object` are as menus name it. `number` of rows: more than one
    for a folder that is closed, which has no name."""

    name: str
    address: str
    spans: tuple[Span, ...]
    bars: tuple[Bar, ...] = ()
    cells: tuple[Cell, ...] = ()
    words: str = ""
    folder: str = ""
    kind: str = ""
    object: str = ""
    number: int = 1
    #: who waits for it, in words
    holds_up: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    "`marks` are instants with the same distance from each other; `cursor` is now, or None outside of the range."

    begin: datetime
    end: datetime
    marks: tuple[datetime, ...]
    cursor: float | None
    rows: tuple[Row, ...]
    jumps: tuple[Jump, ...] = ()

    @property
    def lines(self) -> list[float]:
        "Where lanes have a line: at every sixth mark."
        return [round(_x(mark, self.begin, self.end), 2) for mark in self.marks[6::6]]


@dataclass
class _Left:
    "How many bars may still be drawn."

    bars: int = field(default=MOST)


def timeline(
    rows: Sequence[Row],
    begin: datetime,
    end: datetime,
    now: datetime,
    clock: Clock,
    step: timedelta = timedelta(hours=1),
) -> Timeline:
    """The rows with their bars, in the given order. Instants are UTC; `clock` writes a time of day for the words.
    `step`: from mark to mark."""
    left, known = _Left(), lru_cache(maxsize=None)(clock)
    drawn = tuple(_drawn(row, begin, end, now, known, left) for row in rows)
    cursor = round(_x(now, begin, end), 2) if begin <= now < end else None
    return Timeline(begin, end, _marks(begin, end, step), cursor, drawn)


def by_folder(rows: Iterable[Row], closed: Collection[str]) -> list[Row]:
    "By folder and name; those of a closed folder are one row."
    found: list[Row] = []
    for folder, group in groupby(sorted(rows, key=lambda row: (row.folder, row.name)), key=lambda row: row.folder):
        inside = list(group)
        if folder in closed:
            spans = sorted((span for row in inside for span in row.spans), key=lambda span: span.begin)
            found.append(Row("", "", tuple(spans), folder=folder, number=len(inside)))
        else:
            found += inside
    return found


def jumps(begin: datetime, end: datetime, zone: tzinfo) -> list[Jump]:
    "The changes of the clock in a span of time, to the minute."
    found = []
    moment = begin
    while moment < end:
        following = min(end, moment + timedelta(minutes=15))
        before, after = (each.astimezone(zone).utcoffset() or timedelta() for each in (moment, following))
        if before != after:
            found.append(_jump(following, after - before, (begin, end), zone))
        moment = following
    return found


def _jump(at: datetime, by: timedelta, of: tuple[datetime, datetime], zone: tzinfo) -> Jump:
    "At `at` the clock is put forward by `by`, or back by as much as that is below zero."
    shown, other = (f"{each:%H:%M}" for each in (at.astimezone(zone), at.astimezone(zone).replace(tzinfo=None) - by))
    if by > timedelta():
        x = min(WIDTH - NARROWEST, _x(at, *of))
        words = gettext("%(other)s to %(shown)s does not exist: the clock is put forward", other=other, shown=shown)
        return Jump(round(x, 2), NARROWEST, words)
    left, right = max(0.0, _x(at + by, *of)), min(float(WIDTH), _x(at - by, *of))
    words = gettext("%(shown)s to %(other)s comes twice: the clock is put back", other=other, shown=shown)
    return Jump(round(left, 2), round(right - left, 2), words)


def clash(begin: datetime, end: datetime, count: int, words: str, of: tuple[datetime, datetime]) -> Clash | None:
    "As a mark at the top of the picture `of` a span of time; None: it lies outside."
    if end <= of[0] or begin >= of[1]:
        return None
    left, right = max(0.0, _x(begin, *of)), min(float(WIDTH), _x(end, *of))
    width = max(NARROWEST, right - left)
    return Clash(round(min(left, WIDTH - width), 2), round(width, 2), count, words)


def _marks(begin: datetime, end: datetime, step: timedelta) -> tuple[datetime, ...]:
    count = max(1, round((end - begin) / step))
    return tuple(begin + number * step for number in range(count))


def _x(moment: datetime, begin: datetime, end: datetime) -> float:
    return WIDTH * ((moment - begin) / (end - begin))


def _drawn(row: Row, begin: datetime, end: datetime, now: datetime, clock: Clock, left: _Left) -> Row:
    inside = [span for span in row.spans if span.begin < end and (span.end or max(now, span.begin)) >= begin]
    words = inside[0].words() if len(inside) == 1 and inside[0].dense else _summary(inside)
    if len(inside) > MOST_IN_ROW or len(inside) > left.bars:
        return replace(row, cells=_cells(inside, begin, end, clock), words=words)
    left.bars -= len(inside)
    return replace(row, bars=tuple(_bar(span, begin, end, now) for span in inside), words=words)


def _bar(span: Span, begin: datetime, end: datetime, now: datetime) -> Bar:
    x = max(0.0, _x(span.begin, begin, end))
    until = span.end or (span.expected if span.kind == "planned" else max(span.begin, now)) or span.begin
    right = min(float(WIDTH), _x(until, begin, end))
    width = max(NARROWEST, right - x)
    x = min(x, WIDTH - width)
    rest = beyond = 0.0
    if span.kind == "running" and span.expected is not None:
        expected = min(float(WIDTH), _x(span.expected, begin, end))
        rest, beyond = max(0.0, expected - (x + width)), min(width, max(0.0, x + width - expected))
    hook = None
    if span.planned is not None and span.begin < end:
        place = max(0.0, _x(span.planned, begin, end))
        hook = round(place, 2) if x - place >= SHORTEST_HOOK else None
    return Bar(
        round(x, 2), round(width, 2), span.kind, span.words(), span.address, round(rest, 2), round(beyond, 2), hook,
        span.dense, span.holds_up,
    )  # fmt: skip


def _cells(spans: Sequence[Span], begin: datetime, end: datetime, clock: Clock) -> tuple[Cell, ...]:
    step = (end - begin) / CELLS
    counts: dict[int, list[Span]] = {}
    for span in spans:
        counts.setdefault(min(CELLS - 1, max(0, (span.begin - begin) // step)), []).append(span)
    most = max(map(len, counts.values()))
    width = WIDTH / CELLS
    return tuple(
        Cell(
            round(place * width, 2),
            round(width, 2),
            1 + min(3, 4 * len(found) // (most + 1)),
            any(span.kind == "failed" for span in found),
            f"{clock(begin + place * step)}: {_summary(found)}",
        )
        for place, found in sorted(counts.items())
    )


_WORDS: dict[Kind, str] = {
    "failed": "failed", "running": "running", "held": "held", "queued": "queued", "done": "done", "planned": "to come",
}  # fmt: skip


def _summary(spans: Sequence[Span]) -> str:
    counts = Counter(span.kind for span in spans)
    return ", ".join(f"{counts[kind]} {translated(word)}" for kind, word in _WORDS.items() if counts[kind])
