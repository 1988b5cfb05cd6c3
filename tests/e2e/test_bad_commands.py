"""What is malformed, unknown, too large or dangerous gets one ERROR; nothing is executed, the engine lives on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from lxml import etree

from tests.support.answers_schema import check_answer
from tests.support.engine import EngineProcess

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><show_state what="&b;"/>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><show_state>&e;</show_state>'


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine")) as engine:
        engine.shell_job("/work", "exit 0")
        yield engine.start()


def answer(connection: socket.socket, request: bytes) -> etree._Element:
    connection.sendall(request)
    received = b""
    while not received.endswith(b"\0"):
        part = connection.recv(65536)
        assert part, "the connection was closed"
        received += part
    return check_answer(received[:-1]).find("answer")[0]


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"<show_state what='none'", None),
        (b"<show_state></show_stat>", "Z-JAVA-105"),
        (b"<nonsense/>", "SCHEDULER-105"),
        (b'<start_job job="/work" nonsense="1"/>', "SCHEDULER-232"),
        (b"<start_job/>", "SCHEDULER-231"),
        (b'<start_job job="/none"/>', "SCHEDULER-161"),
        (b'<start_job job="/../x"/>', "SCHEDULER-461"),
        (b'<start_job job="/work" at="soon"/>', "SCHEDULER-333"),
        (b'<start_job job="/work" force="maybe"/>', "Z-4002"),
        (b"<commands/>", "SCHEDULER-353"),
        (b"<spooler><show_state/><show_state/></spooler>", "SCHEDULER-319"),
        (b'<modify_job job="/work" cmd="dance"/>', "SCHEDULER-106"),
        (b'<show_state what="everything"/>', "SCHEDULER-164"),
        (BOMB, "Z-JAVA-105"),
        (OUTSIDE, "Z-JAVA-105"),
        (b"<a>" * 200 + b"</a>" * 200, "STELLWERK-002"),
        (b"<show_state what='" + b"x" * (17 << 20) + b"'/>", "STELLWERK-001"),
    ],
)
def test_one_error_and_the_connection_serves_the_next_command(
    engine: EngineProcess, request_bytes: bytes, code: str | None
) -> None:
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        if code is None:
            connection.sendall(request_bytes)
        else:
            refusal = answer(connection, request_bytes)
            assert (refusal.tag, refusal.get("code")) == ("ERROR", code)
            assert refusal.get("text", "").startswith(f"{code}  ")
            assert answer(connection, b'<show_state what="none"/>').tag == "state"
    assert engine.alive
    assert engine.command('<show_job job="/work"/>').get("all_tasks") == "0", "nothing was executed"


def test_a_list_stops_at_its_first_error_and_keeps_what_was_done(engine: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        connection.sendall(
            b'<commands><show_job job="/work"/><show_job job="/none"/><start_job job="/work"/></commands>'
        )
        received = b""
        while not received.endswith(b"\0"):
            received += connection.recv(65536)
    tags = [child.tag for child in check_answer(received[:-1]).find("answer")]
    assert tags == ["job", "ERROR"]
    assert engine.command('<show_job job="/work"/>').get("all_tasks") == "0"


def test_a_word_and_enter_is_a_command_and_its_answer_is_indented(engine: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        connection.sendall(b"s\r\n")
        received = b""
        while not received.endswith(b"\0"):
            received += connection.recv(65536)
    assert b"\n    <answer" in received
    assert b"\n        <state" in received
