"""The services on an APScheduler: each runs at its time, never twice at once, and every run that did something is told.

Who is asked to run now, or paused, is written in the store by the pages; the host looks at that with every beat of its
instance.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from twisted.logger import Logger

from models import services as store
from models.errors import FenceError, StoreError
from netcore.services.service import Service, Surroundings

#: when nobody asks
_NEVER = IntervalTrigger(days=36_500)
#: runs of a service that were asked for and wait for each other; one more is made by the next instance
ASKED_MOST = 3
#: seconds by which the clock must go otherwise between two looks to have been set
SET_BY = 1.0
#: seconds between two calls of `meanwhile` when a run takes long to end
MEANWHILE_EVERY = 0.25
#: characters of what a run says that are kept
TEXT_MAX = 2000


class Host:
    "Begins with `start`, ends with `stop`; both, and `obey`, are called by one thread. `seconds` never go back."

    _log = Logger()

    def __init__(
        self, around: Surroundings, services: Sequence[Service], instance: str,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._around = around
        self._seconds = seconds
        self._wall_ahead = 0.0
        self._services = {service.name: service for service in services}
        self._instance = instance
        self._paused: set[str] = set()
        self._asked: dict[str, datetime | None] = {}
        self._scheduler: BackgroundScheduler | None = None
        #: a run that was asked for waits for the one at its time, and the other way round
        self._running = {name: Lock() for name in self._services}

    def start(self) -> None:
        "All of them run once right away. Raises the errors of the store; then nothing has begun."
        states = self._states()
        self._tell_the_end(False)
        # that a run takes longer than the pause to the next one is no news
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor((1 + ASKED_MOST) * len(self._services))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for service in self._services.values():
            service.begin()
            scheduler.add_job(
                self._run, service.trigger(), [service.name], id=service.name, next_run_time=self._around.now()
            )
            # not a job that is over after one run: a scheduler that stops just then stumbles over its removal
            scheduler.add_job(self._run, _NEVER, [service.name], id=f"{service.name} asked", max_instances=ASKED_MOST)
        self._asked = {}
        self._paused = set()
        self._wall_ahead = self._ahead()
        self._obey(scheduler, states)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self, meanwhile: Callable[[], bool] = lambda: True, at_once: bool = False) -> None:
        """One after the other, the last that began first: what it works on is told to end, and waited for, while those
        before it go on. Meanwhile `meanwhile` is called a few times a second; False: all are to end `at_once`."""
        scheduler, self._scheduler = self._scheduler, None
        if at_once or scheduler is None:
            self._tell_the_end(True)
        if scheduler is None:
            return
        for service in reversed(self._services.values()):
            service.around.ending.set()
            running = self._running[service.name]
            while not running.acquire(timeout=MEANWHILE_EVERY):
                if not meanwhile():
                    self._tell_the_end(True)
            running.release()
            self._log.info("Service {service} has stopped", service=service.name)
        scheduler.shutdown(wait=True)

    def _tell_the_end(self, ends: bool) -> None:
        "To all services; one that is told begins no further run, and comes to the end of the one under way."
        for service in self._services.values():
            (service.around.ending.set if ends else service.around.ending.clear)()

    def obey(self) -> None:
        "What the pages have asked for since the last time."
        if self._scheduler is not None:
            self._follow_clock(self._scheduler)
            self._obey(self._scheduler, self._states())

    def _follow_clock(self, scheduler: BackgroundScheduler) -> None:
        "Runs are due at times of day: when the clock was set, one that is back by an hour would have none for an hour."
        before, self._wall_ahead = self._wall_ahead, self._ahead()
        if abs(self._wall_ahead - before) >= SET_BY:
            for name in self._services.keys() - self._paused:
                scheduler.modify_job(name, next_run_time=self._around.now())

    def _ahead(self) -> float:
        return self._around.now().timestamp() - self._seconds()

    def _states(self) -> dict[str, store.ServiceState]:
        with self._around.right.reading() as connection:
            return store.states(connection, self._around.scheduler_id)

    def _obey(self, scheduler: BackgroundScheduler, states: dict[str, store.ServiceState]) -> None:
        for name in self._services:
            state = states.get(name, store.ServiceState(name))
            if state.paused != (name in self._paused):
                (scheduler.pause_job if state.paused else scheduler.resume_job)(name)
                (self._paused.add if state.paused else self._paused.discard)(name)
            if state.run_asked_at is not None and state.run_asked_at != self._asked.get(name):
                self._asked[name] = state.run_asked_at
                at_once = self._around.now()
                scheduler.modify_job(f"{name} asked", args=[name, state.run_asked_at], next_run_time=at_once)

    # -- in the threads of the pool

    def _run(self, name: str, asked_at: datetime | None = None) -> None:
        with self._running[name]:
            paused = asked_at is None and name in self._paused  # since it was due
            if not paused and not self._services[name].around.ending.is_set():
                self._run_alone(name, asked_at)

    def _run_alone(self, name: str, asked_at: datetime | None) -> None:
        service, begun = self._services[name], self._around.now()
        failed = False
        try:
            text = service.run() if asked_at is None else service.run_asked()
        except FenceError:
            return  # somebody else hosts them now
        except Exception as error:
            self._log.failure("Service {service} has failed", service=name)
            text, failed = f"{type(error).__name__}: {error}", True
        if not text and asked_at is None:
            return
        try:
            self._tell(name, asked_at, begun, text, failed)
        except StoreError as error:
            self._log.warn("The run of service {service} is not recorded: {problem}", service=name, problem=str(error))

    def _tell(self, name: str, asked_at: datetime | None, begun: datetime, text: str, failed: bool) -> None:
        "An asked-for run is done with only now: if we die before, another instance makes it."
        now, scheduler_id = self._around.now(), self._around.scheduler_id
        with self._around.right.writing() as connection:
            cause = "time" if asked_at is None else "asked"
            number = store.begin_run(connection, scheduler_id, name, self._instance, cause, begun)
            store.end_run(connection, scheduler_id, name, number, text[:TEXT_MAX], failed, now)
            if asked_at is not None:
                store.forget_run_asked(connection, scheduler_id, name, asked_at)
