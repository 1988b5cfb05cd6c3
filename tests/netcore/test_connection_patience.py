"How long a connection of the command port is waited for, and how a large answer goes out; with a clock that we move."

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from netcore.command_connection import SLICE, CommandConnection
from netcore.command_port import CommandPort
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import Limits

LARGE = f"<large>{'ä' * SLICE}{'漢' * SLICE}</large>"


class Slow(StringTransport):
    "A client that takes what was written only when the test says so."

    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    slow = True

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.slow and len(data) > 60_000:
            self.producer.pauseProducing()


class Rig:
    def __init__(self, **limits: Any) -> None:
        self.clock = Clock()
        self.port = CommandPort(self.clock, lambda _: Level.ALL, self.execute, lambda: None, Limits(**limits))
        self.transport = Slow(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
        self.connection = CommandConnection(self.port)
        self.connection.makeConnection(self.transport)

    def execute(self, request: Any, level: Level, peer: str) -> Deferred[str]:
        return succeed(LARGE if request.tag == "large" else f"<{request.tag}/>")

    def turn(self) -> None:
        for _ in range(100):
            self.clock.advance(0)


def test_a_document_must_end_in_time_however_steadily_its_bytes_come() -> None:
    rig = Rig(unfinished_seconds=10, document_seconds=30)
    rig.connection.dataReceived(b"<a>")
    for _ in range(3):
        rig.clock.advance(9)
        assert not rig.transport.disconnected
        rig.connection.dataReceived(b"x")
    rig.clock.advance(2.9)
    assert not rig.transport.disconnected
    rig.clock.advance(0.2)
    assert rig.transport.disconnected


def test_each_document_has_its_own_time() -> None:
    rig = Rig(unfinished_seconds=10, document_seconds=15)
    rig.connection.dataReceived(b"<a>")
    for _ in range(10):
        rig.clock.advance(9)
        rig.connection.dataReceived(b"</a><a>")
        rig.turn()
        assert not rig.transport.disconnected
    rig.clock.advance(9)
    rig.connection.dataReceived(b"x")
    rig.clock.advance(7)
    assert rig.transport.disconnected


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off() -> None:
    rig = Rig(answer_seconds=20, idle_seconds=3600)
    rig.connection.dataReceived(b"<large/>")
    rig.clock.advance(19)
    assert not rig.transport.disconnected
    rig.clock.advance(2)
    assert rig.transport.disconnected
    assert rig.clock.getDelayedCalls() == []


def test_a_client_that_takes_some_of_its_answer_now_and_then_gets_all_of_it() -> None:
    rig = Rig(answer_seconds=20)
    rig.connection.dataReceived(b"<large/><a/>")
    for _ in range(20):
        if not rig.transport.value().endswith(b"<a/>\0"):
            rig.clock.advance(19)
            rig.connection.resumeProducing()
            rig.turn()
    large, small, rest = rig.transport.value().split(b"\0")
    assert large == b'<?xml version="1.0" encoding="ISO-8859-1"?>' + LARGE.encode("iso-8859-1", "xmlcharrefreplace")
    assert small.endswith(b"<a/>")
    assert rest == b""
    assert not rig.transport.disconnected


def test_a_client_that_does_not_take_the_end_of_its_answers_is_cut_off() -> None:
    rig = Rig(answer_seconds=20)
    rig.connection.dataReceived(b"<a/>\x04")
    rig.turn()
    assert rig.transport.disconnecting
    rig.clock.advance(21)
    assert rig.transport.disconnected


@pytest.mark.parametrize("slow", [True, False])
def test_an_answer_that_has_begun_goes_out_when_the_port_closes(slow: bool) -> None:
    rig = Rig()
    rig.transport.slow = slow
    rig.connection.dataReceived(b"<large/><a/>")
    rig.port.stopService()
    for _ in range(10):
        if slow and not rig.transport.disconnecting:
            rig.connection.resumeProducing()
    rig.turn()
    assert rig.transport.value().endswith(b"</large>\0")
    assert rig.transport.disconnecting


def test_many_bytes_at_once_are_framed_in_turns() -> None:
    rig = Rig()
    begun = rig.clock.seconds()
    rig.clock.seconds = iter(begun + n / 100 for n in range(100_000)).__next__  # type: ignore[method-assign]
    rig.connection.dataReceived(b"<a>" + b"x" * 60_000)
    assert rig.transport.producerState == "producing"
    assert len(rig.connection._bytes) > 50_000
