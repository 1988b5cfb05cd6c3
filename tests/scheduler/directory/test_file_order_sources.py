"Files of a source become orders when a task takes them; the directory is read while the job could take one."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.cluster.assignment import Mate
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.commands.start_job import StartJob
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.definitions import (
    FileOrderSink,
    FileOrderSource,
    JobChainDefinition,
    NodeDefinition,
    ProcessClassDefinition,
)
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.messages import CrewSeen, FileGone, FileRead, FilesChanged
from scheduler.records import ObjectKind, OrderOrigin
from scheduler.surroundings import Surroundings
from tests.support.directories import FileEngine
from tests.support.worlds import START, a_chain, a_job

IN = "/in"


def nodes() -> tuple[NodeDefinition, ...]:
    return (
        NodeDefinition("first", "/job", "second", "failed"),
        NodeDefinition("second", "/job", "done", "failed"),
        NodeDefinition("done", SINK_JOB, sink=FileOrderSink(remove=True)),
        NodeDefinition("failed"),
    )


def a_source(directory: str = IN, **values: Any) -> FileOrderSource:
    return FileOrderSource(directory, next_state=values.pop("next_state", "first"), **values)


def a_file_chain(*sources: FileOrderSource, **values: Any) -> JobChainDefinition:
    return a_chain("/chain", *nodes(), file_order_sources=sources or (a_source(),), **values)


def an_engine(*files: str, chain: JobChainDefinition | None = None, **values: Any) -> FileEngine:
    disk = {IN: {name: float(at) for at, name in enumerate(files)}}
    return FileEngine(a_job(tasks=values.pop("tasks", 1)), chain or a_file_chain(), disk=disk, **values)


def test_the_directory_is_read_at_the_start_and_its_oldest_file_becomes_an_order_when_a_task_takes_it() -> None:
    engine = an_engine("b", "a")
    assert engine.taken() == ["/in/b"]
    order = engine.order("/in/b")
    assert order.origin is OrderOrigin.FILE_ORDER
    assert order.params["scheduler_file_path"] == "/in/b"
    assert list(engine.world.orders) == [order.key], "the other file is no order yet"
    assert engine.kinds[-2:] == ["order.added", "order.taken"]


def test_the_step_knows_the_file_by_its_environment() -> None:
    engine = an_engine("a")
    environment = engine.launched[1].environment
    assert environment["SCHEDULER_TASK_TRIGGER_FILES"] == "/in/a"
    assert environment["SCHEDULER_PARAM_SCHEDULER_FILE_PATH"] == "/in/a"


def test_every_file_goes_through_the_whole_chain_and_its_file_is_removed_at_the_sink() -> None:
    engine = an_engine("a", "b", "c")
    engine.run()
    engine.later(2)
    engine.run()
    assert engine.disk[IN] == {}
    assert engine.world.orders == {}
    assert sorted(run.order_id for run in engine.runs.values()) == ["/in/a", "/in/b", "/in/c"]
    assert {run.node for run in engine.runs.values()} == {"done"}, "the order keeps the state of the sink"
    assert all(run.ended_at for run in engine.runs.values())


def test_a_regular_expression_is_searched_anywhere_in_the_name() -> None:
    engine = an_engine("my.csv.old", "data.txt", chain=a_file_chain(a_source(regex=r"\.csv")))
    assert engine.taken() == ["/in/my.csv.old"]
    engine.run()
    engine.later(20)
    assert engine.taken() == []


def test_a_new_file_is_found_when_the_time_to_repeat_has_come() -> None:
    engine = an_engine(chain=a_file_chain(a_source(repeat=30.0)))
    engine.disk[IN]["late"] = 1.0
    engine.later(29)
    assert engine.taken() == []
    engine.later(2)
    assert engine.taken() == ["/in/late"]


def test_a_hint_of_the_system_brings_the_reading_forward() -> None:
    engine = an_engine()
    engine.disk[IN]["now"] = 1.0
    engine.later(5)
    engine.hint(IN)
    assert engine.taken() == ["/in/now"]


def test_an_idle_engine_reads_only_at_its_pace() -> None:
    engine = an_engine(chain=a_file_chain(a_source(repeat=10.0)))
    before = engine.readings
    for _ in range(60):
        engine.later(1)
    assert engine.readings - before == 6


def test_without_repeat_the_directory_is_read_when_the_job_asks() -> None:
    engine = an_engine("a", chain=a_file_chain(a_source(repeat=None, delay_after_error=None)))
    engine.disk[IN]["b"] = 1.0
    engine.run()
    assert "/in/b" not in engine.taken()
    for _ in range(30):
        engine.later(60)
    assert engine.readings <= 6, "nobody asks, so nobody reads"
    engine.hint(IN)
    engine.run()
    assert engine.disk[IN] == {}


def test_a_file_that_comes_while_the_job_is_busy_is_found_as_soon_as_it_is_idle() -> None:
    engine = an_engine("a", chain=a_file_chain(a_source(repeat=3600.0)))
    engine.disk[IN]["b"] = 1.0
    engine.later(5)
    engine.end()
    engine.end()
    engine.later(1)
    assert engine.taken() == ["/in/b"]


def test_a_file_that_vanished_before_it_was_taken_is_forgotten() -> None:
    engine = an_engine("a", "b")
    del engine.disk[IN]["b"]
    engine.later(30)
    engine.run()
    engine.later(30)
    assert [run.order_id for run in engine.runs.values()] == ["/in/a"]


def test_what_was_read_long_ago_is_read_again_before_a_file_is_taken() -> None:
    engine = an_engine("a", "b", answers_itself=False)
    engine.answer()
    engine.later(3600)
    engine.end()
    engine.end()
    assert engine.taken() == [], "the reading is an hour old"
    engine.answer()
    assert engine.taken() == ["/in/b"]


def test_several_sources_are_asked_in_their_order() -> None:
    sources = (a_source("/one"), a_source("/two"))
    disk = {"/one": {"late": 9.0}, "/two": {"early": 1.0}}
    engine = FileEngine(a_job(tasks=0), a_file_chain(*sources), disk=disk)
    engine.files(a_job(tasks=1))
    engine.run()
    engine.later(2)
    engine.run()
    assert [run.order_id for run in engine.runs.values()] == ["/one/late", "/two/early"]


def test_nothing_is_read_and_no_task_number_used_while_the_chain_is_stopped() -> None:
    engine = an_engine(chain=a_file_chain())
    engine.command(ModifyJobChain(job_chain="/chain", state="stopped"))
    engine.disk[IN]["a"] = 1.0
    before = engine.readings
    for _ in range(10):
        engine.later(10)
    assert engine.readings == before
    assert "task" not in engine.world.counters
    engine.command(ModifyJobChain(job_chain="/chain", state="running"))
    assert engine.taken() == ["/in/a"]
    assert engine.world.counters["task"] == 1


def test_no_task_number_is_used_while_there_is_no_file() -> None:
    engine = an_engine()
    for _ in range(20):
        engine.later(10)
    assert "task" not in engine.world.counters


def test_max_orders_holds_files_back_and_ends_the_watching() -> None:
    engine = an_engine("a", "b", "c", chain=a_file_chain(max_orders=1), tasks=3)
    assert engine.taken() == ["/in/a"]
    before = engine.readings
    engine.later(60)
    assert engine.readings == before
    engine.end()
    engine.end()
    assert engine.taken() == ["/in/b"]


def test_with_max_orders_zero_nothing_is_read() -> None:
    engine = an_engine("a", chain=a_file_chain(max_orders=0))
    engine.later(60)
    assert engine.readings == 0
    assert engine.taken() == []


def test_several_tasks_take_several_files_of_one_reading() -> None:
    engine = an_engine("a", "b", "c", tasks=2)
    assert engine.taken() == ["/in/a", "/in/b"]


def test_a_skipped_first_node_lets_files_in_at_the_next_one() -> None:
    engine = FileEngine(a_job(), a_file_chain(), disk={IN: {}})
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="next_state"))
    engine.disk[IN]["a"] = 1.0
    engine.later(11)
    assert [(order.id, order.node) for order in engine.world.orders.values()] == [("/in/a", "second")]
    engine.run()
    assert engine.nodes() == ["second"]
    assert engine.disk[IN] == {}


def test_a_stopped_first_node_lets_no_file_in() -> None:
    engine = FileEngine(a_job(), a_file_chain(), disk={IN: {}})
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="stop"))
    engine.disk[IN]["a"] = 1.0
    engine.later(60)
    assert engine.taken() == []
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="process"))
    assert engine.taken() == ["/in/a"]


def test_a_file_with_an_order_in_the_chain_is_not_taken_again() -> None:
    engine = an_engine("a", tasks=3)
    for _ in range(5):
        engine.later(11)
    assert engine.taken() == ["/in/a"]


def test_an_order_that_leaves_while_the_directory_is_read_does_not_come_back() -> None:
    engine = an_engine("a", tasks=2, answers_itself=False)
    engine.answer()
    engine.end()
    engine.end()
    engine.hint(IN)
    engine.later(1)
    (reading,) = engine.reads
    seen = engine.read_now(reading)            # the file is still there …
    assert [file.name for file in seen.files] == ["a"]
    engine.reads.clear()
    engine.answer()                            # … then the sink removes it, and the order is gone
    assert engine.world.orders == {}
    engine.tell(seen)
    assert engine.taken() == []
    engine.later(1)
    engine.answer()
    assert engine.taken() == []


def test_a_file_of_its_name_that_came_meanwhile_is_found_by_the_next_reading() -> None:
    source = a_source(repeat=3600.0)
    engine = an_engine("a", tasks=2, answers_itself=False, chain=a_file_chain(source))
    engine.answer()
    engine.end()
    engine.end()
    engine.hint(IN)
    engine.later(1)
    (reading,) = engine.reads
    engine.reads.clear()
    engine.answer()
    engine.disk[IN]["a"] = 2.0
    engine.tell(engine.read_now(reading))
    assert engine.taken() == [], "this may still be the file of the order that has just left"
    engine.later(1)
    engine.answer()
    assert engine.taken() == ["/in/a"]


def test_a_file_that_comes_again_under_its_name_is_a_new_order() -> None:
    engine = an_engine("a")
    engine.run()
    engine.disk[IN]["a"] = 2.0
    engine.later(11)
    engine.run()
    assert [run.order_id for run in engine.runs.values()] == ["/in/a", "/in/a"]


@pytest.mark.parametrize("directory", ["/in/", "/in", "in"])
def test_the_order_is_called_as_the_directory_is_written(directory: str) -> None:
    engine = FileEngine(a_job(), a_file_chain(a_source(directory)), disk={directory: {"a": 1.0}})
    assert engine.taken() == [f"{directory.rstrip('/')}/a"]


def test_an_id_of_more_than_250_characters_is_ignored_and_told_once() -> None:
    engine = an_engine("x" * 250, "y" * 246)
    assert engine.taken() == ["/in/" + "y" * 246]
    engine.run()
    for _ in range(5):
        engine.later(11)
    assert len(engine.said("SCHEDULER-345")) == 1
    assert "SCHEDULER-344" in engine.said("SCHEDULER-345")[0]


def test_an_unreadable_directory_is_told_once_and_tried_again_silently() -> None:
    engine = FileEngine(a_job(), a_file_chain(a_source(repeat=10.0, delay_after_error=60.0)), disk={})
    assert [line.level for line in engine.lines if "STELLWERK-050" in line.text] == ["warn"]
    before = engine.readings
    for _ in range(12):
        engine.later(10)
    assert engine.readings - before == 2
    assert len(engine.said("STELLWERK-050")) == 1
    engine.disk[IN] = {"a": 1.0}
    engine.later(60)
    assert len(engine.said("SCHEDULER-984")) == 1
    assert engine.taken() == ["/in/a"]


def test_a_directory_that_may_be_missing_is_only_mentioned() -> None:
    engine = FileEngine(a_job(), a_file_chain(a_source(alert_when_directory_missing=False)), disk={})
    assert [line.level for line in engine.lines if "STELLWERK-050" in line.text] == ["info"]


def test_another_definition_of_the_source_is_read_at_once() -> None:
    engine = an_engine(chain=a_file_chain(a_source("/other")))
    engine.disk[IN]["a"] = 1.0
    engine.files(a_file_chain(a_source(IN)))
    assert engine.taken() == ["/in/a"]


def test_nothing_is_read_any_more_after_the_chain_has_gone() -> None:
    engine = an_engine()
    engine.tell(FilesChanged((FileGone(ObjectKind.JOB_CHAIN, "/chain"),)))
    before = engine.readings
    engine.later(60)
    assert engine.readings == before


def test_watching_waits_for_its_process_class_and_stops_and_begins_again_with_it() -> None:
    engine = an_engine("a", chain=a_file_chain(file_watching_process_class="/watch"))
    assert engine.readings == 0
    definition = ProcessClassDefinition("/watch", 1)
    here = FilesChanged((FileRead(ObjectKind.PROCESS_CLASS, "/watch", "/live/watch", START, definition),))
    engine.tell(here)
    assert engine.taken() == ["/in/a"]
    engine.run()
    engine.tell(FilesChanged((FileGone(ObjectKind.PROCESS_CLASS, "/watch"),)))
    before = engine.readings
    engine.disk[IN]["b"] = 1.0
    engine.later(60)
    assert engine.readings == before
    engine.tell(here)
    assert engine.taken() == ["/in/b"]


def test_a_file_waits_for_a_process_without_reading_again_and_again() -> None:
    disk: dict[str, dict[str, float]] = {IN: {}}
    engine = FileEngine(a_job(), a_job("/other"), a_file_chain(), disk=disk, max_processes=1)
    engine.command(StartJob(job="/other"))
    engine.disk[IN]["a"] = 1.0
    before = engine.readings
    for _ in range(100):
        engine.later(1)
    assert engine.readings - before == 1
    engine.end()
    assert engine.taken() == ["/in/a"]


@pytest.mark.parametrize("distributed", [True, False])
def test_files_of_a_distributed_chain_come_in_where_only_another_member_has_a_place(distributed: bool) -> None:
    engine = an_engine("a", chain=a_file_chain(distributed=distributed))
    assert engine.taken() == ["/in/a"]
    before = engine.readings
    engine.tell(CrewSeen((Mate("id/one:1", "r1"),)))
    engine.disk[IN]["b"] = 1.0
    for _ in range(30):
        engine.later(1)
    assert engine.taken() == (["/in/a", "/in/b"] if distributed else ["/in/a"])
    assert (engine.readings > before) is distributed
    assert [task.member_run for task in engine.world.live_tasks()] == (["", "r1"] if distributed else [""])


def test_a_paused_scheduler_reads_nothing() -> None:
    engine = an_engine()
    engine.command(ModifySpooler(cmd="pause"))
    engine.disk[IN]["a"] = 1.0
    before = engine.readings
    engine.later(60)
    assert engine.readings == before
    engine.command(ModifySpooler(cmd="continue"))
    assert engine.taken() == ["/in/a"]


def test_a_missing_directory_is_mailed_when_errors_are() -> None:
    engine = an_engine()
    text = "[spooler]\nmail_on_error=yes\nlog_mail_to=a@b.example\nsmtp=localhost\n"
    engine.world.surroundings = Surroundings(defaults=read_factory_defaults(text, {}))
    del engine.disk[IN]
    engine.later(10)
    (mail,) = engine.mails
    assert "STELLWERK-050" in mail.body
    engine.later(60)
    assert len(engine.mails) == 1


def test_thousands_of_files_are_taken_one_after_the_other() -> None:
    engine = an_engine(*(f"{number:05}" for number in range(3000)))
    for _ in range(3000):
        engine.end()
        engine.end()
    assert len(engine.runs) == 3000
    assert engine.disk[IN] == {}
    assert engine.world.orders == {}
