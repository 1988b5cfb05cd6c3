"""HTTP on a real port: real clients, slow ones, those that leave early, and files on a real disk."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater

from netcore.command_port import CommandPort, Limits
from netcore.hosts import HostLevels
from netcore.http_site import HttpSite
from scheduler.definitions import HttpDirectory, HttpServer
from scheduler.errors import WorkloadError
from scheduler.protocol.http_limits import HttpLimits
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element
from tests.support.reactor import in_reactor, running_reactor, wait_for

LOCAL = "127.0.0.1"
BIG = 20_000_000
LIMITS = HttpLimits(denial_seconds=0.01, body_bytes=1 << 20)


def execute(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
    if isinstance(request, WorkloadError):
        return succeed(f"<ERROR code='{request.code.code}'/>")
    if request.tag == "big":
        return succeed(f"<big>{'ä' * BIG}</big>")
    if request.tag == "middling":
        return succeed(f"<middling>{'<a/>' * 10_000}</middling>")
    if request.tag == "late":
        return deferLater(running_reactor(), 0.05, lambda: "<late/>")
    return succeed(f"<{request.tag} level='{level.word}' n='{len(request.text)}'/>")


@pytest.fixture
def html(tmp_path: Path) -> Path:
    inside = tmp_path / "html"
    (inside / "folder").mkdir(parents=True)
    (inside / "index.html").write_text("start")
    (inside / "folder" / "page.html").write_text("page")
    (inside / "large.bin").write_bytes(os.urandom(1_000_000))
    (inside / "empty.css").touch()
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "secret.html").write_text("secret")
    (tmp_path / "html2").mkdir()
    (tmp_path / "html2" / "secret.html").write_text("secret")
    (inside / "out.html").symlink_to(tmp_path / "secret.html")
    (inside / "out").symlink_to(tmp_path / "beside")
    (inside / "neighbour").symlink_to(tmp_path / "html2")
    (inside / "up").symlink_to("..")
    (inside / "in.html").symlink_to("folder/page.html")
    (inside / "in").symlink_to("folder")
    (inside / "circle.html").symlink_to("circle.html")
    os.mkfifo(inside / "pipe.html")
    return inside


@contextmanager
def serving(html: Path, limits: HttpLimits = LIMITS) -> Iterator[CommandPort]:
    made = CommandPort(running_reactor(), HostLevels([]).level_of, execute, lambda: None, Limits(http=limits))
    server = HttpServer(directories=(HttpDirectory("/", str(html)),))
    made.make_site = lambda: HttpSite(running_reactor(), made.execute, limits, server=server)
    made.number = in_reactor(made.listen, 0, LOCAL)  # type: ignore[attr-defined]
    yield made
    in_reactor(made.stopService)


@pytest.fixture
def port(html: Path) -> Iterator[CommandPort]:
    with serving(html) as made:
        yield made


def test_an_answer_that_is_indented_in_slices_is_whole(port: CommandPort) -> None:
    status, body = ask(port, "POST", "/", "<middling/>")
    assert (status, body.count(b"\n    <a/>"), body.endswith(b"\n</middling>")) == (200, 10_000, True)


def test_the_former_place_of_the_browser_interface_leads_to_where_it_is_now(port: CommandPort, html: Path) -> None:
    server = HttpServer(directories=(HttpDirectory("/jobscheduler/joc/", str(html)),))
    in_reactor(port.answer_http_with, lambda: HttpSite(running_reactor(), port.execute, LIMITS, server=server))
    connection = client(port)
    for asked, place in (("folder/page.html?x", "folder/page.html"), ("%41%20.html", "A%20.html"), ("", "index.html")):
        connection.request("GET", f"/jobscheduler/operations_gui/{asked}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (301, b"")
        assert answer.getheader("Location") == f"/jobscheduler/joc/{place}"
    assert ask(port, "GET", "/jobscheduler/joc/folder/page.html") == (200, b"page")
    assert ask(port, "GET", "/elsewhere/folder/page.html")[0] == 404


def client(port: CommandPort) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(LOCAL, port.number, timeout=20)  # type: ignore[attr-defined]


def plain(port: CommandPort) -> socket.socket:
    return socket.create_connection((LOCAL, port.number), timeout=20)  # type: ignore[attr-defined]


def ask(port: CommandPort, method: str, target: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    connection = client(port)
    try:
        connection.request(method, target, body, headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def all_of(connection: socket.socket) -> bytes:
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


def test_one_connection_carries_many_requests(port: CommandPort) -> None:
    connection = client(port)
    for number in range(5):
        connection.request("POST", "/", f"<a>{'x' * number}</a>")
        answer = connection.getresponse()
        assert f"n='{number}'".encode() in answer.read()
    assert port.connections == 1
    connection.close()
    wait_for(lambda: port.connections == 0)


def test_xml_and_http_share_the_port(port: CommandPort) -> None:
    with plain(port) as xml:
        xml.sendall(b"<a/>")
        assert xml.recv(1000).endswith(b"<a level='all' n='0'/>\0")
    assert ask(port, "POST", "/", "<a/>")[1].endswith(b"<a level='all' n='0'/>")


def test_a_body_may_come_in_chunks_and_after_having_been_asked_for(port: CommandPort) -> None:
    assert b"n='20000'" in ask(port, "POST", "/", iter([b"<a>", b"x" * 20_000, b"</a>"]))[1]
    with plain(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"<a/>")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_a_large_answer_arrives_whole_while_others_are_served(port: CommandPort) -> None:
    connection = client(port)
    connection.request("POST", "/", "<big/>")
    answer = connection.getresponse()
    read = len(answer.read(1000))
    assert ask(port, "POST", "/", "<late/>")[0] == 200
    read += len(answer.read())
    assert read == len(f'<?xml version="1.0" encoding="ISO-8859-1"?><big>{"x" * BIG}</big>')


def test_http_1_0_gets_its_answer_and_an_end(port: CommandPort) -> None:
    with plain(port) as connection:
        connection.sendall(b"POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\n<big/>")
        data = all_of(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert len(body) > BIG


def test_clients_that_leave_early_leave_nothing_behind(port: CommandPort) -> None:
    for request in (b"G", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n<a",
                    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n<big/>",
                    b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        connection = plain(port)
        connection.sendall(request)
        if request.endswith((b"<big/>", b"\r\n\r\n")):
            assert connection.recv(10)
        connection.close()
    wait_for(lambda: port.connections == 0)


def test_slow_senders_are_served(port: CommandPort) -> None:
    with plain(port) as connection:
        for piece in (b"GET /index.ht", b"ml HTTP/1.1\r\nHo", b"st: localhost\r\n\r", b"\n"):
            connection.sendall(piece)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_endless_senders_are_not_served(html: Path) -> None:
    begun = (b"GET / HTTP/1.1\r\nX: y", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n<a")
    with serving(html, replace(LIMITS, head_seconds=0.5, silence_seconds=0.5)) as port:
        for request in begun:
            with plain(port) as connection:
                connection.sendall(request)
                assert all_of(connection).startswith(b"HTTP/1.1 408 ")


def test_a_refusal_reaches_a_client_that_is_still_sending(port: CommandPort) -> None:
    with plain(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 200_000)
        assert all_of(connection).startswith(b"HTTP/1.1 413 ")


def test_after_half_close_the_answers_still_come(port: CommandPort) -> None:
    with plain(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n<late/>")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        data = all_of(connection)
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert data.endswith(b"start")


def test_below_info_nobody_gets_a_byte() -> None:
    port = CommandPort(running_reactor(), lambda _: Level.SIGNAL, execute, lambda: None)
    with socket.create_connection((LOCAL, in_reactor(port.listen, 0, LOCAL)), timeout=20) as connection:
        assert connection.recv(1) == b""
    in_reactor(port.stopService)


def test_stopping_ends_the_connections(port: CommandPort) -> None:
    with plain(port) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 301 ")
        in_reactor(port.stopService)
        assert all_of(connection) == b""


@pytest.mark.parametrize(
    ("target", "status", "content"),
    [
        ("/", 200, b"start"),
        ("/index.html?x", 200, b"start"),
        ("/folder/page.html", 200, b"page"),
        ("/folder", 301, b""),
        ("/folder/", 404, None),
        ("/empty.css", 200, b""),
        ("/in.html", 200, b"page"),
        ("/in/page.html", 200, b"page"),
        ("/missing.html", 404, None),
        ("/folder/page.html/x.html", 404, None),
        ("/out.html", 404, None),
        ("/out/secret.html", 404, None),
        ("/neighbour/secret.html", 404, None),
        ("/up/secret.html", 404, None),
        ("/up/html/index.html", 404, None),
        ("/circle.html", 404, None),
        ("/pipe.html", 404, None),
        ("/../secret.html", 404, None),
        ("/folder/../../secret.html", 404, None),
        ("/%2e%2e/secret.html", 404, None),
        ("/..%2fsecret.html", 404, None),
        ("/folder/..%2f..%2fsecret.html", 404, None),
        ("/%c0%ae%c0%ae/secret.html", 404, None),
        ("/%252e%252e/secret.html", 404, None),
        ("//secret.html", 404, None),
        ("/x" + "y" * 300 + ".html", 404, None),
        ("/a%00.html", 400, None),
    ],
)
def test_files_come_from_the_directory_and_from_nowhere_else(
    port: CommandPort, html: Path, target: str, status: int, content: bytes | None
) -> None:
    assert (html.parent / "secret.html").exists()
    found, body = ask(port, "GET", target)
    assert found == status
    if content is not None:
        assert body == content
    assert b"secret" not in body


def test_a_link_inside_is_followed_although_it_goes_up_on_its_way(port: CommandPort, html: Path) -> None:
    (html / "folder" / "back.html").symlink_to("../index.html")
    assert ask(port, "GET", "/folder/back.html") == (200, b"start")


def test_a_large_file_has_its_length_and_a_head_only_that(port: CommandPort, html: Path) -> None:
    connection = client(port)
    for method, expected in (("GET", (html / "large.bin").read_bytes()), ("HEAD", b"")):
        connection.request(method, "/large.bin")
        answer = connection.getresponse()
        assert (answer.getheader("Content-Length"), answer.read()) == ("1000000", expected)
    connection.close()


def test_open_files_are_closed(port: CommandPort, html: Path) -> None:
    def opened() -> int:
        return sum(str(html) in os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
                   if os.path.islink(f"/proc/self/fd/{number}"))

    for _ in range(5):
        ask(port, "GET", "/large.bin")
        ask(port, "HEAD", "/large.bin")
        ask(port, "GET", "/pipe.html")
        with plain(port) as connection:
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(10)
    wait_for(lambda: opened() == 0)
