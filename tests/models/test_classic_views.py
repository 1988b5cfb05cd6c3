"Reports on the classic engine's tables find their names, columns and values."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Connection, text

from models.batch import TaskLog, Writer
from models.members import Member
from scheduler.definitions import OrderDefinition
from scheduler.errors import Problem
from scheduler.params import Params
from scheduler.records import ChainState, JobState, NodeAction, OrderState, TaskState
from tests.support.records import (
    NOW,
    a_chain,
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

COLUMNS = {
    "scheduler_history": "id spooler_id cluster_member_id job_name start_time end_time cause steps exit_code error"
    " error_code error_text parameters log pid agent_url",
    "scheduler_order_history": "history_id job_chain order_id spooler_id title state state_text start_time end_time"
    " log",
    "scheduler_order_step_history": "history_id step task_id state start_time end_time error error_code error_text"
    " spooler_id",
    "scheduler_orders": "job_chain id spooler_id distributed_next_time occupying_cluster_member_id priority state"
    " state_text title created_time mod_time ordering payload initial_state run_time order_xml",
    "scheduler_tasks": "task_id spooler_id cluster_member_id job_name enqueue_time start_at_time parameters task_xml",
    "scheduler_jobs": "spooler_id cluster_member_id path stopped next_start_time",
    "scheduler_job_chains": "spooler_id cluster_member_id path stopped",
    "scheduler_job_chain_nodes": "spooler_id cluster_member_id job_chain order_state action",
    "scheduler_clusters": "member_id scheduler_id precedence last_heart_beat next_heart_beat active exclusive dead"
    " paused command http_url deactivating_member_id xml",
}

PARAMS = Params([('a "quoted" <name>', "1 & 2"), ("b", "")])


def row_of(connection: Connection, view: str) -> dict[str, Any]:
    return dict(connection.execute(text(f"SELECT * FROM {view}")).mappings().one())  # noqa: S608


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_has_the_classic_columns(connection: Connection, view: str) -> None:
    result = connection.execute(text(f"SELECT * FROM {view}"))  # noqa: S608
    assert list(result.keys()) == COLUMNS[view].split()



def test_a_task_is_in_the_history(writer: Writer, connection: Connection) -> None:
    problem = Problem("SCHEDULER-280", "x" * 300)
    task = an_ended_task(5, exit_code=3, problem=problem, params=PARAMS, member_id="demo/host:4444")
    writer.write([putting(task)], [TaskLog(5, b"log")], now=NOW)
    row = row_of(connection, "scheduler_history")
    assert (row["id"], row["job_name"], row["exit_code"], row["error"]) == (5, "Sales/Load", 3, 1)
    assert (row["error_code"], len(row["error_text"]), bytes(row["log"])) == ("SCHEDULER-280", 249, b"log")
    assert row["cluster_member_id"] == "demo/host:4444"
    assert str(row["start_time"]) == "2026-03-28 23:59:59"
    assert str(row["end_time"]) == "2026-03-29 00:00:00"
    variables = etree.fromstring(row["parameters"])
    assert variables.tag == "sos.spooler.variable_set"
    assert variables.get("count") == "2"
    assert [(v.get("name"), v.get("value")) for v in variables] == PARAMS.pairs()


def test_a_round_with_its_step_is_in_the_order_history(writer: Writer, connection: Connection) -> None:
    writer.write([putting(a_run(9), a_step(9))], now=NOW)
    row = row_of(connection, "scheduler_order_history")
    assert (row["history_id"], row["job_chain"], row["order_id"], row["end_time"]) == (9, "Sales/Daily", "o1", None)
    row = row_of(connection, "scheduler_order_step_history")
    assert (row["step"], row["state"], row["error"], row["end_time"]) == (1, "load", None, None)


def test_an_order_and_a_queued_task_are_there_until_they_end(writer: Writer, connection: Connection) -> None:
    order = an_order(state=OrderState.BLACKLISTED, history_id=3, params=PARAMS)
    task = a_task(enqueued_at=NOW, force=False)
    writer.write([putting(order, an_order("gone", state=OrderState.ENDED), task, an_ended_task(2))], now=NOW)
    row = row_of(connection, "scheduler_orders")
    assert (row["id"], row["state"], row["initial_state"]) == ("o1", "load", "load")
    assert str(row["mod_time"]) == "2026-03-28 23:59:59"
    assert dict(etree.fromstring(row["order_xml"]).attrib) == {
        "history_id": "3", "suspended": "yes", "on_blacklist": "yes"
    }
    row = row_of(connection, "scheduler_tasks")
    assert (row["task_id"], row["job_name"], row["start_at_time"]) == (1, "Sales/Load", None)
    assert (row["parameters"], row["task_xml"]) == (None, '<task force_start="no"/>')


def test_an_order_is_occupied_by_the_member_that_runs_its_step(writer: Writer, connection: Connection) -> None:
    names = {1: "s/one:1", 2: "", 3: "s/ended:2"}
    tasks = [a_task(1, state=TaskState.RUNNING, member_id=names[1]), a_task(2, state=TaskState.RUNNING),
             an_ended_task(3, member_id=names[3])]  # fmt: skip
    orders = [an_order(str(task_id), task_id=task_id) for task_id in names]
    writer.write([putting(*tasks, *orders, an_order("waits"))], now=NOW)
    rows = connection.execute(text("SELECT id, occupying_cluster_member_id FROM scheduler_orders")).all()
    assert {tuple(row) for row in rows} == {("1", "s/one:1"), ("2", None), ("3", None), ("waits", None)}


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        ({"start_at": NOW}, "2000-01-01 00:00:00"),
        ({"start_at": datetime(2999, 12, 31, 23, 59, 59, 500000, UTC)}, "2999-12-31 23:59:59"),
        ({"start_at": None}, "3111-11-11 00:00:00"),
        ({"start_at": NOW, "state": OrderState.SUSPENDED}, "3111-11-11 00:00:00"),
        ({"start_at": NOW, "state": OrderState.BLACKLISTED}, "3111-11-11 00:01:00"),
        ({"start_at": NOW, "successor": OrderDefinition(a_chain().path, "o1")}, "3111-11-11 00:02:00"),
    ],
)
def test_an_order_of_a_distributed_chain_tells_when_it_may_be_taken(
    writer: Writer, connection: Connection, fields: dict[str, Any], time: str
) -> None:
    chain = replace(a_chain(), definition=replace(a_chain().definition, distributed=True))
    writer.write([putting(chain, an_order(**fields), an_order("plain", chain="/other", start_at=NOW))], now=NOW)
    rows = connection.execute(text("SELECT id, distributed_next_time FROM scheduler_orders")).all()
    assert {row[0]: row[1] and str(row[1]) for row in rows} == {"o1": time, "plain": None}


def test_flags_of_jobs_chains_and_nodes_are_numbers(writer: Writer, connection: Connection) -> None:
    records = a_job(state=JobState.STOPPED), a_chain(state=ChainState.STOPPED), a_node(action=NodeAction.STOP)
    writer.write([putting(*records)], now=NOW)
    assert row_of(connection, "scheduler_jobs")["stopped"] == 1
    assert row_of(connection, "scheduler_job_chains")["stopped"] == 1
    assert row_of(connection, "scheduler_job_chain_nodes")["action"] == "stop"


def test_a_member_is_in_the_clusters(writer: Writer, connection: Connection) -> None:
    member = Member("m", "host", 17, "0.1", NOW, "running", tcp_port=4444, http_port=4446, distributed=True)
    writer.write([], now=later(1), member=member)
    row = row_of(connection, "scheduler_clusters")
    assert row["last_heart_beat"] == int(datetime.timestamp(later(1)))
    assert (row["active"], row["exclusive"], row["http_url"]) == (1, None, "http://host:4446")
    told = etree.fromstring(row["xml"]).attrib
    assert (told["tcp_port"], told["http_port"], told["distributed_orders"]) == ("4444", "4446", "yes")
    assert "https_port" not in told
