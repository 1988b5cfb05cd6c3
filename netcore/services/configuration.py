"""The configuration as the engine reads it, in a World of our own in which nothing ever starts.

The hot folder, the cache of the supervisor and scheduler.xml are read by the code of the engine; run times that came by
command, and the orders, are those of the store. One thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models import plan_sources as store
from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader
from netcore.preparation import identity_of, objects_of
from netcore.settings import Settings
from scheduler.configuration import read_object
from scheduler.definitions import Definition
from scheduler.errors import WorkloadError
from scheduler.job.activation import plan_of as plan_of_job
from scheduler.job.requisites import missing
from scheduler.messages import FilesChanged
from scheduler.order.times import plan_of as plan_of_order
from scheduler.plan.override import PlanKey
from scheduler.records import FileKey, ObjectKind, file_key
from scheduler.run_time.model import CatchUp, RunTime
from scheduler.run_time.plan import Plan, calendars_of, resolve
from scheduler.step import step
from scheduler.task.resources import class_key_of, process_class
from scheduler.world import World

#: seconds between looks when nothing hints at a change: the engine tells of every file that it takes
LOOK_EVERY = 60.0
#: files that the World takes in at a time
FILES = 100
#: changes need not rest here: mostly the engine has told of them, which has let them rest; and nothing starts by this
AT_ONCE = Ages(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Planned:
    """Something with starts of its own. `plan` None: only changes of the plan start it, or `start_at`, which a command
    has given to an order."""

    key: PlanKey
    path: str
    plan: Plan | None
    chain: str = ""
    start_at: datetime | None = None
    catch_up: CatchUp | None = None
    #: when its files got the text that they have: what it says of the time before never held
    since: datetime | None = None


def _no_break() -> None:
    pass


class Configuration:
    "`take_break` is called between the pieces of a long computation."

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], now: datetime, take_break: Callable[[], None] = _no_break
    ) -> None:
        self._world = World(identity_of(settings, now, 0, 0), now)
        self._reader = FolderReader(
            settings.live_directory, environ, self._read_object, settings.include_path, cache=settings.cache_directory,
            ages=AT_ONCE,
        )  # fmt: skip
        self._take_break = take_break
        self._first = objects_of(settings)
        self._given: dict[str, tuple[str, Plan | None]] = {}

    def look(self, now: datetime) -> float:
        "Takes in what has changed, and says in how many seconds to look again: changed files rest before they count."
        found = self._reader.look(now.timestamp())
        files = (*self._first.files, *found.files)
        self._first = FilesChanged(())
        for begin in range(0, len(files), FILES):
            self._take_break()
            step(self._world, FilesChanged(files[begin : begin + FILES]), now)
        return LOOK_EVERY if found.next is None else min(found.next, LOOK_EVERY)

    def _read_object(self, *arguments: Any) -> Definition:
        self._take_break()
        return read_object(*arguments)

    def planned(
        self, given: Mapping[str, store.RunTimeGiven], orders: Sequence[store.PlannedOrder]
    ) -> Iterator[Planned]:
        "Everything that may start by itself, as it is now. `given`: run times that came by command."
        for job in self._world.jobs.values():
            if missing(self._world, job.definition):
                continue
            plan = self._plan_given(job.key, given[job.key]) if job.key in given else plan_of_job(self._world, job)
            run_time = given[job.key].run_time if job.key in given else job.definition.run_time
            since = self._since(file_key(ObjectKind.JOB, job.path), run_time)
            yield Planned(PlanKey("job", job.key), job.path, plan, catch_up=run_time.catch_up, since=since)
        for order in orders:
            plan = plan_of_order(self._world, order.run_time) if order.run_time is not None else None
            path = f"{order.chain},{order.id}"
            key = PlanKey("order", f"{order.chain.lower()},{order.id}")
            catch_up = order.run_time.catch_up if order.run_time is not None else None
            since = self._since(file_key(ObjectKind.ORDER, path), order.run_time)
            yield Planned(key, path, plan, order.chain, order.given_at, catch_up, since)

    def process_classes(self) -> dict[str, tuple[int, list[str]]]:
        "Those with jobs: how many processes each permits, and the keys of its jobs."
        jobs: dict[str, list[str]] = {}
        for job in self._world.jobs.values():
            jobs.setdefault(class_key_of(self._world, job, None), []).append(job.key)
        known = {key: process_class(self._world, key) for key in jobs}
        return {key: (each.max_processes, jobs[key]) for key, each in known.items() if each is not None}

    def locks(self) -> dict[str, tuple[int | None, list[str], list[str]]]:
        "Those that jobs use: how many may share each (None: any number), and the keys of jobs: alone, and shared."
        found: dict[str, tuple[int | None, list[str], list[str]]] = {}
        for job in self._world.jobs.values():
            for use in job.definition.locks:
                lock = self._world.locks.get(use.lock)
                if lock is not None:
                    _, alone, together = found.setdefault(use.lock, (lock.max_non_exclusive, [], []))
                    (alone if use.exclusive else together).append(job.key)
        return found

    def _since(self, key: FileKey, run_time: RunTime | None) -> datetime | None:
        "The newest of the files that its starts follow from."
        keys = [key]
        if run_time is not None and run_time.schedule:
            keys.append(file_key(ObjectKind.SCHEDULE, run_time.schedule))
        if run_time is not None and (run_time.schedule or run_time.calendar):
            calendars = calendars_of(run_time, self._world.schedules)
            keys += [file_key(ObjectKind.CALENDAR, path) for path in calendars]
        files = (self._world.files.get(each) for each in keys)
        written = (file.written_at for file in files if file is not None)
        return max((each for each in written if each is not None), default=None)

    def _plan_given(self, key: str, given: store.RunTimeGiven) -> Plan | None:
        "Of a run time that came by command; the same one as long as its text is."
        known = self._given.get(key)
        if known is None or known[0] != given.source:
            known = self._given[key] = given.source, self._resolved(given.run_time)
        return known[1]

    def _resolved(self, run_time: RunTime) -> Plan | None:
        identity = self._world.identity
        try:
            return resolve(run_time, self._world.schedules, ZoneInfo(identity.time_zone), identity.holidays)
        except WorkloadError:
            return None
