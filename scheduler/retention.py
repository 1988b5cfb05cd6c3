"""How long which kind of data is kept, when it may be deleted, and how much of it at once.

    a transaction took longer than it should -> half as many rows the next time
    it took much less                        -> more of them, slowly
    after each                               -> a rest, several times as long as it took
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: days; 0 keeps it for ever. The order is the one in which kinds are looked at.
DAYS: dict[str, int] = {
    "logs": 90,  # stored logs of tasks
    "tasks": 90,  # the history of tasks, with their logs
    "orders": 90,  # the history of orders, with their steps
    "journal": 7,  # what live pages and events look back to
    "plan": 30,  # entries of the daily plan
    "notices": 90,  # notices that are over, with their messages
    "operations": 90,  # commands that were ordered on pages
    "logins": 90,  # attempts to sign in
    "reports": 3650,  # daily figures
    "versions": 1095,  # what files of the configuration held
    "beats": 31,  # signs of life of members, minute by minute
}
DAYS_MOST = 36_500
#: Seconds that a transaction should take at most: where others wait for it (SQLite has one writer at a time), and where
#: they wait only until what it has written is on the disk.
ALONE, BESIDE = 0.003, 0.010
#: bounds of its rows; fewer than that cost hardly less
LEAST, MOST, FIRST = 100, 2_000, 200
#: rest after a transaction: so many times as long as it took, by which of both it is, and at least so many seconds
REST_FACTORS, REST_LEAST = {ALONE: 3.0, BESIDE: 1.0}, 0.010


@dataclass(frozen=True, slots=True)
class Window:
    "A time of day, every day: seconds after midnight. It may go over midnight; as long as a day when both are equal."

    begin: int
    end: int
    zone: ZoneInfo

    def holds(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        second = local.hour * 3600 + local.minute * 60 + local.second
        if self.begin < self.end:
            return self.begin <= second < self.end
        return second >= self.begin or second < self.end

    def began_on(self, now: datetime) -> str:
        "The day on which the window began that `now` lies in."
        local = now.astimezone(self.zone)
        begin = time(self.begin // 3600, self.begin // 60 % 60)
        day = local.date() if local.time() >= begin else local.date() - timedelta(days=1)
        return day.isoformat()


@dataclass(frozen=True, slots=True)
class Retention:
    "`window` None: only when somebody wants it."

    days: Mapping[str, int] = field(default_factory=lambda: dict(DAYS))
    window: Window | None = None

    def told(self) -> dict[str, Any]:
        "For people: days by kind, and the window with its zone (empty: only when somebody wants it)."
        window = self.window
        hours = f"{_clock(window.begin)}-{_clock(window.end)} {window.zone.key}" if window is not None else ""
        return {"days": {kind: self.days.get(kind, 0) for kind in DAYS}, "window": hours}

    def limits(self, now: datetime) -> dict[str, datetime]:
        "Kind -> what is older may go."
        return {
            kind: now - timedelta(days=self.days[kind]) for kind in DAYS if self.days.get(kind, 0)
        }


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


def next_size(size: int, seconds: float, target: float) -> int:
    "Rows of the next transaction after one with `size` rows that took so many seconds; `target` is ALONE or BESIDE."
    if seconds > target:
        return max(LEAST, size // 2)
    if seconds < target / 2:
        return min(MOST, size + max(1, size // 4))
    return size


def rest(seconds: float, target: float) -> float:
    "Seconds of rest after a transaction that took so many; `target` is ALONE or BESIDE."
    return max(REST_LEAST, REST_FACTORS[target] * seconds)
