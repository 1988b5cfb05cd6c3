"What a background service is."

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from models.right import Right
from netcore.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    "What a service is given. `ending` is set when it should come to an end soon: its own, as they stop in order."

    settings: Settings
    right: Right
    now: Callable[[], datetime]
    ending: Event

    @property
    def scheduler_id(self) -> str:
        return self.settings.scheduler_id

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)


class Service(ABC):
    "`name` is a word for the database and the pages."

    name: str

    def __init__(self, around: Surroundings) -> None:
        self.around = around

    @abstractmethod
    def trigger(self) -> BaseTrigger:
        "When it runs."

    @abstractmethod
    def run(self) -> str:
        """One run, in a thread of the pool, never two at once. What it has done, in a few words; empty: nothing.

        What it raises is told and recorded, and the next run comes at its time.
        """

    def run_asked(self) -> str:
        "As `run`, because somebody wants it now."
        return self.run()

    def begin(self) -> None:  # noqa: B027  (most need nothing)
        "This instance hosts the services from now on: what was known before may be old."
