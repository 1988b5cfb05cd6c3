"""Instants: how the protocol writes and reads them, and how local time becomes UTC.

Inside there are only aware datetimes in UTC. A time zone matters where a person wrote a time of day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from scheduler.errors import Code, WorkloadError

#: how the protocol writes an instant that never comes; with a blank, clients look for `2038-`
NEVER = "2038-01-19 03:14:07.000Z"

EXPECTED = "now, now+SECONDS, now+HH:MM[:SS], yyyy-mm-dd HH:MM[:SS] or never"

_RELATIVE = re.compile(
    r"now\s*\+\s*(?:(?P<seconds>[0-9]{1,12}(?:\.[0-9]*)?)|(?P<clock>[0-9]{1,4}:[0-9]{2}(?::[0-9]{2})?))"
)
_DATES = (
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
    r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})",
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
)
_TIME = (
    r"(?:(?:[Tt]|\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?"
    r"\s*(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_ABSOLUTE = tuple(re.compile(date + _TIME) for date in _DATES)


def time_text(instant: datetime) -> str:
    "`2024-01-31T10:20:30.123Z`; the instant is aware. What is finer than a millisecond is cut off."
    return f"{_in_utc(instant).isoformat(timespec='milliseconds')[:23]}Z"


def time_text_seconds(instant: datetime) -> str:
    "`2024-01-31T10:20:30Z`; the instant is aware. What is finer than a second is cut off."
    return f"{_in_utc(instant).isoformat(timespec='seconds')[:19]}Z"


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return instant.astimezone(UTC)


def parse_at(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) that an `at` attribute means, or None for `never`.

    Empty means now. A time without offset is local time in `zone`, see `to_utc`; a date without time is its midnight.
    The result may lie in the past. Raises BAD_TIME.
    """
    words = text.strip()
    if words in ("", "now"):
        return now
    if words == "never":
        return None
    try:
        instant = _relative(words, now) or _absolute(words, zone)
    except (ValueError, OverflowError):
        instant = None
    if instant is None:
        raise WorkloadError(Code.BAD_TIME, value=text, expected=EXPECTED)
    return instant


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """The instant (UTC) of a naive local time.

    A time that the clock change skips means the instant of the change; one that it doubles means its first occurrence.
    Raises OverflowError at the ends of the calendar.
    """
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _change_before(instant, local, zone)


def _change_before(instant: datetime, local: datetime, zone: tzinfo) -> datetime:
    "The clock change that skips `local`; `instant` lies after it."
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    old_offset = before.astimezone(zone).utcoffset()
    after = instant
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _relative(words: str, now: datetime) -> datetime | None:
    found = _RELATIVE.fullmatch(words)
    if found is None:
        return None
    if found["seconds"]:
        return now + timedelta(seconds=float(found["seconds"]))
    hours, minutes, *rest = (int(part) for part in found["clock"].split(":"))
    seconds = rest[0] if rest else 0
    if minutes > 59 or seconds > 59:
        return None
    return now + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _absolute(words: str, zone: ZoneInfo) -> datetime | None:
    found = next((found for pattern in _ABSOLUTE if (found := pattern.fullmatch(words))), None)
    if found is None:
        return None
    local = datetime(int(found["year"]), int(found["month"]), int(found["day"])) + _time_of_day(found)  # noqa: DTZ001
    offset = found["offset"]
    if offset is None:
        return to_utc(local, zone)
    return local.replace(tzinfo=UTC) - _offset(offset)


def _time_of_day(found: re.Match[str]) -> timedelta:
    "Since midnight. 24:00 is allowed and means the next midnight; raises ValueError beyond."
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    whole = timedelta(hours=hour, minutes=minute, seconds=second)
    if minute > 59 or second > 59 or whole > timedelta(days=1):
        raise ValueError(found[0])
    return whole + timedelta(microseconds=int((found["fraction"] or "0").ljust(6, "0")[:6]))


def _offset(text: str) -> timedelta:
    if text in ("Z", "z"):
        return timedelta()
    digits = text[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -distance if text[0] == "-" else distance
