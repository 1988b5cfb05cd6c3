"""Every way to an engine, and who is let in on which: bare XML, TLS, HTTP, UDP, the command line.

One engine for all of it. Peers with other rights are other addresses of this machine.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import select
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import tables
from models.connect import create, reading
from stellwerk.client import Client, HttpClient, HttpStatus, connect
from stellwerk.command_line import command
from tests.support.answers_schema import check_answer
from tests.support.certificates import Authority
from tests.support.engine import EngineProcess
from tests.support.ports import held_port

LOCAL, INFO, SIGNAL, NONE, STRANGER = (f"127.0.0.{number}" for number in range(1, 6))
#: where the further port for HTTP is
FURTHER = "127.0.0.9"
LOG_LINES = 30
CONFIG = """<?xml version="1.0"?>
<spooler>
  <config tls_certificate="{0}/server.pem" tls_key="{0}/server.key" tls_client_ca="{0}/clients.pem">
    <security ignore_unknown_hosts="yes">
      <allowed_host host="127.0.0.1" level="all"/><allowed_host host="127.0.0.2" level="info"/>
      <allowed_host host="127.0.0.3" level="signal"/><allowed_host host="127.0.0.4" level="none"/>
      <allowed_certificate subject="ops" level="all"/><allowed_certificate subject="look" level="info"/>
    </security>
    <limits answer_seconds="3" unfinished_seconds="3" log_lines="{1}" document_bytes="1000000" http_body_bytes="20000"
            connections="1000" connections_per_host="1000"/>
    <http_server>
      <http.authentication><http.tokens>
        <http.token name="ci" sha256="{2}" level="all"/><http.token name="look" sha256="{3}" level="info"/>
        <http.token name="shut" sha256="{4}" level="none"/>
      </http.tokens></http.authentication>
      <http_directory url_path="/" path="../html"/>
    </http_server>
    <commands><add_order job_chain="/chain" id="by-file" at="never"/></commands>
  </config>
</spooler>
"""
CHAIN = """<job_chain><job_chain_node state="1" job="step"/><job_chain_node.end state="done"/></job_chain>"""
CI, LOOK, SHUT = "token-of-ci", "token-of-look", "token-of-nobody"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[EngineProcess]:
    directory = tmp_path_factory.mktemp("engine")
    digests = [hashlib.sha256(token.encode()).hexdigest() for token in (CI, LOOK, SHUT)]
    with EngineProcess(directory) as engine:
        engine.config.write_text(CONFIG.format(authority.directory, LOG_LINES, *digests))
        (directory / "html").mkdir()
        (directory / "html" / "index.html").write_text("hello")
        (directory / "secret.html").write_text("xyzzy")
        engine.shell_job("/work", "exit 0")
        engine.shell_job("/step", "exit 0", 'order="yes"')
        engine.chain("/chain", CHAIN)
        by_option = '-cmd=<add_order job_chain="/chain" id="by-option" at="never" title="Größe €"/>'
        yield engine.start("-tls-port=0", f"-http-port={FURTHER}:{held_port(FURTHER)}", by_option)
        assert engine.alive
        assert "Traceback" not in engine.stdout + engine.stderr


def test_a_further_port_for_http_speaks_all_that_the_command_port_speaks(engine: EngineProcess) -> None:
    port = int(engine.command("<show_state/>").get("http_port") or 0)
    for url in ("jobscheduler/engine/command", "jobscheduler/master/api/command"):
        with HttpClient(FURTHER, port, path=f"/{url}", token=CI) as client:
            assert client.execute("<show_state/>").element.get("id") == "test"
    with Client(FURTHER, port) as client:
        assert client.execute("<show_state/>").element.get("http_port") == str(port)


def open_tcp(engine: EngineProcess, source: str = LOCAL) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", engine.port), 20, (source, 0))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def receive(client: socket.socket, count: int = 1) -> list[bytes]:
    "So many answers, or fewer when the connection ends."
    data = b""
    while data.count(b"\0") < count and (part := client.recv(1 << 18)):
        data += part
    return data.split(b"\0")[:-1]


def ended(client: socket.socket) -> bool:
    "Whether the connection ends without a byte."
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def roots(answers: list[bytes]) -> list[str]:
    found = []
    for answer in answers:
        first = check_answer(answer).find("answer")[0]
        found.append(first.get("code") if first.tag == "ERROR" else first.tag)
    return found


def has_order(engine: EngineProcess, order: str) -> bool:
    answer = engine.command('<show_job_chain job_chain="/chain" what="job_chain_orders"/>')
    return answer.find(f".//order[@id='{order}']") is not None


# -- framing


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"s\r\n", ["state"]),
        (b'show_state what="folders"\n', ["state"]),
        (b"<s/>", ["state"]),
        (b" \0\r\n<s/>\0\0\n", ["state"]),
        (b"<s\n/><s></s>\r\n <s/> s\n", ["state"] * 4),
        (b'<?xml version="1.0" encoding="utf-8"?>\n<!-- > --><spooler>\n<s/>\n</spooler>', ["state"]),
        ("﻿<show_job job='/wörk'/>".encode(), ["SCHEDULER-161"]),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><show_job job="/w\xf6rk"/>', ["SCHEDULER-161"]),
        (b'<?xml version="1.0" encoding="utf-8"?><show_job job="/w\xf6rk"/>', ["SCHEDULER-161"]),
        (b"<a></b><s/>", ["Z-JAVA-105", "state"]),
        (b"<!DOCTYPE s []><s/>\n<s/>", ["Z-JAVA-105", "state"]),
        (b"<s>" + b"x" * 1_000_001 + b"</s><s/>", ["STELLWERK-001", "state"]),
        (b"<a>" * 200 + b"</a>" * 200 + b"<s/>", ["STELLWERK-002", "state"]),
        (b"<spooler><s/><s/></spooler>", ["SCHEDULER-319"]),
        (b"<commands/>", ["SCHEDULER-353"]),
        (b"<s/>\x04<s/>", ["state"]),
        (b"<s/><s", ["state"]),
    ],
)
def test_what_arrives_is_answered_in_order_also_behind_a_half_close(
    engine: EngineProcess, sent: bytes, expected: list[str]
) -> None:
    with open_tcp(engine) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        assert roots(receive(client, 100)) == expected


def test_an_answer_is_one_line_and_indented_for_clients_whose_lines_end_with_cr_lf(engine: EngineProcess) -> None:
    with open_tcp(engine) as client:
        client.sendall(b"<s/>\n")
        (plain,) = receive(client)
        client.sendall(b"<show_job job='/\xe6\xbc\xa2'/>\r\n")
        (refused,) = receive(client)
        client.sendall(b"<s/>")
        (indented,) = receive(client)
    assert plain.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert b"\n" not in plain.strip()
    assert b"\n    <answer " in indented
    assert b"&#28450;" in refused


def test_nobody_says_anything_before_the_client_and_empty_lines_are_not_answered(engine: EngineProcess) -> None:
    with open_tcp(engine) as client:
        client.sendall(b"\r\n")
        client.sendall(b"\n")
        assert not select.select([client], [], [], 0.1)[0]
        client.sendall(b"<s/>")
        assert roots(receive(client)) == ["state"]
        client.sendall(b"\x04")
        assert client.recv(1) == b""


# -- who is let in


def test_every_address_has_its_level(engine: EngineProcess) -> None:
    with open_tcp(engine, INFO) as client:
        client.sendall(b"<s/><start_job job='/work'/><add_order job_chain='/chain' id='x'/>")
        assert roots(receive(client, 3)) == ["state"] + ["SCHEDULER-121"] * 2
    for source in (SIGNAL, NONE, STRANGER):
        for request in (b"<s/>", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
            with open_tcp(engine, source) as client:
                client.sendall(request)
                assert ended(client)
    assert engine.stdout.count("SCHEDULER-287") >= 3


def test_datagrams_are_executed_without_an_answer_if_their_sender_may(engine: EngineProcess) -> None:
    for source in (STRANGER, NONE, SIGNAL, INFO, LOCAL):
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            for request in ("<nonsense", f'<add_order job_chain="/chain" id="udp-{source}" at="never"/>'):
                sender.sendto(request.encode(), ("127.0.0.1", engine.ready["udp_port"]))
            if source == LOCAL:
                engine.wait_until(lambda: has_order(engine, f"udp-{LOCAL}"), what="the order")
                assert not select.select([sender], [], [], 0)[0]
    assert not any(has_order(engine, f"udp-{source}") for source in (STRANGER, NONE, SIGNAL, INFO))
    assert engine.stdout.count("SCHEDULER-301") == 2
    assert "SCHEDULER-121" in engine.stdout


def test_on_the_port_with_tls_the_certificate_has_the_level(engine: EngineProcess, authority: Authority) -> None:
    expected = {"ops": ["state", "ok"], "look": ["state", "SCHEDULER-121"], "somebody": []}
    for name, answers in expected.items():
        context = authority.context(authority.client_file(name))
        with (
            socket.create_connection(("127.0.0.1", engine.ready["tls_port"]), 20, (STRANGER, 0)) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            client.sendall(b"<s/><start_job job='/work'/>")
            assert roots(receive(client, 2)) == answers
    with pytest.raises((ssl.SSLError, ConnectionError)):
        without_certificate(engine, authority)


def without_certificate(engine: EngineProcess, authority: Authority) -> None:
    "With TLS 1.3 the client learns only afterwards that one would have been needed."
    with (
        socket.create_connection(("127.0.0.1", engine.ready["tls_port"]), 20) as plain,
        authority.context().wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"<s/>")
        client.recv(1)


# -- HTTP


def ask(engine: EngineProcess, method: str, target: str, body: bytes | None = None, token: str = CI, **more: str):
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request(method, target, body, headers | more)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/", b"<s/>"),
        ("POST", "/jobscheduler/engine/command/", b"<s/>\r\n"),
        ("POST", "/jobscheduler/master/api/command", b'<?xml version="1.0" encoding="iso-8859-1"?><s/>'),
        ("GET", "/%3Cshow_state/%3E", None),
        ("GET", "/jobscheduler/master/api/command?command=%3Cs/%3E", None),
    ],
)
def test_commands_come_over_http_under_all_usual_addresses(
    engine: EngineProcess, method: str, target: str, body: bytes | None
) -> None:
    status, answer = ask(engine, method, target, body)
    assert status == 200
    assert not answer.endswith(b"\0")
    assert roots([answer]) == ["state"]


def test_a_token_has_its_level_whatever_the_address_may_and_nobody_asks_without(engine: EngineProcess) -> None:
    start = b"<start_job job='/work'/>"
    assert roots([ask(engine, "POST", "/", start)[1]]) == ["ok"]
    assert roots([ask(engine, "POST", "/", start, LOOK)[1]]) == ["SCHEDULER-121"]
    assert ask(engine, "POST", "/", start, SHUT)[0] == 403
    for token in ("", "wrong"):
        assert ask(engine, "POST", "/", start, token)[0] == 401
    status, config = ask(engine, "GET", "/show_config?", token=LOOK)
    assert status == 200
    assert hashlib.sha256(CI.encode()).hexdigest().encode() not in config


OUTSIDE = [
    "/../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html", "/%2e%2e%2fsecret.html", "/..%5csecret.html",
    "/%252e%252e/secret.html", "/a/../../secret.html", "/./../secret.html", "/..;/secret.html", "/.../secret.html",
    "//secret.html", "/%c0%ae%c0%ae/secret.html", "/index.html%00/../../secret.html", "/..%00/secret.html",
    "http://x/../secret.html", "/jobscheduler/engine-cpp/../secret.html", "/jobscheduler/engine-cpp/%2e%2e/secret.html",
    "/show_log?job=/../../secret", "/show_log?job=%2f..%2f..%2fsecret", "/show_log?order=../x&job_chain=/../secret",
    "/job_description?job=..%2f..%2fsecret", "/show_log?task=../../secret",
]  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_address_leads_out_of_the_directories(engine: EngineProcess, target: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
    try:
        connection.putrequest("GET", target, skip_accept_encoding=True)
        connection.putheader("Authorization", f"Bearer {CI}")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status in (400, 403, 404), target
        assert b"xyzzy" not in answer.read()
    finally:
        connection.close()


HEAD = f"Host: localhost\r\nAuthorization: Bearer {CI}\r\n"
INNER = f"POST / HTTP/1.1\r\n{HEAD}Content-Length: 24\r\n\r\n<start_job job='/none'/>"


@pytest.mark.parametrize(
    ("head", "body", "statuses"),
    [
        ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", f"0\r\n\r\n{INNER}", ["400"]),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", f"0\r\n\r\n{INNER}", ["400"]),
        ("Transfer-Encoding : chunked\r\nContent-Length: 4\r\n", f"<s/>{INNER}", ["400"]),
        ("Transfer-Encoding: xchunked\r\n", f"0\r\n\r\n{INNER}", ["501"]),
        ("Content-Length: 4\r\nContent-Length: 5\r\n", f"<s/> {INNER}", ["400"]),
        ("Content-Length: +4\r\n", f"<s/>{INNER}", ["400"]),
        ("Content-Length: 4\n", f"<s/>{INNER}", ["400"]),
        ("Content-Length: 0x4\r\n", f"<s/>{INNER}", ["400"]),
        ("Content-Length: 4\r\n X: y\r\n", f"<s/>{INNER}", ["400"]),
        ("Transfer-Encoding: chunked\r\n", f"4\r\n<s/>\r\n0\r\n\r\n{INNER}", ["200"]),
        ("Transfer-Encoding: chunked\r\n", f"4\r\n<s/>\r\n0\r\nX: y\r\n\r\n{INNER}", ["400"]),
        ("Transfer-Encoding: chunked\r\n", "F" * 20 + f"\r\n<s/>{INNER}", []),
        ("Transfer-Encoding: chunked\r\n", "F" * 21 + f"\r\n<s/>{INNER}", ["400"]),
        ("Content-Length: 99999\r\n", "", ["413"]),
        ("Content-Length: 4\r\n", f"<s/>{INNER}", ["200", "200"]),
    ],
)
def test_no_request_hides_in_another(engine: EngineProcess, head: str, body: str, statuses: list[str]) -> None:
    "Whatever is not certainly the beginning of the next request is never looked at."
    with open_tcp(engine) as client:
        client.sendall(f"POST / HTTP/1.1\r\n{HEAD}{head}\r\n{body}".encode())
        client.shutdown(socket.SHUT_WR)
        data = b""
        while part := client.recv(1 << 16):
            data += part
    assert [line.split()[1].decode() for line in data.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")] == statuses


# -- clients of the house


def test_the_command_line_reaches_the_engine_in_every_way(
    engine: EngineProcess, authority: Authority, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ca, tls_port = f"-ca={authority.server_file()}", engine.ready["tls_port"]
    certificate = f"-certificate={authority.client_file('ops')}"
    token = tmp_path / "token"
    token.write_text(f"{CI}\n")
    ways = [
        [f"-port={engine.port}"],
        [f"-tls-port={tls_port}", ca, certificate],
        [f"-http-port={engine.port}", f"-token-file={token}"],
        [f"-url=https://localhost:{tls_port}/x", ca, certificate, f"-token-file={token}"],
    ]
    for way in ways:
        assert command(["s", *way], {}) == 0
        assert "<state " in capsys.readouterr().out
        assert command(["<show_job job='/none'/>", *way], {}) == 1
        assert "SCHEDULER-161" in capsys.readouterr().out
    assert command(["s", f"-http-port={engine.port}"], {"STELLWERK_TOKEN": "wrong"}) == 2
    assert "401" in capsys.readouterr().err
    assert command(['<add_order job_chain="/chain" id="cli" at="never"/>', f"-udp-port={engine.port}"], {}) == 0
    engine.wait_until(lambda: has_order(engine, "cli"), what="the order of the datagram")
    done = subprocess.run(
        [sys.executable, "-m", "stellwerk.cli", "command", "s", *ways[1]], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "<state " in done.stdout, done.stderr) == (0, True, "")


def test_the_log_says_by_which_certificate_token_or_address_a_command_came(
    engine: EngineProcess, authority: Authority
) -> None:
    unstop = '<modify_job job="/work" cmd="unstop"/>'
    certificate = [f"-ca={authority.server_file()}", f"-certificate={authority.client_file('ops')}"]
    assert command([unstop, f"-tls-port={engine.ready['tls_port']}", "-ip-address=localhost", *certificate], {}) == 0
    assert command([unstop, f"-http-port={engine.port}"], {"STELLWERK_TOKEN": CI}) == 0
    log = (engine.log_dir / "scheduler.log").read_text()
    assert re.search(r"127\.0\.0\.1 \(certificate [^\n]+=[^\n]+\): <modify_job>", log)
    assert "127.0.0.1 (token ci): <modify_job>" in log
    assert CI not in log


def test_what_a_command_starts_keeps_the_client_that_gave_it_and_a_task_its_host(
    engine: EngineProcess, authority: Authority
) -> None:
    order = '<add_order job_chain="/chain" id="{}" at="never"/>'
    with open_tcp(engine) as client:
        client.sendall(f"{order.format('of-tcp')}<start_job job='/work' name='of-tcp'/>".encode())
        assert roots(receive(client, 2)) == ["ok", "ok"]
    assert roots([ask(engine, "POST", "/", order.format("of-http").encode())[1]]) == ["ok"]
    certificate = [f"-ca={authority.server_file()}", f"-certificate={authority.client_file('ops')}"]
    tls = [f"-tls-port={engine.ready['tls_port']}", "-ip-address=localhost", *certificate]
    assert command([order.format("of-tls"), *tls], {}) == 0
    assert command([order.format("of-udp"), f"-udp-port={engine.port}"], {}) == 0
    engine.wait_until(lambda: has_order(engine, "of-udp"), what="the order of the datagram")
    o, t = tables.orders.c, tables.tasks.c
    database = create(engine.database_url, "reader")

    def started() -> tuple[str, str] | None:
        with reading(database) as connection:
            found = sa.select(t.client, t.host).where(t.name == "of-tcp", t.started_at.is_not(None))
            row = connection.execute(found).first()
            return (row.client, row.host) if row is not None else None

    assert engine.wait_until(started, what="the task") == (LOCAL, engine.command("<show_state/>").get("host"))
    with reading(database) as connection:
        clients = {row.order_id: row.client for row in connection.execute(sa.select(o.order_id, o.client))}
    database.dispose()
    assert {name: clients[name] for name in ("by-file", "by-option", "of-tcp", "of-udp", "of-http")} == {
        "by-file": "configuration", "by-option": "command line", "of-tcp": LOCAL, "of-udp": LOCAL,
        "of-http": f"{LOCAL} (token ci)",
    }  # fmt: skip
    assert clients["of-tls"].startswith(f"{LOCAL} (certificate ")


def test_commands_of_the_start_and_commands_that_the_engine_program_sends(engine: EngineProcess) -> None:
    assert has_order(engine, "by-file")
    assert has_order(engine, "by-option")
    lines = engine.stdout.splitlines()
    begin, end = (next(n for n, line in enumerate(lines) if line.startswith(tag)) for tag in ("<?xml", "</spooler>"))
    answer = check_answer("\n".join(lines[begin : end + 1]).encode())
    assert answer.find("answer/ok/order").get("title") == "Größe €"
    assert lines[begin + 1 : begin + 3] == ["<spooler>", lines[begin + 2]]
    assert lines[begin + 2].startswith("    <answer")
    assert all(json.loads(line)["event"] for line in lines[:begin] + lines[end + 1 :])
    send = [*engine.command_line()[:4], "-send-cmd=<show_job job='/none'/>"]
    for port, status in ((f"-tcp-port={engine.port}", "SCHEDULER-161"), (f"-http-port={engine.port}", "401")):
        done = subprocess.run([*send, port], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert status in done.stdout + done.stderr


def test_the_client_module_is_told_a_refusal_as_a_status(engine: EngineProcess) -> None:
    with connect(f"http://127.0.0.1:{engine.port}/", token="wrong") as client, pytest.raises(HttpStatus):
        client.execute("<s/>")


# -- limits


def test_a_thousand_idle_connections_delay_nobody(engine: EngineProcess) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(open_tcp(engine, INFO if number % 2 else LOCAL)) for number in range(950)]
        with open_tcp(engine) as client:
            for _ in range(100):
                client.sendall(b"<s/>")
                assert roots(receive(client)) == ["state"]
        idle[0].sendall(b"<s/>")
        assert roots(receive(idle[0])) == ["state"]


def test_clients_that_do_not_end_their_documents_or_take_no_answers_are_cut_off(engine: EngineProcess) -> None:
    with open_tcp(engine) as unfinished, open_tcp(engine) as deaf:
        unfinished.sendall(b"<show_state")
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"<show_state/>" * 4000)
        assert ended(unfinished)
        engine.wait_until(lambda: "does not take its answer" in engine.stdout, what="the end of the deaf connection")


def test_commands_of_one_peer_write_only_so_many_lines(engine: EngineProcess) -> None:
    def lines() -> int:
        return engine.stdout.count("127.0.0.1: <modify_job>")

    before = lines()
    with open_tcp(engine) as client:
        client.sendall(b"<modify_job job='/work' cmd='unstop'/>" * 200)
        assert len(receive(client, 200)) == 200
    assert lines() - before <= LOG_LINES
