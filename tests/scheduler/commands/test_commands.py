"""Commands from XML to answer: what clients send, and what they read in the answers."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from scheduler.commands.declare import COMMANDS
from scheduler.commands.registry import admit, declaration_of, execute, question_of
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import DatabaseWaits, FilesChanged
from scheduler.protocol.envelope import answer, refusal
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of
from scheduler.xml.document import parse
from tests.support.worlds import Engine, a_chain, a_job, an_order, read


def ask(engine: Engine, xml: str, answers: dict[str, Any] | None = None) -> etree._Element:
    "The first element below `<answer>` of one command."
    [element] = commands_of(parse(xml.encode()))
    command = declaration_of(element).decode(element, {"STAGE": "/data"})
    from scheduler.messages import CommandReceived

    decision = engine.tell(CommandReceived(command, answers or {}))
    assert decision.reply is not None
    return etree.fromstring(answer(engine.now, [decision.reply])).find("answer")[0]


@pytest.fixture
def engine() -> Engine:
    chain = a_chain(title="Sales", source="<job_chain/>")
    order = an_order("daily", at="never", title="Every day", source='<order title="x"/>')
    return Engine(a_job(tasks=0, title="Loads", params={"target": "db"}, description="What it does"), chain, order,
                  a_job("/other/clean"))  # fmt: skip


def test_every_command_says_which_level_it_needs() -> None:
    assert {declaration.level for declaration in COMMANDS.values()} <= {Level.INFO, Level.NO_ADD, Level.ALL}
    reading = [tag for tag in COMMANDS if tag.startswith("show_") or tag in ("s", "check_folders", "job.why")]
    assert all(COMMANDS[tag].level is Level.INFO for tag in reading)
    assert COMMANDS["order"] is COMMANDS["add_order"]


@pytest.mark.parametrize(
    ("command", "least"),
    [("show_state", Level.INFO), ("start_job", Level.NO_ADD), ("add_order", Level.ALL), ("terminate", Level.NO_ADD)],
)
def test_a_level_below_is_refused(engine: Engine, command: str, least: Level) -> None:
    admit(engine.world, COMMANDS[command], least)
    with pytest.raises(WorkloadError) as error:
        admit(engine.world, COMMANDS[command], Level(least - 1))
    assert error.value.code is Code.NOT_PERMITTED


def test_while_the_database_is_away_questions_are_answered_and_changes_refused(engine: Engine) -> None:
    engine.tell(DatabaseWaits("connection refused"))
    admit(engine.world, COMMANDS["show_state"], Level.ALL)
    with pytest.raises(WorkloadError) as error:
        admit(engine.world, COMMANDS["add_order"], Level.ALL)
    assert error.value.code is Code.DATABASE_WAITS
    state = ask(engine, '<show_state what="none"/>')
    assert (state.get("db_waiting"), state.get("db_error")) == ("yes", "connection refused")


def test_state_has_what_every_client_reads(engine: Engine) -> None:
    state = ask(engine, "<show_state/>")
    for name in ("time", "id", "spooler_id", "spooler_running_since", "state", "version", "pid", "host", "time_zone"):
        assert state.get(name) is not None, name
    assert [job.get("path") for job in state.findall("jobs/job")] == ["/job", "/other/clean"]
    assert state.find("job_chains").get("count") == "1"
    assert state.find("job_chains/job_chain") is None
    assert state.find("remote_schedulers").attrib == {"count": "0", "active": "0"}
    assert state.find("process_classes/process_class").get("max_processes") == "30"


def test_folders_are_a_tree(engine: Engine) -> None:
    root = ask(engine, '<show_state what="folders job_chains"/>').find("folder")
    assert root.get("path") == "/"
    assert root.find("folders/folder").get("path") == "/other"
    assert root.find("folders/folder/jobs/job").get("path") == "/other/clean"
    only_jobs = ask(engine, '<show_state what="folders" subsystems="job"/>').find("folder")
    assert only_jobs.find("job_chains") is None
    assert ask(engine, '<show_state what="folders" path="/nowhere"/>').find("folder") is None


def test_a_job_shows_what_is_asked_for(engine: Engine) -> None:
    plain = ask(engine, '<show_job job="JOB"/>')
    expected = {"path": "/job", "name": "job", "state": "pending", "tasks": "0", "enabled": "yes", "title": "Loads"}
    assert {name: plain.get(name) for name in expected} == expected
    assert plain.find("file_based").get("state") == "active"
    assert plain.find("file_based/requisites") is not None
    assert plain.find("order_queue").get("length") == "1"
    assert plain.find("order_queue/order") is None
    full = ask(engine, '<show_job job="/job" what="all,job_params run_time"/>')
    assert full.find("params/param").attrib == {"name": "target", "value": "db"}
    assert full.find("description").text == "What it does"
    assert full.find("order_queue/order").get("id") == "daily"


def test_a_chain_lists_nodes_queues_and_orders(engine: Engine) -> None:
    chain = ask(engine, '<show_job_chain job_chain="/chain" what="source"/>')
    assert [node.get("state") for node in chain.findall("job_chain_node")] == ["first", "second", "done", "failed"]
    assert chain.find("source/job_chain") is not None
    queue = chain.find("job_chain_node/order_queue")
    assert (queue.get("length"), queue.get("next_start_time")) == ("1", "2038-01-19 03:14:07.000Z")
    order = queue.find("order")
    assert order.get("order_source_type") == "Permanent"
    assert order.get("path") == "/chain,daily"
    none = ask(engine, '<show_job_chain job_chain="/chain" max_orders="0"/>')
    assert none.find("job_chain_node/order_queue/order") is None


def test_add_order_answers_the_order_and_substitutes_the_environment(engine: Engine) -> None:
    ok = ask(
        engine,
        '<add_order job_chain="/chain" id="A1" title="" priority="5">'
        '<params><param name="dir" value="${STAGE}/in"/></params></add_order>',
    )
    order = ok.find("order")
    expected = {"order": "A1", "id": "A1", "state": "first", "priority": "5", "path": "/", "job": "/job"}
    assert {name: order.get(name) for name in expected} == expected
    assert engine.order("A1").params["dir"] == "/data/in"
    shown = ask(engine, '<show_order job_chain="/chain" order="A1" what="payload why"/>')
    assert shown.find("payload/params/param").get("value") == "/data/in"
    assert shown.find("why/obstacle").get("kind") == "max_tasks"


def test_characters_that_xml_cannot_hold_do_not_break_an_answer(engine: Engine) -> None:
    engine.files(a_job(tasks=1))
    ask(engine, '<add_order job_chain="/chain" id="&lt;&amp;&quot; x"/>')
    engine.end(line="bell \x07 and <tag> & \ud800", values="v=a\x01b\n")
    order = ask(engine, '<show_order job_chain="/chain" order="&lt;&amp;&quot; x" what="payload"/>')
    assert order.get("state_text") == "bell ? and <tag> & ?"
    assert order.find("payload/params/param").attrib == {"name": "v", "hex_value": "610162"}


def test_start_job_answers_the_queued_task(engine: Engine) -> None:
    task = ask(engine, '<start_job job="/other/clean" at="now+60"><params/></start_job>').find("task")
    assert (task.get("state"), task.get("id"), task.get("task")) == ("none", "1", "1")
    queued = ask(engine, '<show_job job="/other/clean" what="task_queue"/>').find("queued_tasks/queued_task")
    assert (queued.get("id"), queued.get("start_at") is not None) == ("1", True)


def test_a_faulty_file_is_shown_and_named_in_refusals(engine: Engine) -> None:
    problem = Problem("SCHEDULER-232", "Attribute 'x' is unknown in <job>; it has title", 3, 7)
    file = read(a_job("/broken"))
    from scheduler.copying import replace

    engine.tell(FilesChanged((replace(file, definition=None, problem=problem),)))
    job = ask(engine, '<show_job job="/broken"/>')
    error = job.find("file_based/ERROR")
    assert (error.get("code"), error.get("line"), error.get("col")) == ("SCHEDULER-232", "3", "7")
    with pytest.raises(WorkloadError) as refused:
        ask(engine, '<start_job job="/broken"/>')
    assert refused.value.code is Code.JOB_NOT_READY


def test_history_questions_are_asked_before_and_answered_from_what_was_found(engine: Engine) -> None:
    engine.files(a_job(tasks=1))
    ask(engine, '<start_job job="/job"/>')
    engine.end(exit_code=3)
    [element] = commands_of(parse(b'<show_history job="/job" prev="5"/>'))
    question = question_of(engine.world, declaration_of(element).decode(element, {}))
    assert (question.job, question.previous, question.following) == ("/job", 5, None)
    entry = ask(engine, '<show_history job="/job"/>', {"tasks": [(engine.tasks[1], "the log")]})[0]
    assert entry.tag == "history.entry"
    assert (entry.get("job_name"), entry.get("exit_code"), entry.get("error")) == ("job", "3", "1")
    assert entry.find("log").text == "the log"
    shown = ask(engine, '<show_task id="1"/>', {"task": (engine.tasks[1], None)})
    assert (shown.get("id"), shown.find("ERROR").get("code")) == ("1", "SCHEDULER-280")
    with pytest.raises(WorkloadError) as refused:
        ask(engine, '<show_task id="99"/>', {"task": None})
    assert refused.value.code is Code.UNKNOWN_TASK


def test_rendered_objects_are_kept_until_something_about_them_changes(engine: Engine) -> None:
    def title() -> str | None:
        return ask(engine, "<show_state/>").find("jobs/job").get("title")

    assert title() == "Loads"
    assert title() == "Loads"
    engine.files(a_job(tasks=0, title="new"))
    assert title() == "new"
    ask(engine, '<add_order job_chain="/chain" id="z"/>')
    assert ask(engine, "<show_state/>").find("jobs/job/order_queue").get("length") == "2"
    ask(engine, '<remove_order job_chain="/chain" order="z"/>')
    assert ask(engine, "<show_state/>").find("jobs/job/order_queue").get("length") == "1"


def test_a_refusal_is_an_error_element_with_code_text_and_place(engine: Engine) -> None:
    with pytest.raises(WorkloadError) as refused:
        ask(engine, '<modify_order\n job_chain="/chain" order="daily" colour="red"/>')
    error = etree.fromstring(refusal(refused.value, engine.now))
    assert error.get("code") == "SCHEDULER-232"
    assert error.get("text", "").startswith("SCHEDULER-232  ")
    assert "colour" in error.get("text", "")
    assert "job_chain" in error.get("text", ""), "it says what would be possible"
    assert (error.get("line"), error.get("col")) == ("1", "1")


def test_deciding_a_command_twice_gives_the_same(engine: Engine) -> None:
    [element] = commands_of(parse(b'<modify_job job="/job" cmd="stop"/>'))
    command = declaration_of(element).decode(element, {})
    assert execute(engine.world, command, engine.now, {}) == execute(engine.world, command, engine.now, {})
