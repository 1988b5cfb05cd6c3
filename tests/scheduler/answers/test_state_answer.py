"`<state>`, flat and as a tree: which lists there are, under which condition, and in which sequence."

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from scheduler.answers.connections import ConnectionLook
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.definitions import LockDefinition, MonitorDefinition, NodeDefinition, ProcessClassDefinition, Script
from scheduler.errors import Code, WorkloadError
from scheduler.messages import FileRead, FilesChanged
from scheduler.records import ObjectKind, Run, Task, TaskState
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.run_times import schedule
from tests.support.worlds import START, Engine, a_chain, a_job, an_order

LOCK = LockDefinition("/sales/only_one", 1, source='<lock max_non_exclusive="1"/>')
MONITOR = MonitorDefinition("/sales/watch", Script("python", "pass"))
CLASS = ProcessClassDefinition("/sales/few", 2, source='<process_class max_processes="2"/>')
PLAN = schedule("/sales/plan", '<schedule title="Nightly"><period single_start="02:00"/></schedule>')
CHAIN = a_chain("/sales/Chain", NodeDefinition("first", "/sales/load", "done", "done"), NodeDefinition("done"))


@pytest.fixture
def engine() -> Engine:
    jobs = [a_job("/sales/load"), a_job("/top"), a_job("/sales/deep/er/clean"), a_job("/hidden", visible="never")]
    return Engine(LOCK, MONITOR, CLASS, PLAN, *jobs, CHAIN, an_order("daily", "/sales/Chain", at="never"))


def state(engine: Engine, what: str = "", more: str = "", answers: dict[str, Any] | None = None) -> etree._Element:
    found = asked(engine, f'<show_state what="{what}" {more}/>', answers)
    check_reply(etree.tostring(found, encoding="unicode"))
    return found


def tags(element: etree._Element) -> list[str]:
    return [child.tag for child in element if isinstance(child.tag, str)]


ALWAYS = ["subprocesses", "remote_schedulers", "http_server", "connections"]


@pytest.mark.parametrize(
    ("what", "lists"),
    [
        ("", ["locks", "monitors", "jobs", "process_classes", "job_chains"]),
        ("none", ["locks", "monitors", "process_classes", "job_chains"]),
        ("schedules", ["locks", "monitors", "jobs", "process_classes", "schedules", "job_chains"]),
        ("folders", ["folder"]),
        ("folders,schedules", ["folder"]),
    ],
)
def test_the_lists_of_a_state_stand_in_their_sequence(engine: Engine, what: str, lists: list[str]) -> None:
    assert tags(state(engine, what)) == lists + ALWAYS


def test_an_empty_engine_has_no_list_that_may_be_missing() -> None:
    assert tags(state(Engine())) == ["jobs", "process_classes", "job_chains", *ALWAYS]


def test_ports_are_told_that_are_open() -> None:
    ports = ("tcp_port", "udp_port", "https_port")
    assert [state(Engine()).get(port) for port in ports] == [None] * 3
    assert [state(Engine(tcp_port=1, udp_port=2, https_port=3)).get(port) for port in ports] == ["1", "2", "3"]


def test_a_member_of_a_cluster_tells_its_ports(engine: Engine) -> None:
    member = MemberView("s/h:1", "h", 17, "0.1", "running", START, START, tcp_port=1, http_port=2)
    engine.world.cluster = ClusterView("s/h:1", members=(member,))
    (shown,) = state(engine, "cluster").iter("cluster_member")
    assert [shown.get(f"{kind}_port") for kind in ("tcp", "udp", "http", "https")] == ["1", None, "2", None]


def test_operations_come_last(engine: Engine) -> None:
    engine.world.measure = lambda: {"late_ms": 1.5}
    found = state(engine, "operations")
    assert tags(found)[-3:] == ["operations", "java_subsystem", "allocations"]
    assert "late_ms=1.500" in found.findtext("operations")


def test_the_engine_says_what_it_has_decided_and_what_it_waits_for(engine: Engine) -> None:
    before = state(engine)
    assert before.get("wait_until") is None
    asked(engine, '<start_job job="/top" at="2024-01-31 12:00"/>')
    engine.later(1)
    after = state(engine)
    assert after.get("wait_until") == "2024-01-31T12:00:00.000Z"
    assert int(after.get("loop")) > int(before.get("loop")) > 0
    assert int(after.get("waits")) == int(before.get("waits")) + 1


@pytest.mark.parametrize(
    ("what", "chains"), [("", 0), ("job_chains", 1), ("job_chain_orders", 1), ("job_chain_jobs", 1), ("orders", 1)]
)
def test_chains_are_counted_always_and_listed_when_they_are_wanted(engine: Engine, what: str, chains: int) -> None:
    listed = state(engine, what).find("job_chains")
    assert (listed.get("count"), len(listed)) == ("1", chains)
    in_folder = state(engine, f"folders {what}").find("folder/folders/folder/job_chains")
    assert (in_folder.get("count"), len(in_folder)) == (None, chains)


def test_a_tree_holds_each_object_in_its_folder_and_no_empty_lists(engine: Engine) -> None:
    root = state(engine, "folders").find("folder")
    assert (root.get("path"), root.get("name")) == ("/", None)
    assert tags(root) == ["file_based", "folders", "process_classes", "jobs"]
    (sales,) = root.find("folders")
    kinds = ["locks", "monitors", "schedules", "process_classes", "jobs", "job_chains", "orders"]
    assert tags(sales) == ["file_based", "folders", *kinds]
    assert [each.get("path") for each in root.iter("folder")] == ["/", "/sales", "/sales/deep", "/sales/deep/er"]
    assert [job.get("path") for job in root.iter("job")] == ["/sales/deep/er/clean", "/sales/load", "/top"]
    assert sales.find("orders/order").get("path") == "/sales/Chain,daily"


@pytest.mark.parametrize(
    ("more", "folders", "jobs"),
    [
        ('path="/sales"', ["/sales", "/sales/deep", "/sales/deep/er"], ["/sales/deep/er/clean", "/sales/load"]),
        ('path="sales/"', ["/sales", "/sales/deep", "/sales/deep/er"], ["/sales/deep/er/clean", "/sales/load"]),
        ('path="/none"', [], []),
        ('subsystems="job"', ["/"], ["/top"]),
        ('subsystems="folder"', ["/", "/sales", "/sales/deep", "/sales/deep/er"], []),
    ],
)
def test_path_and_subsystems_choose(engine: Engine, more: str, folders: list[str], jobs: list[str]) -> None:
    found = state(engine, "folders", more)
    assert [each.get("path") for each in found.iter("folder")] == folders
    assert [each.get("path") for each in found.iter("job")] == jobs


def test_without_subfolders_they_appear_without_their_contents(engine: Engine) -> None:
    root = state(engine, "folders no_subfolders").find("folder")
    assert [each.get("path") for each in root.iter("folder")] == ["/", "/sales"]
    assert tags(root.find("folders/folder")) == ["file_based"]


def test_faulty_files_stand_in_the_list_of_their_folder(engine: Engine) -> None:
    problem = WorkloadError(Code.NO_SCRIPT, job="/sales/bad").problem
    for kind in (ObjectKind.JOB, ObjectKind.JOB_CHAIN, ObjectKind.LOCK, ObjectKind.SCHEDULE):
        file = FileRead(kind, f"/sales/bad_{kind.value}", f"/live/bad.{kind.value}.xml", START, None, problem)
        engine.tell(FilesChanged((file,)))
    for found in (state(engine, "schedules job_chains"), state(engine, "folders job_chains")):
        bad = [each.getparent() for each in found.iter("file_based") if each.get("state") == "undefined"]
        assert sorted(each.get("path") for each in bad) == [
            "/sales/bad_job", "/sales/bad_job_chain", "/sales/bad_lock", "/sales/bad_schedule"
        ]  # fmt: skip
        assert {each.find("file_based/ERROR").get("code") for each in bad} == {"SCHEDULER-440"}


def test_what_is_never_to_be_seen_is_in_no_list(engine: Engine) -> None:
    assert "/hidden" not in [job.get("path") for job in state(engine).iter("job")]
    assert asked(engine, '<show_job job="/hidden"/>').get("visible") == "never"


def test_histories_are_shown_for_the_objects_that_were_asked_for(engine: Engine) -> None:
    task = Task(7, "/top", TaskState.ENDED, started_at=START, ended_at=START, exit_code=0, steps=1)
    run = Run(3, "/sales/Chain", "daily", "", "done", "", START, START)
    answers = {"tasks_of": {"/top": [(task, None)], "/sales/load": []}, "runs_of": {"/sales/chain": [run]}}
    found = state(engine, "folders job_chain_orders task_history order_history", answers=answers)
    shown = {job.get("path"): len(job.find("history")) for job in found.iter("job") if job.find("history") is not None}
    assert shown == {"/top": 1, "/sales/load": 0}
    (order,) = found.find(".//order_history")
    assert (order.get("history_id"), order.get("job_chain"), order.get("path")) == ("3", "sales/Chain", "/")


def test_without_history_each_object_says_so(engine: Engine) -> None:
    answers = {"problem": WorkloadError(Code.NO_HISTORY, problem="gone").problem}
    found = state(engine, "job_chain_orders task_history order_history", answers=answers)
    assert {each.get("code") for each in found.iterfind(".//history/ERROR")} == {"SCHEDULER-136"}
    assert {each.get("code") for each in found.iterfind(".//order_history/ERROR")} == {"SCHEDULER-136"}


def test_connections_are_told_as_the_rim_knows_them(engine: Engine) -> None:
    engine.world.connections = lambda: [
        ConnectionLook("10.0.0.1", 4711, "ready/receiving", 3, 100, 2000),
        ConnectionLook("10.0.0.2", 4712, "processing/ready", operation_type="HTTP", operation="executing"),
    ]
    first, second = state(engine, "none").find("connections")
    assert dict(first.attrib) == {
        "state": "ready/receiving", "responses": "3", "received_bytes": "100", "sent_bytes": "2000",
        "operation_type": "TCP",
    }  # fmt: skip
    assert dict(first.find("peer").attrib) == {"host_ip": "10.0.0.1", "port": "4711"}
    assert second.find("operation/http_operation").get("async_state_text") == "executing"


def test_sources_are_shown_of_every_kind_of_object(engine: Engine) -> None:
    found = state(engine, "folders source", 'path="/sales"')
    for kind in ("lock", "process_class", "schedule"):
        assert found.find(f".//{kind}[@path]/source/{kind}") is not None, kind
