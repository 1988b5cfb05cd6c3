"""A time of day alone, as people write it where a start or an end is asked for: `06:00`, `23:15:30`. Pure.

It gets its day here, and not by the engine: what waits for a member or for a second person means the day that its form
has shown, however late it gets there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.times import time_text_seconds, to_utc

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Here:
    "The instant, in UTC, and the zone in which a time of day is meant: that of the engine."

    now: datetime
    zone: ZoneInfo


def clock_of(text: str) -> time | None:
    "None: it is no time of day alone."
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def with_day(clock: time, here: Here, planned: str = "") -> str:
    """The next instant at which clocks in the zone show this, in UTC as the protocol writes it. With a planned start it
    lies on the day of that one, and may be over.

    `planned` is a date with a time, local in the zone unless it has an offset; anything else counts as none.
    """
    day = _day_of(planned, here.zone)
    if day is not None:
        return time_text_seconds(to_utc(datetime.combine(day, clock), here.zone))
    today = here.now.astimezone(here.zone).date()
    instant = to_utc(datetime.combine(today, clock), here.zone)
    if instant <= here.now:
        instant = to_utc(datetime.combine(today + timedelta(days=1), clock), here.zone)
    return time_text_seconds(instant)


def _day_of(planned: str, zone: ZoneInfo) -> date | None:
    try:
        found = datetime.fromisoformat(planned.strip())
    except ValueError:
        return None
    return (found if found.tzinfo is None else found.astimezone(zone)).date()
