"""Plan days: a plan day has its own zone and its own hour to begin with, so that one night is one day.

Local times are made instants by the rule of `scheduler.run_time.clock`. So plan days follow each other without gaps,
and each instant lies in exactly one of them; on the day of a clock change one is an hour longer or shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.run_time.clock import instant_of
from scheduler.run_time.model import DAY_SECONDS

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlanDays:
    "`begin`: seconds after the local midnight at which the plan day of that date begins, 0 to 86399."

    zone: ZoneInfo
    begin: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.begin < DAY_SECONDS:
            raise ValueError(f"a plan day begins between 0 and {DAY_SECONDS - 1} seconds after midnight")

    def begin_of(self, day: date) -> datetime:
        return instant_of(datetime.combine(day, time()) + timedelta(seconds=self.begin), self.zone)

    def span(self, day: date) -> tuple[datetime, datetime]:
        "The day is `begin <= t < end`, in UTC."
        return self.begin_of(day), self.begin_of(day + _ONE_DAY)

    def day_of(self, instant: datetime) -> date:
        "The plan day that an instant lies in."
        instant = instant.astimezone(UTC)
        day = instant.astimezone(self.zone).date()
        while instant < self.begin_of(day):
            day -= _ONE_DAY
        while instant >= self.begin_of(day + _ONE_DAY):
            day += _ONE_DAY
        return day
