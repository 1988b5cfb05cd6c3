"""Schedules, process classes, locks and monitors: what the engine tells is what the page shows."""

from __future__ import annotations

from lxml import etree

from scheduler.answers.options import ShowOptions, flags_of, subsystems_of
from scheduler.answers.state import state_element
from scheduler.answers.task import STATE_WORDS
from scheduler.calendars.model import Calendar
from scheduler.commands.start_job import StartJob
from scheduler.definitions import (
    LockDefinition,
    LockUse,
    MonitorDefinition,
    NodeDefinition,
    ProcessClassDefinition,
    Script,
)
from scheduler.errors import Problem
from scheduler.messages import CalledBack, FileRead, FilesChanged, ProcessStarted
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.model import RunTime, Schedule
from scheduler.task.api_state import WORDS
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_member, ago
from tests.support.served import Served, a_python_job
from tests.support.web_site import Site, tree, words
from tests.support.worlds import Engine, a_chain, a_job, an_order
from web import commands
from web.resources import OPERATIONS, Holder, Process, Resources, User, Waiter, resources_of


def told(engine: Engine) -> Resources:
    asked = commands.show_resources()
    flags, subsystems = flags_of(asked.get("what", ""), frozenset()), subsystems_of(asked.get("subsystems", ""))
    answer = state_element(engine.world, ShowOptions(flags, subsystems=subsystems))
    return resources_of(etree.fromstring(answer))


def test_holders_and_queues_of_locks_are_told() -> None:
    engine = Engine(
        LockDefinition("/db/l", 2), a_job("/a", locks=(LockUse("/db/l", exclusive=False),)),
        a_job("/b", locks=(LockUse("/db/l"),)),
    )  # fmt: skip
    (free,) = told(engine).locks
    assert (free.path, free.limit, free.look.word, free.holders, free.waiting) == ("/db/l", 2, "free", (), ())
    engine.command(StartJob(job="/a"))
    engine.command(StartJob(job="/b"))
    (shared,) = told(engine).locks
    assert (shared.look.word, shared.holders) == ("shared", (Holder("/a", 1, False),))
    assert (shared.waiting, shared.longest) == ((Waiter("/b", engine.now, True),), engine.now)
    engine.end()
    (alone,) = told(engine).locks
    assert (alone.look.word, alone.holders, alone.waiting) == ("held alone", (Holder("/b", 2, True),), ())


def test_processes_are_counted_by_class() -> None:
    jobs = (a_job(path, process_class="/x/narrow") for path in ("/a", "/b"))
    engine = Engine(ProcessClassDefinition("/x/narrow", 1), *jobs)
    engine.command(StartJob(job="/a"))
    engine.command(StartJob(job="/b"))
    default, narrow = told(engine).process_classes
    assert (default.path, default.limit, default.processes) == ("", 30, ())
    assert narrow.processes == (Process("/a", 1, None, engine.now, "starting"),)
    assert (narrow.path, narrow.limit, narrow.waiting) == ("/x/narrow", 1, (Waiter("/b", engine.now),))
    engine.tell(ProcessStarted(1, 4711))
    assert told(engine).process_classes[1].processes == (Process("/a", 1, 4711, engine.now, "running process"),)
    began = engine.now
    engine.later(60)
    assert told(engine).process_classes[1].longest == began, "who waits on waits since the same instant"


def test_processes_whose_script_is_called_tell_their_steps_its_calls_back_and_the_call_that_is_under_way(
    site: Site, engine_port: CommandServer
) -> None:
    engine = Served(a_python_job(process_class="/narrow"), a_chain(), ProcessClassDefinition("/narrow", 1)).add()

    def seen() -> tuple[str, int]:
        [process] = told(engine).process_classes[1].processes
        assert process.operation in OPERATIONS
        return process.operation, process.steps

    engine.started()
    assert seen() == ("starting", 1), "that of the order for which it was started"
    engine.returns()
    assert seen() == ("opening", 1)
    engine.returns()
    assert seen() == ("running", 1)
    told_by_script = engine.tell(CalledBack(1))
    assert not told_by_script.changes, "nobody has to record that"
    engine.asks_lock("/none")
    assert told(engine).process_classes[1].processes[0].callbacks == 2
    engine.returns()
    engine.returns()
    assert seen() == ("running waiting for order", 2)
    engine_port.reply = lambda command: state_element(engine.world, ShowOptions())
    assert "pid 1001, running waiting for order, 2 steps, 2 calls back, since" in words(site.get("/s/demo/resources"))
    site.post("/me", "/me", language="de")
    assert "wartet auf einen Auftrag, 2 Schritte, 2 Rückrufe, " in words(site.get("/s/demo/resources"))


def test_every_operation_has_its_words() -> None:
    told_by_engine = {*STATE_WORDS.values(), *WORDS.values(), "suspended"} - {"none", "closed"}
    assert {word.replace("_", " ") for word in told_by_engine} == set(OPERATIONS)


def test_schedules_tell_who_uses_them_and_whom_they_replace() -> None:
    engine = Engine(
        Schedule("/plan", RunTime()), Schedule("/other", RunTime(), substitute="/plan"),
        MonitorDefinition("/m", Script("python", "")), a_job(run_time=RunTime(schedule="/plan")),
    )  # fmt: skip
    found = told(engine)
    assert [(plan.path, plan.substitute, plan.users) for plan in found.schedules] == [
        ("/other", "/plan", ()), ("/plan", "", (User("/job"),)),
    ]  # fmt: skip
    assert found.monitors == ("/m",)


def test_what_was_never_usable_is_told_with_its_error_and_not_taken_for_free() -> None:
    engine = Engine(LockDefinition("/good"))
    problem = Problem("Z-4001", "no number", 1, 1)
    engine.tell(FilesChanged((FileRead(ObjectKind.LOCK, "/bad", "/live/bad.lock.xml", engine.now, None, problem),)))
    answer = etree.fromstring(state_element(engine.world, ShowOptions()))
    assert answer.xpath("//lock[@path='/bad']/file_based/ERROR/@code") == ["Z-4001"]
    assert [lock.path for lock in told(engine).locks] == ["/good"]


def test_what_is_in_use_is_told_without_its_file() -> None:
    plan = Schedule("/plan", RunTime(), source='<schedule><period single_start="10:00"/></schedule>')
    engine = Engine(LockDefinition("/l"), MonitorDefinition("/m", Script("python", "")), plan)
    flags = flags_of("schedules in_use", frozenset())
    answer = etree.fromstring(state_element(engine.world, ShowOptions(flags)))
    assert [each.tag for each in answer.xpath("locks/lock | monitors/monitor | schedules/schedule")] == [
        "lock", "monitor", "schedule"
    ]  # fmt: skip
    assert not answer.xpath("//file_based | //period | //source")
    assert flags_of("all! ", frozenset()).isdisjoint({"in_use"}), "it would hide what `all!` asks for"


def test_an_order_in_a_nested_chain_uses_its_schedule_as_one_of_the_outer_chain() -> None:
    outer = a_chain("/outer", NodeDefinition("1", job_chain="/chain", next_state="2"), NodeDefinition("2"))
    order = an_order("1", "/outer", run_time=RunTime(schedule="/plan"))
    engine = Engine(Schedule("/plan", RunTime()), a_job(), a_chain(), outer, order)
    assert engine.order("1", "/outer").outer_chain == "/outer"
    (plan,) = told(engine).schedules
    assert plan.users == (User("/outer", "1"),)


def test_the_page_says_who_blocks_whom_for_how_long_and_what_the_processes_do(
    site: Site, engine_port: CommandServer
) -> None:
    jobs = (a_job(path, process_class="/narrow", locks=(LockUse("/l"),)) for path in ("/a", "/b"))
    narrow = ProcessClassDefinition("/narrow", 1)
    engine = Engine(LockDefinition("/l"), narrow, a_job("/c", process_class="/narrow"), *jobs)
    for path in ("/a", "/b", "/c"):
        engine.command(StartJob(job=path))
    engine.tell(ProcessStarted(1, 4711))
    asked = commands.show_resources()
    flags, subsystems = flags_of(asked.get("what", ""), frozenset()), subsystems_of(asked.get("subsystems", ""))
    options = ShowOptions(flags, subsystems=subsystems)
    engine_port.reply = lambda command: state_element(engine.world, options)
    text = words(site.get("/s/demo/resources"))
    assert "pid 4711, running process, since" in text
    blocks = text.partition("Who blocks whom")[2]
    assert "/b" in blocks
    assert "lock /l" in blocks
    assert "/c" in blocks
    assert "process class /narrow" in blocks
    # a filter that fits to nothing is named, with what there is of each kind; schedules there are none
    none = words(site.get("/s/demo/resources?q=nowhere"))
    for kind, number in (("process class", 2), ("lock", 1)):
        assert f"No {kind} matches nowhere. Clear the filter {number} without it." in none
    assert "No named schedule" in none


def test_without_answer_the_page_names_the_files_and_says_that_nothing_else_is_known(site: Site) -> None:
    assert "Process classes" in words(site.get("/s/demo/resources")), "an answer without any"
    with Rows(site.url) as rows:
        rows.beat(a_member(), seconds_ago=300)
        for definition, kind in (
            (LockDefinition("/db/l"), ObjectKind.LOCK),
            (Calendar("/bank"), ObjectKind.CALENDAR),
            (Schedule("/nights", RunTime()), ObjectKind.SCHEDULE),
        ):
            file = f"/srv/live{definition.path}.{kind}.xml"
            rows.put(SourceFile(kind, definition.path, file, ago(500), FileState.ACTIVE, definition))
    page = site.get("/s/demo/resources")
    assert "who holds what is not known" in words(page)
    for address in ("/s/demo/config/-/lock/db/l", "/s/demo/resources/schedules/nights"):
        [menu] = tree(page).xpath(f'//tbody/tr[th//a[@href="{address}"]]//a[@data-menu]/@href')
        assert site.get(address).status_code == 200
        assert site.fragment(menu).status_code == 200
    assert "Process classes Not known now." in words(page)
    found = words(site.get("/s/demo/resources?q=night"))
    assert "/nights" in found
    assert "No lock matches night. Clear the filter 1 without it." in found
    calendars = site.get("/s/demo/calendars")
    assert "0 calendars" not in words(calendars)
    [menu] = tree(calendars).xpath('//tr[th//a[@href="/s/demo/config/-/calendar/bank"]]//a[@data-menu]/@href')
    assert site.fragment(menu).status_code == 200
    assert "No calendar matches night" in words(site.get("/s/demo/calendars?q=night"))
