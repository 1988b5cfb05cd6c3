"Holds that end by themselves, and which of them is due. It decides nothing."

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scheduler.hold import Hold, HoldKey


class Holds:
    "`wake_at` wants a look at an instant."

    def __init__(self, wake_at: Callable[[datetime], None]) -> None:
        self._wake_at = wake_at
        self._by_key: dict[HoldKey, Hold] = {}
        #: the earliest end
        self._first: datetime | None = None

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: HoldKey) -> Hold | None:
        return self._by_key.get(key)

    def until(self, key: HoldKey) -> datetime | None:
        "When it ends by itself; None: not."
        hold = self._by_key.get(key)
        return hold.until if hold is not None else None

    def due(self, now: datetime) -> list[Hold]:
        "Those whose time has come, the earliest first. Costs nothing before the first one has."
        if self._first is None or self._first > now:
            return []
        return sorted((hold for hold in self._by_key.values() if hold.until <= now), key=lambda hold: hold.until)

    def put(self, hold: Hold) -> None:
        self._by_key[hold.key] = hold
        self._wake_at(hold.until)
        self._note_first()

    def drop(self, key: HoldKey) -> None:
        if self._by_key.pop(key, None) is not None:
            self._note_first()

    def _note_first(self) -> None:
        self._first = min((hold.until for hold in self._by_key.values()), default=None)
