"Our own connections as the supervisor sees them: the worker is a test with two sockets."

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, gatherResults

from models.errors import StoreError
from netcore.supervisor import conversation, session
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.limits import Limits
from scheduler.supervisor import questions as q
from scheduler.supervisor.outstanding import Command, Kind
from scheduler.supervisor.settings import read_supervisor_ini
from tests.support.reactor import in_reactor, reactor, wait_for
from tests.support.supervising import JOB, KEY, Hand, Station, done, pair, registration

FAST = "[central]\nheartbeat = 1\nloss = 2\n"


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path, sqlite_url) as made:
        made.put("_all/a.job.xml")
        made.put("w/b.job.xml")
        yield made


def configured(station: Station, data: Hand, control: Hand) -> tuple[int, set[str]]:
    "Obey the next command; the number of the version, and the paths of its files."
    command = control.next_command()
    assert (command.tag, command.get("kind")) == ("supervisor.command", "configure")
    version = data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    number = int(version.get("number", "0"))
    control.say(done(command, number))
    return number, {file.get("path") for file in version.iter("file")}


def test_a_worker_registers_fetches_and_is_in_step(station: Station) -> None:
    data, control = pair(station)
    command = control.next_command()
    assert (command.get("number"), command.get("kind"), command.get("term")) == ("1", "configure", "1")
    assert data.ask('<supervisor.fetch checksum="0"/>').tag == "supervisor.differs"
    version = data.ask(
        '<supervisor.fetch checksum="0" listed="yes"><file path="old" digest="1"/><file path="a.job.xml" digest="2"/>'
        "</supervisor.fetch>"
    )
    assert [file.get("path") for file in version.iter("file")] == ["a.job.xml", "b.job.xml"]
    assert [file.get("path") for file in version.iter("removed")] == ["old"]
    digests = [file.get("digest") for file in version.iter("file")]
    contents = data.ask(f'<supervisor.contents><content digest="{digests[1]}"/></supervisor.contents>')
    assert base64.b64decode(contents[0].text or "").decode() == JOB.format("w/b.job.xml")
    control.say(done(command, int(version.get("number", "0"))))
    worker = station.wait_for("w", lambda worker: worker.applied == worker.wanted == 1 and not worker.busy)
    assert (worker.connected, worker.active, worker.pair, worker.directory, worker.applied) == (
        True, True, "paired", "w", 1,
    )  # fmt: skip
    station.put("_all/c.job.xml")
    control.next_command()
    step = data.ask(f'<supervisor.fetch checksum="{version.get("checksum")}"/>')
    assert (step.get("base"), [file.get("path") for file in step]) == (version.get("checksum"), ["c.job.xml"])
    version = step
    same = data.ask(f'<supervisor.fetch checksum="{version.get("checksum")}"/>')
    assert dict(same.attrib) == {"number": "2", "checksum": version.get("checksum")}


def test_a_change_becomes_a_command_and_two_changes_meanwhile_become_one(station: Station) -> None:
    data, control = pair(station)
    assert configured(station, data, control) == (1, {"a.job.xml", "b.job.xml"})
    station.put("_all/c.job.xml")
    command = control.next_command()
    assert command.get("version") == "2"
    station.put("_all/d.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 3)
    station.put("_all/e.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 4)
    control.say(done(command, 2))
    assert configured(station, data, control)[0] == 4
    station.wait_for("w", lambda worker: worker.in_step and not worker.busy)


@pytest.mark.parametrize("first", ["data", "control"])
def test_the_pair_is_complete_whichever_connection_comes_first(station: Station, first: str) -> None:
    second = {"data": "control", "control": "data"}[first]
    one, other = Hand(station), Hand(station)
    one.register(first, "t")
    assert station.worker("w").pair == f"{first}_only"
    other.register(second, "t")
    control = other if second == "control" else one
    assert control.next_command().get("kind") == "configure"
    assert station.worker("w").pair == "paired"


# -- who is let in


def test_a_wrong_key_and_an_unknown_name_are_refused_and_the_connection_ends(station: Station) -> None:
    for name, key, code in (
        ("w", "another key, as long as the right one", Code.NOT_THIS_WORKER), ("nobody", KEY, Code.UNKNOWN_WORKER),
    ):  # fmt: skip
        hand = Hand(station)
        assert hand.prove(name, key).get("code") == code.code
        assert hand.ended


def test_a_missing_name_is_an_invalid_request(station: Station) -> None:
    hand = Hand(station)
    assert hand.refused('<supervisor.hello version="1" nonce="n"/>') == Code.MISSING_ATTRIBUTE.code
    assert hand.ended


def test_a_worker_may_come_only_from_its_hosts(station: Station) -> None:
    station.settings = read_supervisor_ini(f"[worker w]\nkey = {KEY}\nhosts = 10.0.0.0/8\n")
    hand = Hand(station)
    assert hand.prove().get("code") == Code.NOT_THIS_WORKER.code
    assert hand.ended


def test_a_name_that_is_connected_already_is_refused_and_the_running_worker_is_not_disturbed(station: Station) -> None:
    data, control = pair(station)
    configured(station, data, control)
    thief = Hand(station)
    assert thief.register("data", "another token").get("code") == Code.ALREADY_CONNECTED.code
    assert thief.ended
    station.put("_all/c.job.xml")
    assert configured(station, data, control)[0] == 2
    station.wait_for("w", lambda worker: worker.in_step)


def test_both_connections_come_from_the_same_host(station: Station) -> None:
    data = Hand(station)
    data.register("data", "t")
    other = Hand(station, bind="127.0.0.2")
    assert other.register("control", "t").get("code") == Code.ALREADY_CONNECTED.code
    assert other.ended


def test_a_second_data_connection_is_refused(station: Station) -> None:
    data, _ = pair(station, token="t")
    again = Hand(station)
    assert again.register("data", "t").get("code") == Code.ALREADY_CONNECTED.code
    assert data.ask('<supervisor.fetch checksum="0"/>').tag == "supervisor.differs"


def test_nothing_can_be_asked_before_the_registration(station: Station) -> None:
    for first in ('<supervisor.fetch checksum="0"/>', registration("data", "t")):
        hand = Hand(station)
        hand.ask('<supervisor.hello version="1" name="w" nonce="n"/>')
        assert hand.refused(first) == Code.NOT_AUTHENTICATED.code
        assert hand.ended


def test_who_does_not_register_in_time_is_cut_off(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "REGISTER_WITHIN", 0.2)
    hand = Hand(station)
    hand.say('<supervisor.hello version="1" name="w" nonce="n"/>')
    assert hand.ended


def test_a_half_pair_gets_no_command_and_ends_after_a_while(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PAIR_WITHIN", 0.3)
    control = Hand(station)
    control.register("control", "t")
    assert control.ended
    assert station.worker("w").pair == "down"


def test_a_worker_that_begins_anew_replaces_its_half_pair(station: Station) -> None:
    half = Hand(station)
    half.register("data", "first attempt")
    data, control = pair(station)
    assert half.ended
    assert configured(station, data, control)[0] == 1


# -- two connections


def test_each_connection_has_its_own_words(station: Station) -> None:
    data, control = pair(station)
    command = control.next_command()
    assert data.refused(done(command)) == Code.WRONG_CHANNEL.code
    assert data.refused("<supervisor.heartbeat/>") == Code.WRONG_CHANNEL.code
    assert data.refused("<show_state/>") == Code.WRONG_CHANNEL.code
    assert control.refused('<supervisor.fetch checksum="0"/>') == Code.WRONG_CHANNEL.code
    assert data.ask('<supervisor.fetch checksum="0"/>').tag == "supervisor.differs"


@pytest.mark.parametrize("lost", [0, 1])
def test_the_loss_of_either_connection_ends_the_other_and_the_worker_is_down(station: Station, lost: int) -> None:
    hands = pair(station)
    station.wait_for("w", lambda worker: worker.connected)
    hands[lost].close()
    while hands[1 - lost].hear() is not None:
        pass
    worker = station.wait_for("w", lambda worker: not worker.connected)
    assert (worker.pair, worker.busy, worker.active) == ("down", False, False)
    assert worker.disconnected_at is not None
    again = pair(station)
    assert configured(station, *again)[0] == 1


def test_a_thousand_batches_need_two_connections(station: Station) -> None:
    data, control = pair(station)
    configured(station, data, control)
    before = station.accepted
    for _ in range(1000):
        in_reactor(station.supervisor.notify, "w")
        command = control.next_command()
        control.say(done(command, 1))
    station.wait_for("w", lambda worker: not worker.busy)
    assert (before, station.accepted) == (2, 2)


def test_a_silent_control_connection_is_lost_within_its_time(tmp_path: Path, sqlite_url: str) -> None:
    with Station(tmp_path, sqlite_url, FAST) as station:
        data, control = pair(station)
        while (found := control.hear()) is not None and found.tag != "supervisor.heartbeat":
            pass
        # from now on the worker is frozen: its sockets are open, and nothing comes
        worker = station.wait_for("w", lambda worker: worker.pair == "down")
        assert not worker.connected
        assert data.ended


def test_a_worker_that_beats_is_kept_whatever_the_limits_of_the_port_say(tmp_path: Path, sqlite_url: str) -> None:
    narrow = Limits(connections=2, connections_per_host=2, idle_seconds=0.5, yielding_seconds=0.1)
    with Station(tmp_path, sqlite_url, "[central]\nheartbeat = 1\nloss = 60\n", limits=narrow) as station:
        data, control = pair(station)
        beats = 0
        while beats < 3:
            found = control.hear()
            assert found is not None
            if found.tag == "supervisor.heartbeat":
                beats += 1
                control.say("<supervisor.heartbeat/>")
        assert station.worker("w").connected
        assert Hand(station).prove("v").tag == "supervisor.authenticated", "registered workers take nobody's place"
        assert data.ask('<supervisor.fetch checksum="0"/>').tag == "ERROR"  # there is no folder at all


def test_a_worker_that_is_connected_is_never_called_whatever_ports_it_names(station: Station) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear, socket.create_server(("127.0.0.1", 0)) as listener:
        ear.bind(("127.0.0.1", 0))
        data, control = Hand(station), Hand(station)
        for hand, channel in ((data, "data"), (control, "control")):
            assert hand.prove().tag == "supervisor.authenticated"
            ports = {"udp_port": ear.getsockname()[1], "tcp_port": listener.getsockname()[1]}
            assert hand.ask(registration(channel, "t", **ports)).tag == "supervisor.registered"
        assert configured(station, data, control)[0] == 1
        station.put("_all/c.job.xml")
        assert configured(station, data, control)[0] == 2
        station.wait_for("w", lambda worker: worker.in_step)
        for silent in (ear, listener):
            silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            ear.recv(100)
        with pytest.raises(BlockingIOError):
            listener.accept()


# -- commands


def test_abort_overtakes_and_every_command_is_answered(station: Station) -> None:
    _, control = pair(station)
    first = control.next_command()
    running = station.supervisor.session("w")
    assert running is not None
    in_reactor(running.raise_command, Command(Kind.COMPARE))
    in_reactor(running.raise_command, Command(Kind.ABORT))
    urgent = control.next_command()
    assert (first.get("kind"), urgent.get("kind")) == ("configure", "abort")
    control.say(done(urgent))
    control.say(done(first))
    assert control.next_command().get("kind") == "compare"


def test_an_operator_s_command_is_answered_or_ends_with_the_connection(station: Station) -> None:
    data, control = pair(station)
    configured(station, data, control)
    running = station.supervisor.session("w")
    assert running is not None
    answered = in_reactor(lambda: [running.execute('<start_job job="/a"/>')])[0]
    command = control.next_command()
    assert (command.get("kind"), command[0][0].tag) == ("execute", "start_job")
    control.say(f'<supervisor.done number="{command.get("number")}"><carried><spooler/></carried></supervisor.done>')
    wait_for(lambda: answered.called)
    assert answered.result == "<spooler/>"
    lost = in_reactor(lambda: [running.execute("<show_state/>").addErrback(lambda failure: failure.value)])[0]
    control.next_command()
    control.close()
    wait_for(lambda: lost.called)
    assert lost.result.code is Code.NOT_CONNECTED
    with pytest.raises(WorkloadError) as refusal:
        station.ask(q.ExecuteAt("w", "<show_state/>"))
    assert refusal.value.code is Code.NOT_CONNECTED


def test_a_change_while_only_half_of_the_pair_is_there_is_commanded_when_it_is_complete(station: Station) -> None:
    for hand in pair(station):
        hand.close()
    station.wait_for("w", lambda worker: worker.wanted == 1 and worker.pair == "down")
    data, control = Hand(station), Hand(station)
    data.register("data", "t")
    station.put("_all/c.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 2)
    control.register("control", "t")
    assert configured(station, data, control) == (2, {"a.job.xml", "b.job.xml", "c.job.xml"})


def test_an_operator_who_is_faster_than_the_first_command_does_not_replace_it(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready: list[Deferred[None]] = []

    def slow(name: str) -> Deferred[None]:
        ready.append(Deferred())
        return ready[-1]

    monkeypatch.setattr(station.supervisor.distribution, "catch_up", slow)
    _, control = pair(station)
    wait_for(lambda: ready)
    running = station.supervisor.session("w")
    assert running is not None
    in_reactor(lambda: running.execute("<show_state/>") and None)
    command = control.next_command()
    in_reactor(ready[0].callback, None)
    control.say(done(command))
    assert [command.get("kind"), control.next_command().get("kind")] == ["execute", "configure"]


def test_a_busy_worker_does_not_delay_another_one(station: Station) -> None:
    _, busy = pair(station, "w")
    busy.next_command()
    data, control = pair(station, "v")
    assert configured(station, data, control) == (1, {"a.job.xml"})
    station.put("v/own.job.xml")
    assert configured(station, data, control) == (2, {"a.job.xml", "own.job.xml"})
    assert station.worker("w").wanted == 1


def test_a_worker_sees_only_its_own_part(station: Station) -> None:
    data, control = pair(station, "w")
    configured(station, data, control)
    own = data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    digest = next(file.get("digest") for file in own.iter("file") if file.get("path") == "b.job.xml")
    other, _ = pair(station, "v")
    assert len(other.ask(f'<supervisor.contents><content digest="{digest}"/></supervisor.contents>')) == 0


def test_what_the_worker_reports_is_shown(station: Station) -> None:
    _, control = pair(station)
    command = control.next_command()
    control.say(
        f'<supervisor.done number="{command.get("number")}" version="1" problem="the disk is full">'
        '<fault file="a.job.xml" code="SCHEDULER-113" text="bad" line="2" column="3"/></supervisor.done>'
    )
    worker = station.wait_for("w", lambda worker: worker.faults)
    assert worker.problem is not None
    assert worker.problem.text == "the disk is full"
    assert (worker.faults[0].file, worker.faults[0].line) == ("a.job.xml", 2)


def test_a_database_that_cannot_be_read_does_not_keep_workers_waiting(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = station.supervisor.library.load
    broken = True

    def sometimes() -> Any:
        return fail(StoreError("the database is away")) if broken else load()

    monkeypatch.setattr(station.supervisor.library, "load", sometimes)
    _, control = pair(station)
    assert control.next_command().get("kind") == "configure", "it is commanded, and asks again by itself every minute"
    broken = False
    data, control = pair(station, "v")
    assert configured(station, data, control) == (1, {"a.job.xml"})


# -- a cluster of supervisors


def test_a_standby_takes_workers_gives_nothing_and_commands_as_soon_as_it_works(station: Station) -> None:
    station.active = False
    data, control = pair(station)
    assert data.role == "standby"
    assert data.refused('<supervisor.fetch checksum="0"/>') == Code.NOT_SUPERVISING.code
    wait_for(lambda: station.supervisor.distribution.watch.is_fresh(60))
    station.put("_all/late.job.xml")
    station.active, station.term = True, 2
    in_reactor(station.supervisor.became_active)
    role = control.next_command()
    assert dict(role.attrib) == {"active": "yes", "term": "2"}
    # what has come into the folder meanwhile nobody has handed out
    while configured(station, data, control)[1] != {"a.job.xml", "b.job.xml", "late.job.xml"}:
        pass


def test_a_supervisor_that_ends_while_it_begins_watches_nothing(station: Station) -> None:
    distribution = station.supervisor.distribution

    def begin_and_end() -> Deferred[object]:
        return gatherResults([distribution.ready(), distribution.stop()])

    in_reactor(begin_and_end)
    timers = in_reactor(reactor.getDelayedCalls)
    assert [call for call in timers if getattr(call.func, "__self__", None) is distribution.watch] == []
