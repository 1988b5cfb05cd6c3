"""`<calendar>`: queued tasks, set-back orders, periods; what is listed, and how it is limited."""

from __future__ import annotations

import pytest

from scheduler.definitions import NodeDefinition, SetbackDelay
from scheduler.run_time.model import RunTime
from tests.support.asked import asked
from tests.support.run_times import run_time, schedule
from tests.support.worlds import Engine, a_chain, a_job, an_order

NOON = '<run_time><period single_start="12:00"/></run_time>'
WORK = '<run_time><period begin="08:00" end="09:30" repeat="600"/><period single_start="23:00"/></run_time>'


def entries(engine: Engine, attributes: str = "") -> list[tuple[str, dict[str, str]]]:
    found = asked(engine, f"<show_calendar {attributes}/>")
    return [(entry.tag, dict(entry.attrib)) for entry in found]


def test_periods_and_single_starts_of_a_job_in_a_week_and_a_second() -> None:
    engine = Engine(a_job("/a/job", run_time=run_time(WORK)))
    found = entries(engine)
    assert found[0] == ("period", {"single_start": "2024-01-31T23:00:00Z", "job": "/a/job"})
    assert found[1] == (
        "period",
        {"begin": "2024-02-01T08:00:00Z", "end": "2024-02-01T09:30:00Z", "repeat": "600", "job": "/a/job"},
    )
    assert len(found) == 1 + 6 * 2
    midnight = '<run_time><period single_start="00:00"/></run_time>'
    last = entries(Engine(a_job(run_time=run_time(midnight))))[-1][1]
    assert last["single_start"] == "2024-02-07T00:00:00Z"


def test_a_queued_task_stands_before_the_run_time_of_its_job() -> None:
    engine = Engine(a_job(run_time=run_time(NOON)))
    asked(engine, '<start_job job="/job" at="2024-01-31 18:00:30"/>')
    asked(engine, '<start_job job="/job" at="2025-01-31 18:00"/>')
    found = entries(engine, 'before="2024-02-01 00:00"')
    assert found == [
        ("at", {"at": "2024-01-31T18:00:30Z", "job": "/job", "task": "1"}),
        ("period", {"single_start": "2024-01-31T12:00:00Z", "job": "/job"}),
    ]


def test_orders_are_listed_when_they_are_asked_for_and_a_setback_says_so() -> None:
    node = NodeDefinition("first", "/job", "done", "done", on_error="setback")
    job = a_job(setback_delays=(SetbackDelay(1, 60.0), SetbackDelay(3, 60.0, is_maximum=True)))
    engine = Engine(job, a_chain("/chain", node, NodeDefinition("done")))
    asked(engine, '<add_order job_chain="/chain" id="back"/>')
    engine.end(exit_code=1)
    asked(engine, '<add_order job_chain="/chain" id="given" at="2024-02-01 10:00"/>')
    asked(engine, f'<add_order job_chain="/chain" id="daily">{NOON}</add_order>')
    asked(engine, '<add_order job_chain="/chain" id="held" at="2024-02-01 10:00" suspended="yes"/>')
    asked(engine, '<add_order job_chain="/chain" id="never" at="never"/>')
    assert entries(engine) == []
    order = {"job_chain": "/chain"}
    assert entries(engine, 'what="none orders" before="2024-02-01 11:00"') == [
        ("at", {"at": "2024-01-31T10:21:30Z", **order, "order": "back", "setback": "true"}),
        ("at", {"at": "2024-02-01T10:00:00Z", **order, "order": "given"}),
        ("period", {"single_start": "2024-01-31T12:00:00Z", **order, "order": "daily"}),
    ]


def test_what_changes_of_the_plan_replace_is_not_ahead_and_what_they_bring_is() -> None:
    own = an_order("daily", run_time=run_time(NOON), run_time_source=NOON, has_run_time=True)
    engine = Engine(a_job(run_time=run_time(NOON)), a_chain("/chain"), own)
    order = {"job_chain": "/chain", "order": "daily"}
    for target in ('job="/job"', 'job_chain="/chain" order="daily"'):
        asked(engine, f'<plan.change {target} action="skip" planned="2024-02-01 12:00"/>')
        asked(engine, f'<plan.change {target} action="move" planned="2024-02-02 12:00" start="2024-02-02 13:00"/>')
        asked(engine, f'<plan.change {target} action="hold" planned="2024-02-03 12:00"/>')
        asked(engine, f'<plan.change {target} action="add" start="2024-02-04 09:00"/>')
    assert entries(engine, 'from="2024-02-01 00:00" before="2024-02-05 00:00" what="orders"') == [
        ("at", {"at": "2024-02-02T13:00:00Z", "job": "/job", "task": "1"}),
        ("at", {"at": "2024-02-04T09:00:00Z", "job": "/job", "task": "2"}),
        ("period", {"single_start": "2024-02-04T12:00:00Z", "job": "/job"}),
        ("at", {"at": "2024-02-02T13:00:00Z", **order}),
        ("at", {"at": "2024-02-04T09:00:00Z", **order}),
        ("period", {"single_start": "2024-02-04T12:00:00Z", **order}),
    ]
    asked(engine, '<plan.withdraw number="1"/>')
    assert entries(engine, 'from="2024-02-01 00:00" before="2024-02-02 00:00"') == [
        ("period", {"single_start": "2024-02-01T12:00:00Z", "job": "/job"}),
    ]


def test_a_named_schedule_is_named_and_a_missing_one_gives_nothing() -> None:
    plan = schedule("/plan", '<schedule><period single_start="12:00" when_holiday="ignore_holiday"/></schedule>')
    named, missing = RunTime(schedule="/plan"), RunTime(schedule="/no")
    engine = Engine(plan, a_job("/a", run_time=named), a_job("/b", run_time=missing))
    expected = {"single_start": "2024-01-31T12:00:00Z", "when_holiday": "ignore_holiday", "schedule": "/plan"}
    assert entries(engine, 'limit="1"') == [("period", {**expected, "job": "/a"})]
    assert {entry["job"] for _, entry in entries(engine)} == {"/a"}


@pytest.mark.parametrize(("limit", "jobs"), [(0, []), (1, ["/a"]), (5, ["/a"]), (8, ["/a", "/b"]), (100, ["/a", "/b"])])
def test_later_objects_are_missing_when_the_limit_is_reached(limit: int, jobs: list[str]) -> None:
    engine = Engine(a_job("/a", run_time=run_time(NOON)), a_job("/b", run_time=run_time(NOON)))
    found = entries(engine, f'limit="{limit}"')
    assert len(found) == min(limit, 14)
    assert sorted({entry["job"] for _, entry in found}) == jobs


@pytest.mark.parametrize(
    ("attributes", "starts"),
    [
        ('from="2024-03-30 00:00" before="2024-04-01 00:00"', ["2024-03-30T11:00:00Z", "2024-03-31T10:00:00Z"]),
        ('from="2024-03-30T11:00:00Z" before="2024-03-31T10:00:00Z"', ["2024-03-30T11:00:00Z"]),
        ('from="2024-03-30T11:00:01Z" before="2024-03-31T10:00:01Z"', ["2024-03-31T10:00:00Z"]),
        ('from="2040-01-01 00:00" before="2041-01-01 00:00"', []),
        ('from="2024-03-31 00:00" before="2024-03-30 00:00"', []),
    ],
)
def test_local_times_are_those_of_the_engine_and_the_end_is_left_out(attributes: str, starts: list[str]) -> None:
    engine = Engine(a_job(run_time=run_time(NOON)), time_zone="Europe/Berlin")
    assert [entry["single_start"] for _, entry in entries(engine, attributes)] == starts
