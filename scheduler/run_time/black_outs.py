"""Black-outs: spans of time, with names, in which nothing starts that follows the calendar they belong to.

Written they are local times of the engine's zone, whatever zone a run time has; asked they are instants. What becomes
of a start inside of one is worked out where periods become instants (`periods`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.run_time.clock import instant_of


class BlackOut(NamedTuple):
    "As written: `begin` <= t < `end`, local times without zone. `name` may be empty."

    begin: datetime
    end: datetime
    name: str = ""


class DarkSpan(NamedTuple):
    "A black-out as instants: `[begin, end)`."

    begin: datetime
    end: datetime
    name: str = ""


@dataclass(frozen=True)
class BlackOuts:
    "All of a calendar (`calendar` is its path), in order of their begin; they may overlap."

    spans: tuple[DarkSpan, ...] = ()
    calendar: str = ""

    def __bool__(self) -> bool:
        return bool(self.spans)

    @cached_property
    def united(self) -> tuple[tuple[datetime, datetime], ...]:
        "When it is dark: no two of them overlap or touch each other."
        found: list[tuple[datetime, datetime]] = []
        for begin, end, _ in self.spans:
            if found and begin <= found[-1][1]:
                found[-1] = found[-1][0], max(end, found[-1][1])
            else:
                found.append((begin, end))
        return tuple(found)

    @cached_property
    def _begins(self) -> tuple[datetime, ...]:
        return tuple(begin for begin, _ in self.united)

    def cover(self, instant: datetime) -> bool:
        "Whether nothing starts then."
        place = bisect_right(self._begins, instant)
        return place > 0 and instant < self.united[place - 1][1]

    def left_of(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        "What is left of the time `[begin, end)` without them, in order; empty parts are left out."
        place = max(0, bisect_right(self._begins, begin) - 1)
        for dark_begin, dark_end in self.united[place:]:
            if dark_begin >= end:
                break
            if begin < dark_begin:
                yield begin, dark_begin
            begin = max(begin, dark_end)
        if begin < end:
            yield begin, end

    def between(self, begin: datetime, end: datetime) -> Iterator[DarkSpan]:
        "Those that have a part in the time `[begin, end)`, in order of their begin."
        return (span for span in self.spans if span.begin < end and span.end > begin)


NO_BLACK_OUTS = BlackOuts()


@lru_cache(maxsize=256)
def as_instants(written: tuple[BlackOut, ...], zone: ZoneInfo, calendar: str) -> BlackOuts:
    """What a calendar says, in the zone of the engine. One of which clock changes leave nothing is left out."""
    spans = (DarkSpan(instant_of(begin, zone), instant_of(end, zone), name) for begin, end, name in written)
    return BlackOuts(tuple(sorted(span for span in spans if span.begin < span.end)), calendar)
