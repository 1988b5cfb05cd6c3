"""Every command once with good input and the level that it needs, and every refusal of the sheet with its code."""

from __future__ import annotations

import pytest

from scheduler.commands.declare import COMMANDS
from scheduler.commands.registry import admit, admit_to_list, declaration_of
from scheduler.copying import replace
from scheduler.definitions import LockDefinition, NodeDefinition, ProcessClassDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import FilesChanged, StartFailed
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of, is_list
from scheduler.records import EngineState
from scheduler.run_time.model import DayPattern, RunTime, Schedule
from scheduler.xml.document import parse
from tests.support.asked import asked, decided
from tests.support.worlds import Engine, a_chain, a_job, an_order, read

JOB = '<script language="shell">exit 0</script>'
NODES = '<job_chain_node state="1" job="/job"/><job_chain_node state="2"/>'

#: a command, the root of its answer, the level that it needs
GOOD = [
    ("<show_state/>", "state", Level.INFO),
    ("<s/>", "state", Level.INFO),
    ("<show_jobs/>", "jobs", Level.INFO),
    ('<show_job job="/job" job_chain="/chain" what="all run_time source"/>', "job", Level.INFO),
    ("<show_job_chains/>", "job_chains", Level.INFO),
    ('<show_job_chain job_chain="/chain" what="all source"/>', "job_chain", Level.INFO),
    ('<show_order job_chain="/chain" order="daily" what="payload run_time"/>', "order", Level.INFO),
    ('<show_task id="1"/>', "task", Level.INFO),
    ('<show_history job="/job" prev="3"/>', "history", Level.INFO),
    ('<show_calendar from="2024-02-01" before="2024-02-02T00:00" limit="5" what="orders"/>', "calendar", Level.INFO),
    ("<show_process_classes/>", "process_classes", Level.INFO),
    ("<show_cluster what='cluster'/>", "cluster", Level.INFO),
    ('<subsystem.show what="statistics"/>', "subsystems", Level.INFO),
    ('<job.why job="/job"/>', "job.why", Level.INFO),
    ('<param.get name="none"/>', "ok", Level.INFO),
    ("<params.get/>", "params", Level.INFO),
    ("<scheduler_log.log_categories.show/>", "log_categories", Level.INFO),
    ('<scheduler_log.log_categories.set category="all" value="no"/>', "ok", Level.INFO),
    ('<scheduler_log.log_categories.reset delay="3"/>', "ok", Level.INFO),
    ("<check_folders/>", "ok", Level.INFO),
    (
        '<start_job job="/job" name="x" at="now" after="0" force="yes" web_service="w"><params>'
        '<param name="a" value="1"/></params><environment><variable name="E" value="2"/></environment></start_job>',
        "ok", Level.NO_ADD,
    ),
    ('<kill_task id="9" job="/job" immediately="yes" timeout="never"/>', "ok", Level.NO_ADD),
    ('<modify_job job="/job" cmd="stop"><run_time/></modify_job>', "ok", Level.NO_ADD),
    (f'<add_jobs><job name="n1">{JOB}</job><job name="n2">{JOB}</job></add_jobs>', "ok", Level.ALL),
    (f'<job name="n" title="new">{JOB}</job>', "ok", Level.ALL),
    (
        '<add_order job_chain="/chain" id="n" replace="no" title="t" priority="-3" state="second" end_state="done"'
        ' at="now+10" suspended="yes" web_service="w"><params/><run_time/><xml_payload><a/></xml_payload></add_order>',
        "ok", Level.ALL,
    ),
    ('<order job_chain="/chain"><payload><params/></payload></order>', "ok", Level.ALL),
    (
        '<modify_order job_chain="/chain" order="daily" action="reset" state="second" end_state="done" at="never"'
        ' priority="1" suspended="no" setback="no" title="t"><params><param name="a" value="1"/></params><run_time/>'
        "<xml_payload><a/></xml_payload></modify_order>", "ok", Level.NO_ADD,
    ),
    ('<remove_order job_chain="/chain" order="daily"/>', "ok", Level.NO_ADD),
    (f'<job_chain name="n">{NODES}</job_chain>', "ok", Level.ALL),
    ('<remove_job_chain job_chain="/chain"/>', "ok", Level.NO_ADD),
    ('<job_chain.modify job_chain="/chain" state="stopped"/>', "ok", Level.ALL),
    ('<job_chain_node.modify job_chain="/chain" state="first" action="next_state"/>', "ok", Level.ALL),
    ('<job_chain.check_distributed job_chain="/chain" order_state="first"/>', "ok", Level.ALL),
    ('<lock name="n" max_non_exclusive="2"/>', "ok", Level.ALL),
    ('<lock.remove lock="lock"/>', "ok", Level.NO_ADD),
    ('<process_class name="n" max_processes="3" timeout="5" spooler_id=""/>', "ok", Level.ALL),
    ('<process_class.remove process_class="/class"/>', "ok", Level.NO_ADD),
    ('<schedule name="n"><period single_start="10:00"/></schedule>', "ok", Level.ALL),
    ('<schedule.remove schedule="/plan"/>', "ok", Level.NO_ADD),
    (f'<modify_hot_folder folder="/x"><job name="n">{JOB}</job></modify_hot_folder>', "ok", Level.NO_ADD),
    ('<file.remove kind="schedule" path="/plan"/>', "ok", Level.NO_ADD),
    ('<modify_spooler cmd="pause"/>', "ok", Level.NO_ADD),
    (
        '<terminate restart="yes" all_schedulers="no" timeout="9" continue_exclusive_operation="no"'
        ' delete_dead_entry="no"/>', "ok", Level.NO_ADD,
    ),
    ('<spooler><config><params><param name="a" value="1"/></params></config></spooler>', "ok", Level.ALL),
    ('<param name="a" value=""/>', "ok", Level.ALL),
    ('<params><param name="a" value="1"/></params>', "ok", Level.ALL),
    ('<setting.set name="scheduler.order.keep_order_content_on_reschedule" value="false"/>', "ok", Level.ALL),
    ('<licence.use key="x"/>', "ok", Level.NO_ADD),
    ('<test_delay delay="1"/>', "ok", Level.ALL),
]  # fmt: skip

#: a command that is refused, and the code
REFUSED = [
    ('<show_state what="everything"/>', "SCHEDULER-164"),
    ('<show_state subsystems="job nonsense"/>', "SCHEDULER-472"),
    ('<show_state path="/../x"/>', "SCHEDULER-461"),
    ('<show_job job="/none"/>', "SCHEDULER-161"),
    ("<show_job/>", "SCHEDULER-231"),
    ('<show_job_chain job_chain="/none"/>', "SCHEDULER-161"),
    ('<show_order job_chain="/chain" order="none"/>', "SCHEDULER-162"),
    ('<show_task id="99"/>', "SCHEDULER-207"),
    ('<show_task id="x"/>', "Z-4001"),
    ('<show_history job="/none"/>', "SCHEDULER-161"),
    ('<show_history job="/job" prev="many"/>', "Z-4001"),
    ('<show_calendar from="tomorrow"/>', "SCHEDULER-333"),
    ('<show_calendar before="never"/>', "SCHEDULER-333"),
    ('<show_calendar what="nonsense"/>', "SCHEDULER-164"),
    ("<show_schedulers/>", "SCHEDULER-105"),
    ("<run_time/>", "SCHEDULER-105"),
    ("<nonsense/>", "SCHEDULER-105"),
    ('<job.why job="/none"/>', "SCHEDULER-161"),
    ("<param.get/>", "SCHEDULER-231"),
    ('<start_job job="/none"/>', "SCHEDULER-161"),
    ('<start_job job="/job" colour="red"/>', "SCHEDULER-232"),
    ('<start_job job="/job"><run_time/></start_job>', "SCHEDULER-113"),
    ('<start_job job="/job"><params/><params/></start_job>', "SCHEDULER-113"),
    ('<modify_job job="/job"><run_time/><run_time/></modify_job>', "SCHEDULER-113"),
    ('<start_job job="/job" at="soon"/>', "SCHEDULER-333"),
    ('<start_job job="/job" force="maybe"/>', "Z-4002"),
    ('<start_job job="/night" force="no"/>', "SCHEDULER-143"),
    ('<start_job job="/faulty"/>', "SCHEDULER-396"),
    ('<modify_job job="/faulty" cmd="start"/>', "SCHEDULER-428"),
    ('<start_job job="/leaves"/>', "SCHEDULER-230"),
    ('<start_job job="/broken"/>', "SCHEDULER-204"),
    ('<modify_order job_chain="/busy" order="1" state="second"/>', "SCHEDULER-217"),
    ('<modify_order job_chain="/busy" order="1" action="reset"/>', "SCHEDULER-217"),
    ('<modify_order job_chain="/busy" order="1" setback="no"/>', "SCHEDULER-217"),
    ('<modify_order job_chain="/busy" order="1" at="now"/>', "SCHEDULER-217"),
    ('<kill_task id="1" job="/job" timeout="3"/>', "SCHEDULER-467"),
    ('<kill_task id="1" job="/none"/>', "SCHEDULER-161"),
    ('<modify_job job="/job" cmd="dance"/>', "SCHEDULER-106"),
    ('<modify_job job="/job"><run_time><period begin="10:00" end="09:00"/></run_time></modify_job>', "SCHEDULER-104"),
    ('<modify_job job="/none" cmd="stop"/>', "SCHEDULER-161"),
    ("<add_jobs/>", "STELLWERK-003"),
    (f'<add_jobs><job name="a">{JOB}</job><job name="A">{JOB}</job></add_jobs>', "SCHEDULER-889"),
    (f"<job>{JOB}</job>", "SCHEDULER-231"),
    (f'<job name="a/b">{JOB}</job>', "SCHEDULER-417"),
    (f'<job name="job" replace="no">{JOB}</job>', "SCHEDULER-232"),
    ('<job name="n"/>', "SCHEDULER-440"),
    (f'<job name="n" min_tasks="3">{JOB.replace("shell", "python")}</job>', "SCHEDULER-322"),
    (f'<job name="n" order="yes" temporary="yes">{JOB}</job>', "SCHEDULER-155"),
    ('<add_order job_chain="/none"/>', "SCHEDULER-161"),
    ('<add_order job_chain="/outer"/>', "SCHEDULER-151"),
    ('<add_order job_chain="/chain" id="daily" replace="no"/>', "SCHEDULER-186"),
    ('<add_order job_chain="/chain" state="none"/>', "SCHEDULER-149"),
    ('<add_order job_chain="/chain" state="done"/>', "SCHEDULER-438"),
    ('<add_order job_chain="/chain" end_state="none"/>', "SCHEDULER-149"),
    ('<add_order job_chain="/chain" at="soon"/>', "SCHEDULER-333"),
    (f'<add_order job_chain="/chain" id="{"x" * 251}"/>', "SCHEDULER-344"),
    ('<modify_order job_chain="/chain" order="none"/>', "SCHEDULER-162"),
    ('<modify_order job_chain="/chain" order="daily" setback="yes"/>', "SCHEDULER-351"),
    ('<modify_order job_chain="/chain" order="daily" action="dance"/>', "SCHEDULER-391"),
    ('<modify_order job_chain="/chain" order="daily" state="none"/>', "SCHEDULER-149"),
    ('<remove_order job_chain="/chain" order="none"/>', "SCHEDULER-162"),
    ('<job_chain name="n"/>', "STELLWERK-003"),
    (f'<job_chain name="n">{NODES.replace("2", "1")}</job_chain>', "SCHEDULER-150"),
    ('<job_chain name="n"><job_chain_node.job_chain state="1" job_chain="/n"/></job_chain>', "SCHEDULER-428"),
    ('<remove_job_chain job_chain="/none"/>', "SCHEDULER-161"),
    ('<job_chain.modify job_chain="/chain" state="idle"/>', "SCHEDULER-391"),
    ('<job_chain.modify job_chain="/outer" state="stopped"/>', "SCHEDULER-405"),
    ('<job_chain.modify job_chain="/none" state="stopped"/>', "SCHEDULER-161"),
    ('<job_chain_node.modify job_chain="/chain" state="none" action="stop"/>', "SCHEDULER-149"),
    ('<job_chain_node.modify job_chain="/chain" state="first" action="jump"/>', "SCHEDULER-391"),
    ('<job_chain.check_distributed job_chain="/chain"/>', "SCHEDULER-231"),
    ('<job_chain.check_distributed job_chain="/none" order_state="first"/>', "SCHEDULER-161"),
    ("<lock/>", "SCHEDULER-231"),
    ('<lock name="n" max_non_exclusive="-1"/>', "STELLWERK-006"),
    ('<lock.remove lock="/none"/>', "SCHEDULER-161"),
    ('<process_class name=""/>', "SCHEDULER-231"),
    ('<process_class name="n" max_processes="many"/>', "Z-4001"),
    ('<process_class.remove process_class="/none"/>', "SCHEDULER-161"),
    ('<process_class.remove process_class="/"/>', "SCHEDULER-161"),
    ('<schedule name="n" substitute="/n"/>', "SCHEDULER-486"),
    ('<schedule name="n"><period begin="10:00" end="09:00"/></schedule>', "SCHEDULER-104"),
    ('<schedule.remove schedule="/none"/>', "SCHEDULER-161"),
    ("<modify_hot_folder/>", "STELLWERK-003"),
    ('<file.remove kind="job" path="/none"/>', "SCHEDULER-161"),
    ('<file.remove kind="folder" path="/job"/>', "SCHEDULER-391"),
    ('<modify_spooler cmd="stop"/>', "SCHEDULER-105"),
    ("<modify_spooler/>", "SCHEDULER-231"),
    ('<terminate timeout="soon"/>', "STELLWERK-005"),
    ('<terminate delete_dead_entry="yes"/>', "SCHEDULER-467"),
    ('<config tcp_port="1"/>', "STELLWERK-010"),
    ("<config><security/></config>", "STELLWERK-010"),
    ('<param value="1"/>', "SCHEDULER-231"),
    ('<setting.set name="colour" value="red"/>', "SCHEDULER-391"),
    ("<licence.use/>", "SCHEDULER-231"),
    ('<scheduler_log.log_categories.set category="&#10;"/>', "SCHEDULER-417"),
    ('<test_delay delay="3600"/>', "STELLWERK-006"),
    ('<plugin.command plugin_class="a.B"><x/></plugin.command>', "SCHEDULER-161"),
    ("<plugin.command/>", "SCHEDULER-231"),
    ("<service_request><anything/></service_request>", "SCHEDULER-161"),
    ('<remote_scheduler.start_remote_task tcp_port="4444"/>', "SCHEDULER-717"),
    ('<remote_scheduler.remote_task.close process_id="1"/>', "SCHEDULER-161"),
    ('<remote_scheduler.remote_task.kill process_id="1" signal="SIGTERM"/>', "SCHEDULER-161"),
    ('<remote_scheduler.remote_task.kill process_id="1" signal="SIGKILL"/>', "SCHEDULER-391"),
    ("<spooler><show_state/><show_state/></spooler>", "SCHEDULER-319"),
    ("<commands/>", "SCHEDULER-353"),
    ("<spooler/>", "SCHEDULER-353"),
]  # fmt: skip

#: commands that are always refused, with their levels
NEVER_POSSIBLE = {
    "plugin.command": Level.ALL,
    "service_request": Level.NO_ADD,
    "remote_scheduler.start_remote_task": Level.ALL,
    "remote_scheduler.remote_task.close": Level.ALL,
    "remote_scheduler.remote_task.kill": Level.ALL,
}
#: all commands that the classic engine executes, but for those about events and workload schedulers
CLASSIC = """
    show_state s show_jobs show_job show_job_chains show_job_chain show_order show_task show_history show_calendar
    show_process_classes show_cluster subsystem.show job.why param.get params.get check_folders
    scheduler_log.log_categories.show scheduler_log.log_categories.set scheduler_log.log_categories.reset
    start_job kill_task modify_job add_jobs job add_order order modify_order remove_order service_request
    job_chain remove_job_chain job_chain.modify job_chain_node.modify job_chain.check_distributed
    lock lock.remove process_class process_class.remove schedule.remove modify_hot_folder
    modify_spooler terminate config param params setting.set licence.use plugin.command test_delay
    remote_scheduler.start_remote_task remote_scheduler.remote_task.close remote_scheduler.remote_task.kill
""".split()  # noqa: SIM905  (a list to be read)



@pytest.fixture
def engine() -> Engine:
    engine = Engine(
        LockDefinition("/lock", source="<lock/>"),
        ProcessClassDefinition("/class", source="<process_class/>"),
        Schedule("/plan", RunTime(), source="<schedule/>"),
        a_job(tasks=0, source="<job/>"), a_job("/night", run_time=RunTime(days=DayPattern())),
        a_chain(source="<job_chain/>"),
        a_chain("/outer", NodeDefinition("1", job_chain="/missing"), NodeDefinition("2")),
        an_order("daily", at="never"),
    )  # fmt: skip
    asked(engine, '<start_job job="/job" at="never"/>')
    problem = Problem("SCHEDULER-232", "Attribute 'x' is unknown in <job>")
    engine.tell(FilesChanged((replace(read(a_job("/faulty")), definition=None, problem=problem),)))
    _busy(engine)
    return engine


def _busy(engine: Engine) -> None:
    "An order in a task, a job that goes when its task has ended, and one in state error."
    first = NodeDefinition("first", "/leaves", "second")
    engine.files(a_job("/leaves"), a_chain("/busy", first, NodeDefinition("second", "/none"), NodeDefinition("end")))
    asked(engine, '<add_order job_chain="/busy" id="1"/>')
    engine.delete(a_job("/leaves"))
    engine.files(a_job("/broken", stop_on_error=True))
    task = asked(engine, '<start_job job="/broken"/>')[0].get("id")
    engine.tell(StartFailed(int(task), WorkloadError(Code.NOT_STARTED, problem="no more processes").problem))


def tag_of(xml: str) -> str:
    return commands_of(parse(xml.encode()))[0].tag


@pytest.mark.parametrize(("xml", "root", "level"), GOOD, ids=[tag_of(xml) for xml, _, _ in GOOD])
def test_good_input_has_its_answer_and_its_level(engine: Engine, xml: str, root: str, level: Level) -> None:
    assert asked(engine, xml).tag == root
    declaration = COMMANDS[tag_of(xml)]
    admit(engine.world, declaration, level)
    with pytest.raises(WorkloadError) as refusal:
        admit(engine.world, declaration, Level(level - 1))
    assert refusal.value.code is Code.NOT_PERMITTED


@pytest.mark.parametrize(("xml", "code"), REFUSED)
def test_what_is_wrong_is_refused_with_its_code_and_changes_nothing(engine: Engine, xml: str, code: str) -> None:
    before = list(engine.kinds)
    with pytest.raises(WorkloadError) as refusal:
        decided(engine, xml)
    assert refusal.value.code.code == code, refusal.value
    assert engine.kinds == before


def test_every_classic_command_is_declared_and_stands_in_one_of_these_tables() -> None:
    assert [tag for tag in CLASSIC if tag not in COMMANDS] == []
    known = {tag_of(xml) for xml, _, _ in GOOD} | set(NEVER_POSSIBLE)
    assert [tag for tag in CLASSIC if tag not in known] == []


@pytest.mark.parametrize(("tag", "level"), NEVER_POSSIBLE.items())
def test_commands_that_are_always_refused_have_a_level_too(tag: str, level: Level) -> None:
    assert COMMANDS[tag].level is level


_ABORT = [("abort_immediately", False), ("abort_immediately_and_restart", True)]


@pytest.mark.parametrize(("cmd", "restart"), _ABORT)
def test_an_abort_has_no_answer(engine: Engine, cmd: str, restart: bool) -> None:
    decision = decided(engine, f'<modify_spooler cmd="{cmd}"/>')
    assert (decision.reply, decision.actions[0].restart) == (None, restart)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cmd", "restart", "timeout"),
    [
        ("terminate", False, 5.0), ("terminate_and_restart", True, 5.0), ("reload", True, 5.0),
        ("let_run_terminate_and_restart", True, None),
    ],
)  # fmt: skip
def test_the_ends_of_the_engine_by_modify_spooler(
    engine: Engine, cmd: str, restart: bool, timeout: float | None
) -> None:
    [action] = decided(engine, f'<modify_spooler cmd="{cmd}" timeout="5"/>').actions
    assert (action.restart, action.timeout) == (restart, timeout)  # type: ignore[union-attr]
    assert engine.world.state is EngineState.STOPPING


@pytest.mark.parametrize("tag", [
    "modify_job", "check_folders", "kill_task", "start_job", "add_order", "modify_order", "remove_order",
    "remove_job_chain", "service_request", "remote_scheduler.start_remote_task",
])  # fmt: skip
def test_what_needs_an_engine_at_work_is_refused_before(engine: Engine, tag: str) -> None:
    engine.world.state = EngineState.STARTING
    with pytest.raises(WorkloadError) as refusal:
        admit(engine.world, COMMANDS[tag], Level.ALL)
    assert refusal.value.code is Code.NOT_ACTIVE


@pytest.mark.parametrize("tag", ["terminate", "modify_spooler", "show_state", "subsystem.show", "show_calendar"])
def test_questions_and_the_end_are_possible_before(engine: Engine, tag: str) -> None:
    engine.world.state = EngineState.STARTING
    admit(engine.world, COMMANDS[tag], Level.ALL)


@pytest.mark.parametrize("around", ["{}", "<spooler>{}</spooler>"])
def test_a_command_without_immediate_answer_cannot_stand_in_a_list(around: str) -> None:
    command = '<remote_scheduler.remote_task.close process_id="1"/>'
    alone = parse(around.format(command).encode())
    listed = parse(around.format(f"<commands>{command}</commands>").encode())
    assert (is_list(alone), is_list(listed)) == (False, True)
    [element] = commands_of(listed)
    with pytest.raises(WorkloadError) as refusal:
        admit_to_list(declaration_of(element), element)
    assert refusal.value.code is Code.NO_ANSWER
    [harmless] = commands_of(parse(b"<commands><show_state/></commands>"))
    admit_to_list(declaration_of(harmless), harmless)
