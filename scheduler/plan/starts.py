"""The starts that the engine obeys: those of run times, without the ones that an override replaces, and with the ones
that overrides bring.

Of a job, an override brings its start as a task in the job's queue, so here only planned starts are left out. Of an
order, the next start is the earlier one of what is planned and what is overridden. Only starts at an instant that the
run time fixes (single starts, `at`, points of an `absolute_repeat`) can be replaced; those of `repeat` depend on the
end of the last run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.copying import replace
from scheduler.index.overrides import Overrides
from scheduler.plan.override import Override, PlanKey
from scheduler.records import JobTimes
from scheduler.run_time.job_starts import next_single_start

_MICROSECOND = timedelta(microseconds=1)


def without_replaced(overrides: Overrides, key: PlanKey, times: JobTimes) -> JobTimes:
    "A job's times whose next single start is one that nobody has replaced; the same ones when it is that already."
    start = times.next_single
    while start is not None and overrides.at(key, start) is not None:
        start = next_single_start(times.plan, start + _MICROSECOND)
    return times if start == times.next_single else replace(times, next_single=start)


def order_start(
    overrides: Overrides, key: PlanKey, planned: datetime | None, next_after: Callable[[datetime], datetime | None]
) -> datetime | None:
    """When an order's round starts, if its run time says `planned`; `next_after(t)` is what that says for after `t`.

    An override whose start has passed while the order was busy starts it at once.
    """
    while planned is not None and overrides.at(key, planned) is not None:
        planned = next_after(planned + _MICROSECOND)
    override = overrides.due_first(key)
    if override is None or override.start_at is None:
        return planned
    return override.start_at if planned is None else min(planned, override.start_at)


def started_by(overrides: Overrides, key: PlanKey, start_at: datetime | None) -> Override | None:
    "The override that an order's round starts by, which is to begin because of `start_at`."
    override = overrides.due_first(key) if start_at is not None else None
    return override if override is not None and override.start_at == start_at else None
