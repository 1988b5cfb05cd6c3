"What the pages and the history commands ask."

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from models import read
from models.batch import TaskLog, Writer
from models.read.orders import RECENT, last_runs
from models.right import Right
from scheduler.changes import Kind
from scheduler.definitions import FileOrderSink, NodeDefinition
from scheduler.errors import Problem
from scheduler.records import (
    ChainState,
    FileState,
    JobState,
    Node,
    NodeAction,
    ObjectKind,
    OrderState,
    TaskState,
)
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
from tests.support.rows import Rows, a_member

PROBLEM = Problem("SCHEDULER-280", "exit code 1")


@pytest.fixture(autouse=True)
def filled(writer: Writer) -> None:
    "A small scheduler: two chains, three jobs, five orders, tasks of all kinds, a faulty file."
    jobs = [
        a_job("/Sales/Load", {"title": "Load it", "order": True, "source": "<job/>"}),
        a_job("/Sales/Report", state=JobState.STOPPED, problem=PROBLEM),
        a_job("/other"),
    ]
    nodes = [
        a_node("load", 0, "/Sales/Load", action=NodeAction.STOP),
        a_node("report", 1, "/Sales/Report"),
        a_node("lost", 2, "/nowhere"),
        a_node("end", 3, ""),
    ]
    files = [
        a_file("/Sales/Load", definition=jobs[0].definition, problem=Problem("SCHEDULER-231", "Attribute", 3, 7)),
        a_file("/broken", ObjectKind.JOB_CHAIN, state=FileState.UNDEFINED, problem=PROBLEM),
        a_file("/other"),
    ]
    orders = [
        an_order("o1", node="load", ordering=1),
        an_order("o2", node="load", ordering=2, priority=9, state=OrderState.SUSPENDED),
        an_order("o3", node="report", ordering=3, state=OrderState.RUNNING, title="100% of it"),
        an_order("gone", ordering=4, state=OrderState.ENDED),
        an_order("x", chain="/zoo", ordering=5),
    ]
    tasks = [
        an_ended_task(1, "/Sales/Load"),
        an_ended_task(2, "/Sales/Load", problem=PROBLEM, exit_code=1),
        an_ended_task(3, "/other", problem=PROBLEM, ended_at=later(-25 * 3600)),
        a_task(4, "/Sales/Load", state=TaskState.RUNNING, started_at=NOW),
        a_task(5, "/Sales/Load"),
    ]
    runs = [
        a_run(1, "o1", ended_at=later(2), failed=True),
        a_run(2, "o1"),
        a_run(3, "o2"),
        a_step(1, 1, task_id=1, ended_at=later(1)),
        a_step(1, 2, task_id=99, node="report"),
    ]
    chains = [a_chain("/Sales/Daily"), a_chain("/zoo", state=ChainState.STOPPED)]
    writer.write([putting(*jobs, *chains, *nodes, *files, *orders, *tasks, *runs)], [TaskLog(1, b"log")], now=NOW)


def test_the_overview_counts(connection: Connection) -> None:
    found = read.overview(connection, "s", later(10))
    assert dict(found.orders) == {OrderState.WAITING: 2, OrderState.SUSPENDED: 1, OrderState.RUNNING: 1}
    assert (found.orders_total, found.orders_waiting, found.orders_running, found.orders_suspended) == (4, 2, 1, 1)
    assert (found.tasks_running, found.tasks_queued) == (1, 1)
    assert (found.jobs, found.jobs_stopped, found.chains, found.chains_stopped) == (3, 1, 2, 1)
    assert (found.failed_tasks, found.failed_runs, found.faulty_files) == (1, 1, 2)
    assert read.overview(connection, "s", NOW + timedelta(days=9)).failed == 0
    assert read.overview(connection, "nobody", NOW).orders_total == 0


def test_chains_are_listed_with_their_orders(connection: Connection) -> None:
    page = read.chains(connection, "s")
    assert [(row.path, row.state, row.orders_total) for row in page.rows] == [
        ("/Sales/Daily", ChainState.RUNNING, 3),
        ("/zoo", ChainState.STOPPED, 1),
    ]
    assert [row.path for row in read.chains(connection, "s", text="SALES").rows] == ["/Sales/Daily"]
    assert [row.path for row in read.chains(connection, "s", state=ChainState.STOPPED).rows] == ["/zoo"]


def test_an_order_is_found_in_the_nested_chain_where_it_stands(writer: Writer, connection: Connection) -> None:
    inside = an_order("n", outer_chain="/Outer", outer_node="first")
    writer.write([putting(inside)], now=NOW)
    assert read.chain_where_it_stands(connection, "s", "/OUTER", "n") == inside.chain
    assert read.chain_where_it_stands(connection, "s", inside.chain, "n") == ""


def test_nodes_tell_sinks_and_nested_chains_from_jobs(writer: Writer, connection: Connection) -> None:
    nodes = [
        NodeDefinition("1", "/scheduler_file_order_sink", sink=FileOrderSink(remove=True)),
        NodeDefinition("2", "/scheduler_file_order_sink", sink=FileOrderSink(move_to="/old")),
        NodeDefinition("3", job_chain="/inner"),
        NodeDefinition("4"),
    ]
    chain = a_chain("/of/all")
    writer.write([putting(chain, *(Node("/of/all", n, node) for n, node in enumerate(nodes)))], now=NOW)
    found = read.chain(connection, "s", "/of/all")
    assert found is not None
    assert [(node.sink, node.nested_chain, node.is_end) for node in found.nodes] == [
        ("remove", "", False), ("/old", "", False), ("", "/inner", False), ("", "", True),
    ]  # fmt: skip


def test_a_chain_shows_its_nodes_in_order(connection: Connection) -> None:
    found = read.chain(connection, "s", "/SALES/daily")
    assert found is not None
    assert [(node.state, node.is_end, node.job_known, node.job_stopped) for node in found.nodes] == [
        ("load", False, True, False),
        ("report", False, True, True),
        ("lost", False, False, False),
        ("end", True, False, False),
    ]
    assert found.nodes[0].action is NodeAction.STOP
    assert dict(found.nodes[0].orders) == {OrderState.WAITING: 1, OrderState.SUSPENDED: 1}
    assert read.chain(connection, "s", "/none") is None


@pytest.mark.parametrize(
    ("narrowed", "ids"),
    [
        ({}, ["o2", "o1", "o3", "x"]),
        ({"chain": "/sales/DAILY"}, ["o2", "o1", "o3"]),
        ({"node": "load"}, ["o2", "o1", "x"]),
        ({"states": [OrderState.SUSPENDED, OrderState.RUNNING]}, ["o2", "o3"]),
        ({"states": [OrderState.ENDED]}, ["gone"]),
        ({"text": "100%"}, ["o3"]),
        ({"text": "_"}, []),
        ({"text": "ZOO"}, ["x"]),
        ({"offset": 1, "limit": 2}, ["o1", "o3"]),
        ({"offset": 99}, []),
    ],
)
def test_orders_are_narrowed_down(connection: Connection, narrowed: dict[str, object], ids: list[str]) -> None:
    page = read.orders(connection, "s", **narrowed)  # type: ignore[arg-type]
    assert [row.order.id for row in page.rows] == ids
    if "limit" in narrowed or "offset" in narrowed:
        assert page.total == 4


def test_one_order_and_its_history(connection: Connection) -> None:
    found = read.order(connection, "s", "/SALES/Daily", "gone")
    assert found is not None
    assert found.order.state is OrderState.ENDED
    assert read.order(connection, "s", "/sales/daily", "GONE") is None
    assert [run.history_id for run in read.order_runs(connection, "s", "/sales/daily", "o1")] == [2, 1]
    assert [run.history_id for run in read.order_runs(connection, "s", "/sales/daily", limit=2)] == [3, 2]
    assert [run.history_id for run in read.order_runs(connection, "s", "/sales/daily", before=3)] == [2, 1]
    for recent in (RECENT, 0):  # found among the newest, and without them
        runs = last_runs(connection, "s", ["/Sales/daily", "/nobody"], recent)
        assert {chain: run.history_id for chain, run in runs.items()} == {"/sales/daily": 3}
    steps = read.order_steps(connection, "s", 1)
    assert [(row.step.step, row.job, row.log_size) for row in steps] == [(1, "/Sales/Load", 3), (2, "", None)]
    run = read.order_run(connection, "s", 1)
    assert run is not None
    assert run.failed
    assert read.order_run(connection, "s", 99) is None


def test_rounds_of_all_orders(connection: Connection) -> None:
    assert [run.history_id for run in read.runs(connection, "s")] == [3, 2, 1]
    assert [run.history_id for run in read.runs(connection, "s", failed=True)] == [1]
    assert [run.history_id for run in read.runs(connection, "s", open=True)] == [3, 2]
    assert [run.history_id for run in read.runs(connection, "s", text="O2")] == [3]
    assert read.runs(connection, "s", since=later(1)) == []


def test_jobs_are_listed_with_their_tasks(connection: Connection) -> None:
    rows = {row.path: row for row in read.jobs(connection, "s").rows}
    load, report = rows["/Sales/Load"], rows["/Sales/Report"]
    assert (load.state, load.running, load.queued, load.problem_code) == (JobState.RUNNING, 1, 1, "SCHEDULER-231")
    assert load.last is not None
    assert (load.last.id, load.last.exit_code) == (2, 1)
    assert (report.state, report.error, report.last) == (JobState.STOPPED, PROBLEM, None)


@pytest.mark.parametrize(
    ("view", "paths"),
    [
        ("all", ["/other", "/Sales/Load", "/Sales/Report"]),
        ("running", ["/Sales/Load"]),
        ("stopped", ["/Sales/Report"]),
        ("error", []),
        ("disabled", []),
        ("faulty_file", ["/Sales/Load"]),
    ],
)
def test_jobs_are_narrowed_down(connection: Connection, view: read.JobView, paths: list[str]) -> None:
    page = read.jobs(connection, "s", view=view)
    assert ([row.path for row in page.rows], page.total) == (paths, len(paths))


def test_one_job(connection: Connection) -> None:
    found = read.job(connection, "s", "/sales/load")
    assert found is not None
    assert found.chains == (("/Sales/Daily", "load"),)
    assert found.file is not None
    assert (found.file.source, found.file.problem) == ("<job/>", Problem("SCHEDULER-231", "Attribute", 3, 7))
    assert read.job(connection, "s", "/none") is None


@pytest.mark.parametrize(
    ("narrowed", "ids"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"job": "/sales/LOAD"}, [5, 4, 2, 1]),
        ({"view": "open"}, [5, 4]),
        ({"view": "failed"}, [3, 2]),
        ({"view": "ended"}, [3, 2, 1]),
        ({"states": [TaskState.QUEUED]}, [5]),
        ({"text": "EXIT CODE"}, [3, 2]),
        ({"since": NOW}, [2, 1]),
        ({"before": 4, "limit": 2}, [3, 2]),
    ],
)
def test_tasks_are_narrowed_down(connection: Connection, narrowed: dict[str, object], ids: list[int]) -> None:
    assert [task.id for task in read.tasks(connection, "s", **narrowed)] == ids  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, [4, 2, 1]),
        ({"id": 2}, [2]),
        ({"id": 5}, []),
        ({"prev": 2}, [4, 2]),
        ({"next": 2}, [1, 2]),
        ({"id": 2, "prev": 5}, [1]),
        ({"id": 2, "next": 5}, [4]),
        ({"id": 2, "prev": 5, "next": 5}, [4]),
        ({"prev": 0}, []),
    ],
)
def test_the_history_of_a_job_is_walked_in_both_directions(
    connection: Connection, asked: dict[str, int], ids: list[int]
) -> None:
    assert [task.id for task in read.task_history(connection, "s", "/sales/LOAD", **asked)] == ids


def test_one_task(connection: Connection) -> None:
    found = read.task(connection, "s", 2)
    assert found is not None
    assert found.problem == PROBLEM
    assert read.task(connection, "s", 99) is None


def test_faulty_files_are_listed(connection: Connection) -> None:
    found = read.files_with_problems(connection, "s")
    assert [(file.kind, file.path) for file in found] == [("job", "/Sales/Load"), ("job_chain", "/broken")]
    one = read.file(connection, "s", ObjectKind.JOB_CHAIN, "/BROKEN")
    assert one is not None
    assert (one.state, one.source) == (FileState.UNDEFINED, "")


def test_recent_activity_is_the_journal_backwards(writer: Writer, connection: Connection) -> None:
    writer.write([putting(kind=Kind.JOB_STOPPED, object="/j"), putting(kind=Kind.JOB_UNSTOPPED, object="/k")], now=NOW)
    assert [row.kind for row in read.recent_activity(connection, "s", 2)] == ["job.unstopped", "job.stopped"]
    assert [row.id for row in read.recent_activity(connection, "s", before=3)] == [2, 1]
    assert [row.id for row in read.recent_activity(connection, "s", object="/j")] == [2]
    assert [row.id for row in read.changes_since(connection, "s", 1, limit=1)] == [2]


def test_partial_indexes_are_used(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by statistics, which small tables do not have")
    plans = {
        "ix_orders_open": "SELECT 1 FROM orders WHERE orders.scheduler_id = 's' AND orders.state <> 'ended'",
        "ix_tasks_open": "SELECT 1 FROM tasks WHERE tasks.scheduler_id = 's' AND tasks.state <> 'ended'",
        "ix_tasks_failed": "SELECT 1 FROM tasks WHERE scheduler_id = 's' AND ended_at > '' AND tasks.problem_code"
        " IS NOT NULL",
    }
    for index, query in plans.items():
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
        assert index in plan


def test_the_right_to_host_services_is_no_scheduler(connection: Connection, database_url: str) -> None:
    right = Right(database_url, "s", "somebody", "token")
    right.take(None, NOW)
    right.close()
    assert read.scheduler_ids(connection) == ["s"]
    with Rows(database_url, "night services") as rows:  # somebody may call an engine so
        rows.beat(a_member(1))
    assert list(read.last_changes(connection)) == ["night services", "s"]
