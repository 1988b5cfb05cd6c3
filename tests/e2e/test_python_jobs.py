"""Python jobs, and monitors, with a real engine and real task servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import EngineProcess
from tests.support.processes import lives
from tests.support.waiting import wait_until

CHAIN = """<job_chain>
  <job_chain_node state="first" job="/step" next_state="done" error_state="failed"/>
  <job_chain_node state="done"/>
  <job_chain_node state="failed"/>
</job_chain>"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path) as engine:
        yield engine


def a_job(script: str, attributes: str = "", more: str = "", language: str = "python") -> str:
    script_xml = f'<script language="{language}"><![CDATA[\n{script}\n]]></script>'
    return f"<job {attributes}>{script_xml}{more}</job>"


def add(engine: EngineProcess, order_id: str, chain: str = "/chain", more: str = "") -> None:
    engine.command(f'<add_order job_chain="{chain}" id="{order_id}">{more}</add_order>')


def history(engine: EngineProcess, count: int, deadline: float = 30.0) -> dict[str, str]:
    "The last nodes of that many ended orders, by id."

    def ended() -> dict[str, str] | None:
        what = f'what="order_history" max_order_history="{count + 9}"'
        answer = engine.command(f'<show_job_chain job_chain="/chain" {what}/>')
        orders = answer.findall(".//order_history/order")
        found = {order.get("id", ""): order.get("state", "") for order in orders if order.get("end_time")}
        return found if len(found) >= count else None

    return wait_until(ended, deadline, f"{count} ended orders")


def task_history(engine: EngineProcess, job: str = "/step") -> list[dict[str, str]]:
    answer = engine.command(f'<show_history job="{job}" prev="20"/>')
    return [dict(entry.attrib) for entry in answer.findall(".//history.entry") if entry.get("end_time")]


@pytest.fixture
def engine_on_each_database(tmp_path: Path, database_url: str) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path, database_url) as engine:
        yield engine


def test_fifty_orders_are_served_by_one_process(engine_on_each_database: EngineProcess) -> None:
    engine = engine_on_each_database
    engine.job("/step", a_job("""
import os
def spooler_process():
    order = spooler_task.order
    order.params.set_value("pid", os.getpid())
    print("order", order.id)
""", 'order="yes" idle_timeout="1"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    for n in range(50):
        add(engine, str(n))
    ends = history(engine, 50)
    assert set(ends.values()) == {"done"}
    tasks = wait_until(lambda: task_history(engine), 30, "the end of the task")
    assert [(task["steps"], task["exit_code"]) for task in tasks] == [("50", "0")]


def test_an_exception_is_told_with_its_line_and_the_next_order_gets_a_new_task(engine: EngineProcess) -> None:
    engine.job("/step", a_job("""
def spooler_process():
    if spooler_task.order.id == "bad":
        raise ValueError("no such thing")
""", 'order="yes" stop_on_error="no" idle_timeout="1"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "bad")
    assert history(engine, 1) == {"bad": "failed"}
    add(engine, "good")
    assert history(engine, 2)["good"] == "done"
    tasks = wait_until(lambda: found if len(found := task_history(engine)) == 2 else None, 30, "two ended tasks")
    bad = min(tasks, key=lambda task: int(task["task"]))
    assert bad["error_code"] == "STELLWERK-023"
    assert "ValueError: no such thing (line 3 in spooler_process)" in bad["error_text"]


def test_a_killed_child_is_an_error_of_the_task_and_its_order_stays(engine: EngineProcess) -> None:
    engine.job("/step", a_job("""
import os, signal
def spooler_process():
    os.kill(os.getpid(), signal.SIGKILL)
""", 'order="yes"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "1")
    (task,) = wait_until(lambda: task_history(engine), 30, "the end of the task")
    assert (task["exit_code"], task["error_code"]) == ("-9", "SCHEDULER-279")
    assert engine.command('<show_job job="/step"/>').get("state") == "stopped"
    assert engine.command('<show_order job_chain="/chain" order="1"/>').get("state") == "first"


def test_a_monitor_looks_at_the_result_of_a_shell_job(engine: EngineProcess) -> None:
    monitor = """<monitor name="watch"><script language="python"><![CDATA[
def spooler_process_before():
    spooler_task.order.params.set_value("greeting", "hello")
    return True
def spooler_process_after(result):
    print("the shell was", result, spooler_task.exit_code)
    return spooler_task.order.params.value("mend") == "yes"
def spooler_task_after():
    print("in the end", spooler_task.exit_code)
]]></script></monitor>"""
    script = 'echo "$SCHEDULER_PARAM_GREETING world"; echo rows=3 >> "$SCHEDULER_RETURN_VALUES"; exit 7'
    engine.job("/step", a_job(script, 'order="yes" stop_on_error="no"', monitor, "shell"))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "mended", more='<params><param name="mend" value="yes"/></params>')
    add(engine, "failing")
    assert history(engine, 2) == {"mended": "done", "failing": "failed"}
    tasks = wait_until(lambda: found if len(found := task_history(engine)) == 2 else None, 30, "two ended tasks")
    assert {(task["exit_code"], task["error_code"]) for task in tasks} == {("7", "SCHEDULER-280")}
    answer = engine.command(f'<show_task id="{tasks[0]["task"]}" what="log"/>')
    log = "".join(answer.find(".//log").itertext())
    assert log.index("hello world") < log.index("the shell was False 0") < log.index("in the end 7")


def test_a_script_sets_its_order_back_and_moves_it(engine: EngineProcess) -> None:
    delays = """<delay_order_after_setback setback_count="1" delay="0"/>
        <delay_order_after_setback setback_count="3" is_maximum="yes" delay="0"/>"""
    engine.job("/step", a_job("""
def spooler_process():
    order = spooler_task.order
    if order.setback_count < 2:
        order.setback()
        return True
    order.params.set_value("count", order.setback_count)
    order.state = "failed"
    return True
""", 'order="yes" idle_timeout="1"', delays))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "1")
    assert history(engine, 1) == {"1": "failed"}
    (task,) = wait_until(lambda: task_history(engine), 30, "the end of the task")
    assert task["steps"] == "3"


def test_a_script_gives_commands_and_sets_variables(engine: EngineProcess) -> None:
    engine.job("/step", a_job("""
def spooler_process():
    order = spooler_task.order
    if order.id == "parent":
        child = spooler.create_order()
        child.id = "child"
        child.params.set_value("from", order.id)
        spooler.job_chain("/chain").add_order(child)
        spooler.set_var("known", "yes")
        answer = spooler.execute_xml("<show_state/>")
        classes = spooler.execute_xml("<show_process_classes/>")
        return "<state" in answer and 'operations="1" callbacks="4"' in classes
    return order.params.value("from") == "parent" and spooler.var("known") == "yes"
""", 'order="yes" idle_timeout="1"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "parent")
    assert history(engine, 2) == {"parent": "done", "child": "done"}


def test_each_order_has_its_own_lines_in_its_log(engine: EngineProcess) -> None:
    engine.job("/step", a_job("""
def spooler_process():
    print("this is order", spooler_task.order.id)
""", 'order="yes" idle_timeout="1"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "one")
    add(engine, "two")
    history(engine, 2)
    wait_until(lambda: task_history(engine), 30, "the end of the task")
    answer = engine.command('<show_job_chain job_chain="/chain" what="order_history" max_order_history="9"/>')
    ids = {order.get("id"): order.get("history_id") for order in answer.findall(".//order_history/order")}
    log = engine.command(f'<show_order job_chain="/chain" order="one" history_id="{ids["one"]}" what="log"/>')
    text = "".join(log.find(".//log").itertext())
    assert "this is order one" in text
    assert "this is order two" not in text


def test_a_task_server_ends_with_its_engine_and_its_step_begins_again(engine: EngineProcess) -> None:
    flag = engine.directory / "second"
    engine.job("/step", a_job(f"""
import os, time
def spooler_process():
    if not os.path.exists({str(flag)!r}):
        spooler_log.info("pid " + str(os.getpid()))
        open({str(engine.directory / "pid")!r}, "w").write(str(os.getpid()))
        time.sleep(600)
    return True
""", 'order="yes" idle_timeout="1"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "1")
    pid = int(wait_until(lambda: (engine.directory / "pid").read_text(), 30, "the step"))
    engine.kill9()
    wait_until(lambda: not lives(pid), 30, "the end of the task server")
    flag.touch()
    engine.start()
    assert history(engine, 1) == {"1": "done"}


def test_sigterm_by_command_lets_the_script_tidy_up(engine: EngineProcess) -> None:
    marker = engine.directory / "tidy"
    engine.job("/step", a_job(f"""
import time
def spooler_process():
    try:
        open({str(engine.directory / "begun")!r}, "w").write("x")
        time.sleep(600)
    finally:
        open({str(marker)!r}, "w").write("tidy")
""", 'order="yes" stop_on_error="no"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "1")
    wait_until((engine.directory / "begun").exists, 30, "the step")
    engine.command('<kill_task job="/step" id="1" immediately="yes" timeout="20"/>')
    (task,) = wait_until(lambda: task_history(engine), 30, "the end of the task")
    assert task["error_code"] == "SCHEDULER-728"
    assert marker.read_text() == "tidy"
    assert history(engine, 1) == {"1": "failed"}


def test_the_orderly_end_of_the_engine_ends_idle_task_servers(engine: EngineProcess) -> None:
    engine.job("/step", a_job("def spooler_process(): return True", 'order="yes" idle_timeout="never"'))
    engine.chain("/chain", CHAIN)
    engine.start()
    add(engine, "1")
    history(engine, 1)
    assert engine.terminate() == 0
