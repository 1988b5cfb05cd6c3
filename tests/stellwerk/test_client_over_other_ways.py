"The client over TLS, HTTP and UDP, against the real port."

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed

from netcore.command_port import CommandPort
from netcore.hosts import HostLevels
from netcore.http_site import HttpSite
from netcore.tls import TlsServer
from scheduler.definitions import HttpServer, HttpToken, HttpUser
from scheduler.errors import WorkloadError
from scheduler.protocol.http_limits import HttpLimits
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element
from stellwerk.client import (
    Client,
    ClientError,
    ConnectFailed,
    HttpClient,
    HttpStatus,
    NoAnswer,
    connect,
    send_datagram,
)
from tests.support.certificates import Authority
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.waiting import PATIENCE

LOCAL = "127.0.0.1"
TOKEN = "s3cret"
SERVER = HttpServer(
    users=(HttpUser("anna", hashlib.md5(b"p\xc3\xa4", usedforsecurity=False).hexdigest(), "info"),),
    tokens=(HttpToken("ci", hashlib.sha256(TOKEN.encode()).hexdigest(), "no_add"),),
)


def execute(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
    if isinstance(request, WorkloadError):
        return succeed(f'<spooler><answer><ERROR code="{request.code.code}" text="x"/></answer></spooler>')
    if request.tag == "never":
        return Deferred()
    if request.tag == "nonsense":
        return succeed("<spooler>")
    title = request.get("title") * int(request.get("times") or 1)
    return succeed(f'<spooler><answer><{request.tag} level="{level.word}" title="{title}"/></answer></spooler>')


class Ports:
    def __init__(self, directory: Path) -> None:
        self.authority = Authority(directory)
        self.port = CommandPort(running_reactor(), HostLevels([]).level_of, execute, lambda: None)
        limits = HttpLimits(denial_seconds=0.01)
        self.port.make_site = lambda: HttpSite(running_reactor(), execute, limits, server=SERVER)
        self.plain: int = in_reactor(self.port.listen, 0, LOCAL)
        self.tls: int = in_reactor(self.port.listen_tls, 0, LOCAL, TlsServer(self.authority.files()))
        self.context = self.authority.context()


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    made = Ports(tmp_path_factory.mktemp("certificates"))
    yield made
    in_reactor(made.port.stopService)


@pytest.mark.parametrize("scheme", ["tcp", "tls", "http", "https"])
def test_every_way_carries_any_number_of_commands(ports: Ports, scheme: str) -> None:
    number = ports.tls if scheme in ("tls", "https") else ports.plain
    with connect(f"{scheme}://{LOCAL}:{number}/x", tls=ports.context, token=TOKEN, timeout=PATIENCE) as client:
        for title in ("a", "ä", "漢"):
            answer = client.execute(f'<s title="{title}" times="3"/>').raise_for_error()
            assert answer.element.get("title") == 3 * title
        latin = '<?xml version="1.0" encoding="iso-8859-1"?><s title="ä"/>'.encode("iso-8859-1")
        assert client.execute(latin).element.get("title") == "ä"
        assert len(str(client.execute('<s title="0123456789" times="100000"/>').element.get("title"))) == 1_000_000
        assert client.execute("<a><b></a>").error == ("Z-JAVA-105", "x")


@pytest.mark.parametrize(
    ("who", "level"), [({"token": TOKEN}, "no_add"), ({"user": "anna", "password": "pä"}, "info")]
)
def test_over_http_one_says_who_one_is(ports: Ports, who: dict[str, str], level: str) -> None:
    with HttpClient(LOCAL, ports.tls, PATIENCE, ports.context, **who) as client:  # type: ignore[arg-type]
        assert client.execute("<s/>").element.get("level") == level


@pytest.mark.parametrize("who", [{}, {"token": "x"}, {"user": "anna", "password": "x"}])
def test_whoever_is_not_known_learns_it_as_a_status(ports: Ports, who: dict[str, str]) -> None:
    with HttpClient(LOCAL, ports.plain, PATIENCE, **who) as client, pytest.raises(HttpStatus) as caught:  # type: ignore[arg-type]
        client.execute("<s/>")
    assert caught.value.status == 401


def test_a_certificate_that_cannot_be_checked_is_not_trusted_and_nothing_is_sent(ports: Ports) -> None:
    for scheme in ("tls", "https"):
        with connect(f"{scheme}://{LOCAL}:{ports.tls}", timeout=PATIENCE) as client, pytest.raises(ConnectFailed):
            client.execute("<s/>")


def test_silence_is_no_answer_over_http_too_and_the_next_command_has_a_new_connection(ports: Ports) -> None:
    with HttpClient(LOCAL, ports.plain, 0.3, token=TOKEN) as client:
        with pytest.raises(NoAnswer):
            client.execute("<never/>")
        assert client.execute("<s/>").element.tag == "s"


def test_an_answer_that_is_no_document_is_told(ports: Ports) -> None:
    with HttpClient(LOCAL, ports.plain, PATIENCE, token=TOKEN) as client, pytest.raises(ClientError):
        client.execute("<nonsense/>")


@pytest.mark.parametrize("http", [False, True])
def test_a_connection_that_the_engine_has_closed_meanwhile_is_opened_again(ports: Ports, http: bool) -> None:
    client = HttpClient(LOCAL, ports.plain, PATIENCE, token=TOKEN) if http else Client(LOCAL, ports.plain, 10)
    with client:
        client.execute("<s/>")
        for connection in list(ports.port._connections):
            in_reactor(connection.abort)
        wait_for(lambda: ports.port.connections == 0)
        assert client.execute("<s/>").element.tag == "s"


def test_a_datagram_is_sent_and_no_more_is_known() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind((LOCAL, 0))
        receiver.settimeout(10)
        send_datagram(LOCAL, receiver.getsockname()[1], '<check_folders x="ä"/>')
        assert receiver.recv(5000).decode() == '<check_folders x="ä"/>'
        with pytest.raises(ClientError):
            send_datagram(LOCAL, receiver.getsockname()[1], "<a>" + "x" * 5000 + "</a>")


@pytest.mark.parametrize("url", ["udp://h:1", "ftp://h", "h:1", "tcp://", ""])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        connect(url)


def test_without_a_port_it_is_the_usual_one() -> None:
    client = connect("tcp://h")
    assert isinstance(client, Client)
    assert (client.host, client.port) == ("h", 4444)
