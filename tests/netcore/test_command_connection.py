"""The dialogue of one connection, without a port: bytes in, bytes out, with a clock that we move."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from netcore.command_connection import CommandConnection
from netcore.command_port import CommandPort, Limits
from scheduler.errors import WorkloadError
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element

PROLOG = b'<?xml version="1.0" encoding="ISO-8859-1"?>'


class Transport(StringTransport):
    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...


class Rig:
    "A port without socket. Commands answer `<TAG/>` at once, those called `wait` when told to."

    def __init__(self, level: Level = Level.ALL, **limits: Any) -> None:
        self.clock = Clock()
        self.executed: list[tuple[str, Level, str]] = []
        self.waiting: list[Deferred[str]] = []
        self.blank_lines = 0
        self.port = CommandPort(self.clock, lambda _: level, self.execute, self.blank_line, Limits(**limits))

    def execute(self, request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
        if isinstance(request, WorkloadError):
            return succeed(f"<refused>{request.code.code}</refused>")
        self.executed.append((request.tag, level, peer))
        if request.tag == "wait":
            self.waiting.append(Deferred())
            return self.waiting[-1]
        if request.tag == "fail":
            return fail(ZeroDivisionError())
        if request.tag == "raise":
            raise ZeroDivisionError
        return succeed(f"<{request.tag}/>")

    def blank_line(self) -> None:
        self.blank_lines += 1

    def connect(self, host: str = "127.0.0.1") -> tuple[CommandConnection, Transport]:
        transport = Transport(peerAddress=IPv4Address("TCP", host, 1))
        connection = CommandConnection(self.port)
        connection.makeConnection(transport)
        return connection, transport

    def turn(self) -> None:
        "Let the reactor go round until nothing is due."
        for _ in range(1000):
            self.clock.advance(0)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _, _ in self.executed]


def answers(transport: Transport) -> list[bytes]:
    parts = transport.value().split(b"\0")
    assert parts.pop() == b""
    return [part.removeprefix(PROLOG) for part in parts]


def lose(connection: CommandConnection) -> None:
    connection.connectionLost(Failure(ConnectionDone()))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_each_document_gets_its_answer_in_order(size: int) -> None:
    rig = Rig()
    connection, transport = rig.connect()
    data = b"<a/>\n<b>\n</b><c/> show_state\n<broken></x><d/>\n"
    for start in range(0, len(data), size):
        connection.dataReceived(data[start : start + size])
        rig.turn()
    assert answers(transport)[:4] == [b"<a/>", b"<b/>", b"<c/>", b"<show_state/>"]
    assert b"Z-JAVA-105" in answers(transport)[4]
    assert not transport.disconnecting


def test_a_command_is_executed_with_the_level_of_its_peer() -> None:
    rig = Rig(Level.INFO)
    connection, _ = rig.connect("10.1.2.3")
    connection.dataReceived(b"<a/>")
    assert rig.executed == [("a", Level.INFO, "10.1.2.3")]


@pytest.mark.parametrize("level", [Level.NONE, Level.SIGNAL])
def test_below_info_the_connection_is_closed_without_a_byte(level: Level) -> None:
    rig = Rig(level)
    connection, transport = rig.connect()
    assert transport.disconnecting
    connection.dataReceived(b"<a/>")
    assert (transport.value(), rig.tags, rig.port.connections) == (b"", [], 0)
    lose(connection)
    assert rig.clock.getDelayedCalls() == []


def test_the_next_command_begins_when_the_last_one_is_answered() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>")
    connection.dataReceived(b"<a/>")
    assert transport.producerState == "paused"
    assert (rig.tags, transport.value()) == (["wait"], b"")
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert answers(transport) == [b"<waited/>", b"<a/>"]
    assert transport.producerState == "producing"


def test_the_answer_is_written_in_one_piece() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    written: list[bytes] = []
    transport.write = written.append  # type: ignore[method-assign]
    connection.dataReceived(b"<a/>")
    assert written == [PROLOG + b"<a/>\0"]


def test_after_a_line_end_of_dos_answers_are_indented() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>\r\n")
    rig.waiting[0].callback("<a><b/></a>")
    assert answers(transport) == [b"\n<a>\n    <b/>\n</a>"]


def test_an_empty_line_has_the_folder_looked_at_and_no_answer() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"\r\n")
    connection.dataReceived(b"\n")
    assert (rig.blank_lines, transport.value(), rig.tags) == (2, b"", [])


def test_ctrl_d_closes() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"\x04")
    assert transport.disconnecting


def test_a_capital_letter_as_the_first_byte_begins_http() -> None:
    import netcore.http_site  # noqa: F401  (without a real reactor there is no thread that could load it)

    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n<a/>")
    rig.turn()
    assert rig.tags == ["a"]
    assert transport.value().startswith(b"HTTP/1.1 200 OK\r\n")
    assert not transport.disconnecting


def test_http_begins_only_at_the_very_beginning() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<a/>")
    connection.dataReceived(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    rig.turn()
    assert b"HTTP/1.1 " not in transport.value()


def test_after_half_close_everything_received_is_still_answered() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>")
    connection.dataReceived(b"<a/><unfinished>")
    connection.readConnectionLost()
    assert not transport.disconnecting
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert answers(transport) == [b"<waited/>", b"<a/>"]
    assert transport.disconnecting


def test_half_close_without_a_word_closes() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.readConnectionLost()
    assert transport.disconnecting


def test_a_client_that_has_gone_gets_no_answer_and_does_no_harm() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>")
    connection.dataReceived(b"<a/>")
    lose(connection)
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert (transport.value(), rig.tags) == (b"", ["wait"])
    assert rig.port.connections == 0
    assert rig.clock.getDelayedCalls() == []


@pytest.mark.parametrize("command", [b"<fail/>", b"<raise/>"])
def test_a_command_that_breaks_down_costs_its_connection_only(command: bytes) -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(command)
    assert transport.disconnected or transport.disconnecting
    other, other_transport = rig.connect()
    other.dataReceived(b"<a/>")
    assert answers(other_transport) == [b"<a/>"]


def test_a_client_that_takes_no_answers_gets_no_more_commands_executed() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<a/><b/>")
    connection.pauseProducing()
    rig.turn()
    connection.dataReceived(b"<c/>")
    assert rig.tags == ["a"]
    assert transport.producerState == "paused"
    connection.resumeProducing()
    rig.turn()
    assert rig.tags == ["a", "b", "c"]
    assert transport.producerState == "producing"


def test_silence_closes_sooner_in_the_middle_of_a_document() -> None:
    rig = Rig(idle_seconds=100, unfinished_seconds=10)
    connection, transport = rig.connect()
    rig.clock.advance(99)
    connection.dataReceived(b"<a/>")
    rig.clock.advance(99)
    assert not transport.disconnected
    connection.dataReceived(b"<a>")
    rig.clock.advance(9)
    connection.dataReceived(b"<b/>")
    rig.clock.advance(9)
    assert not transport.disconnected
    rig.clock.advance(2)
    assert transport.disconnected


def test_while_a_command_is_executed_silence_is_no_offence() -> None:
    rig = Rig(idle_seconds=100)
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>")
    rig.clock.advance(250)
    rig.waiting[0].callback("<waited/>")
    assert answers(transport) == [b"<waited/>"]
    rig.clock.advance(99)
    assert not transport.disconnected
    rig.clock.advance(2)
    assert transport.disconnected


def test_connections_are_limited_in_all_and_for_each_host() -> None:
    rig = Rig(connections=3, connections_per_host=2)
    first, _ = rig.connect("10.0.0.1")
    rig.connect("10.0.0.1")
    assert rig.connect("10.0.0.1")[1].disconnecting
    assert not rig.connect("10.0.0.2")[1].disconnecting
    assert rig.connect("10.0.0.3")[1].disconnecting
    lose(first)
    assert not rig.connect("10.0.0.1")[1].disconnecting
    assert rig.port.connections == 3


def test_a_burst_of_tiny_documents_is_answered_over_many_turns() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.dataReceived(b"<a/>" * 500)
    assert len(rig.tags) == 1
    rig.turn()
    assert len(answers(transport)) == 500


def test_when_there_are_too_many_the_one_that_is_idle_longest_gives_way() -> None:
    rig = Rig(connections=4, connections_per_host=3, yielding_seconds=60, unfinished_seconds=1000)
    unfinished, unfinished_transport = rig.connect("10.0.0.1")
    unfinished.dataReceived(b"<a>")
    _, longest = rig.connect("10.0.0.1")
    rig.clock.advance(1)
    _, shorter = rig.connect("10.0.0.1")
    rig.clock.advance(58.5)
    assert rig.connect("10.0.0.1")[1].disconnecting, "nobody is idle for long enough"
    rig.clock.advance(0.5)
    unfinished.dataReceived(b"<b/>")
    assert not rig.connect("10.0.0.1")[1].disconnecting
    assert longest.disconnected
    rig.connect("10.0.0.2")
    rig.clock.advance(1)
    assert not rig.connect("10.0.0.3")[1].disconnecting
    assert shorter.disconnected
    assert not unfinished_transport.disconnected
    assert rig.port.connections == 4


def test_whoever_waits_for_an_answer_does_not_give_way() -> None:
    rig = Rig(connections=2, yielding_seconds=60, answer_seconds=2000)
    connection, transport = rig.connect()
    connection.dataReceived(b"<wait/>")
    choked, choked_transport = rig.connect()
    choked.pauseProducing()
    rig.clock.advance(1000)
    assert rig.connect()[1].disconnecting
    assert not transport.disconnected
    assert not choked_transport.disconnected


def test_a_dismissed_connection_is_counted_once() -> None:
    rig = Rig(connections_per_host=1, yielding_seconds=0)
    connections = [rig.connect()[0] for _ in range(3)]
    for connection in connections:
        lose(connection)
    assert rig.port.connections == 0
    assert not rig.connect()[1].disconnecting
    assert rig.port.connections == 1


def test_when_unfinished_documents_take_too_much_the_largest_is_cut() -> None:
    rig = Rig(unfinished_bytes=100_000)
    large, large_transport = rig.connect()
    large.dataReceived(b"<a>" + b"x" * 40_000)
    small, small_transport = rig.connect()
    small.dataReceived(b"<a>" + b"x" * 5000)
    assert not large_transport.disconnected
    small.dataReceived(b"x" * 6000)
    assert large_transport.disconnected
    lose(large)
    other, other_transport = rig.connect()
    other.dataReceived(b"<a>" + b"x" * 30_000 + b"</a>")
    small.dataReceived(b"</a>")
    assert (len(answers(other_transport)), len(answers(small_transport))) == (1, 1)
    more, more_transport = rig.connect()
    more.dataReceived(b"<a>" + b"x" * 40_000)
    assert not more_transport.disconnected, "what has ended is not counted any more"


def test_an_unfinished_document_that_is_too_much_alone_is_cut() -> None:
    rig = Rig(unfinished_bytes=100_000)
    connection, transport = rig.connect()
    connection.dataReceived(b"<a>" + b"x" * 60_000)
    assert transport.disconnected
    connection.dataReceived(b"</a>")
    assert rig.tags == []
