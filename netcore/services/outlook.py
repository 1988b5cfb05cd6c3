"""The projection: how many starts the run times give on each day of the next two years, all objects together.

It is worked out bit by bit, so that nothing else waits for it: each distinct plan once, for as long as it stands.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from scheduler.plan.day import PlanDays
from scheduler.plan.outlook import MOST_DAYS, borders, starts_by_day
from scheduler.run_time.plan import Plan

#: seconds of work at a time
AT_A_TIME = 0.25


class Outlook:
    "One thread at a time. `now` is asked for how long the work has taken."

    def __init__(self, plan_days: PlanDays, now: Callable[[], datetime]) -> None:
        self._plan_days = plan_days
        self._now = now
        self._first: date | None = None
        self._borders: list[datetime] = []
        self._known: dict[Plan, array[int]] = {}
        self._users: dict[Plan, int] = {}
        self._left: list[Plan] = []
        self._told = True

    def take(self, first: date, plans: Iterable[Plan]) -> None:
        "The plans of all objects, one for each object, as they are from now on; the projection begins with `first`."
        users: dict[Plan, int] = {}
        for plan in plans:
            users[plan] = users.get(plan, 0) + 1
        if first != self._first:
            self._first, self._known = first, {}
            self._borders = borders(self._plan_days, first, MOST_DAYS)
        self._known = {plan: counts for plan, counts in self._known.items() if plan in users}
        self._left = [plan for plan in users if plan not in self._known]
        self._users = users
        self._told = False

    def work(self) -> dict[date, int] | None:
        "Goes on for a while. The counts of all days when they are complete, and nobody has been told yet."
        until = self._now() + timedelta(seconds=AT_A_TIME)
        while self._left:
            plan = self._left.pop()
            self._known[plan] = array("l", starts_by_day(plan, self._borders))
            if self._now() >= until:
                return None
        if self._told or self._first is None:
            return None
        self._told = True
        total = [0] * MOST_DAYS
        for plan, users in self._users.items():
            for offset, count in enumerate(self._known[plan]):
                total[offset] += users * count
        return {self._first + timedelta(days=offset): count for offset, count in enumerate(total)}
