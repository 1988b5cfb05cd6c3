"When jobs are to be looked at again because of their times, and what their times are made of."

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from scheduler.job.times import next_look
from scheduler.records import Job
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import Plan
from scheduler.run_time.schedules import Schedules

#: so many plans are kept without looking whether somebody has them
FEWEST = 1000


class PlanOf(NamedTuple):
    "A plan with the run time and the schedules that it was made from."

    run_time: RunTime
    schedules: Schedules
    plan: Plan


class JobLooks:
    """One timer for each job: the next instant at which its times or its delay mean something else.

    `untimed` are the jobs whose times may have to be worked out anew, `plans` the plans of jobs, both by key; see
    `scheduler.job.activation`. `wake_at` sets a timer for a job.
    """

    def __init__(self, wake_at: Callable[[datetime, str], None]) -> None:
        self.untimed: dict[str, None] = {}
        self.plans: dict[str, PlanOf] = {}
        #: the same, by run time
        self.shared: dict[RunTime, PlanOf] = {}
        self._wake_at = wake_at
        self._next: dict[str, datetime] = {}

    def put(self, job: Job, now: datetime) -> None:
        if job.times is None:
            self.untimed[job.key] = None
        when = next_look(job, now)
        if when is not None and self._next.get(job.key) != when:
            self._next[job.key] = when
            self._wake_at(when, job.key)

    def due(self, job: Job, now: datetime) -> None:
        "A timer of the job has come."
        self.untimed[job.key] = None
        self.put(job, now)

    def share(self, plan: PlanOf) -> None:
        "For all jobs with that run time. Those that nobody has any more are forgotten when they have become many."
        if len(self.shared) > FEWEST + 2 * len(self.plans):
            self.shared.clear()
        self.shared[plan.run_time] = plan

    def all_again(self, jobs: Iterable[str]) -> None:
        "What the times of all jobs may follow from has changed."
        self.untimed.update(dict.fromkeys(jobs))

    def forget(self, job_key: str) -> None:
        for by_key in (self.untimed, self.plans, self._next):
            by_key.pop(job_key, None)
