"The connection to the member at work: commands that wait, events that are passed on, and what follows an outage."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models import accounts, audit, file_versions, members, operations, roles, services, supervisor
from models.members import Member
from models.operations import Operation, State
from models.roles import Assignment
from netcore.services import engine_connection
from netcore.services.engine_connection import EngineConnection, NotReached
from netcore.services.proxy import Forward, Proxy
from netcore.services.restart import SYNCHRONISED, Restart
from netcore.services.sending import NotSent
from scheduler.changes import Change, Kind
from scheduler.records import ObjectKind
from scheduler.supervisor.records import ConfigurationVersion, Origin, Protocol, Worker
from tests.support.command_server import OK, CommandServer, refusal
from tests.support.hosting import Hosting
from tests.support.receiver import Receiver
from tests.support.rows import SCHEDULER, a_member


@pytest.fixture
def hosting(sqlite_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(sqlite_url, tmp_path)
    yield found
    found.close()


@pytest.fixture
def engine(hosting: Hosting) -> Iterator[EngineConnection]:
    found = EngineConnection(hosting.right.reading, SCHEDULER, lambda: hosting.now)
    yield found
    found.close()


def beat(hosting: Hosting, port: int, **values: object) -> Member:
    member = a_member(port, **values)
    with hosting.connection() as connection:
        members.put_member(connection, SCHEDULER, member, hosting.now)
    return member


def order(hosting: Hosting, key: str, state: State = State.WAITING, **values: object) -> None:
    "A command as the pages leave it when nobody takes it."
    with hosting.connection() as connection:
        account = accounts.find(connection, "me") or accounts.create(connection, "me", "operator", "x", hosting.now)
        entry = audit.begin(connection, hosting.now, SCHEDULER, "me", "", "job.start", "/a")
        operation = Operation(
            key, account.id, "me", SCHEDULER, "job.start", "/a", f'<start_job job="/{key}"/>', state, hosting.now,
            entry=entry, permission="jobs.start", path="/a",
        )  # fmt: skip
        operations.begin(connection, replace(operation, **values))  # type: ignore[arg-type]


def state(hosting: Hosting, key: str) -> Operation:
    with hosting.connection() as connection:
        found = operations.find(connection, key)
    assert found is not None
    return found


def test_commands_wait_for_a_member_and_are_sent_once_over_one_connection(
    hosting: Hosting, engine: EngineConnection
) -> None:
    proxy = Proxy(hosting.around, engine, None, {})
    for key in ("one", "two"):
        order(hosting, key)
    assert proxy.run() == ""
    with pytest.raises(NotReached):
        engine.execute("<check_folders/>")
    with CommandServer() as gone:
        gone.close()
        beat(hosting, gone.port, member_id="old")
        proxy.run()
        assert state(hosting, "one").state is State.WAITING
    with CommandServer() as server:
        hosting.later(20)  # the other one is silent by now
        beat(hosting, server.port)
        proxy.run()
        assert [command.get("job") for command in server.sent("start_job")] == ["/one", "/two"]
        assert state(hosting, "one").state is State.DONE
        assert proxy.run() == ""
        server.reply = lambda command: refusal("SCHEDULER-161", "There is no Job")
        order(hosting, "three")
        proxy.run()
        assert (state(hosting, "three").state, state(hosting, "three").code) == (State.REFUSED, "SCHEDULER-161")
        assert server.connections == 1
    with hosting.connection() as connection:
        assert [entry.result_code for entry in audit.entries(connection)] == ["SCHEDULER-161", "", ""]


def test_a_file_that_is_written_by_a_command_that_waited_has_its_version_too(
    hosting: Hosting, engine: EngineConnection
) -> None:
    text = '<modify_hot_folder folder="/"><lock name="l" max_non_exclusive="2"/></modify_hot_folder>'
    order(hosting, "k", action="file.edit", object="/l", command=text, permission="config.write", reason="CHG-7")
    with hosting.connection() as connection:
        account = accounts.find(connection, "me")
        assert account is not None
        roles.assign(connection, account.id, [Assignment("administrator")])
    with CommandServer() as server:
        beat(hosting, server.port)
        Proxy(hosting.around, engine, None, {}).run()
    assert state(hosting, "k").state is State.DONE
    with hosting.connection() as connection:
        [version] = file_versions.versions(connection, SCHEDULER, ObjectKind.LOCK, "/l")
        found = file_versions.version(connection, SCHEDULER, ObjectKind.LOCK, "/l", version.number)
    assert (version.action, version.account, version.reason) == ("written", "me", "CHG-7")
    assert found is not None
    assert found.source == '<lock max_non_exclusive="2"/>'


def test_the_connection_follows_who_is_at_work(hosting: Hosting, engine: EngineConnection) -> None:
    with CommandServer() as first, CommandServer() as second:
        beat(hosting, first.port, member_id="a")
        engine.execute("<check_folders/>")
        with hosting.connection() as connection:
            members.bury_member(connection, SCHEDULER, "a", "b")
        beat(hosting, second.port, member_id="b")
        engine.execute("<check_folders/>")
        assert (len(first.commands), len(second.commands)) == (1, 1)


def test_what_may_not_be_sent_any_more_is_not_sent(hosting: Hosting, engine: EngineConnection) -> None:
    order(hosting, "late", created_at=hosting.now - timedelta(hours=2))
    order(hosting, "forbidden", permission="settings.manage")
    order(hosting, "unknown", permission="")
    with CommandServer() as server:
        beat(hosting, server.port)
        Proxy(hosting.around, engine, None, {}).run()
        assert not server.sent("start_job")
    assert state(hosting, "late").state is State.EXPIRED
    assert state(hosting, "forbidden").state is State.REJECTED
    assert state(hosting, "unknown").state is State.WAITING


def test_a_command_without_answer_is_not_sent_again(
    hosting: Hosting, engine: EngineConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_connection, "ANSWER_TIMEOUT", 0.5)
    order(hosting, "one")
    with CommandServer(lambda command: None if command.tag == "start_job" else OK) as server:
        beat(hosting, server.port)
        proxy = Proxy(hosting.around, engine, None, {})
        proxy.run()
        assert state(hosting, "one").state is State.NO_ANSWER
        proxy.run()
        assert len(server.sent("start_job")) == 1


def test_events_are_passed_on_in_order_and_none_is_lost(hosting: Hosting, engine: EngineConnection) -> None:
    hosting.write(Change(Kind.JOB_STOPPED, "/before"))
    with Receiver() as receiver:
        forward = Forward(f"{receiver.url}/${{PLACE}}", ("job",))
        proxy = Proxy(hosting.around, engine, forward, {"PLACE": "x"})
        proxy.run()
        hosting.write(*(Change(Kind.JOB_STOPPED, f"/{number}", detail={"reason": "error"}) for number in range(150)))
        hosting.write(Change(Kind.ORDER_ADDED, "/c,1"))
        receiver.status = 503
        with pytest.raises(NotSent, match="503"):
            proxy.run()
        receiver.status = 204
        again = Proxy(hosting.around, engine, forward, {"PLACE": "x"})  # another instance
        assert again.run() == "150 events passed on"
        good = receiver.at("/x")[1:]
        events = [event for each in good for event in each.content["events"]]
        assert [event["object"] for event in events] == [f"/{number}" for number in range(150)]
        assert events[0]["reason"] == "error"
        with hosting.connection() as connection:
            assert "events" in services.marks(connection, SCHEDULER)
        Proxy(hosting.around, engine, None, {}).run()
        with hosting.connection() as connection:
            assert "events" not in services.marks(connection, SCHEDULER)


def test_after_an_outage_everything_is_brought_into_step_once(hosting: Hosting, engine: EngineConnection) -> None:
    restart = Restart(hosting.around, engine)
    with CommandServer() as server:
        assert restart.run() == ""
        beat(hosting, server.port)
        assert restart.run().startswith("in step with demo")
        assert restart.run() == ""
        hosting.later(30)
        assert restart.run() == ""  # it is silent
        beat(hosting, server.port)
        assert restart.run().startswith("in step with demo")
        assert len(server.sent("check_folders")) == 2
        with hosting.connection() as connection:
            asked = services.states(connection, SCHEDULER)
        assert {name for name in asked if asked[name].run_asked_at} == set(SYNCHRONISED)


def test_configuration_that_was_not_handed_out_is_asked_for_until_it_is(
    hosting: Hosting, engine: EngineConnection
) -> None:
    restart = Restart(hosting.around, engine)
    worker = Worker("w1", "w1", Protocol.PAIR, "127.0.0.1", applied=1)
    version = ConfigurationVersion("w1", 2, "c", "c", hosting.now, Origin.FOLDER, 0)
    with hosting.connection() as connection:
        supervisor.save_workers(connection, SCHEDULER, [worker])
        supervisor.add_versions(connection, SCHEDULER, [(version, {})])
    with CommandServer() as server:
        for _ in range(3):
            beat(hosting, server.port)
            restart.run()
            hosting.later(40)
        assert len(server.sent("supervisor.show")) == 2
        with hosting.connection() as connection:
            supervisor.save_workers(connection, SCHEDULER, [replace(worker, applied=2)])
        beat(hosting, server.port)
        assert "w1: the configuration is handed out" in restart.run()


def test_a_command_whose_sender_died_has_an_unknown_result(hosting: Hosting, engine: EngineConnection) -> None:
    order(hosting, "old", State.SENDING, created_at=hosting.now - timedelta(minutes=6))
    order(hosting, "new", State.SENDING)
    assert Restart(hosting.around, engine).run() == "1 interrupted commands"
    assert state(hosting, "old").state is State.NO_ANSWER
    assert state(hosting, "new").state is State.SENDING
