"""What files and the configuration define beside jobs, chains and orders: locks, process classes, monitors, calendars,
schedules."""

from __future__ import annotations

from typing import Any

from scheduler.calendars.model import Calendar
from scheduler.definitions import Definition, LockDefinition, MonitorDefinition, ProcessClassDefinition
from scheduler.records import FileKey, ObjectKind
from scheduler.run_time.model import Schedule
from scheduler.run_time.schedules import Schedules

KINDS = frozenset({
    ObjectKind.LOCK, ObjectKind.PROCESS_CLASS, ObjectKind.MONITOR, ObjectKind.CALENDAR, ObjectKind.SCHEDULE,
})  # fmt: skip


class Defined:
    def __init__(self) -> None:
        self.locks: dict[str, LockDefinition] = {}
        self.process_classes: dict[str, ProcessClassDefinition] = {}
        self.monitors: dict[str, MonitorDefinition] = {}
        #: replaced as a whole when one of them, or a calendar, changes
        self.schedules = Schedules()
        #: schedules that changed, or whose substitutes or calendars did, and such calendars; orders that use them have
        #: not been looked at yet
        self.changed_schedules: set[str] = set()
        self._of_kind: dict[str, dict[str, Any]] = {
            ObjectKind.LOCK: self.locks,
            ObjectKind.PROCESS_CLASS: self.process_classes,
            ObjectKind.MONITOR: self.monitors,
        }

    def put(self, key: FileKey, definition: Definition | None) -> None:
        "The object is as `definition` says; None: it is gone."
        if key.kind == ObjectKind.SCHEDULE:
            self._put_schedule(key.path, definition if isinstance(definition, Schedule) else None)
        elif key.kind == ObjectKind.CALENDAR:
            self._put_calendar(key.path, definition if isinstance(definition, Calendar) else None)
        elif definition is None:
            self._of_kind[key.kind].pop(key.path, None)
        else:
            self._of_kind[key.kind][key.path] = definition

    def _put_schedule(self, path: str, schedule: Schedule | None) -> None:
        for version in (self.schedules.get(path), schedule):
            if version is not None:
                self.changed_schedules |= {path, version.substitute or path}
        others = [other for other in self.schedules.values() if other.path != path]
        every = [*others, schedule] if schedule is not None else others
        self.schedules = Schedules(every, self.schedules.calendars)

    def _put_calendar(self, path: str, calendar: Calendar | None) -> None:
        calendars = {other: each for other, each in self.schedules.calendars.items() if other != path}
        if calendar is not None:
            calendars[path] = calendar
        self.schedules = Schedules(self.schedules.values(), calendars)
        self.changed_schedules |= {path, *self.schedules_with(path)}

    def schedules_with(self, calendar: str) -> set[str]:
        "Schedules that follow a calendar, by themselves or by a substitute."
        found = {each.path for each in self.schedules.values() if each.run_time.calendar == calendar}
        return found | {self.schedules[path].substitute for path in found if self.schedules[path].substitute}
