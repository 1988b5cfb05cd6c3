"""`<show_calendar>`: what is ahead by run times, queues and start times of orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.answers.calendar import calendar
from scheduler.answers.options import ShowOptions, flags_of
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.run_time.clock import LAST_INSTANT
from scheduler.times import EXPECTED, parse_at, to_utc
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer

#: entries of one answer, whatever the limit says
MOST_ENTRIES = 10_000
DAYS = 7


@command("show_calendar", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowCalendar:
    """From `from` (now) to `before` (a week after the midnight of that day), at most `limit` entries. Jobs always,
    unless `what` begins with `none`; orders with `what="orders"`. Times without zone are those of the engine's zone."""

    begin: str = attribute(TEXT, "", name="from")
    before: str = attribute(TEXT, "")
    limit: int = attribute(integer(0), 100)
    what: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply="".join(self.pieces(world, {})))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        "Raises BAD_TIME and UNKNOWN_WHAT at once."
        options = ShowOptions(flags_of(self.what, frozenset()))
        zone = ZoneInfo(world.identity.time_zone)
        begin = _instant(self.begin, world.now, zone)
        before = _instant(self.before, world.now, zone) if self.before else _a_week_later(begin, zone)
        return calendar(world, begin, before, min(self.limit, MOST_ENTRIES), options)


def _instant(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    instant = parse_at(text, now, zone)
    if instant is None:
        raise WorkloadError(Code.BAD_TIME, value=text, expected=EXPECTED.replace(" or never", ""))
    return min(instant, LAST_INSTANT)


def _a_week_later(begin: datetime, zone: ZoneInfo) -> datetime:
    "One second after the midnight, so that what starts at that midnight is shown."
    local = begin.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return to_utc(local + timedelta(days=DAYS, seconds=1), zone)
