"""Starts that passed while no engine was active: what the policy of the object makes of them."""

from __future__ import annotations

import pytest

from scheduler.changes import Change
from scheduler.decision import Decision
from scheduler.definitions import JobDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Activated, Message
from scheduler.plan.catch_up import AUTHOR, MOST
from scheduler.plan.override import OverrideState, PlanKey
from scheduler.records import OrderKey
from tests.support.job_clock import JobClock, job_with, times_of
from tests.support.run_times import at, run_time
from tests.support.worlds import a_chain, a_job, an_order

HOURS = '<period single_start="10:00"/><period single_start="11:00"/><period single_start="12:00"/>'
DAY = "2024-03-01"


def text(policy: str, inside: str = HOURS) -> str:
    attribute = f' catch_up="{policy}"' if policy else ""
    return f"<run_time{attribute}>{inside}</run_time>"


class Restarted(JobClock):
    "An engine that begins to work at `when`, where nobody was active after `since`."

    def __init__(self, since: str, when: str, *definitions: JobDefinition) -> None:
        self._since = since
        super().__init__(f"{DAY} {when}", *definitions)

    def tell(self, message: Message) -> Decision:
        if isinstance(message, Activated):
            self.world.inactive_since = at(f"{DAY} {self._since}")
        return super().tell(message)


def times(engine: JobClock, until: str = "2024-03-02 10:30") -> list[str]:
    return sorted(times_of(engine.starts_until(until, seconds=60)))


@pytest.mark.parametrize(
    ("policy", "since", "when", "expected"),
    [
        ("", "09:30", "12:30", []),
        ("none", "09:30", "12:30", []),
        ("once", "09:30", "12:30", ["03-01 12:30"]),
        ("all", "09:30", "12:30", ["03-01 12:30", "03-01 12:31", "03-01 12:32"]),
        ("all", "10:30", "12:30", ["03-01 12:30", "03-01 12:31"]),
        ("all", "10:30", "10:45", ["03-01 11:00", "03-01 12:00"]),
        ("once", "12:00", "12:30", []),
        ("all", "11:59", "12:00", ["03-01 12:00"]),
    ],
)
def test_a_job_makes_up_for_what_it_missed_as_its_policy_says(
    policy: str, since: str, when: str, expected: list[str]
) -> None:
    engine = Restarted(since, when, job_with(text(policy)))
    assert times(engine) == [*expected, "03-02 10:00"]


def test_what_is_made_up_for_says_so_in_the_plan_and_is_recorded() -> None:
    engine = Restarted("10:30", "12:30", job_with(text("once")))
    made = engine.world.overrides.of(PlanKey("job", "/job"))
    assert [each.author for each in made] == [AUTHOR]
    assert "11:00" in made[0].reason  # 12:00 in Berlin is the last one
    assert made[0].task_id is not None
    assert engine.tasks[made[0].task_id].client == "catch-up 2024-03-01T11:00:00.000Z"
    assert "plan.changed" in engine.kinds


@pytest.mark.parametrize("stops", ["stopped", "disabled", "schedule"])
def test_a_job_that_could_not_have_started_makes_up_for_nothing(stops: str) -> None:
    from scheduler.copying import replace
    from scheduler.records import JobState

    rule = '<run_time schedule="/gone" catch_up="all"/>' if stops == "schedule" else text("all")

    class Prevented(Restarted):
        def tell(self, message: Message) -> Decision:
            if isinstance(message, Activated) and stops != "schedule":
                job = self.world.jobs["/job"]
                changed = {"state": JobState.STOPPED} if stops == "stopped" else {"enabled": False}
                self.world.put(replace(job, **changed))
            return super().tell(message)

    engine = Prevented("09:30", "12:30", job_with(rule))
    assert not engine.world.overrides


def test_a_start_that_was_made_before_the_engine_went_is_not_made_again() -> None:
    before = JobClock(f"{DAY} 09:00", job_with(text("all")))
    assert times_of(before.starts_until(f"{DAY} 10:30", seconds=7200)) == ["03-01 10:00"]

    class Recovered(Restarted):
        def tell(self, message: Message) -> Decision:
            if isinstance(message, Activated):
                for task in before.world.tasks.values():
                    self.world.put(task)
            return super().tell(message)

    engine = Recovered("09:59", "11:30", job_with(text("all")))
    overrides = engine.world.overrides.of(PlanKey("job", "/job"))
    assert len(overrides) == 1  # that of 11:00


def test_so_many_starts_at_most_are_made_up_for_the_newest_ones() -> None:
    engine = Restarted("06:00", "12:30", job_with(text("all", '<period absolute_repeat="60"/>')))
    made = engine.world.overrides.of(PlanKey("job", "/job"))
    assert len(made) == MOST
    assert "2024-03-01T11:30" in made[-1].reason


def test_a_repeat_that_counts_from_the_end_of_a_run_cannot_be_missed() -> None:
    engine = Restarted("06:00", "12:30", job_with(text("all", '<period repeat="3600"/>')))
    assert not engine.world.overrides


def waiting_order(policy: str) -> JobClock:
    "It was to start at 10:00, and nobody was active between 09:30 and 12:30."
    rule = text(policy)
    order = an_order(run_time=run_time(rule), run_time_source=rule, has_run_time=True)
    engine = JobClock(f"{DAY} 09:00", a_job(), a_chain(), order)
    engine.now = engine.world.now = at(f"{DAY} 12:30")
    engine.world.inactive_since = at(f"{DAY} 09:30")
    engine.tell(Activated())
    return engine


@pytest.mark.parametrize(
    ("policy", "rounds"),
    [
        ("", ["03-01 12:30"]),
        ("none", []),
        ("once", ["03-01 12:30"]),
        ("all", ["03-01 12:30", "03-01 12:32", "03-01 12:34"]),
    ],
)
def test_an_order_makes_up_for_what_it_missed_as_its_policy_says(policy: str, rounds: list[str]) -> None:
    engine = waiting_order(policy)
    assert times(engine)[::2] == [*rounds, "03-02 10:00"]  # a round has two steps of a minute
    made = engine.world.overrides.of(PlanKey("order", "/chain,1"))
    assert {each.state for each in made} <= {OverrideState.USED}
    assert len(made) == (len(rounds) if policy else 0)
    missed = [run.client for run in engine.runs.values() if run.client]
    hours = {"once": ["11"], "all": ["09", "10", "11"]}.get(policy, [])
    assert missed == [f"catch-up 2024-03-01T{hour}:00:00.000Z" for hour in hours]
    assert not any(run.actor for run in engine.runs.values())


def test_an_order_that_was_due_before_the_engine_went_was_busy_and_misses_nothing() -> None:
    rule = text("all")
    order = an_order(run_time=run_time(rule), run_time_source=rule, has_run_time=True)
    engine = JobClock(f"{DAY} 09:00", a_chain(), order)  # without its job
    engine.starts_until(f"{DAY} 10:30")
    engine.now = engine.world.now = at(f"{DAY} 12:30")
    engine.world.inactive_since = at(f"{DAY} 10:30")
    engine.tell(Activated())
    assert not engine.world.overrides
    assert engine.world.orders[OrderKey("/chain", "1")].start_at == at(f"{DAY} 10:00")


def test_the_journal_says_since_when_nobody_was_active() -> None:
    found: list[Change] = []

    class Listening(Restarted):
        def tell(self, message: Message) -> Decision:
            decision = super().tell(message)
            found.extend(decision.changes)
            return decision

    Listening("09:30", "12:30", job_with(text("")))
    started = next(change for change in found if change.kind.value == "scheduler.started")
    assert started.detail["inactive_since"] == "2024-03-01T08:30:00+00:00"


def test_a_policy_that_is_none_is_refused() -> None:
    with pytest.raises(WorkloadError) as refused:
        run_time('<run_time catch_up="twice"/>')
    assert refused.value.code is Code.BAD_CHOICE
