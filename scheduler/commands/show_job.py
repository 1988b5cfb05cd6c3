"""`<show_job>`: one job, with its tasks, its queue and, if wanted, its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler import paths
from scheduler.answers.built_in import built_in_job
from scheduler.answers.job import faulty_job, job_parts
from scheduler.answers.job_queues import History
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import faulty_file, find_job
from scheduler.commands.questions import Question, TaskHistory
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH

ALL = frozenset({"description", "task_queue", "orders", "job_orders"})


@command("show_job", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowJob(Shows):
    "`job_chain` limits orders and tasks to one chain."

    job: str = attribute(PATH)
    job_chain: str = attribute(PATH, "")

    def asks(self, world: World) -> Question | None:
        options = self.options(ALL)
        if "task_history" not in options or built_in_job(self.job) is not None:
            return None
        job = find_job(world, self.job)
        return TaskHistory(job.path, previous=options.max_task_history, with_log="log" in options, optional=True)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        options = self.options(ALL)
        own = built_in_job(self.job)
        if own is not None:
            return iter([own])
        faulty = faulty_file(world, ObjectKind.JOB, self.job)
        if faulty is not None and world.job(faulty.path) is None:
            return iter([faulty_job(faulty, options)])
        chain = paths.absolute(self.job_chain) if self.job_chain else ""
        return job_parts(world, find_job(world, self.job), options, chain, _history(answers))


def _history(answers: Mapping[str, Any]) -> History | None:
    if "tasks" not in answers and "problem" not in answers:
        return None
    return History(answers.get("tasks", ()), answers.get("problem"))
