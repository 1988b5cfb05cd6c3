"""Objects that commands define, replace and remove while the engine works."""

from __future__ import annotations

import pytest

from scheduler.actions import LogLine, RemoveFile
from scheduler.definitions import Definition, LockDefinition, LockUse, NodeDefinition, ProcessClassDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.messages import FileDeleted, FileGone, FileRead, FilesChanged, StartFailed
from scheduler.records import FileKey, JobState, ObjectKind, file_key
from scheduler.run_time.model import RunTime, Schedule
from tests.support.asked import asked, decided
from tests.support.refusals import refused
from tests.support.worlds import START, Engine, a_chain, a_job, an_order

SCRIPT = '<script language="shell">exit 0</script>'


def test_a_job_of_a_command_runs_and_a_new_version_waits_for_its_task() -> None:
    engine = Engine()
    asked(engine, f'<job name="Load" title="one">{SCRIPT}</job>')
    asked(engine, '<start_job job="/load"/>')
    asked(engine, f'<job name="load" title="two">{SCRIPT}</job>')
    job = asked(engine, '<show_job job="load"/>')
    assert (job.get("path"), job.get("title"), job.get("state")) == ("/Load", "one", "running")
    assert job.find("replacement/job") is not None
    engine.end()
    assert asked(engine, '<show_job job="load"/>').get("title") == "two"


def test_all_jobs_of_a_command_or_none() -> None:
    engine = Engine(a_job("/known"))
    with refused(Code.NOT_ALLOWED):
        known = f'<job name="known" replace="no">{SCRIPT}</job>'
        decided(engine, f'<add_jobs><job name="a">{SCRIPT}</job>{known}</add_jobs>')
    with refused(Code.NO_SCRIPT, 1, 73):
        decided(engine, f'<add_jobs><job name="a">{SCRIPT}</job>  <job name="b"/></add_jobs>')
    assert list(engine.world.jobs) == ["/known"]
    asked(engine, f'<add_jobs><job name="a">{SCRIPT}</job><job name="b" spooler_id="other">{SCRIPT}</job></add_jobs>')
    assert list(engine.world.jobs) == ["/known", "/a"]


def test_text_in_a_command_may_name_variables_and_keeps_its_source() -> None:
    engine = Engine()
    text = f'<job name="a" replace="yes"><params><param name="p" value="1"/></params>{SCRIPT}</job>'
    asked(engine, text)
    source = asked(engine, '<show_job job="a" what="source"/>').find("source/job")
    assert dict(source.attrib) == {"name": "a"}
    assert source.find("params/param").get("value") == "1"


def test_a_chain_of_a_command_takes_orders_and_its_new_version_keeps_them() -> None:
    engine = Engine(a_job("/job"))
    nodes = '<job_chain_node state="1" job="/job"/><job_chain_node state="2" job="/later"/><job_chain_node state="3"/>'
    asked(engine, f'<job_chain name="c" title="one">{nodes}</job_chain>')
    asked(engine, '<add_order job_chain="/c" id="o"/>')
    engine.end()
    assert engine.order("o", "/c").node == "2"
    asked(engine, f'<job_chain name="C" title="two">{nodes}</job_chain>')
    assert (engine.world.chains["/c"].definition.title, engine.order("o", "/c").node) == ("two", "2")
    asked(engine, f'<job name="later">{SCRIPT}</job>')
    engine.run()
    assert engine.nodes() == ["1", "2"]


def test_a_shell_job_that_is_not_order_controlled_serves_a_chain_of_a_command() -> None:
    engine = Engine()
    asked(engine, f'<job name="plain" order="no">{SCRIPT}</job>')
    asked(engine, '<job_chain name="c"><job_chain_node state="1" job="plain"/><job_chain_node state="2"/></job_chain>')
    asked(engine, '<add_order job_chain="c" id="o"/>')
    engine.run()
    assert (engine.nodes(), engine.runs[1].node) == (["1"], "2")


def test_chains_of_one_configuration_may_nest_in_any_sequence() -> None:
    engine = Engine()
    asked(engine, f"""<spooler><config spooler_id="">
        <params><param name="x" value="1"/></params>
        <process_classes><process_class name="p" max_processes="2"/></process_classes>
        <schedules><schedule name="s"><period begin="08:00" end="20:00"/></schedule></schedules>
        <locks><lock name="l"/></locks>
        <jobs><job name="j" process_class="p"><lock.use lock="l"/>{SCRIPT}<run_time schedule="s"/></job></jobs>
        <job_chains>
          <job_chain name="outer"><job_chain_node.job_chain state="A" job_chain="inner"/>
            <job_chain_node.end state="end"/></job_chain>
          <job_chain name="inner"><job_chain_node state="1" job="j"/><job_chain_node state="2"/></job_chain>
        </job_chains></config></spooler>""")  # fmt: skip
    asked(engine, '<add_order job_chain="/outer" id="o"/>')
    engine.run()
    assert engine.nodes() == ["1"]
    assert engine.world.all_params()["x"] == "1"


def test_a_configuration_for_somebody_else_is_passed_over() -> None:
    engine = Engine(scheduler_id="this")
    asked(engine, '<config spooler_id="other" tcp_port="4444"/>')
    asked(engine, f'<config spooler_id="this"><jobs><job name="j">{SCRIPT}</job></jobs></config>')
    assert list(engine.world.jobs) == ["/j"]


def test_the_limit_of_a_held_lock_changes_when_it_is_free() -> None:
    engine = Engine(LockDefinition("/l"), a_job(locks=(LockUse("/l"),)))
    asked(engine, '<start_job job="/job"/>')
    asked(engine, '<lock name="l" max_non_exclusive="5"/>')
    assert engine.world.locks["/l"].max_non_exclusive is None
    engine.end()
    assert engine.world.locks["/l"].max_non_exclusive == 5


def test_a_process_class_is_supplemented_or_replaced() -> None:
    source = '<process_class max_processes="3" timeout="9"/>'
    engine = Engine(ProcessClassDefinition("/p", 3, timeout=9.0, source=source))
    asked(engine, '<process_class name="p" max_processes="7" replace="no"/>')
    known = engine.world.process_classes["/p"]
    assert (known.max_processes, known.timeout) == (7, 9.0)
    asked(engine, '<process_class name="p" max_processes="8"/>')
    known = engine.world.process_classes["/p"]
    assert (known.max_processes, known.timeout) == (8, None)
    asked(engine, '<process_class name="q" max_processes="1" replace="no"/>')
    assert engine.world.process_classes["/q"].max_processes == 1


def test_orders_start_when_a_schedule_of_a_command_says() -> None:
    engine = Engine(a_job(), a_chain())
    asked(engine, '<schedule name="s"><period single_start="11:00"/></schedule>')
    asked(engine, '<add_order job_chain="/chain" id="o"><run_time schedule="s"/></add_order>')
    assert f"{engine.order('o').start_at:%H:%M}" == "11:00"
    asked(engine, '<schedule name="s"><period single_start="12:00"/></schedule>')
    assert f"{engine.order('o').start_at:%H:%M}" == "12:00"
    asked(engine, '<schedule.remove schedule="s"/>')
    assert engine.order("o").start_at is None


@pytest.mark.parametrize(
    ("definition", "command", "file"),
    [
        (a_job("/x"), '<modify_job job="x" cmd="remove"/>', "/live/x.job.xml"),
        (a_job("/x"), '<modify_job job="x" cmd="remove"><run_time begin="11:00"/></modify_job>', "/live/x.job.xml"),
        (a_chain("/x"), '<remove_job_chain job_chain="X"/>', "/live/x.job_chain.xml"),
        (LockDefinition("/x"), '<lock.remove lock="x"/>', "/live/x.lock.xml"),
        (ProcessClassDefinition("/x"), '<process_class.remove process_class="x"/>', "/live/x.process_class.xml"),
        (Schedule("/x", RunTime()), '<schedule.remove schedule="x"/>', "/live/x.schedule.xml"),
    ],
)
def test_a_removed_object_goes_when_its_file_is_deleted(definition: Definition, command: str, file: str) -> None:
    engine = Engine(definition)
    engine.files_can_be_deleted = False
    key = next(iter(engine.world.files))
    decision = decided(engine, command)
    assert decision.actions == [RemoveFile(file, FileDeleted(ObjectKind(key.kind), "/x"))]
    assert not decision.changes
    assert engine.world.files[key].definition is definition, "nothing is half-done"
    engine.files_can_be_deleted = True
    decided(engine, command)
    assert not engine.world.files


def test_a_permanent_order_stays_while_its_file_cannot_be_deleted() -> None:
    engine = Engine(a_job(), a_chain(), an_order("o"))
    engine.files_can_be_deleted = False
    assert not decided(engine, '<remove_order job_chain="/chain" order="o"/>').changes
    assert not engine.order("o").removed
    engine.files_can_be_deleted = True
    decided(engine, '<remove_order job_chain="/chain" order="o"/>')
    assert engine.order("o").removed, "it finishes its step"
    engine.end()
    assert not engine.world.orders


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_a_file_of_any_kind_is_deleted_and_its_object_goes_when_the_folder_is_looked_at(kind: ObjectKind) -> None:
    path = "/c,1" if kind is ObjectKind.ORDER else "/x"
    engine = Engine()
    problem = WorkloadError(Code.MISSING_ATTRIBUTE, attribute="a", element=kind.value).problem
    engine.tell(FilesChanged((FileRead(kind, path, "/live/file", START, None, problem),)))
    command = f'<file.remove kind="{kind.value}" path="{path}"/>'
    assert decided(engine, command).actions == [RemoveFile("/live/file")]
    assert file_key(kind, path) in engine.world.files, "it may fail; then everything stays as it is"
    engine.tell(FilesChanged((FileGone(kind, path),)))
    with refused(Code.UNKNOWN_OBJECT):
        decided(engine, command)


def test_an_object_that_a_command_has_made_is_removed_as_a_file_is() -> None:
    engine = Engine()
    asked(engine, '<lock name="l"/>')
    assert decided(engine, '<file.remove kind="lock" path="l"/>').actions == []
    assert not engine.world.locks


def test_what_is_in_use_goes_when_it_is_idle() -> None:
    engine = Engine(a_job(), a_chain(), a_chain("/outer", NodeDefinition("1", job_chain="/chain"), NodeDefinition("2")))
    asked(engine, '<add_order job_chain="/chain" id="o"/>')
    asked(engine, '<remove_job_chain job_chain="/chain"/>')
    engine.run()
    assert "/chain" in engine.world.chains, "a superordinate chain holds it"
    assert engine.world.files[FileKey("job_chain", "/chain")].problem.code == Code.CHAIN_IN_USE.code
    asked(engine, '<remove_job_chain job_chain="/outer"/>')
    assert not engine.world.chains


def test_a_removed_permanent_order_stays_away_with_its_chain() -> None:
    engine = Engine(a_job(tasks=0), a_chain(), an_order(at="never"))
    asked(engine, '<remove_job_chain job_chain="/chain"/>')
    with refused(Code.UNKNOWN_OBJECT):
        asked(engine, '<remove_order job_chain="/chain" order="none"/>')


def test_a_job_whose_task_cannot_be_started_is_in_error_until_it_is_unstopped() -> None:
    engine = Engine(a_job("/a", stop_on_error=True), a_job("/b"))
    problem = WorkloadError(Code.NOT_STARTED, problem="no more processes").problem
    told = []
    for number, path in enumerate(("/a", "/b"), 1):
        asked(engine, f'<start_job job="{path}"/>')
        told.append([a for a in engine.tell(StartFailed(number, problem)).actions if isinstance(a, LogLine)])
        engine.launched.clear()
    assert [[line.level for line in lines] for lines in told] == [["error"], []]
    assert [engine.world.jobs[path].state for path in ("/a", "/b")] == [JobState.ERROR, JobState.PENDING]
    with refused(Code.JOB_IN_ERROR):
        asked(engine, '<start_job job="/a"/>')
    asked(engine, '<modify_job job="/a" cmd="unstop"/>')
    assert engine.world.jobs["/a"].state is JobState.PENDING
    asked(engine, '<start_job job="/a"/>')
    assert list(engine.launched) == [3]
