"""The open overrides of the plan by the object that they are about. It decides nothing."""

from __future__ import annotations

from datetime import datetime

from scheduler.plan.override import Override, OverrideState, PlanKey


class Overrides:
    """Every override that still counts is here, the withdrawn ones are not; a used one stays, because the planned start
    that it replaces must not come on top of it, until `forget_before` says that its time is over."""

    def __init__(self) -> None:
        self._by_number: dict[int, Override] = {}
        self._of: dict[PlanKey, dict[int, Override]] = {}
        #: objects whose next start is to be worked out anew; see `scheduler.plan.obey`
        self.changed: set[PlanKey] = set()

    def __len__(self) -> int:
        return len(self._by_number)

    def put(self, override: Override) -> None:
        old = self._by_number.pop(override.number, None)
        if old is not None:
            self._take_out(old)
        self.changed.add(override.plan_key)
        if override.state is OverrideState.WITHDRAWN:
            return
        self._by_number[override.number] = override
        self._of.setdefault(override.plan_key, {})[override.number] = override

    def get(self, number: int) -> Override | None:
        return self._by_number.get(number)

    def of(self, key: PlanKey) -> tuple[Override, ...]:
        "In the order in which they were made."
        return tuple(self._of.get(key, {}).values())

    def at(self, key: PlanKey, planned_at: datetime) -> Override | None:
        "The one that replaces that planned start."
        mine = self._of.get(key)
        if not mine:
            return None
        return next((each for each in mine.values() if each.planned_at == planned_at), None)

    def due_first(self, key: PlanKey) -> Override | None:
        "The open one that starts first, if any of them brings a start."
        mine = self._of.get(key)
        if not mine:
            return None
        coming = [each for each in mine.values() if each.state is OverrideState.OPEN and each.start_at is not None]
        return min(coming, key=_start, default=None)

    def forget_before(self, instant: datetime) -> None:
        "Those whose planned start and own start are both over by then say nothing any more."
        for override in [each for each in self._by_number.values() if _is_over(each, instant)]:
            del self._by_number[override.number]
            self._take_out(override)

    def _take_out(self, override: Override) -> None:
        mine = self._of[override.plan_key]
        del mine[override.number]
        if not mine:
            del self._of[override.plan_key]


def _is_over(override: Override, instant: datetime) -> bool:
    if override.planned_at is not None and override.planned_at >= instant:
        return False
    if override.start_at is None:
        return True
    return override.start_at < instant and (override.kind == "job" or override.state is OverrideState.USED)


def _start(override: Override) -> tuple[datetime, int]:
    assert override.start_at is not None  # noqa: S101  (the caller has looked)
    return override.start_at, override.number
