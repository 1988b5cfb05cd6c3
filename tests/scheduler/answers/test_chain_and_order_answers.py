"`<job_chain>` and `<order>`: what they show, and when."

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from scheduler.definitions import FileOrderSink, NodeDefinition
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.errors import Code, WorkloadError
from scheduler.records import Run
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.worlds import START, Engine, a_chain, a_job, an_order, two_steps


def chain(engine: Engine, what: str = "", more: str = "", path: str = "/chain", **answers: object) -> etree._Element:
    found = asked(engine, f'<show_job_chain job_chain="{path}" what="{what}" {more}/>', answers)
    check_reply(etree.tostring(found, encoding="unicode"))
    return found


def order(engine: Engine, what: str = "", order_id: str = "1") -> etree._Element:
    return asked(engine, f'<show_order job_chain="/chain" order="{order_id}" what="{what}"/>')


def requisites(element: etree._Element) -> list[tuple[str | None, str | None, str | None]]:
    return [(r.get("type"), r.get("path"), r.get("is_missing")) for r in element.iterfind("file_based/requisites/*")]


def test_a_chain_refers_to_its_jobs_and_to_what_these_refer_to() -> None:
    nodes = NodeDefinition("1", "/Load", "2", "e"), NodeDefinition("2", "/none", "e", "e"), NodeDefinition("e")
    found = chain(Engine(a_job("/Load", process_class="/far"), a_chain("/chain", *nodes)))
    assert requisites(found) == [
        ("Job", "/load", None), ("Process_class", "/far", "yes"), ("Job", "/none", "yes"),
    ]  # fmt: skip


def test_jobs_stand_in_their_nodes_when_they_are_wanted() -> None:
    sink = NodeDefinition("end", SINK_JOB, sink=FileOrderSink(remove=True))
    first = NodeDefinition("first", "/job", "end", "end")
    engine = Engine(a_job(order=True, tasks=0), a_chain("/chain", first, sink), a_chain("/other", first, sink))
    asked(engine, '<add_order job_chain="/chain" id="1"/>')
    asked(engine, '<add_order job_chain="/other" id="2"/>')
    one, end = chain(engine, "job_chain_jobs").findall("job_chain_node")
    assert [child.tag for child in one] == ["order_queue", "job"]
    assert one.find("job/order_queue").get("length") == "1", "only of this chain"
    assert [child.tag for child in end] == ["order_queue", "job", "file_order_sink"]
    assert end.find("job").get("path") == SINK_JOB
    assert chain(engine).find("job_chain_node/job") is None


def test_orders_are_always_listed_up_to_the_limit_and_their_length_is_told() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    for number in range(4):
        asked(engine, f'<add_order job_chain="/chain" id="{number}"/>')
    for more, shown in (("", 4), ('max_orders="2"', 2), ('max_orders="0"', 0)):
        queue = chain(engine, "none", more).find("job_chain_node/order_queue")
        assert (queue.get("length"), len(queue)) == ("4", shown)
    assert queue.get("next_start_time") == "00:00:00.000Z"
    assert chain(engine).findall("job_chain_node/order_queue")[1].get("next_start_time") == "2038-01-19 03:14:07.000Z"


def test_orders_under_way_are_not_counted_of_distributed_chains() -> None:
    assert chain(Engine(a_job(), a_chain())).get("running_orders") == "0"
    assert chain(Engine(a_job(), a_chain(distributed=True))).get("running_orders") is None


def test_the_history_of_a_chain_or_why_there_is_none() -> None:
    engine = Engine(a_job(), a_chain("/Sales/chain", *two_steps()))
    run = Run(3, "/Sales/chain", "1", "Title", "done", "text", START, START + timedelta(seconds=1))
    found = chain(engine, "order_history", path="/Sales/chain", runs=[run])
    (shown,) = found.find("order_history")
    assert dict(shown.attrib) == {
        "path": "/", "history_id": "3", "order": "1", "id": "1", "title": "Title", "state": "done",
        "job_chain": "Sales/chain", "state_text": "text", "start_time": "2024-01-31T10:20:30.000Z",
        "end_time": "2024-01-31T10:20:31.000Z",
    }  # fmt: skip
    problem = WorkloadError(Code.NO_HISTORY, problem="x").problem
    found = chain(engine, path="/Sales/chain", problem=problem)
    assert found.find("order_history/ERROR").get("code") == "SCHEDULER-136"


def test_the_next_version_of_a_chain_is_shown_while_a_task_holds_the_old_one() -> None:
    engine = Engine(a_job(), a_chain(title="old"))
    asked(engine, '<add_order job_chain="/chain" id="1"/>')
    engine.files(a_chain("/chain", NodeDefinition("only", "/job", "e", "e"), NodeDefinition("e"), title="new"))
    successor = chain(engine).find("replacement/job_chain")
    assert (successor.get("title"), successor.get("state"), successor.get("orders")) == ("new", "initialized", "0")
    assert [dict(node.attrib) for node in successor.findall("job_chain_node")] == [
        {"state": "only", "next_state": "e", "error_state": "e", "job": "/job"}, {"state": "e"},
    ]  # fmt: skip
    engine.run()
    assert chain(engine).find("replacement") is None


def test_an_ad_hoc_order_looks_as_clients_know_it() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    asked(engine, '<add_order job_chain="/chain" id="1"/>')
    found = order(engine)
    assert dict(found.attrib) == {
        "path": "/", "order": "1", "id": "1", "state": "first", "initial_state": "first", "job_chain": "/chain",
        "job": "/job", "priority": "0", "created": "2024-01-31T10:20:30.000Z", "order_source_type": "AdHoc",
    }  # fmt: skip
    file_based = etree.tostring(found.find("file_based")).decode()
    assert file_based == '<file_based state="not_initialized"><requisites/></file_based>'


def test_a_permanent_order_needs_its_chain() -> None:
    engine = Engine(a_job(), a_chain(), an_order("daily", at="never"))
    found = order(engine, order_id="daily")
    assert (found.get("path"), found.get("name"), found.find("file_based").get("state")) == (
        "/chain,daily", "chain,daily", "active"
    )  # fmt: skip
    assert requisites(found) == [("Job_chain", "/chain", None)]


def test_an_order_in_a_task_tells_the_task_and_its_log() -> None:
    engine = Engine(a_job(), a_chain(), log_dir="/var/log")
    asked(engine, '<add_order job_chain="/chain" id="1"/>')
    engine.later(5)
    found = order(engine)
    expected = {
        "task": "1", "in_process_since": "2024-01-31T10:20:30.000Z", "log_file": "/var/log/task.job.1.log",
        "touched": "yes", "start_time": "2024-01-31T10:20:30.000Z", "history_id": "1",
    }  # fmt: skip
    assert {name: found.get(name) for name in expected} == expected
    replacing = asked(engine, '<add_order job_chain="/chain" id="1" title="next"/>').find("order")
    assert (replacing.get("replacement"), replacing.get("replaced_order_occupator")) == ("yes", "task 1")
    assert order(engine).get("replaced") == "yes"


def test_an_order_shows_its_start_while_it_is_ahead() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    asked(engine, '<add_order job_chain="/chain" id="1" at="now+60"/>')
    for _ in range(2):  # the second time from what is kept
        found = order(engine)
        assert found.get("at") == found.get("next_start_time") == "2024-01-31T10:21:30.000Z"
    engine.now += timedelta(seconds=60)
    assert (order(engine).get("at"), order(engine).get("next_start_time")) == (None, None)


def test_what_is_kept_of_an_order_depends_on_what_is_wanted() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    params = '<params><param name="a" value="1"/></params>'
    asked(engine, f'<add_order job_chain="/chain" id="1">{params}</add_order>')
    assert order(engine).find("payload") is None
    assert order(engine, "payload").find("payload/params/param").get("value") == "1"
    asked(engine, f'<modify_order job_chain="/chain" order="1">{params.replace("1", "2")}</modify_order>')
    assert order(engine, "payload").find("payload/params/param").get("value") == "2"
    assert order(engine).find("payload") is None
    assert order(engine, "run_time").find("run_time") is not None
