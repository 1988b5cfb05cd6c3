"""One start is changed by a person: the engine obeys, and the rule stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.plan_change import PlanChange, PlanWithdraw
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.params import Params
from scheduler.records import OrderKey, OrderState
from scheduler.xml.document import parse
from tests.support.job_clock import JobClock, job_with, times_of
from tests.support.run_times import run_time
from tests.support.worlds import a_chain, a_job, an_order

DAILY = '<run_time><period single_start="10:00"/><period single_start="11:00"/></run_time>'
HOURLY = '<run_time><period absolute_repeat="3600"/></run_time>'


def clock(text: str = DAILY) -> JobClock:
    return JobClock("2024-03-01 08:00", job_with(text))


def on_that_day(time: str) -> str:
    return f"2024-03-01 {time}" if time else ""


def change(engine: JobClock, action: str, planned: str = "", start: str = "", **values: Any) -> int:
    "The number of the change; times are of the first of March, in the zone of the job's clock."
    if "job_chain" not in values:
        values.setdefault("job", "/job")
    command = PlanChange(action=action, planned=on_that_day(planned), start=on_that_day(start), **values)
    reply = engine.command(command).reply
    assert reply is not None
    return int(parse(reply.encode()).children[0].attributes["number"])


def times(engine: JobClock, until: str = "2024-03-01 23:00") -> list[str]:
    return sorted(times_of(engine.starts_until(until, seconds=5)))


@pytest.mark.parametrize(
    ("action", "planned", "start", "expected"),
    [
        ("skip", "10:00", "", ["03-01 11:00"]),
        ("move", "10:00", "09:15", ["03-01 09:15", "03-01 11:00"]),
        ("move", "10:00", "12:30", ["03-01 11:00", "03-01 12:30"]),
        ("hold", "10:00", "", ["03-01 11:00"]),
        ("hold", "10:00", "10:20", ["03-01 10:20", "03-01 11:00"]),
        ("add", "", "09:15", ["03-01 09:15", "03-01 10:00", "03-01 11:00"]),
    ],
)
def test_a_job_starts_as_the_change_says_and_the_rule_stays(
    action: str, planned: str, start: str, expected: list[str]
) -> None:
    engine = clock()
    change(engine, action, planned, start)
    assert times(engine) == expected
    assert times(engine, "2024-03-02 10:30") == ["03-02 10:00"]


def test_a_job_shows_the_start_that_will_be() -> None:
    engine = clock()
    number = change(engine, "skip", "10:00")
    next_start = engine.world.jobs["/job"].next_start_at
    assert next_start is not None
    assert next_start.astimezone(engine.zone).hour == 11
    engine.command(PlanWithdraw(number=number))
    next_start = engine.world.jobs["/job"].next_start_at
    assert next_start is not None
    assert next_start.astimezone(engine.zone).hour == 10


def test_one_start_of_a_job_gets_other_parameters() -> None:
    engine = clock()
    change(engine, "params", "10:00", params=Params({"rows": "7"}))
    assert times(engine) == ["03-01 10:00", "03-01 11:00"]
    assert [dict(task.params) for task in engine.tasks.values()] == [{"rows": "7"}, {}]


def test_a_later_change_takes_the_place_of_an_earlier_one_and_can_be_withdrawn() -> None:
    engine = clock()
    change(engine, "move", "10:00", "09:15")
    number = change(engine, "move", "10:00", "09:45")
    assert len(engine.world.queued_of("/job")) == 1
    assert times(engine, "2024-03-01 09:30") == []
    engine.command(PlanWithdraw(number=number))
    assert not engine.world.queued_of("/job")
    assert times(engine) == ["03-01 10:00", "03-01 11:00"]


def test_a_held_start_is_let_go_by_a_further_change() -> None:
    engine = clock()
    change(engine, "hold", "10:00")
    assert times(engine, "2024-03-01 09:59") == []
    change(engine, "move", "10:00", "10:05")
    assert times(engine, "2024-03-01 10:30") == ["03-01 10:05"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"action": "skip", "planned": "10:30"}, Code.NOT_PLANNED),
        ({"action": "skip", "planned": "07:00"}, Code.START_PASSED),
        ({"action": "move", "planned": "10:00", "start": "07:00"}, Code.START_PASSED),
        ({"action": "move", "planned": "10:00"}, Code.WRONG_FOR_PLAN),
        ({"action": "skip"}, Code.WRONG_FOR_PLAN),
        ({"action": "skip", "planned": "10:00", "start": "11:00"}, Code.WRONG_FOR_PLAN),
        ({"action": "params", "planned": "10:00"}, Code.WRONG_FOR_PLAN),
        ({"action": "add"}, Code.WRONG_FOR_PLAN),
        ({"action": "add", "planned": "10:00", "start": "10:10"}, Code.WRONG_FOR_PLAN),
        ({"action": "skip", "planned": "10:00", "job": ""}, Code.WRONG_FOR_PLAN),
        ({"action": "skip", "planned": "10:00", "job": "/nowhere"}, Code.UNKNOWN_OBJECT),
        ({"action": "skip", "planned": "10:00", "job": "", "job_chain": "/chain", "order": "9"}, Code.UNKNOWN_ORDER),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(values: dict[str, Any], code: Code) -> None:
    engine = JobClock("2024-03-01 08:00", job_with(DAILY), a_chain("/chain"))
    with pytest.raises(WorkloadError) as refusal:
        change(engine, **values)
    assert refusal.value.code is code
    assert times(engine) == ["03-01 10:00", "03-01 11:00"]


def test_what_was_started_cannot_be_changed_any_more() -> None:
    engine = clock()
    number = change(engine, "move", "10:00", "09:15")
    times(engine, "2024-03-01 09:30")
    for again in (lambda: engine.command(PlanWithdraw(number=number)), lambda: change(engine, "skip", "10:00")):
        with pytest.raises(WorkloadError) as refusal:
            again()
        assert refusal.value.code is Code.START_PASSED
    with pytest.raises(WorkloadError) as refusal:
        engine.command(PlanWithdraw(number=99))
    assert refusal.value.code is Code.UNKNOWN_OVERRIDE


#: none of them a full hour: a planned start that falls into a run is lost, as always
MINUTES = st.integers(8 * 60 + 1, 23 * 60 + 58).filter(lambda minute: minute % 60)


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(9, 23), st.one_of(st.none(), MINUTES), max_size=6),
    st.lists(MINUTES, max_size=3, unique=True),
)
def test_planned_starts_without_the_replaced_ones_and_with_the_new_ones(
    replaced: dict[int, int | None], added: list[int]
) -> None:
    engine = JobClock("2024-03-01 08:00:30", job_with(HOURLY))
    expected = [hour * 60 for hour in range(9, 24) if hour not in replaced]
    for hour, minute in replaced.items():
        start = "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"
        change(engine, "hold" if minute is None else "move", f"{hour:02}:00", start)
    for minute in added:
        change(engine, "add", "", f"{minute // 60:02}:{minute % 60:02}")
    expected += [minute for minute in replaced.values() if minute is not None] + added
    found = sorted(times_of(engine.starts_until("2024-03-01 23:59")))
    assert found == [f"03-01 {minute // 60:02}:{minute % 60:02}" for minute in sorted(expected)]


# -- orders


def with_order(text: str = DAILY, **values: Any) -> JobClock:
    order: OrderDefinition = replace(an_order(**values), run_time=run_time(text), run_time_source=text)
    engine = JobClock("2024-03-01 08:00", a_job(), a_chain(), order)
    assert engine.world.orders[OrderKey("/chain", "1")].state is OrderState.WAITING
    return engine


def of_order(engine: JobClock, action: str, planned: str = "", start: str = "", **values: Any) -> int:
    return change(engine, action, planned, start, job_chain="/chain", order="1", **values)


def rounds(engine: JobClock, until: str = "2024-03-01 23:00") -> list[str]:
    "When rounds began: at every other task, as a round has two steps."
    return times(engine, until)[::2]


@pytest.mark.parametrize(
    ("action", "planned", "start", "expected"),
    [
        ("skip", "10:00", "", ["03-01 11:00"]),
        ("move", "10:00", "09:15", ["03-01 09:15", "03-01 11:00"]),
        ("move", "10:00", "12:30", ["03-01 11:00", "03-01 12:30"]),
        ("move", "11:00", "10:00", ["03-01 10:00"]),
        ("hold", "11:00", "", ["03-01 10:00"]),
        ("add", "", "09:15", ["03-01 09:15", "03-01 10:00", "03-01 11:00"]),
        ("add", "", "22:00", ["03-01 10:00", "03-01 11:00", "03-01 22:00"]),
    ],
)
def test_a_round_of_an_order_begins_as_the_change_says(
    action: str, planned: str, start: str, expected: list[str]
) -> None:
    engine = with_order()
    of_order(engine, action, planned, start)
    assert rounds(engine) == expected
    assert rounds(engine, "2024-03-02 10:30") == ["03-02 10:00"]


def test_one_round_gets_other_parameters_and_the_next_one_its_own_again() -> None:
    engine = with_order(params={"rows": "1", "file": "a"})
    of_order(engine, "params", "10:00", params=Params({"rows": "7"}))
    assert rounds(engine, "2024-03-01 10:00:02") == ["03-01 10:00"]
    assert dict(engine.world.orders[OrderKey("/chain", "1")].params) == {"rows": "7", "file": "a"}
    rounds(engine, "2024-03-01 10:30")
    assert dict(engine.world.orders[OrderKey("/chain", "1")].params) == {"rows": "1", "file": "a"}


def test_an_added_start_that_falls_into_a_round_begins_when_the_round_is_over() -> None:
    engine = with_order()
    of_order(engine, "add", "", "10:00:03")
    assert rounds(engine) == ["03-01 10:00", "03-01 10:00:10", "03-01 11:00"]


def test_a_permanent_order_without_run_time_can_be_given_a_start() -> None:
    engine = JobClock("2024-03-01 08:00", a_job(), a_chain(), an_order())
    first = rounds(engine, "2024-03-01 08:30")
    number = of_order(engine, "add", "", "09:15")
    of_order(engine, "add", "", "09:45")
    engine.command(PlanWithdraw(number=number))
    assert first + rounds(engine) == ["03-01 08:00", "03-01 09:45"]


def test_a_change_far_ahead_leaves_an_order_alone_that_is_due_already() -> None:
    engine = with_order()
    engine.delete(a_job())
    times(engine, "2024-03-01 10:10")
    of_order(engine, "skip", "11:00")
    engine.files(a_job())
    assert rounds(engine, "2024-03-01 10:30") == ["03-01 10:10"]
