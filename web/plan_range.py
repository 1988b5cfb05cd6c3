"The part of a day that a timeline shows: the whole, or some hours of it, with its neighbours."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import request

from web import paging
from web.display import zone
from web.pictures.timeline import Row, Timeline, by_folder, jumps, timeline

#: lengths in hours, from the widest to the closest look (0: the day), and the minutes from mark to mark
MARKS = {0: 60, 12: 60, 4: 15, 1: 5}
#: folders that an address closes
MOST_CLOSED = 100
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Range:
    """`hours` 0: the whole day. `at`, `earlier` and `later` are minutes from the begin of the day, the latter two None
    at its ends; `wider` and `closer` are lengths, None where there is none."""

    begin: datetime
    end: datetime
    hours: int = 0
    at: int = 0
    earlier: int | None = None
    later: int | None = None
    wider: int | None = None
    closer: int | None = None

    @property
    def step(self) -> timedelta:
        return MARKS[self.hours] * MINUTE


def range_of(begin: datetime, end: datetime, hours: int, at: int | None, now: datetime) -> Range:
    "`at` None: around now, with a quarter of it past; of another day its first hours."
    lengths = list(MARKS)
    place = lengths.index(hours)
    wider = lengths[place - 1] if place else None
    closer = lengths[place + 1] if place + 1 < len(lengths) else None
    if not hours:
        return Range(begin, end, closer=closer)
    length, last = hours * 60, max(0, (end - begin) // MINUTE - hours * 60)
    if at is None:
        at = (now - begin) // MINUTE - length // 4 if begin <= now < end else 0
        at -= at % MARKS[hours]
    at = min(max(at, 0), last)
    first = begin + at * MINUTE
    until = min(end, first + length * MINUTE)
    half = length // 2
    earlier, later = max(0, at - half) if at else None, min(last, at + half) if at < last else None
    return Range(first, until, hours, at, earlier, later, wider, closer)


def asked(begin: datetime, end: datetime, now: datetime) -> Range:
    "As the address of this request says: `?hours=` and `?at=`."
    hours = paging.number("hours") or 0
    return range_of(begin, end, hours if hours in MARKS else 0, paging.number("at"), now)


def drawn(rows: Sequence[Row], part: Range, now: datetime) -> Timeline:
    "The rows by folder, as the reader has closed folders; in a part of the day only those with something in it."
    here = zone()
    grouped = by_folder(rows, closed())
    found = timeline(grouped, part.begin, part.end, now, lambda moment: f"{moment.astimezone(here):%H:%M}", part.step)
    kept = found.rows if not part.hours else tuple(row for row in found.rows if row.words)
    return replace(found, rows=kept, jumps=tuple(jumps(part.begin, part.end, here)))


def closed() -> set[str]:
    "The folders that `?closed=` names."
    return {name for name in request.args.get("closed", "").split(",")[:MOST_CLOSED] if name}


def toggled(folder: str) -> str:
    "The address with this folder closed, or open when it is closed."
    return paging.address(closed=",".join(sorted(closed() ^ {folder})), page=request.args.get("page", ""))
