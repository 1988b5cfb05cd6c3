"""The services on an APScheduler: each runs at its time, never twice at once, and every run that did something is told.

Who is asked to run now, or paused, is written in the store by the pages; the host looks at that with every beat of its
instance.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from twisted.logger import Logger

from models import services as store
from models.errors import FenceError, StoreError
from netcore.services.service import Service, Surroundings

#: characters of what a run says that are kept
TEXT_MAX = 2000


class Host:
    "Begins with `start`, ends with `stop`; both, and `obey`, are called by one thread."

    _log = Logger()

    def __init__(self, around: Surroundings, services: Sequence[Service], instance: str) -> None:
        self._around = around
        self._services = {service.name: service for service in services}
        self._instance = instance
        self._paused: set[str] = set()
        self._asked: dict[str, datetime | None] = {}
        self._scheduler: BackgroundScheduler | None = None
        #: a run that was asked for waits for the one at its time, and the other way round
        self._running = {name: Lock() for name in self._services}

    def start(self) -> None:
        "All of them run once right away."
        self._around.ending.clear()
        # that a run takes longer than the pause to the next one is no news
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2 * len(self._services))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for service in self._services.values():
            service.begin()
            self._scheduler.add_job(
                self._run, service.trigger(), [service.name], id=service.name, next_run_time=self._around.now()
            )
        with self._around.right.reading() as connection:
            self._asked = {
                name: state.run_asked_at for name, state in store.states(connection, self._around.scheduler_id).items()
            }
        self._paused = set()
        self.obey()
        self._scheduler.start()

    def stop(self) -> None:
        "In the order in which they began; runs that are under way are told to end, and waited for."
        scheduler, self._scheduler = self._scheduler, None
        self._around.ending.set()
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def obey(self) -> None:
        "What the pages have asked for since the last time."
        scheduler = self._scheduler
        if scheduler is None:
            return
        with self._around.right.reading() as connection:
            states = store.states(connection, self._around.scheduler_id)
        for name in self._services:
            state = states.get(name, store.ServiceState(name))
            if state.paused != (name in self._paused):
                (scheduler.pause_job if state.paused else scheduler.resume_job)(name)
                (self._paused.add if state.paused else self._paused.discard)(name)
            if state.run_asked_at is not None and state.run_asked_at != self._asked.get(name):
                self._asked[name] = state.run_asked_at
                scheduler.add_job(self._run, args=[name, "asked"], id=f"{name} asked", replace_existing=True)

    # -- in the threads of the pool

    def _run(self, name: str, cause: str = "time") -> None:
        with self._running[name]:
            if not self._around.ending.is_set():
                self._run_alone(name, cause)

    def _run_alone(self, name: str, cause: str) -> None:
        service, begun = self._services[name], self._around.now()
        failed = False
        try:
            text = service.run_asked() if cause == "asked" else service.run()
        except FenceError:
            return  # somebody else hosts them now
        except Exception as error:
            self._log.failure("Service {service} has failed", service=name)
            text, failed = f"{type(error).__name__}: {error}", True
        if not text and cause == "time":
            return
        try:
            self._tell(name, cause, begun, text, failed)
        except StoreError as error:
            self._log.warn("The run of service {service} is not recorded: {problem}", service=name, problem=str(error))

    def _tell(self, name: str, cause: str, begun: datetime, text: str, failed: bool) -> None:
        now, scheduler_id = self._around.now(), self._around.scheduler_id
        with self._around.right.writing() as connection:
            number = store.begin_run(connection, scheduler_id, name, self._instance, cause, begun)
            store.end_run(connection, scheduler_id, name, number, text[:TEXT_MAX], failed, now)
