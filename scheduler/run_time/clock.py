"""Local times of day as instants.

The rule for clock changes: what the change skips happens at the instant of the change; what it doubles happens once,
the first time. So a later local time never becomes an earlier instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.errors import Code, WorkloadError
from scheduler.run_time.model import DAY_SECONDS
from scheduler.times import to_utc

#: nothing is planned later: instants of the protocol end here
LAST_INSTANT = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)

#: local times outside of this are taken as its ends, so that converting them cannot leave the calendar
_FIRST_LOCAL = datetime(1900, 1, 1)  # noqa: DTZ001
_LAST_LOCAL = datetime(2100, 1, 1)  # noqa: DTZ001

_ONE_DAY = timedelta(days=1)


def zone_named(name: str) -> ZoneInfo:
    "The time zone of the IANA data base. Raises UNKNOWN_ZONE."
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WorkloadError(Code.UNKNOWN_ZONE, zone=name) from None


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    "The instant of a naive local time by the rule above; total."
    return to_utc(min(max(local, _FIRST_LOCAL), _LAST_LOCAL), zone)


@dataclass(frozen=True, slots=True)
class DayClock:
    "One local day. `even`: the clock is not changed in it, so that seconds of the day are elapsed seconds."

    day: date
    zone: ZoneInfo
    midnight: datetime
    even: bool

    def instant(self, seconds: int) -> datetime:
        "The instant of a time of day, in seconds since midnight, up to 24:00."
        if self.even:
            return self.midnight + timedelta(seconds=seconds)
        return to_utc(_midnight(self.day) + timedelta(seconds=seconds), self.zone)


@lru_cache(maxsize=4096)
def day_clock(zone: ZoneInfo, day: date) -> DayClock:
    local = _midnight(day)
    midnight = to_utc(local, zone)
    noon = to_utc(local + timedelta(seconds=DAY_SECONDS // 2), zone)
    even = to_utc(local + _ONE_DAY, zone) - midnight == _ONE_DAY and noon - midnight == _ONE_DAY / 2
    return DayClock(day, zone, midnight, even)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
