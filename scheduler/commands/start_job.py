"""`<start_job>`: a task is queued, to start now, at a time, or as soon as the job's periods allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler import paths
from scheduler.answers.options import ShowOptions
from scheduler.answers.task import task_element
from scheduler.commands.declare import attribute, command, environment, params
from scheduler.commands.lookups import find_job
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import Job
from scheduler.task.queue import enqueue
from scheduler.times import parse_at
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, SECONDS, TEXT, YES_NO
from scheduler.xml.write import element


@command("start_job", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class StartJob:
    """`after` (seconds) wins over `at`. `force` (the default) un-stops a stopped job, and the task needs no period.

    `at="period"`: as soon as the job is in a period, whatever `force` says.
    """

    job: str = attribute(PATH)
    at: str = attribute(TEXT, "now")
    after: float | None = attribute(SECONDS, None)
    force: bool = attribute(YES_NO, True)
    name: str = attribute(TEXT, "")
    web_service: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")
    client: str = ""
    params: Params = params()
    environment: tuple[tuple[str, str], ...] = environment()

    def decide(self, world: World, now: datetime) -> Decision:
        job = _ready(world, self.job)
        start_at, force = self._start(world, now)
        task, change = enqueue(
            world, job, now, start_at,
            params=self.params, environment=self.environment, name=self.name, force=force, unstop=self.force,
            actor=self.author, client=self.client,
        )  # fmt: skip
        return Decision([change], reply=element("ok", (), task_element(world, task, ShowOptions())))

    def _start(self, world: World, now: datetime) -> tuple[datetime | None, bool]:
        if self.after is not None:
            return now + timedelta(seconds=self.after), self.force
        if self.at == "period":
            return now, False
        return parse_at(self.at, now, ZoneInfo(world.identity.time_zone)), self.force


def _ready(world: World, path: str) -> Job:
    "Raises UNKNOWN_OBJECT; JOB_NOT_READY for one of which only a faulty file exists."
    try:
        return find_job(world, path)
    except WorkloadError as refusal:
        if refusal.code is not Code.FAULTY_FILE:
            raise
        state = f"not_initialized, because of {refusal.values['file']}: {refusal.values['problem']}"
        raise WorkloadError(Code.JOB_NOT_READY, job=paths.absolute(path), state=state) from None
