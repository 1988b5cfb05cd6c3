"""`spooler_task.order`: what a script sees of it, and what the engine hears about its changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.task_server import TaskServer

#: statement about `order` -> the changes in the result
CHANGES: dict[str, dict[str, Any]] = {
    "pass": {},
    "order.params['New'] = 1": {"params": {"Old": "x", "New": "1"}},
    "order.params.set_value('OLD', 'y')": {"params": {"Old": "y"}},
    "order.params.merge({'b': True, 'c': None})": {"params": {"Old": "x", "b": "true", "c": ""}},
    "order.params.clear()": {"params": {}},
    "del order.params['old']": {"params": {}},
    "order.params = {'only': 'this'}": {"params": {"only": "this"}},
    "order.payload = spooler.create_variable_set()": {"params": {}},
    "order.state = '300'": {"state": "300"},
    "order.set_state(300)": {"state": "300"},
    "order.state_text = 'half way'": {"state_text": "half way"},
    "order.title = 'T'; order.title = 'U'": {"title": "U"},
    "order.priority = '7'": {"priority": 7},
    "order.end_state = '400'": {"end_state": "400"},
    "order.suspended = True": {"suspended": True},
    "order.suspended = 'no'": {"suspended": False},
    "order.ignore_max_orders = 1": {"ignore_max_orders": True},
    "order.at = 'now+60'": {"at": "now+60"},
    "import datetime; order.at = datetime.datetime(2031, 5, 6, 7, 8, 9)": {"at": "2031-05-06 07:08:09"},
    "order.run_time.xml = '<run_time/>'": {"run_time": "<run_time/>"},
    "order.xml_payload = '<a/>'": {"xml_payload": "<a/>"},
    "order.setback()": {"setback": True},
    "order.remove_from_job_chain()": {"removed": True},
}


@pytest.mark.parametrize("statement", CHANGES)
def test_changes_of_the_order_are_told_with_the_result(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(f"def spooler_process():\n    order = spooler_task.order\n    {statement}")
        result = server.process(params={"Old": "x"})
    assert result["ok"], server.log
    assert result.get("order", {}) == CHANGES[statement]


def test_changes_are_told_although_the_step_fails(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process():\n    spooler_task.order.params['a'] = 'b'; 1 / 0")
        result = server.process()
    assert not result["ok"]
    assert result["order"] == {"params": {"a": "b"}}


def test_an_order_shows_what_the_engine_told(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            o = spooler_task.order
            seen = [o.id, o.title, o.priority, o.state, o.state_text, o.end_state, o.setback_count, o.suspended,
                    o.job_chain.path, o.job_chain.name, o.string_next_start_time, o.history_id, o.params.count,
                    o.run_time.xml, o.xml_payload, o.web_service_or_null, o.payload_is_type("Spooler.Variable_set"),
                    o.job_chain_node.next_state, o.job_chain_node.error_state, o.log is spooler_log]
            print(seen)
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.process(
            id="7", chain="/f/c", state="100", title="T", priority=3, state_text="s", end_state="e", setback_count=2,
            next_start="never", history_id=99, params={"a": "b"}, next_state="200", error_state="err",
        )  # fmt: skip
    expected: list[Any] = ["7", "T", 3, "100", "s", "e", 2, False, "/f/c", "c", "never", 99, 1, "", "", None, True]
    assert server.log.strip() == str([*expected, "200", "err", True])


def test_parameters_that_are_not_sent_again_are_those_of_the_last_step(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            print(spooler_task.order.params.as_dict())
            spooler_task.order.params["n"] = int(spooler_task.order.params.get("n", 0)) + 1
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.process(params={"a": "b"})
        order = {"id": "1", "chain": "/folder/a-chain", "state": "200"}
        result = server.call({"type": "process", "order": order})
        assert result["order"]["params"] == {"a": "b", "n": "2"}
        server.call({"type": "process", "order": {**order, "id": "2"}})
    assert server.log.splitlines() == ["{'a': 'b'}", "{'a': 'b', 'n': '1'}", "{}"]


#: what a script must not do -> the class of the exception
REFUSED = {
    "order.stat = '1'": "AttributeError",
    "order.id = 'x'": "AttributeError",
    "order.no_such_method()": "AttributeError",
    "order.set_id('x')": "AttributeError",
    "order.set_setback_count(1)": "AttributeError",
    "order.priority = 'high'": "ValueError",
    "order.suspended = 'perhaps'": "ValueError",
    "order.params = 'a=b'": "TypeError",
    "order.web_service": "NotImplementedError",
    "spooler.create_order().setback()": "TypeError",
    "order.job_chain.add_order(order)": "TypeError",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_what_is_not_possible_raises_an_exception_where_it_is_tried(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(f"def spooler_process():\n    order = spooler_task.order\n    {statement}")
        result = server.process()
    assert result["error"]["type"] == REFUSED[statement], server.log
    assert result["error"]["line"] == 3


def test_a_task_of_a_job_without_orders_has_none(tmp_path: Path) -> None:
    script = "def spooler_process():\n    assert spooler_task.order is None"
    with TaskServer(tmp_path) as server:
        server.begin(script, order=False)
        result = server.process(order=None)
    assert (result["ok"], result["returned"]) == (True, False), "nothing returned: nothing more to do"


def test_texts_that_nobody_can_store_are_made_storable(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process(): spooler_task.order.params['a\\0'] = 'x\\udc80é'")
        assert server.process()["order"]["params"] == {"a\ufffd": "x?é"}


def test_the_last_order_can_be_read_at_the_end_but_not_changed_any_more(tmp_path: Path) -> None:
    script = """
        def spooler_close():
            print(spooler_task.order.id)
            spooler_task.order.state = "300"
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.open()
        server.process(id="A")
        assert "order" not in server.end()
    assert server.log == "A\n"
