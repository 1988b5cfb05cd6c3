"""Two days of the plan beside each other: what ran or is to come on one of them only, at other times, or otherwise.

Times are compared by the clock on the wall, so that a day on which it is changed does not differ as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from web.day import Day, Entry
from web.display import zone
from web.words import gettext

#: seconds by which a start may lie elsewhere and still count as the same
TOLERANCE = 60


@dataclass(frozen=True, slots=True)
class Side:
    "What there is of a job or an order on one day. `clocks`: its starts by the clock on the wall, in order."

    starts: int
    good: int
    failed: int
    planned: int
    clocks: tuple[time, ...]
    #: how long the runs that are over took together
    seconds: float | None
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    "None: nothing of it is on that day. `order_id` is empty for a job, `path` is that of the job or the chain."

    name: str
    path: str
    order_id: str
    one: Side | None
    other: Side | None

    @property
    def differences(self) -> list[str]:
        "In words; empty: both days are the same."
        if self.one is None or self.other is None:
            return [gettext("only on this day") if self.other is None else gettext("only on the other day")]
        found = []
        if self.one.starts != self.other.starts:
            number = self.one.starts - self.other.starts
            more, fewer = gettext("%(number)s more", number=number), gettext("%(number)s fewer", number=-number)
            found.append(more if number > 0 else fewer)
        elif (moved := _moved(self.one.clocks, self.other.clocks)):
            alone = moved == 1 and self.one.starts == 1
            words = gettext("at another time") if alone else gettext("%(number)s at another time", number=moved)
            found.append(words)
        if self.one.failed != self.other.failed:
            found.append(
                gettext("%(one)s failed, %(other)s on the other day", one=self.one.failed, other=self.other.failed)
            )
        return found

    @property
    def same(self) -> bool:
        return not self.differences


def rows(one: Day, other: Day) -> list[Row]:
    "By name; those that differ first."
    left, right = _sides(one.entries), _sides(other.entries)
    known = {entry.name: entry for entry in (*other.entries, *one.entries)}
    found = [
        Row(name, known[name].path, known[name].order_id, left.get(name), right.get(name))
        for name in sorted(known, key=str.lower)
    ]
    return sorted(found, key=lambda row: row.same)


def _sides(entries: Sequence[Entry]) -> dict[str, Side]:
    parts: dict[str, list[Entry]] = {}
    for entry in entries:
        parts.setdefault(entry.name, []).append(entry)
    return {name: _side(part, zone()) for name, part in parts.items()}


def _side(entries: Sequence[Entry], where: ZoneInfo) -> Side:
    spans = [entry.span for entry in entries]
    took = [(entry.ended - entry.at).total_seconds() for entry in entries if entry.ended is not None]
    return Side(
        len(entries),
        spans.count("done"),
        spans.count("failed"),
        spans.count("planned"),
        tuple(sorted(entry.at.astimezone(where).time() for entry in entries)),
        sum(took) if took else None,
        entries[-1].address,
    )


def _moved(one: Sequence[time], other: Sequence[time]) -> int:
    return sum(abs(_seconds(a) - _seconds(b)) > TOLERANCE for a, b in zip(one, other, strict=True))


def _seconds(clock: time) -> float:
    return 3600 * clock.hour + 60 * clock.minute + clock.second
