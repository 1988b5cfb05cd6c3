"`repeat` counts from the last task also when the engine has ended in between, or another member has taken over."

from __future__ import annotations

import pytest

from scheduler.records import Job
from scheduler.remembered import Remembered
from tests.support.job_clock import JobClock, job_with, times_of
from tests.support.run_times import at

PERIOD = '<run_time><period begin="08:00" end="12:00" repeat="01:00"/></run_time>'


@pytest.mark.parametrize(
    ("ended", "begins", "first"),
    [
        (None, "09:00", "03-01 09:00"),                # never ran: at once
        ("2024-03-01 08:50", "09:00", "03-01 09:50"),  # an hour after the last task
        ("2024-03-01 08:10", "11:00", "03-01 11:00"),  # the start was missed: at once
        ("2024-02-29 11:50", "07:00", "03-01 08:00"),  # of another day: with the next period
        ("2024-03-01 11:30", "11:40", "03-02 08:00"),  # it would be after the end of the period
        ("2024-03-01 10:30", "09:00", "03-01 10:00"),  # clocks may go back: never later than from now on
    ],
)
def test_the_rhythm_goes_on(ended: str | None, begins: str, first: str) -> None:
    job = job_with(PERIOD)
    engine = JobClock(f"2024-03-01 {begins}")
    last = at(ended, engine.zone) if ended else None
    engine.world.remembered = Remembered({"/job": Job(job, last_task_ended_at=last)})
    engine.files(job)
    assert times_of(engine.starts_until("2024-03-02 08:30"))[0] == first
    assert engine.world.jobs["/job"].last_task_ended_at is None
