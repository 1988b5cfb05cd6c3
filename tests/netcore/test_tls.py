"""The port with TLS, on the real network of this machine."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from twisted.internet.defer import Deferred, succeed

from netcore.certificate_levels import CertificateLevels
from netcore.command_port import CommandPort
from netcore.hosts import HostLevels
from netcore.tls import TlsServer, is_readable_by_others
from scheduler.definitions import AllowedCertificate, AllowedHost, TlsFiles
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import Limits
from scheduler.xml.element import Element
from tests.support.certificates import Authority
from tests.support.reactor import in_reactor, running_reactor, wait_for

LOCAL = "127.0.0.1"
BIG = 3_000_000


def execute(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
    if isinstance(request, WorkloadError):
        return succeed(request.code.code)
    if request.tag == "big":
        return succeed(f"<big>{'x' * BIG}</big>")
    return succeed(f"<{request.tag} level='{level.word}'/>")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


class Opened:
    "A port with TLS; `levels` are those of certificates, None: addresses count."

    def __init__(self, authority: Authority, levels: dict[str, str] | None, **limits: float) -> None:
        entries = [AllowedCertificate(subject, level) for subject, level in (levels or {}).items()]
        self.authority = authority
        hosts = HostLevels([AllowedHost(LOCAL, "info")])
        self.port = CommandPort(running_reactor(), hosts.level_of, execute, lambda: None, Limits(**limits))
        self.tls = TlsServer(authority.files(clients=levels is not None))
        certificates = CertificateLevels(entries) if entries else None
        self.number: int = in_reactor(self.port.listen_tls, 0, LOCAL, self.tls, certificates)

    def connect(self, client_file: str | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection((LOCAL, self.number), timeout=20)
        return self.authority.context(client_file).wrap_socket(plain, server_hostname=LOCAL)

    def asked(self, client_file: str | None = None) -> bytes:
        with self.connect(client_file) as client:
            client.sendall(b"<s/>")
            return receive(client)


@pytest.fixture
def opened(authority: Authority) -> Iterator[Opened]:
    made = Opened(authority, None)
    yield made
    in_reactor(made.port.stopService)


@pytest.fixture
def hasty(authority: Authority) -> Iterator[Opened]:
    made = Opened(authority, None, handshake_seconds=0.3)
    yield made
    in_reactor(made.port.stopService)


@pytest.fixture
def strict(authority: Authority) -> Iterator[Opened]:
    made = Opened(authority, {"ops": "all", "CN=look,O=Example": "info", "shut": "none"})
    yield made
    in_reactor(made.port.stopService)


def receive(client: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\0") and (part := client.recv(1 << 18)):
        data += part
    return data


def test_the_same_dialogue_is_led_and_the_address_says_the_level(opened: Opened) -> None:
    with opened.connect() as client:
        assert client.version() in ("TLSv1.2", "TLSv1.3")
        client.sendall(b"<a/><b/>\r\ns\n")
        data = receive(client)
        while data.count(b"\0") < 3:
            data += receive(client)
        assert [part.split(b"?>")[-1].strip() for part in data.split(b"\0")[:-1]] == [
            b"<a level='info'/>", b"<b level='info'/>", b"<s level='info'/>",
        ]  # fmt: skip


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_present_versions_are_spoken(opened: Opened, version: ssl.TLSVersion) -> None:
    context = opened.authority.context()
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((LOCAL, opened.number), 20) as plain,
        context.wrap_socket(plain, server_hostname=LOCAL) as client,
    ):
        assert client.version() == version.name.replace("_", ".")


def client_hello(version: int) -> bytes:
    "By hand, because the libraries of today do not speak old versions any more."

    def sized(data: bytes, width: int) -> bytes:
        return len(data).to_bytes(width, "big") + data

    ciphers = bytes.fromhex("c009c00ac013c014002f0035")
    groups = bytes.fromhex("000a") + sized(sized(bytes.fromhex("001700180019"), 2), 2)
    formats = bytes.fromhex("000b") + sized(sized(b"\0", 1), 2)
    hello = version.to_bytes(2, "big") + bytes(32) + sized(b"", 1) + sized(ciphers, 2) + sized(b"\0", 1)
    handshake = b"\x01" + sized(hello + sized(groups + formats, 2), 3)
    return b"\x16\x03\x01" + sized(handshake, 2)


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302])
def test_old_versions_are_refused(opened: Opened, version: int) -> None:
    with socket.create_connection((LOCAL, opened.number), 20) as client:
        client.sendall(client_hello(version))
        answer = client.recv(4096)
    alert, protocol_version = 21, 70
    assert (answer[0], answer[-1]) == (alert, protocol_version)


def test_a_large_answer_arrives_whole_and_the_next_one_after_it(opened: Opened) -> None:
    with opened.connect() as client:
        client.sendall(b"<big/>" * 3)
        for _ in range(3):
            data = receive(client)
            while not data.endswith(b"\0"):
                data += receive(client)
        client.sendall(b"<s/>")
        assert b"<s " in receive(client)


def test_http_is_spoken_over_tls(opened: Opened) -> None:
    client = http.client.HTTPSConnection(LOCAL, opened.number, timeout=20, context=opened.authority.context())
    for _ in range(2):
        client.request("POST", "/", b"<s/>")
        answer = client.getresponse()
        assert (answer.status, b"info" in answer.read()) == (200, True)
    client.request("POST", "/", b"<s/>", {"Connection": "close"})
    assert b"info" in client.getresponse().read()
    client.close()


def test_an_answer_of_http_that_ends_the_connection_arrives_whole(opened: Opened) -> None:
    with opened.connect() as client:
        client.sendall(b"POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\n<big/>")
        data = b""
        while part := client.recv(1 << 18):
            data += part
    assert data.count(b"x") >= BIG


@pytest.mark.parametrize(
    ("names", "common_name", "level"),
    [
        (["ops@example.org"], "ops", b"'all'"),
        (["ops"], None, b"'all'"),
        (["x.example.org"], "look", b""),
        (["shut"], None, b""),
        (["anybody.example.org"], None, b""),
    ],
)
def test_a_certificate_says_the_level(
    strict: Opened, names: list[str], common_name: str | None, level: bytes
) -> None:
    answer = strict.asked(strict.authority.client_file(*names, common_name=common_name))
    assert answer == b"" if not level else level in answer


def test_without_a_certificate_of_the_right_authority_nobody_gets_in(strict: Opened) -> None:
    stranger = strict.authority.client_file("ops", by=trustme.CA())
    for file in (None, stranger):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            strict.asked(file)
    assert b"'all'" in strict.asked(strict.authority.client_file("ops"))


def test_a_certificate_is_needed_even_when_no_levels_are_given_to_certificates(authority: Authority) -> None:
    opened = Opened(authority, {})
    try:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            opened.asked()
        assert b"'info'" in opened.asked(authority.client_file("whoever"))
    finally:
        in_reactor(opened.port.stopService)


@pytest.mark.parametrize("data", [b"", b"\x16\x03\x01\x02", b"<show_state/>", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 5000])
def test_whoever_does_not_get_through_the_handshake_is_cut_off(hasty: Opened, data: bytes) -> None:
    with socket.create_connection((LOCAL, hasty.number), 20) as client:
        client.sendall(data)
        try:
            while client.recv(4096):
                pass
        except ConnectionError:
            pass
    wait_for(lambda: hasty.port.connections == 0)


def test_a_client_that_leaves_without_a_word_is_forgotten(opened: Opened) -> None:
    client = opened.connect()
    client.sendall(b"<big/>" * 20)
    client.close()
    wait_for(lambda: opened.port.connections == 0)


def test_ctrl_d_and_the_end_of_the_port_end_the_connection(opened: Opened) -> None:
    with opened.connect() as leaving, opened.connect() as staying:
        leaving.sendall(b"<s/>\x04")
        assert b"<s " in receive(leaving)
        assert leaving.recv(1) == b""
        staying.sendall(b"<s/>")
        assert b"<s " in receive(staying)
        in_reactor(opened.port.stopService)
        assert staying.recv(1) == b""


def test_a_renewed_certificate_is_used_without_a_restart_and_a_faulty_one_is_not(authority: Authority) -> None:
    opened = Opened(authority, None)

    def shown() -> int:
        with opened.connect() as client:
            return int(client.getpeercert()["serialNumber"], 16)  # type: ignore[index, arg-type, call-overload]

    try:
        first = shown()
        serial = authority.renew()
        assert shown() == serial != first
        good = authority.certificate.read_bytes()
        authority.certificate.write_bytes(good[: len(good) // 2])
        assert shown() == serial
        authority.certificate.write_bytes(good)
        assert shown() == serial
    finally:
        in_reactor(opened.port.stopService)


def test_faulty_files_are_refused_by_their_names(authority: Authority, tmp_path: Path) -> None:
    good = authority.files()
    other = Authority(tmp_path)
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    for files in (
        TlsFiles(str(tmp_path / "missing.pem"), good.key),
        TlsFiles(str(nonsense), good.key),
        TlsFiles(good.certificate, str(nonsense)),
        TlsFiles(good.certificate, str(other.key)),
        TlsFiles(good.certificate, good.key, str(nonsense)),
    ):
        with pytest.raises(WorkloadError) as caught:
            TlsServer(files)
        assert caught.value.code is Code.BAD_TLS
        assert str(tmp_path) in caught.value.text


def test_a_key_that_everybody_can_read_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    assert not is_readable_by_others(str(file))
    os.chmod(file, 0o644)
    assert is_readable_by_others(str(file))
