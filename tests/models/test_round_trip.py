"""What is written comes back equal, record type by record type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from models import restore, tables
from models.batch import Writer
from models.forms import FORMS, fingerprint
from models.load import load
from models.read import hold_ends, job_waits
from scheduler.changes import Change, Kind
from scheduler.configuration.run_time import run_time_of
from scheduler.copying import replace
from scheduler.definitions import OrderDefinition
from scheduler.errors import Problem
from scheduler.hold import Hold, HoldKind
from scheduler.job_wait import JobWait
from scheduler.params import Params
from scheduler.plan.override import Override, OverrideAction, OverrideState
from scheduler.records import (
    Cause,
    ChainState,
    Counter,
    FileState,
    JobState,
    NodeAction,
    Order,
    OrderOrigin,
    OrderState,
    Pause,
    RunCause,
    Task,
    TaskState,
    Variable,
)
from scheduler.secret_names import MASK
from scheduler.task.usage import Usage
from tests.support.records import (
    NOW,
    a_chain,
    a_file,
    a_job,
    a_node,
    a_run,
    a_step,
    a_task,
    an_ended_task,
    an_order,
    later,
    putting,
)

RUN_TIME = '<run_time schedule="plan" time_zone="Europe/Berlin"/>'
PROBLEM = Problem("SCHEDULER-280", 'The process "ended" with <exit> code 1\n', 3, 14)
PARAMS = Params([("Target", "ä€😀"), ("b", 'line\n"quoted" \\ & <xml>'), ("empty", "")])

ORDERS = [
    an_order(),
    an_order(
        "Ö 'quoted' %s ? :x",
        state=OrderState.SETBACK,
        origin=OrderOrigin.PERMANENT,
        start_at=later(60),
        priority=-5,
        title="title",
        end_node="end",
        original_end_node="",
        params=PARAMS,
        state_text="text",
        setback_count=2,
        touched=True,
        history_id=2**40,
        steps=3,
        started_at=NOW,
        task_id=2**33,
        last_error="error",
        has_run_time=True,
        file_written_at=later(-60),
        removed=True,
        run_time=run_time_of(RUN_TIME, "/"),
        run_time_source=RUN_TIME,
        xml_payload="<a/>",
        ignore_max_orders=True,
        start_given=True,
        params_before=PARAMS,
        outer_chain="/Outer",
        outer_node="first",
        ended_at=later(5),
        cause=RunCause.WEB,
        actor="ann",
        client="10.1.2.3",
        params_given=None,
        successor=OrderDefinition(
            chain="/Sales/Daily", id="x", at="now+60", params=PARAMS, priority=3,
            run_time=run_time_of(RUN_TIME, "/Sales"), run_time_source=RUN_TIME, cause=RunCause.ORDER, author="ann",
            client="10.1.2.3",
        ),
    ),
]
TASKS = [
    a_task(),
    a_task(
        2**33,
        state=TaskState.KILLING,
        cause=Cause.QUEUE_AT,
        name="name",
        params=PARAMS,
        environment=(("A", "1"), ("b", "")),
        enqueued_at=NOW,
        start_at=later(1),
        force=False,
        started_at=later(2),
        pid=4711,
        chain="/Sales/Daily",
        order_id="o1",
        node="load",
        history_id=4,
        step=2,
        steps=1,
        exit_code=-9,
        problem=PROBLEM,
        state_text="text",
        log_file="task.log",
        killed_for=PROBLEM,
        trigger_files="/a;/b",
        member_id="demo/host:4444",
        usage=Usage(0.25, 1.5, 2**34, True, 512, 2**40),
        actor="ann",
        client="10.1.2.3 (token deploy)",
        host="far.example",
    ),
]


@pytest.mark.parametrize("order", ORDERS, ids=["plain", "full"])
def test_an_order_comes_back(writer: Writer, connection: Connection, order: Order) -> None:
    writer.write([putting(order)], now=NOW)
    row = connection.execute(select(*restore.ORDER_COLUMNS, tables.orders.c.modified_at)).one()
    assert restore.order_of(row) == order
    assert row.modified_at == NOW


@pytest.mark.parametrize("task", TASKS, ids=["plain", "full"])
def test_a_task_comes_back(writer: Writer, connection: Connection, task: Task) -> None:
    writer.write([putting(task)], now=NOW)
    assert restore.task_of(connection.execute(select(tables.tasks)).one()) == task


def test_a_round_and_its_steps_come_back(writer: Writer, connection: Connection) -> None:
    run = a_run(
        7, title="t", state_text="x", ended_at=later(3), failed=True, cause=RunCause.FILE, actor="ann", client="task 7",
        params=PARAMS, last_params=Params([*PARAMS.pairs(), ("more", "1")]),
    )  # fmt: skip
    steps = [
        a_step(7, 1, ended_at=later(1), exit_code=1, problem=PROBLEM, log_begin=3, log_end=2**40), a_step(7, 2),
    ]  # fmt: skip
    writer.write([putting(run, *steps)], now=NOW)
    assert restore.run_of(connection.execute(select(tables.order_runs)).one()) == run
    rows = connection.execute(select(tables.order_steps).order_by(tables.order_steps.c.step))
    assert [restore.step_of(row) for row in rows] == steps


def test_the_parameters_with_which_a_round_began_stay_as_they_were(writer: Writer, connection: Connection) -> None:
    began = a_run(7, params=Params({"a": "1", "db_password": "x"}), last_params=Params({"a": "1"}))
    writer.write([putting(began)], now=NOW)
    writer.write([putting(replace(began, params=None, last_params=Params({"a": "2"})))], now=NOW)
    found = restore.run_of(connection.execute(select(tables.order_runs)).one())
    assert found.params == Params({"a": "1", "db_password": MASK})
    assert found.last_params == Params({"a": "2"})


def test_what_outlasts_a_restart_of_jobs_chains_and_nodes_is_loaded(writer: Writer, connection: Connection) -> None:
    job = a_job(
        definition={"title": "T", "order": True, "params": PARAMS, "source": "<job/>"},
        state=JobState.STOPPING,
        enabled=False,
        errors_in_a_row=2,
        delay_until=later(5),
        state_text="text",
        problem=PROBLEM,
        good_steps=2,
        good_seconds=1.5,
    )
    chain, node = a_chain(state=ChainState.STOPPED), a_node(action=NodeAction.NEXT_STATE)
    file = a_file(definition=job.definition, state=FileState.ACTIVE, problem=PROBLEM)
    writer.write([putting(job, chain, node, file)], now=NOW)
    loaded = load(connection, "s")
    memory = loaded.jobs[job.key]
    assert (memory.path, memory.stopped, memory.enabled) == (job.path, True, False)
    assert (memory.errors_in_a_row, memory.delay_until) == (2, job.delay_until)
    assert (memory.state_text, memory.problem) == ("text", PROBLEM)
    assert (memory.good_steps, memory.good_seconds) == (2, 1.5)
    assert loaded.chains[chain.key].state is ChainState.STOPPED
    assert loaded.nodes[node.key].action is NodeAction.NEXT_STATE
    assert [memory.fingerprint, loaded.chains[chain.key].fingerprint] == [fingerprint(job), fingerprint(chain)]
    assert [loaded.nodes[node.key].fingerprint, loaded.files[file.key]] == [fingerprint(node), fingerprint(file)]


def test_a_fingerprint_changes_with_what_is_stored_and_only_with_it() -> None:
    assert fingerprint(a_job()) == fingerprint(a_job(state=JobState.RUNNING, all_tasks=3))
    assert fingerprint(a_job()) != fingerprint(a_job(state=JobState.STOPPED))
    assert fingerprint(a_job()) != fingerprint(a_job(definition={"title": "new"}))


def test_small_things_come_back(writer: Writer, connection: Connection) -> None:
    writer.write([putting(Counter("task", 2**40), Variable("Region", "EMEA"), Pause(True))], now=NOW)
    loaded = load(connection, "s")
    assert loaded.counters == {"task": 2**40}
    assert loaded.variables == {"region": Variable("Region", "EMEA")}
    assert loaded.paused


@pytest.mark.parametrize(
    ("written", "kept"),
    [("half \udc80 pair", "half ? pair"), ("a lone \ud83d", "a lone ?"), ("😀 is whole", "😀 is whole")],
)
def test_text_that_no_database_takes_is_replaced(
    writer: Writer, connection: Connection, written: str, kept: str
) -> None:
    writer.write([putting(an_ended_task(state_text=written))], now=NOW)
    assert connection.execute(select(tables.tasks.c.state_text)).scalar_one() == kept


def test_a_nul_stops_nobody(writer: Writer, connection: Connection) -> None:
    writer.write([putting(an_ended_task(state_text="a\0b", params=Params({"n": "\\u0000"})))], now=NOW)
    row = connection.execute(select(tables.tasks)).one()
    assert row.state_text in ("a\0b", "a\N{REPLACEMENT CHARACTER}b")
    assert row.params == Params({"n": "\\u0000"})


def test_every_form_names_exactly_the_columns_of_its_table() -> None:
    for form in FORMS.values():
        own = {"scheduler_id", "modified_at"} & set(form.table.c.keys())
        assert set(form.columns) | own == set(form.table.c.keys())
        assert form.columns[: len(form.keys)] == form.keys
        assert {"scheduler_id", *form.keys} == {column.name for column in form.table.primary_key}


HOLDS = [
    Hold(HoldKind.JOB, "/Sales/Load", later(60), "ann"),
    Hold(HoldKind.JOB_CHAIN, "/Sales/Daily", later(1)),
    Hold(HoldKind.NODE, "/Sales/Daily,Load ä", later(2)),
    Hold(HoldKind.ORDER, "/Sales/Daily,Ö, 'x'", later(3), "Ann"),
    Hold(HoldKind.SCHEDULER, "/", later(4)),
]


def test_what_goes_on_by_itself_comes_back(writer: Writer, connection: Connection) -> None:
    writer.write([putting(*HOLDS)], now=NOW)
    loaded = load(connection, "s")
    assert sorted(loaded.holds, key=str) == sorted(HOLDS, key=str)
    assert hold_ends(connection, "s") == {hold.key: hold.until for hold in HOLDS}
    assert hold_ends(connection, "other") == {}
    connection.rollback()
    again = replace(HOLDS[0], until=later(90))
    gone = tuple((Hold, hold.key) for hold in HOLDS[1:])
    writer.write([putting(again), Change(Kind.JOB_UNSTOPPED, "/", drop=gone)], now=NOW)
    assert load(connection, "s").holds == [again]


def test_who_waits_for_a_process_comes_back(writer: Writer, connection: Connection) -> None:
    waits = [JobWait("/Sales/Lö'ad", "/narrow", later(1)), JobWait("/b", "", later(2), ("/db", "/Sales/x y"))]
    writer.write([putting(*waits)], now=NOW)
    assert sorted(load(connection, "s").waits, key=str) == sorted(waits, key=str)
    assert job_waits(connection, "s") == {wait.key: wait for wait in waits}
    assert job_waits(connection, "other") == {}
    connection.rollback()
    gone = ((JobWait, waits[1].key),)
    writer.write([putting(replace(waits[0], process_class="")), Change(Kind.JOB_CHANGED, "/b", drop=gone)], now=NOW)
    assert load(connection, "s").waits == [replace(waits[0], process_class="")]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
some_time = st.datetimes(datetime(1900, 1, 1), datetime(3000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
instants = st.none() | some_time


@given(
    values=st.fixed_dictionaries(
        {"title": texts, "node": texts, "start_at": instants, "params": st.dictionaries(texts, texts).map(Params)}
    )
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_and_time_comes_back(writer: Writer, connection: Connection, values: dict[str, Any]) -> None:
    order = an_order(**values)
    writer.write([putting(order)], now=NOW)
    assert restore.order_of(connection.execute(select(*restore.ORDER_COLUMNS)).one()) == order


OVERRIDES = [
    Override(1, "job", "/Sales/Load", OverrideAction.SKIP, NOW, None, NOW),
    Override(
        2, "order", "/Sales/Daily,Ö", OverrideAction.MOVE, NOW, later(60), NOW, PARAMS, "why: <&>", "me", 7,
        OverrideState.USED,
    ),
    Override(3, "job", "/Sales/Load", OverrideAction.ADD, None, later(5), NOW, state=OverrideState.WITHDRAWN),
]  # fmt: skip


def test_changes_of_the_plan_come_back_unless_they_were_withdrawn(writer: Writer, connection: Connection) -> None:
    writer.write([putting(*OVERRIDES)], now=NOW)
    assert load(connection, "s").overrides == OVERRIDES[:2]
    stored = connection.execute(select(tables.plan_overrides).order_by(tables.plan_overrides.c.number)).all()
    assert [restore.override_of(row) for row in stored] == OVERRIDES
