"""What the store remembers of the objects that an answer shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.answers.job_chain import OrderHistory
from scheduler.answers.job_queues import History
from scheduler.answers.options import ShowOptions
from scheduler.commands.questions import Activities
from scheduler.records import Job, JobChain
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Histories:
    "By the keys of jobs and of job chains. The problems say why there are none."

    tasks: Mapping[str, History] = field(default_factory=dict)
    runs: Mapping[str, OrderHistory] = field(default_factory=dict)
    no_tasks: History | None = None
    no_runs: OrderHistory | None = None

    def of_job(self, key: str) -> History | None:
        return self.tasks.get(key, self.no_tasks)

    def of_chain(self, key: str) -> OrderHistory | None:
        return self.runs.get(key, self.no_runs)


NONE = Histories()


def activities(world: World, options: ShowOptions) -> Activities | None:
    "What is to be asked for a list of jobs and chains; None: no history is wanted, or of nothing."
    tasks = options.max_task_history if "task_history" in options and "jobs" in options else 0
    runs = options.max_order_history
    if not tasks and not runs:
        return None
    jobs = [job.key for job in world.jobs.values() if _is_shown(options, job)] if tasks and options.wants("job") else []
    chains = (
        [chain.key for chain in world.chains.values() if _is_shown(options, chain)]
        if runs and options.wants("order")
        else []
    )
    return Activities(tuple(jobs), tasks, tuple(chains), runs, "log" in options) if jobs or chains else None


def _is_shown(options: ShowOptions, shown: Job | JobChain) -> bool:
    if "folders" not in options:
        return True
    folder = shown.path.rpartition("/")[0] or "/"
    below = folder.startswith(options.path.rstrip("/") + "/") and "no_subfolders" not in options
    return folder == options.path or (below and options.wants("folder"))


def histories_of(options: ShowOptions, answers: Mapping[str, Any]) -> Histories:
    "What the rim has looked up, or why it could not."
    problem = answers.get("problem")
    if problem is not None:
        no_tasks = History(problem=problem) if "task_history" in options else None
        no_runs = OrderHistory(problem=problem) if options.max_order_history else None
        return Histories(no_tasks=no_tasks, no_runs=no_runs)
    return Histories(
        {key: History(tasks) for key, tasks in answers.get("tasks_of", {}).items()},
        {key: OrderHistory(runs) for key, runs in answers.get("runs_of", {}).items()},
    )
