"""What commands define, or change in jobs, comes back with the engine: written by the writer, loaded, taken up."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection

from models.batch import Writer
from models.load import load
from scheduler.changes import Change
from scheduler.decision import Decision
from scheduler.definitions import Definition
from scheduler.files.by_command import made_before
from scheduler.messages import Activated, FilesChanged, Message
from scheduler.records import FileKey
from scheduler.remembered import Remembered
from tests.support.asked import asked
from tests.support.worlds import Engine, a_job

SCRIPT = '<script language="shell">exit 0</script>'
DAILY = '<run_time><period single_start="23:00"/></run_time>'


class Stored(Engine):
    "An engine whose changes are written, and which begins with what is stored."

    def __init__(self, writer: Writer, connection: Connection, *definitions: Definition) -> None:
        self._writer = writer
        loaded = load(connection, "s")
        super().__init__(active=False)
        self.world.counters.update(loaded.counters)
        self.world.remembered = Remembered(
            dict(loaded.jobs), {key: chain.state for key, chain in loaded.chains.items()},
            {key: node.action for key, node in loaded.nodes.items()}, frozenset(loaded.files), loaded.made,
        )  # fmt: skip
        for task in loaded.tasks:
            self.world.put(task)
        self.tell(FilesChanged(made_before(self.world)))
        if definitions:
            self.files(*definitions)
        self.tell(Activated())

    def tell(self, message: Message) -> Decision:
        decision = super().tell(message)
        facts: list[Change] = [change for change in decision.changes if change.put or change.drop or not change.keep]
        self._writer.write(facts, now=self.now)
        return decision

    def file(self, kind: str, path: str) -> bool:
        return FileKey(kind, path) in self.world.files


def test_objects_of_commands_come_back_and_can_be_removed(writer: Writer, connection: Connection) -> None:
    engine = Stored(writer, connection)
    jobs = f'<job name="A" title="Ä">{SCRIPT}</job><job name="b" replace="no">{SCRIPT}</job>'
    asked(engine, f"<add_jobs>{jobs}</add_jobs>")
    asked(engine, '<job_chain name="c" replace="yes"><job_chain_node state="1" job="a"/></job_chain>')
    asked(engine, '<lock name="L" max_non_exclusive="3"/>')
    asked(engine, '<process_class name="p" max_processes="4"/>')
    asked(engine, '<process_class name="p" timeout="7" replace="no"/>')
    asked(engine, f'<schedule name="s">{DAILY[10:-11]}</schedule>')
    asked(engine, '<modify_job job="b" cmd="stop"/>')
    asked(engine, '<start_job job="a" at="now+3600"/>')
    for _ in range(2):
        engine = Stored(writer, connection)
        world = engine.world
        assert world.jobs["/a"].definition.title == "Ä"
        assert (world.jobs["/a"].path, world.jobs["/b"].stopped, world.queued_count("/a")) == ("/A", True, 1)
        assert world.chains["/c"].definition.nodes[0].job == "/a"
        assert world.locks["/L"].max_non_exclusive == 3
        assert (world.process_classes["/p"].max_processes, world.process_classes["/p"].timeout) == (4, 7.0)
        assert "/s" in world.schedules
    for command in (
        '<modify_job job="a" cmd="remove"/>', '<remove_job_chain job_chain="c"/>', '<lock.remove lock="L"/>',
        '<process_class.remove process_class="p"/>', '<schedule.remove schedule="s"/>',
    ):  # fmt: skip
        asked(engine, command)
    engine = Stored(writer, connection)
    assert list(engine.world.files) == [("job", "/b")]


def test_a_version_that_waits_for_the_task_is_the_one_that_comes_back(writer: Writer, connection: Connection) -> None:
    engine = Stored(writer, connection)
    asked(engine, f'<job name="a" title="old">{SCRIPT}</job>')
    asked(engine, '<start_job job="a"/>')
    asked(engine, f'<job name="a" title="new">{SCRIPT}</job>')
    assert engine.world.jobs["/a"].definition.title == "old"
    assert Stored(writer, connection).world.jobs["/a"].definition.title == "new"


def test_a_removal_that_waits_for_the_task_is_not_forgotten(writer: Writer, connection: Connection) -> None:
    engine = Stored(writer, connection)
    asked(engine, f'<job name="a">{SCRIPT}</job>')
    asked(engine, '<start_job job="a"/>')
    asked(engine, '<modify_job job="a" cmd="remove"/>')
    assert engine.file("job", "/a")
    assert not Stored(writer, connection).file("job", "/a")


def test_a_temporary_job_is_gone_for_good_after_its_task(writer: Writer, connection: Connection) -> None:
    engine = Stored(writer, connection)
    asked(engine, f'<job name="t" temporary="yes">{SCRIPT}<run_time once="yes"/></job>')
    engine = Stored(writer, connection)  # its task was interrupted, so it runs again
    assert list(engine.launched) == [2]
    engine.end()
    assert not engine.file("job", "/t")
    assert not Stored(writer, connection).launched


def test_a_file_goes_before_a_command_and_its_object_is_changed_until_the_next_start(
    writer: Writer, connection: Connection
) -> None:
    engine = Stored(writer, connection, a_job("/a", title="file", source="<job/>"))
    asked(engine, f'<job name="a" title="command">{SCRIPT}</job>')
    assert engine.world.jobs["/a"].definition.title == "command"
    again = Stored(writer, connection, a_job("/a", title="file", source="<job/>"))
    assert again.world.jobs["/a"].definition.title == "file"
    assert not Stored(writer, connection).file("job", "/a")


@pytest.mark.parametrize(("source", "starts"), [("<job/>", "T23:00"), ("<job title='other'/>", "None")])
def test_a_run_time_by_command_lasts_until_the_job_is_defined_otherwise(
    writer: Writer, connection: Connection, source: str, starts: str
) -> None:
    engine = Stored(writer, connection, a_job("/a", source="<job/>"))
    asked(engine, f'<modify_job job="a">{DAILY}</modify_job>')
    assert next_start(engine) == datetime.fromisoformat("2024-01-31T23:00:00+00:00")
    for _ in range(2):
        engine = Stored(writer, connection, a_job("/a", source=source))
        assert starts in str(next_start(engine)).replace(" ", "T")
    engine.files(a_job("/a", source="<job title='third'/>"))
    assert next_start(engine) is None
    assert next_start(Stored(writer, connection, a_job("/a", source="<job title='third'/>"))) is None


def next_start(engine: Engine) -> datetime | None:
    return engine.world.jobs["/a"].next_start_at
