"""All named schedules together: who takes whose place, and what is wrong between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scheduler.calendars.model import Calendar
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.run_time.model import Schedule

#: local times
_ALWAYS = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001


def problems_of(schedules: Mapping[str, Schedule]) -> dict[str, Problem]:
    """What is wrong between schedules, by the path of the one that is to be refused.

    Codes: SUBSTITUTES_ITSELF, SUBSTITUTE_OF_SUBSTITUTE, SUBSTITUTE_TIMES, SUBSTITUTES_OVERLAP (told of the one that
    begins later; of the one that ends later when both begin together).
    """
    found: dict[str, Problem] = {}
    good: dict[str, list[Schedule]] = {}
    for path in sorted(schedules):
        schedule = schedules[path]
        if not schedule.substitute:
            continue
        refusal = _refusal(schedule, schedules)
        if refusal is not None:
            found[path] = refusal.problem
        else:
            good.setdefault(schedule.substitute, []).append(schedule)
    for substitutes in good.values():
        found |= _overlaps(substitutes)
    return found


def _refusal(schedule: Schedule, schedules: Mapping[str, Schedule]) -> WorkloadError | None:
    if schedule.substitute == schedule.path:
        return WorkloadError(Code.SUBSTITUTES_ITSELF, schedule=schedule.path)
    target = schedules.get(schedule.substitute)
    if target is not None and target.substitute:
        return WorkloadError(Code.SUBSTITUTE_OF_SUBSTITUTE, schedule=schedule.path, target=target.path)
    begin, end = _validity(schedule)
    if begin >= end:
        return WorkloadError(Code.SUBSTITUTE_TIMES, schedule=schedule.path, begin=begin, end=end)
    return None


def _overlaps(substitutes: list[Schedule]) -> Iterator[tuple[str, Problem]]:
    "Of substitutes of the same schedule. One that is refused does not stand in the way of others."
    accepted: Schedule | None = None
    for schedule in sorted(substitutes, key=_validity):
        if accepted is not None and _validity(schedule)[0] < _validity(accepted)[1]:
            names = {"schedule": schedule.path, "other": accepted.path, "target": schedule.substitute}
            yield schedule.path, WorkloadError(Code.SUBSTITUTES_OVERLAP, None, **names).problem
        else:
            accepted = schedule


def _validity(schedule: Schedule) -> tuple[datetime, datetime]:
    return schedule.valid_from or _ALWAYS[0], schedule.valid_to or _ALWAYS[1]


class Schedules(Mapping[str, Schedule]):
    """Named schedules by path, with an index of their substitutes, and the calendars that they may refer to. Never
    changes: make a new one when a file changes."""

    __slots__ = ("_by_path", "_substitutes", "calendars", "problems")

    def __init__(self, schedules: Iterable[Schedule] = (), calendars: Mapping[str, Calendar] | None = None) -> None:
        self._by_path = {schedule.path: schedule for schedule in schedules}
        self.calendars: Mapping[str, Calendar] = calendars or {}
        #: what is wrong, by the path of the schedule that is refused for it
        self.problems: Mapping[str, Problem] = problems_of(self._by_path)
        self._substitutes: dict[str, list[Schedule]] = {}
        for schedule in self._by_path.values():
            if schedule.substitute and schedule.path not in self.problems:
                self._substitutes.setdefault(schedule.substitute, []).append(schedule)
        for substitutes in self._substitutes.values():
            substitutes.sort(key=_validity)

    def __getitem__(self, path: str) -> Schedule:
        return self._by_path[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_path)

    def __len__(self) -> int:
        return len(self._by_path)

    def substitutes_of(self, path: str) -> tuple[Schedule, ...]:
        "In order of their time, without those that are refused. The schedule itself need not exist."
        return tuple(self._substitutes.get(path, ()))


NO_SCHEDULES = Schedules()
