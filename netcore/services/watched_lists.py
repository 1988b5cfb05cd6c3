"""Saved views that somebody wants to be told of: looks at their lists every few seconds.

A list that cannot be asked (a pattern that takes too long) is left as it was; the others are looked at all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from models import notices, watched_views
from models.read.listings import Unfit
from netcore.services.service import Surroundings
from scheduler.monitor.events import Event
from scheduler.monitor.occurrence import Occurrence
from scheduler.monitor.rules import Rules
from scheduler.monitor.watched import Watched, WatchedNow, occurrences, with_views

#: between two looks at the lists
EVERY = timedelta(seconds=10)


class WatchedLists:
    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self._at: datetime | None = None

    def look(self, rules: Rules) -> tuple[Rules, list[Occurrence]]:
        "The rules with those of the views, and what the lists say; nothing between two looks."
        now, scheduler_id = self.around.now(), self.around.scheduler_id
        if self._at is not None and now < self._at:
            return rules, []
        self._at = now + EVERY
        with self.around.right.reading() as connection:
            views = watched_views.watched(connection, scheduler_id)
            open_ones = [
                each for each in notices.still(connection, scheduler_id) if each.event is Event.LIST_NOT_EMPTY
            ]
        if not views and not open_ones:
            return rules, []
        looks, left = self._looks(views, now)
        told = [each for each in open_ones if each.object not in left]
        all_rules = with_views(rules, [view for view, _, _ in views], open_ones)
        return all_rules, occurrences(looks, told, now)

    def _looks(
        self, views: list[tuple[Watched, watched_views.Asked, int]], now: datetime
    ) -> tuple[list[tuple[Watched, WatchedNow]], set[str]]:
        "What each list holds, and the objects of those that could not be asked."
        found: list[tuple[Watched, WatchedNow]] = []
        left: set[str] = set()
        for view, asked, account_id in views:
            try:
                with self.around.right.reading() as connection:
                    found.append((view, watched_views.look(connection, asked, account_id, now)))
            except Unfit:
                left.add(view.object)
        return found, left
