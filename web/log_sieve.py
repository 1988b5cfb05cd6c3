"""Which lines of a log are shown: of one stream, up to a level, between two times, of some steps of an order.

What a job writes itself has no level; it counts as `info`. A line without a time belongs to the time before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from flask import request

from models.read.orders import StepRow
from web import log_channels
from web.display import zone
from web.log_channels import Channel, Unmarked
from web.log_text import Window

#: the least important level that is shown, as in `?level=`
LEVELS = ("error", "warn", "info", *(f"debug{number}" for number in range(1, 10)))
_RANKS = {"fatal": 0, "debug": 3} | {level: rank for rank, level in enumerate(LEVELS)}
_LEVEL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \[(\w+)\]")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)?(?=\s)")
#: a job may print times that are none of its own; those from before the log began are not taken for such
_BEFORE = timedelta(minutes=1)

Keeps = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Stamps:
    "Reads the times of lines. `zone` is that of times without an offset; those before `earliest` are none of the log."

    zone: tzinfo = UTC
    earliest: datetime | None = None

    def of(self, text: str) -> datetime | None:
        "The time at the beginning of a line."
        found = _TIME.match(text)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(f"{found[1]}T{found[2]}.{(found[3] or '0'):0<6}{found[4] or ''}")
        except ValueError:
            return None
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=self.zone)
        return None if self.earliest is not None and moment < self.earliest else moment


UNKNOWN = Stamps()


def stamps_of(head: str) -> Stamps:
    "By the first line of a log, which the engine wrote."
    found = _TIME.match(head)
    if found is None or not found[4]:
        return UNKNOWN
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4]}")
    return Stamps(moment.tzinfo or UTC, moment - _BEFORE)


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is wanted; empty and None: everything. Lines from `since` up to `until` (without it), both UTC.

    `source`, of the log of an order: `node:NAME` or `task:NUMBER`.
    """

    channel: Channel | None = None
    level: str = ""
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""

    @property
    def any(self) -> bool:
        "Whether lines are left out."
        return bool(self.channel or self.level or self.timed)

    @property
    def levels(self) -> tuple[str, ...]:
        "Those to choose from."
        return LEVELS

    @property
    def timed(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def untimed(self) -> Sieve:
        "The same for lines that were chosen by their times already."
        return replace(self, since=None, until=None)

    @property
    def arguments(self) -> dict[str, str | None]:
        "As arguments of an address; None is left out there."
        return {
            "channel": self.channel,
            "level": self.level or None,
            "since": _argument(self.since),
            "until": _argument(self.until),
            "source": self.source or None,
        }

    def keeper(self, of_unmarked: Unmarked, stamps: Stamps) -> Keeps:
        "Tells of one line after the other whether it is shown."
        rank, last = _RANKS.get(self.level, len(_RANKS)), None

        def keeps(text: str) -> bool:
            nonlocal last
            if self.timed:
                last = stamps.of(text) or last
                if last is not None and not self._in_time(last):
                    return False
            if self.level and rank_of(text) > rank:
                return False
            return self.channel is None or log_channels.is_in(text, self.channel, of_unmarked)

        return keeps

    def chosen(self, window: Window, of_unmarked: Unmarked, stamps: Stamps) -> Window:
        "The window with the lines that are shown, which keep their numbers."
        if not self.any:
            return window
        keeps = self.keeper(of_unmarked, stamps)
        lines = [line for line in window.lines if keeps(line.text)]
        return replace(window, lines=lines, number_at_start=window.first_number)

    def steps(self, rows: Iterable[StepRow]) -> list[StepRow]:
        "Those of which something may be shown."
        return [row for row in rows if self._of_source(row) and self._overlaps(row)]

    def holds(self, begin: datetime | None, end: datetime | None) -> bool:
        "Whether all that was between the two (None: it goes on) is wanted."
        early = self.since is None or (begin is not None and begin >= self.since)
        return early and (self.until is None or (end is not None and end < self.until))

    def _in_time(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def _of_source(self, row: StepRow) -> bool:
        return self.source in ("", f"node:{row.step.node}", f"task:{row.step.task_id}")

    def _overlaps(self, row: StepRow) -> bool:
        begin, end = row.step.started_at, row.step.ended_at
        return not (self.since and end and end < self.since) and not (self.until and begin and begin >= self.until)


EVERYTHING = Sieve()


def rank_of(text: str) -> int:
    "How unimportant a line is: 0 for errors."
    found = _LEVEL.match(text)
    return _RANKS["info"] if found is None else _RANKS.get(found[1].lower(), _RANKS["debug"])


def pieces(content: Iterable[bytes], keeps: Keeps) -> Iterator[bytes]:
    "The lines that are shown, of a log that comes in pieces."
    rest = b""
    for piece in content:
        *whole, rest = (rest + piece).split(b"\n")
        yield b"".join(line + b"\n" for line in whole if keeps(_head(line)))
    if rest and keeps(_head(rest)):
        yield rest


def _head(line: bytes) -> str:
    return line[:1000].decode("utf-8", "replace")


def asked() -> Sieve:
    "What this request wants. What cannot be understood is left out. Times without offset are of the reader's zone."
    channel, level = request.args.get("channel", ""), request.args.get("level", "")
    return Sieve(
        Channel(channel) if channel in {each.value for each in Channel} else None,
        level if level in LEVELS else "",
        _moment("since"),
        _moment("until"),
        request.args.get("source", "")[:200],
    )


def _moment(name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(request.args.get(name, "").strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _argument(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
