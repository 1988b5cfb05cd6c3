"""The ports on the real network of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock, deferLater

from netcore.command_port import CommandPort, Limits
from netcore.datagram_port import LOGGED_MAX, THROUGHPUT, TURN, UNDER_WAY_MAX, DatagramPort, DatagramReceiver
from netcore.hosts import HostLevels
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element
from tests.support.reactor import in_reactor, running_reactor, wait_for

LOCAL = "127.0.0.1"


def execute(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
    if isinstance(request, WorkloadError):
        return succeed(request.code.code)
    if request.tag == "big":
        return succeed(f"<big>{'x' * 3_000_000}</big>")
    if request.tag == "late":
        return deferLater(running_reactor(), 0.05, lambda: "<late/>")
    return succeed(f"<{request.tag} level='{level.word}'/>")


@pytest.fixture
def port() -> Iterator[CommandPort]:
    made = CommandPort(running_reactor(), HostLevels([]).level_of, execute, lambda: None)
    yield made
    in_reactor(made.stopService)


def connect(port: CommandPort) -> socket.socket:
    number = in_reactor(port.listen, 0, LOCAL)
    return socket.create_connection((LOCAL, number), timeout=20)


def receive(client: socket.socket, nuls: int = 1) -> bytes:
    data = b""
    while data.count(b"\0") < nuls and (part := client.recv(65536)):
        data += part
    return data


def test_a_client_gets_its_answer(port: CommandPort) -> None:
    with connect(port) as client:
        for _ in range(3):
            client.sendall(b"<show_state/>")
            assert receive(client).endswith(b"<show_state level='all'/>\0")


def test_a_client_that_has_sent_everything_still_gets_all_answers(port: CommandPort) -> None:
    with connect(port) as client:
        client.sendall(b"<late/><big/><a/>")
        client.shutdown(socket.SHUT_WR)
        data = receive(client, nuls=4)
        assert data.count(b"\0") == 3
        assert data.endswith(b"<a level='all'/>\0")
    wait_for(lambda: port.connections == 0)


def test_a_client_that_is_not_allowed_gets_an_end_and_no_byte() -> None:
    port = CommandPort(running_reactor(), lambda _: Level.SIGNAL, execute, lambda: None)
    with connect(port) as client:
        assert client.recv(1) == b""
    in_reactor(port.stopService)


def test_stopping_ends_the_connections(port: CommandPort) -> None:
    with connect(port) as client:
        client.sendall(b"<a/>")
        receive(client)
        in_reactor(port.stopService)
        assert client.recv(1) == b""
    wait_for(lambda: port.connections == 0)


def test_stopping_waits_for_last_answers_but_not_for_ever() -> None:
    port = CommandPort(running_reactor(), lambda _: Level.ALL, execute, lambda: None, Limits(stop_seconds=0.1))
    with connect(port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"<big/>" * 5)
        assert client.recv(1) == b"<"
        in_reactor(port.stopService)
        assert port.connections == 0


def test_a_client_that_is_silent_in_the_middle_of_a_document_is_cut_off() -> None:
    port = CommandPort(running_reactor(), lambda _: Level.ALL, execute, lambda: None, Limits(unfinished_seconds=0.05))
    with connect(port) as client:
        client.sendall(b"<a>")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    in_reactor(port.stopService)


def test_a_port_in_use_is_refused_with_its_number() -> None:
    with socket.create_server((LOCAL, 0)) as taken, socket.socket(type=socket.SOCK_DGRAM) as taken_too:
        taken_too.bind((LOCAL, 0))
        for port, number in (
            (CommandPort(running_reactor(), lambda _: Level.ALL, execute, lambda: None), taken.getsockname()[1]),
            (DatagramPort(running_reactor(), lambda _: Level.ALL, execute), taken_too.getsockname()[1]),
        ):
            with pytest.raises(WorkloadError) as refused:
                in_reactor(port.listen, number, LOCAL)
            assert refused.value.code is Code.CANNOT_LISTEN
            assert str(number) in str(refused.value)
            in_reactor(port.stopService)


def test_a_datagram_is_executed_and_never_answered() -> None:
    executed: list[tuple[str, Level, str]] = []

    def record(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
        assert isinstance(request, Element)
        executed.append((request.tag, level, peer))
        if request.tag == "raise":
            raise ZeroDivisionError
        return succeed("<ERROR/>")

    port = DatagramPort(running_reactor(), lambda _: Level.SIGNAL, record)
    address = (LOCAL, in_reactor(port.listen, 0, LOCAL))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        for datagram in (b"<a/>", b"nonsense", b"<raise/>", b"<b/>\r\n\0", b"<c>" + b" " * 5000 + b"</c>", b"<d/>"):
            client.sendto(datagram, address)
        wait_for(lambda: len(executed) == 4)
        assert executed == [(tag, Level.SIGNAL, LOCAL) for tag in ("a", "raise", "b", "d")]
        with pytest.raises(TimeoutError):
            client.recv(1)
    in_reactor(port.stopService)


def test_datagrams_of_strangers_are_ignored_and_counted() -> None:
    receiver = DatagramReceiver(Clock(), lambda _: Level.NONE, pytest.fail)
    for number in range(3):
        receiver.datagramReceived(b"<check_folders/>", ("10.0.0.1", number))
    assert receiver.ignored == 3


def test_a_flood_of_datagrams_is_dropped_beyond_what_can_be_executed() -> None:
    waiting: list[Deferred[str]] = []

    def wait(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
        waiting.append(Deferred())
        return waiting[-1]

    receiver = DatagramReceiver(Clock(), lambda _: Level.ALL, wait)
    for _ in range(UNDER_WAY_MAX + 5):
        receiver.datagramReceived(b"<a/>", (LOCAL, 1))
    assert len(waiting) == UNDER_WAY_MAX
    waiting[0].callback("<ok/>")
    receiver.datagramReceived(b"<a/>", (LOCAL, 1))
    assert len(waiting) == UNDER_WAY_MAX + 1


class Datagrams:
    "In place of the socket: as it, gives datagrams until enough bytes are read."

    maxThroughput = THROUGHPUT

    def give(self, receiver: DatagramReceiver, datagram: bytes, most: int) -> int:
        given = size = 0
        while size < self.maxThroughput and given < most:
            receiver.datagramReceived(datagram, (LOCAL, 1))
            given, size = given + 1, size + len(datagram)
        return given


@pytest.mark.parametrize("datagram", [b"", b"x", b"<a/>"])
def test_a_flood_of_datagrams_lets_the_engine_have_its_turns(datagram: bytes) -> None:
    clock = Clock()
    receiver = DatagramReceiver(clock, lambda _: Level.ALL, lambda request, level, peer: succeed("<ok/>"))
    receiver.transport = datagrams = Datagrams()
    for _ in range(3):
        assert datagrams.give(receiver, datagram, 10_000) == TURN
        assert datagrams.give(receiver, datagram, 10_000) == 0
        clock.advance(0)


def test_refused_datagrams_fill_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    told: list[str] = []
    monkeypatch.setattr(
        DatagramReceiver, "_log", type("Log", (), {
            "warn": lambda self, text, **values: logged.append(text),
            "info": lambda self, text, **values: told.append(text.format(**values)),
        })()
    )
    clock = Clock()
    receiver = DatagramReceiver(clock, lambda _: Level.ALL, lambda request, level, peer: succeed("<ERROR/>"))
    for _ in range(300):
        receiver.datagramReceived(b"x", (LOCAL, 1))
        receiver.datagramReceived(b"<a/>", (LOCAL, 1))
    assert len(logged) == LOGGED_MAX
    clock.advance(60)
    receiver.datagramReceived(b"x", (LOCAL, 1))
    assert len(logged) == LOGGED_MAX + 2
    assert "more datagrams" in logged[-2]
    assert told[0].startswith("SCHEDULER-955  Datagram of 127.0.0.1: <")
    assert len(told) == LOGGED_MAX
