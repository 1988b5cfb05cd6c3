"""Every declared command once over a real port, and what of it is still there after a sudden death."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from lxml import etree

from scheduler.commands.registry import COMMANDS
from tests.support.engine import EngineProcess

JOB = '<script language="shell">exit 0</script>'
NODES = '<job_chain_node state="1" job="made"/><job_chain_node state="2"/>'
NIGHT = '<run_time><period single_start="03:00"/></run_time>'

#: a script builds a chain over a job that is not order controlled
BUILDER = """<job stop_on_error="no"><script language="python"><![CDATA[
def spooler_process():
    chain = spooler.create_job_chain()
    chain.name = "built"
    chain.add_job("/plain", 100, 200, 999)
    chain.add_end_state(200)
    chain.add_end_state(999)
    built = spooler.add_job_chain(chain)
    order = spooler.create_order()
    order.id = "1"
    built.add_order(order)
    return False
]]></script></job>"""

#: in this sequence: a command, the element that answers it (a code: it is refused)
SENT = [
    ("<show_state/>", "state"),
    ("<s/>", "state"),
    ("<show_jobs/>", "jobs"),
    ("<show_job_chains/>", "job_chains"),
    ("<show_process_classes/>", "process_classes"),
    ("<show_cluster/>", "cluster"),
    ('<subsystem.show what="statistics"/>', "subsystems"),
    ('<show_job job="/work" what="task_history"/>', "job"),
    ('<show_job_chain job_chain="/chain"/>', "job_chain"),
    ('<show_calendar what="orders"/>', "calendar"),
    ('<job.why job="/work"/>', "job.why"),
    ('<start_job job="/work" at="now+3600" name="later"/>', "ok"),
    ('<kill_task id="1" job="/work"/>', "ok"),
    ('<start_job job="/work"/>', "ok"),
    ('<show_history job="/work"/>', "history"),
    ('<task.usage task="2"/>', "task.usage"),
    ('<task.usage task="999"/>', "SCHEDULER-207"),
    ('<modify_job job="/work" cmd="stop"/>', "ok"),
    (f'<modify_job job="/work">{NIGHT}</modify_job>', "ok"),
    (f'<job name="made" title="Made">{JOB}</job>', "ok"),
    (f'<add_jobs><job name="made2">{JOB}</job></add_jobs>', "ok"),
    (f'<job_chain name="made">{NODES}</job_chain>', "ok"),
    ('<job_chain.modify job_chain="made" state="stopped"/>', "ok"),
    ('<job_chain_node.modify job_chain="made" state="1" action="stop"/>', "ok"),
    ('<job_chain.check_distributed job_chain="made" order_state="1"/>', "ok"),
    ('<add_order job_chain="made" id="o1"/>', "ok"),
    ('<order job_chain="made" id="o2"/>', "ok"),
    ('<modify_order job_chain="made" order="o1" priority="3"/>', "ok"),
    ('<show_order job_chain="made" order="o1"/>', "order"),
    ('<remove_order job_chain="made" order="o2"/>', "ok"),
    (f'<job_chain name="gone">{NODES}</job_chain>', "ok"),
    ('<remove_job_chain job_chain="gone"/>', "ok"),
    ('<lock name="made"/>', "ok"),
    ('<lock name="gone"/>', "ok"),
    ('<lock.remove lock="gone"/>', "ok"),
    ('<process_class name="made" max_processes="3"/>', "ok"),
    ('<process_class name="gone"/>', "ok"),
    ('<process_class.remove process_class="gone"/>', "ok"),
    (f'<schedule name="made">{NIGHT[10:-11]}</schedule>', "ok"),
    ("<schedule name='gone'/>", "ok"),
    ('<schedule.remove schedule="gone"/>', "ok"),
    (f'<modify_hot_folder folder="/sub"><job name="filed">{JOB}</job></modify_hot_folder>', "ok"),
    ('<file.remove kind="lock" path="made"/>', "ok"),
    ('<lock name="made"/>', "ok"),
    ("<check_folders/>", "ok"),
    ('<config><params><param name="configured" value="1"/></params></config>', "ok"),
    ('<param name="a" value="1"/>', "ok"),
    ('<params><param name="b" value="2"/></params>', "ok"),
    ('<param.get name="A"/>', "param"),
    ("<params.get/>", "params"),
    ('<setting.set name="scheduler.order.keep_order_content_on_reschedule" value="true"/>', "ok"),
    ('<licence.use key="none"/>', "ok"),
    ('<scheduler_log.log_categories.set category="netcore"/>', "ok"),
    ("<scheduler_log.log_categories.show/>", "log_categories"),
    ("<scheduler_log.log_categories.reset/>", "ok"),
    ('<modify_spooler cmd="rotate_logs"/>', "ok"),
    ('<modify_spooler cmd="pause"/>', "ok"),
    ('<modify_spooler cmd="continue"/>', "ok"),
    ('<test_delay delay="0.01"/>', "ok"),
    ('<plugin.command plugin_class="x"/>', "SCHEDULER-161"),
    ("<service_request/>", "SCHEDULER-161"),
    ('<remote_scheduler.start_remote_task tcp_port="1"/>', "SCHEDULER-717"),
    ('<remote_scheduler.remote_task.close process_id="1"/>', "SCHEDULER-161"),
    ('<commands><remote_scheduler.remote_task.close process_id="1"/></commands>', "SCHEDULER-353"),
    ('<remote_scheduler.remote_task.kill process_id="1" signal="SIGTERM"/>', "SCHEDULER-161"),
]
#: sent elsewhere in this file, or in the tests of what is ours, of events and of workload schedulers
ELSEWHERE = (
    "show_task", "terminate", "events.", "publish_event", "register_remote_scheduler", "supervisor.", "cluster.",
    "plan.", "log.", "calendar.",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine")) as engine:
        engine.shell_job("/work", "exit 0")
        engine.shell_job("/slow", "trap '' TERM; sleep 60", 'timeout="1" stop_on_error="no"')
        engine.shell_job("/plain", "exit 0", 'order="no"')
        engine.job("/builder", BUILDER)
        engine.chain("/chain", f"<job_chain>{NODES.replace('made', 'work')}</job_chain>")
        yield engine.start()


def send(engine: EngineProcess, command: str, expected: str) -> etree._Element:
    answer = engine.command(command, refused=expected.startswith("SCHEDULER"))
    found = answer.get("code") if answer.tag == "ERROR" else answer.tag
    assert found == expected, f"{command}: {etree.tostring(answer)!r}"
    return answer


def test_every_command_is_answered_as_documented(engine: EngineProcess) -> None:
    tags = {etree.fromstring(command).tag for command, _ in SENT}
    assert [tag for tag in COMMANDS if tag not in tags and not tag.startswith(ELSEWHERE)] == []
    for command, expected in SENT:
        send(engine, command, expected)
    send(engine, '<show_task id="2"/>', "task")
    logs = [name for name in os.listdir(engine.log_dir) if name.startswith("scheduler-")]
    assert len(logs) == 1
    assert (engine.live / "sub" / "filed.job.xml").exists()


def test_a_job_that_takes_too_long_is_killed_at_once_with_the_classic_exit_code(engine: EngineProcess) -> None:
    task = send(engine, '<start_job job="/slow"/>', "ok")[0].get("id")
    history = f'<show_history job="/slow" id="{task}"/>'

    def ended() -> list[etree._Element]:
        return [entry for entry in engine.command(history) if entry.get("end_time")]

    [entry] = engine.wait_until(ended, what="the killed task")
    assert (entry.get("exit_code"), entry.get("error_code")) == ("-9", "SCHEDULER-272")


def test_a_chain_that_a_script_builds_works(engine: EngineProcess) -> None:
    send(engine, '<start_job job="/builder"/>', "ok")

    def ended() -> list[etree._Element]:
        if not engine.command('<show_state what="none job_chains"/>').xpath("job_chains/job_chain[@path='/built']"):
            return []
        chain = engine.command('<show_job_chain job_chain="/built" max_order_history="1"/>')
        return list(chain.xpath("order_history/order[@end_time]"))

    [order] = engine.wait_until(ended, what="the order in the chain of the script")
    assert (order.get("id"), order.get("state")) == ("1", "200")


def test_after_a_sudden_death_everything_acknowledged_is_there(engine: EngineProcess) -> None:
    engine.kill9()
    engine.start()
    assert send(engine, '<show_job job="/made"/>', "job").get("title") == "Made"
    send(engine, '<show_job job="/made2"/>', "job")
    chain = send(engine, '<show_job_chain job_chain="/made"/>', "job_chain")
    assert chain.get("state") == "stopped"
    node = chain.find("job_chain_node")
    assert (node.get("action"), [order.get("id") for order in node.findall("order_queue/order")]) == ("stop", ["o1"])
    state = send(engine, '<show_state what="schedules"/>', "state")
    for xpath in ("locks/lock", "process_classes/process_class", "schedules/schedule"):
        assert [each for each in state.xpath(f"{xpath}/@path") if each != "/"] == ["/made"], xpath
    work = send(engine, '<show_job job="/work" what="run_time"/>', "job")
    assert (work.get("state"), work.find("run_time/period").get("single_start")) == ("stopped", "03:00")
    assert send(engine, '<param.get name="b"/>', "param").get("value") == "2"


def test_the_engine_ends_by_command(engine: EngineProcess) -> None:
    send(engine, '<terminate timeout="5"/>', "ok")
    assert engine.wait_for_end() == 0
