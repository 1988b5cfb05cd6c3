"""A connection whose answer has no end: what the client still says, when it takes nothing, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, inlineCallbacks, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from netcore.command_connection import CommandConnection
from netcore.command_port import CommandPort
from netcore.http_stream import AnswerStream
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import Limits


class Transport(StringTransport):
    aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    def abortConnection(self) -> None:
        self.aborted = True


class Endless:
    "Writes a dot whenever it is let go on, until its client wants nothing more."

    def __init__(self) -> None:
        self.out: AnswerStream | None = None
        self.go_on: Deferred[None] = Deferred()
        self.over: list[Any] = []

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        self.out = out
        yield out.write(b"begin")
        while out.following:
            out.on_end = self.let_go_on
            yield self.go_on
            self.go_on = Deferred()
            yield out.write(b"." if out.following else b"end")

    def let_go_on(self) -> None:
        self.go_on.callback(None)

    def close(self) -> None: ...


class Rig:
    def __init__(self, **limits: Any) -> None:
        self.clock = Clock()
        self.executed: list[str] = []
        self.stream = Endless()
        self.port = CommandPort(self.clock, lambda _: Level.ALL, self.execute, lambda: None, Limits(**limits))
        self.port.stream_of = lambda request, level: self.stream if getattr(request, "tag", "") == "follow" else None
        self.transport = Transport(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
        self.connection = CommandConnection(self.port)
        self.connection.makeConnection(self.transport)

    def execute(self, request: Any, level: Level, peer: str) -> Deferred[str]:
        self.executed.append(request.tag)
        return succeed(f"<{request.tag}/>")

    def says(self, data: bytes) -> None:
        self.connection.dataReceived(data)
        self.turn()

    def turn(self) -> None:
        for _ in range(20):
            self.clock.advance(0)

    @property
    def told(self) -> bytes:
        return self.transport.value().rpartition(b"\0")[2]


def test_nothing_else_is_answered_and_ctrl_d_ends_it() -> None:
    rig = Rig()
    rig.says(b"<a/><follow/><b/>\r\n")
    rig.says(b"<c/>")
    assert (rig.executed, rig.told) == (["a"], b"begin")
    rig.stream.let_go_on()
    rig.turn()
    assert rig.told == b"begin."
    assert rig.transport.producerState == "producing", "so that the end of the connection is noticed"
    rig.says(b"\x04")
    assert (rig.told, rig.transport.disconnecting) == (b"begin.end", True)


def test_the_end_of_the_clients_sending_ends_it() -> None:
    rig = Rig()
    rig.says(b"<follow/>")
    rig.connection.readConnectionLost()
    rig.turn()
    assert (rig.told, rig.transport.disconnecting) == (b"beginend", True)


def test_a_client_that_takes_nothing_gets_nothing_and_is_cut_after_a_while() -> None:
    rig = Rig(answer_seconds=5.0)
    rig.says(b"<follow/>")
    rig.connection.pauseProducing()
    rig.stream.let_go_on()
    rig.turn()
    rig.clock.advance(4)
    rig.connection.resumeProducing()
    rig.turn()
    assert rig.told == b"begin."
    rig.connection.pauseProducing()
    rig.clock.advance(6)
    assert rig.transport.aborted


def test_it_lasts_however_long_nothing_happens() -> None:
    rig = Rig(idle_seconds=10.0)
    rig.says(b"<follow/>")
    for _ in range(50):
        rig.clock.advance(9)
    assert not rig.transport.aborted
    assert not rig.transport.disconnecting


def test_a_client_that_leaves_leaves_nothing_behind() -> None:
    rig = Rig()
    rig.says(b"<follow/>")
    rig.connection.connectionLost(Failure(ConnectionDone()))
    rig.turn()
    assert (rig.port.connections, rig.clock.getDelayedCalls()) == (0, [])


def test_when_the_port_closes_it_may_end_by_itself() -> None:
    rig = Rig()
    rig.says(b"<follow/>")
    rig.connection.leave()
    assert not rig.transport.disconnecting
    assert rig.stream.out is not None
    rig.stream.out.finish_soon()
    rig.turn()
    assert (rig.told, rig.transport.disconnecting) == (b"beginend", True)


def test_one_that_breaks_down_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()

    def broken(out: AnswerStream) -> Deferred[None]:
        raise ZeroDivisionError

    monkeypatch.setattr(rig.stream, "send", broken)
    rig.says(b"<follow/>")
    assert rig.transport.aborted
