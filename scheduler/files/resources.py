"""Locks, monitors, calendars, schedules and process classes from files. They have no state of their own: the World
knows them by their definition, and everybody who uses one looks again when it changes.

A lock is replaced and removed when nobody holds it; a process class is replaced at any time and removed when no process
is in it; monitors, calendars and schedules at any time.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.errors import Problem
from scheduler.records import ObjectKind, SourceFile
from scheduler.run_time.model import Schedule
from scheduler.run_time.schedules import problems_of
from scheduler.world import World


def idle(world: World, file: SourceFile) -> bool:
    if file.kind is ObjectKind.LOCK:
        return not world.holders_of(file.key.path)
    if file.kind is ObjectKind.PROCESS_CLASS and file.removed:
        return world.processes_of(file.key.path) == 0
    return True


def install(world: World, file: SourceFile, now: datetime) -> Change:
    return Change(Kind.FILE_ADDED, file.path, put=(file,))


def remove(world: World, file: SourceFile, now: datetime) -> Change:
    return Change(Kind.FILE_REMOVED, file.path)


def problem_among_others(world: World, definition: object) -> Problem | None:
    "What a schedule of this definition would be refused for, in the company of all others."
    if not isinstance(definition, Schedule):
        return None
    return problems_of({**world.schedules, definition.path: definition}).get(definition.path)
