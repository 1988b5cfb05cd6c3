"""`spooler`, jobs and job chains: commands that the engine carries out for a script."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.task_server import Message, TaskServer

CHAIN = """<job_chain path="/f/c" title="T" orders="5" orders_recoverable="yes">
  <job_chain_node state="100" next_state="200" error_state="err" job="/f/j" action="stop">
    <order_queue length="1"/></job_chain_node>
  <job_chain_node state="200"/><job_chain_node state="err"/></job_chain>"""
JOB = '<job path="/f/j" title="J" process_class="/p"><order_queue length="3"/></job>'


def engine(request: Message) -> Message:
    "Answers as an engine does."
    xml = request["xml"]
    if "unknown" in xml:
        inner = '<ERROR code="SCHEDULER-161" text="SCHEDULER-161  There is no such thing"/>'
    elif xml.startswith("<show_job_chain"):
        inner = CHAIN
    elif xml.startswith("<show_job"):
        inner = JOB
    elif xml.startswith("<start_job"):
        inner = '<ok><task id="4712" job="/f/j"/></ok>'
    elif xml.startswith("<add_order"):
        inner = '<ok><order id="drawn"/></ok>'
    else:
        inner = "<ok/>"
    return {"text": f'<?xml version="1.0" encoding="ISO-8859-1"?><spooler><answer time="x">{inner}</answer></spooler>'}


#: statement -> the commands that the engine gets
COMMANDS: dict[str, list[str]] = {
    "spooler.var('none')": [],
    "spooler.set_var('A', 'x&y')": ['<params><param name="A" value="x&amp;y"/></params>'],
    "spooler.variables['other'] = 1": ['<params><param name="other" value="1"/></params>'],
    "spooler.variables.merge({'a': 2})": ['<params><param name="A" value="2"/></params>'],
    "assert spooler.job('f/j').start().id == 4712": ['<start_job job="/f/j"/>'],
    "spooler.job('/f/j').start({'a': '\"<\\n'})": [
        '<start_job job="/f/j"><params><param name="a" value="&quot;&lt;&#10;"/></params></start_job>'
    ],
    "spooler_job.start(spooler_task.params)": ['<start_job job="/folder/a-job"/>'],
    "spooler.job('f/j').wake()": ['<modify_job job="/f/j" cmd="wake"/>'],
    "spooler_job.stop()": ['<modify_job job="/folder/a-job" cmd="stop"/>'],
    "spooler.job('f/j').remove()": ['<modify_job job="/f/j" cmd="remove"/>'],
    "j = spooler.job('f/j'); assert (j.title, j.order_queue.length, j.name) == ('J', 3, 'f/j')": [
        '<show_job job="/f/j"/>', '<show_job job="/f/j"/>',
    ],
    "assert spooler.job('Folder/A-Job') is spooler_job": [],
    "spooler.terminate(30, restart=True)": ['<terminate restart="yes" timeout="30"/>'],
    "spooler.let_run_terminate_and_restart()": ['<modify_spooler cmd="let_run_terminate_and_restart"/>'],
    "assert spooler.job_chain_exists('f/c')": ['<show_job_chain job_chain="/f/c" max_orders="0"/>'],
    "assert not spooler.job_chain_exists('unknown')": ['<show_job_chain job_chain="/unknown" max_orders="0"/>'],
    "assert spooler.job_chain('f/c').order_count == 5": ['<show_job_chain job_chain="/f/c" max_orders="0"/>'],
    "assert spooler.job_chain('f/c').states == ['100', '200', 'err']": [
        '<show_job_chain job_chain="/f/c" max_orders="0"/>'
    ],
    "n = spooler.job_chain('f/c').node(100); assert (n.next_state, n.error_state) == ('200', 'err')": [
        '<show_job_chain job_chain="/f/c" max_orders="0"/>'
    ],
    "n = spooler.job_chain('f/c').node('100'); assert (n.action, n.job.path) == ('stop', '/f/j')": [
        '<show_job_chain job_chain="/f/c" max_orders="0"/>'
    ],
    "assert spooler.job_chain('f/c').node('200').job is None": ['<show_job_chain job_chain="/f/c" max_orders="0"/>'],
    "assert '<ok/>' in spooler.execute_xml('<check_folders/>')": ["<check_folders/>"],
    "assert 'SCHEDULER-161' in spooler.execute_xml('<unknown/>')": ["<unknown/>"],
}  # fmt: skip


@pytest.mark.parametrize("statement", COMMANDS)
def test_what_scripts_do_to_the_scheduler_are_commands(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path, engine) as server:
        begun = server.begin(statement, scheduler={"variables": {"A": "1"}})
        assert begun["ok"], begun
    assert [each["xml"] for each in server.requests] == COMMANDS[statement]


def test_a_new_order_is_added_with_everything_that_was_set(tmp_path: Path) -> None:
    script = """
        order = spooler.create_order()
        order.id = "1 & 2"
        order.title, order.priority, order.state, order.end_state = "T", 5, 200, 300
        order.at, order.suspended = "now+60", True
        order.params["p"] = "v"
        order.run_time = "<run_time/>"
        assert order.job_chain is None
        assert spooler.job_chain("f/c").add_order(order) is order
        assert order.id == "drawn" and order.job_chain.path == "/f/c"
        second = spooler.create_order()
        spooler.job_chain("f/c").add_or_replace_order(second)
        second.remove_from_job_chain()
    """
    with TaskServer(tmp_path, engine) as server:
        begun = server.begin(script)
        assert begun["ok"], server.log
    first, second, removed = (ElementTree.fromstring(each["xml"]) for each in server.requests)
    assert first.attrib == {
        "job_chain": "/f/c", "id": "1 & 2", "replace": "no", "title": "T", "priority": "5", "state": "200",
        "end_state": "300", "at": "now+60", "suspended": "yes",
    }  # fmt: skip
    assert [each.tag for each in first] == ["params", "run_time"]
    assert second.attrib == {"job_chain": "/f/c", "replace": "yes"}
    assert (removed.tag, removed.attrib) == ("remove_order", {"job_chain": "/f/c", "order": "drawn"})


def test_a_chain_can_be_built(tmp_path: Path) -> None:
    script = """
        chain = spooler.create_job_chain()
        chain.name = "built"
        chain.orders_recoverable = False
        chain.add_job("/f/j", 100, 200, 999)
        chain.add_end_state(200)
        chain.add_end_state(999)
        assert spooler.add_job_chain(chain).path == "/built"
    """
    with TaskServer(tmp_path, engine) as server:
        assert server.begin(script)["ok"], server.log
    assert [each["xml"] for each in server.requests] == [
        '<job_chain name="built" orders_recoverable="no">'
        '<job_chain_node job="/f/j" state="100" next_state="200" error_state="999"/>'
        '<job_chain_node state="200"/><job_chain_node state="999"/></job_chain>'
    ]


#: a refusal inside of an answer, and one of the request itself
REFUSALS: dict[str, Message] = {
    "ERROR": engine({"xml": "<unknown/>"}),
    "request": {"error": "SCHEDULER-161  There is no such thing", "code": "SCHEDULER-161"},
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_an_exception_with_its_code(tmp_path: Path, kind: str) -> None:
    script = """
        def spooler_init():
            try:
                spooler.job("j").start()
            except SchedulerError as error:
                print(error.code, type(error).__name__)
        def spooler_open():
            spooler.job("j").start()
    """
    with TaskServer(tmp_path, lambda request: REFUSALS[kind]) as server:
        assert server.begin(script)["ok"]
        error = server.open()["error"]
    assert server.log.splitlines()[0] == "SCHEDULER-161 SchedulerError"
    assert error["code"] == "SCHEDULER-161"
    assert error["text"] == "SCHEDULER-161  There is no such thing (line 7 in spooler_open)".replace("  ", " ")


def test_a_refused_variable_stays_as_it_was(tmp_path: Path) -> None:
    script = """
        try:
            spooler.set_var("unknown", "x")
        except Exception:
            assert "unknown" not in spooler.variables
        else:
            raise AssertionError
    """
    with TaskServer(tmp_path, engine) as server:
        assert server.begin(script)["ok"], server.log


def test_variables_that_changed_come_with_the_next_call(tmp_path: Path) -> None:
    script = """
        variables = spooler.variables
        def spooler_process(): print(spooler.var("a"), variables["A"])
    """
    with TaskServer(tmp_path) as server:
        server.begin(script, scheduler={"variables": {"A": "1"}})
        server.process()
        server.call({"type": "process", "variables": {"A": "2"}})
        server.process()
    assert server.log.split() == ["1", "1", "2", "2", "2", "2"]


def test_what_the_engine_told_about_itself(tmp_path: Path) -> None:
    script = """
        print([spooler.id, spooler.hostname, spooler.tcp_port, spooler.udp_port, spooler.directory, spooler.param,
               spooler.configuration_directory, spooler.log_dir, spooler.include_path, spooler.log is spooler_log])
    """
    scheduler = {"directory": "/d", "param": "p", "configuration_directory": "/d/live", "log_dir": "/l"}
    with TaskServer(tmp_path) as server:
        assert server.begin(script, scheduler=scheduler)["ok"]
    assert server.log.strip() == str(["test", "machine", 4444, 0, "/d", "p", "/d/live", "/l", "", True])


def test_threads_of_a_script_may_ask_while_a_call_is_under_way(tmp_path: Path) -> None:
    script = """
        import threading
        def spooler_process():
            def ask():
                for _ in range(20):
                    assert spooler.job("f/j").title == "J"
                done.append(1)
            done = []
            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert len(done) == 4
    """
    with TaskServer(tmp_path, engine) as server:
        server.begin(script)
        assert server.process()["ok"], server.log
    assert len(server.requests) == 80
