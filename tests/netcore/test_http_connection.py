"""The dialogue of HTTP without a port: bytes in, bytes out, with a clock that we move."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, inlineCallbacks, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from netcore.command_connection import CommandConnection
from netcore.command_port import CommandPort, Limits
from netcore.http_site import HttpSite
from netcore.http_stream import AnswerStream, Reply
from scheduler.errors import WorkloadError
from scheduler.protocol.http_limits import HttpLimits
from scheduler.protocol.http_request import HttpRequest
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element


class Transport(StringTransport):
    ended = False

    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    def loseWriteConnection(self) -> None:
        self.ended = True


class Growing:
    "A stream that sends what the test tells it to, and knows its end."

    def __init__(self) -> None:
        self.out: AnswerStream | None = None
        self.closed = False

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        self.out = out
        yield out.write(b"begin,")
        while out.following:
            yield out.wait(10)
            yield out.write(b"more,")

    def close(self) -> None:
        self.closed = True


class Site(HttpSite):
    "`/growing` is a stream that grows, `/broken` one that breaks down; everything else as usual."

    streams: list[Growing]

    def answer(self, request: HttpRequest, level: Level, peer: str) -> Any:
        if request.path == "/growing":
            stream = Growing()
            self.streams.append(stream)
            return succeed(Reply(200, (), stream))
        return fail(ZeroDivisionError()) if request.path == "/broken" else super().answer(request, level, peer)


class Rig:
    "A port without socket. Commands answer `<TAG/>` at once, those called `wait` when told to."

    def __init__(self, port: dict[str, Any] | None = None, **limits: Any) -> None:
        self.clock = Clock()
        self.executed: list[str] = []
        self.waiting: list[Deferred[str]] = []
        self.port = CommandPort(
            self.clock, lambda _: Level.ALL, self.execute, lambda: None, Limits(**port or {}, http=HttpLimits(**limits))
        )
        self.port.make_site = self.make_site
        self.streams: list[Growing] = []

    def make_site(self) -> Site:
        site = Site(self.clock, self.port.execute, self.port.limits.http)
        site.streams = self.streams
        return site

    def execute(self, request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
        if isinstance(request, WorkloadError):
            return succeed(f"<refused>{request.code.code}</refused>")
        self.executed.append(request.tag)
        if request.tag == "wait":
            self.waiting.append(Deferred())
            return self.waiting[-1]
        if request.tag == "big":
            return succeed(f"<big>{'x' * 1_000_000}</big>")
        return succeed(f"<{request.tag}/>")

    def connect(self) -> tuple[CommandConnection, Transport]:
        transport = Transport(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
        connection = CommandConnection(self.port)
        connection.makeConnection(transport)
        return connection, transport

    def turn(self) -> None:
        "Let the reactor go round until nothing is due."
        for _ in range(100):
            self.clock.advance(0)

    def said(self, data: bytes) -> tuple[CommandConnection, Transport]:
        connection, transport = self.connect()
        connection.dataReceived(data)
        self.turn()
        return connection, transport


def post(tag: str) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n<%b/>" % (len(tag) + 3, tag.encode())


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def statuses(transport: Transport) -> list[int]:
    return [int(part[:3]) for part in transport.value().split(b"HTTP/1.1 ")[1:]]


def lose(connection: CommandConnection) -> None:
    connection.connectionLost(Failure(ConnectionDone()))


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_requests_that_come_early_are_answered_in_their_order(size: int) -> None:
    rig = Rig()
    connection, transport = rig.connect()
    data = post("wait") + post("a") + post("b") + get("/x.y")
    for start in range(0, len(data), size):
        connection.dataReceived(data[start : start + size])
        rig.turn()
    assert (rig.executed, transport.value()) == (["wait"], b"")
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert rig.executed == ["wait", "a", "b"]
    assert statuses(transport) == [200, 200, 200, 404]
    places = [transport.value().find(word) for word in (b"<waited/>", b"<a/>", b"<b/>", b"nothing under")]
    assert places == sorted(places)
    assert not transport.ended


def test_a_small_answer_is_written_in_one_piece_and_a_large_one_in_slices() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    written: list[bytes] = []
    transport.write = written.append  # type: ignore[method-assign]
    connection.dataReceived(post("a"))
    rig.turn()
    assert len(written) == 1
    connection.dataReceived(post("big"))
    rig.turn()
    assert max(map(len, written)) < 70_000
    assert b"".join(written).count(b"x") > 1_000_000
    assert b"".join(written).endswith(b"\r\n0\r\n\r\n")


def test_a_mistake_is_told_once_and_ends_the_connection() -> None:
    rig = Rig()
    connection, transport = rig.said(get("/x.y") + b"GET / HTTP/1.1\nHost: localhost\n\n" + post("a"))
    assert statuses(transport) == [404, 400]
    assert transport.ended
    connection.dataReceived(post("a"))
    rig.turn()
    assert rig.executed == []
    connection.readConnectionLost()
    assert transport.disconnecting
    lose(connection)
    assert rig.clock.getDelayedCalls() == []


def test_a_client_that_sends_on_after_its_end_is_cut() -> None:
    rig = Rig(linger_seconds=2, body_bytes=10)
    connection, transport = rig.said(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n")
    assert statuses(transport) == [413]
    for _ in range(3):
        connection.dataReceived(b"x" * 100_000)
        rig.clock.advance(0.5)
    assert not transport.disconnected
    rig.clock.advance(1)
    assert transport.disconnected


def test_a_head_or_body_that_takes_too_long_is_answered_with_408() -> None:
    rig = Rig(head_seconds=10, silence_seconds=10, body_seconds=25)
    slow, slow_transport = rig.said(b"G")
    body, body_transport = rig.said(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
    for _ in range(9):
        rig.clock.advance(1)
        slow.dataReceived(b"E")
    assert slow_transport.value() == b""
    rig.clock.advance(0.5)
    body.dataReceived(b"x")
    rig.clock.advance(0.5)
    assert statuses(slow_transport) == [408]
    for _ in range(7):
        assert body_transport.value() == b""
        rig.clock.advance(2)
        body.dataReceived(b"x")
    rig.clock.advance(2)
    assert statuses(body_transport) == [408]


def test_between_requests_silence_is_limited_anew_after_each() -> None:
    rig = Rig(idle_seconds=10)
    connection, transport = rig.connect()
    connection.dataReceived(get("/x.y"))
    rig.turn()
    for _ in range(3):
        rig.clock.advance(8)
        connection.dataReceived(get("/x.y"))
        rig.turn()
    assert statuses(transport) == [404] * 4
    rig.clock.advance(9)
    assert not transport.disconnecting
    rig.clock.advance(2)
    assert transport.disconnecting


def test_a_long_command_is_no_silence() -> None:
    rig = Rig(idle_seconds=10)
    _, transport = rig.said(post("wait"))
    rig.clock.advance(1000)
    rig.waiting[0].callback("<waited/>")
    assert b"<waited/>" in transport.value()


def test_after_half_close_everything_received_is_still_answered() -> None:
    rig = Rig()
    connection, transport = rig.said(post("wait") + post("a") + b"GET /unfinished")
    connection.readConnectionLost()
    assert not transport.disconnecting
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert statuses(transport) == [200, 200]
    assert transport.disconnecting


def test_a_growing_answer_goes_on_until_the_client_wants_no_more() -> None:
    rig = Rig()
    connection, transport = rig.said(get("/growing") + post("a"))
    assert transport.value().endswith(b"begin,\r\n")
    rig.clock.advance(10)
    rig.turn()
    assert transport.value().endswith(b"more,\r\n")
    connection.readConnectionLost()
    rig.turn()
    assert statuses(transport) == [200, 200]
    assert rig.executed == ["a"]
    assert transport.disconnecting


def test_a_client_that_leaves_ends_the_work_for_it() -> None:
    rig = Rig()
    connection, _ = rig.said(get("/growing"))
    waiting, transport = rig.said(post("wait") + post("a"))
    lose(connection)
    lose(waiting)
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    assert (rig.executed, transport.value()) == (["wait"], b"")
    assert rig.port.connections == 0
    assert rig.clock.getDelayedCalls() == []


def test_a_body_that_nobody_wants_is_closed() -> None:
    rig = Rig()
    rig.said(b"HEAD /growing HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert [(stream.out, stream.closed) for stream in rig.streams] == [(None, True)]


def test_nothing_is_sent_while_the_client_takes_nothing_and_after_a_while_it_is_cut() -> None:
    rig = Rig(write_seconds=30)
    connection, transport = rig.said(get("/growing"))
    connection.pauseProducing()
    length = len(transport.value())
    rig.clock.advance(25)
    rig.turn()
    assert len(transport.value()) <= length + len(b"5\r\nmore,\r\n")
    connection.resumeProducing()
    rig.turn()
    rig.clock.advance(20)
    assert not transport.disconnected
    connection.pauseProducing()
    rig.clock.advance(31)
    assert transport.disconnected
    lose(connection)
    assert rig.clock.getDelayedCalls() == []


def test_while_the_client_takes_nothing_no_further_request_is_looked_at() -> None:
    rig = Rig()
    connection, _ = rig.connect()
    connection.pauseProducing()
    connection.dataReceived(post("a"))
    rig.turn()
    # what comes first is read as XML or HTTP only when there is room for an answer
    assert rig.executed == []
    connection.resumeProducing()
    rig.turn()
    assert rig.executed == ["a"]
    connection.pauseProducing()
    connection.dataReceived(post("b"))
    rig.turn()
    assert rig.executed == ["a"]
    connection.resumeProducing()
    rig.turn()
    assert rig.executed == ["a", "b"]


def test_early_requests_are_not_taken_in_without_bounds() -> None:
    rig = Rig()
    connection, transport = rig.said(post("wait"))
    connection.dataReceived(b"x" * 70_000)
    assert transport.producerState == "paused"


def test_unfinished_bodies_count_as_unfinished_documents() -> None:
    rig = Rig(port={"unfinished_bytes": 100_000})
    connection, transport = rig.said(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n")
    connection.dataReceived(b"x" * 60_000)
    rig.turn()
    assert not transport.disconnected
    connection.dataReceived(b"x" * 60_000)
    assert transport.disconnected
    lose(connection)
    assert rig.clock.getDelayedCalls() == []


def test_an_idle_connection_gives_way_and_a_busy_one_does_not() -> None:
    rig = Rig(port={"connections": 1, "yielding_seconds": 5}, idle_seconds=1000)
    _, transport = rig.said(post("wait"))
    rig.clock.advance(100)
    assert rig.connect()[1].disconnecting
    rig.waiting[0].callback("<waited/>")
    rig.turn()
    rig.clock.advance(6)
    assert not rig.connect()[1].disconnecting
    assert transport.disconnected


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_of_ours_costs_the_connection() -> None:
    rig = Rig()
    _, transport = rig.said(get("/broken"))
    assert transport.disconnected
    assert statuses(rig.said(get("/x.y"))[1]) == [404]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (post("a").replace(b"Host: localhost", b"Host: localhost\r\nOrigin: http://evil"), 403),
        (post("a").replace(b"localhost", b"evil"), 403),
        (get("/<show_state/>"), 200),
        (get("/<terminate/>"), 403),
        (get("/<show_x/><b/>"), 200),
        (get("/show_log?"), 404),
        (get("/x"), 301),
    ],
)
def test_statuses(data: bytes, expected: int) -> None:
    assert statuses(Rig().said(data)[1]) == [expected]


def test_nothing_beside_the_shown_command_is_executed() -> None:
    rig = Rig()
    _, transport = rig.said(get("/<show_x/><terminate/>"))
    assert b"Z-JAVA-105" in transport.value()
    assert rig.executed == []
