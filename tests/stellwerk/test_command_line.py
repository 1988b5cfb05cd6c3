"`stellwerk command`: options, exit status, and what it prints."

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys

import pytest
from lxml import etree

from stellwerk.command_line import command
from tests.support.command_server import CommandServer, refusal
from tests.support.ports import held_port

NOTHING: dict[str, str] = {}


def test_the_answer_is_printed_indented_or_as_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    with CommandServer(lambda c: f"<{c.tag}><a/></{c.tag}>") as server:
        assert command(["<s/>", f"-port={server.port}"], NOTHING) == 0
        assert "        <s>\n            <a/>\n" in capsys.readouterr().out
        assert command(["<s/>", f"-tcp-port={server.port}", "-raw"], NOTHING) == 0
        assert "<s><a/></s>" in capsys.readouterr().out


def test_a_raw_answer_is_the_same_document_whatever_standard_output_is_taken_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with CommandServer(lambda c: "<s title='Größe €'/>") as server:
        assert command(["<s/>", f"-port={server.port}", "-raw"], NOTHING) == 0
        printed = capsys.readouterr().out.strip()
        assert printed.isascii()
        assert etree.fromstring(printed.encode()).find(".//s").get("title") == "Größe €"


def test_a_reader_that_has_had_enough_is_no_mistake() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with CommandServer(lambda c: f"<s>{'<a/>' * 50_000}</s>") as server:
        words = [sys.executable, "-m", "stellwerk.cli", "command", "s", f"-port={server.port}"]
        done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["s"], ["<s/>"], ["-"]])
def test_the_command_may_be_bare_words_or_come_from_standard_input(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n<s/>\n")))
    with CommandServer() as server:
        assert command([*words, f"-url=tcp://127.0.0.1:{server.port}"], NOTHING) == 0
        assert [each.tag for each in server.commands] == ["s"]


@pytest.mark.parametrize("document", ["<s", "<s what='a/>", "<commands><s/>", "<!-- ", "<s><![CDATA[</s>"])
def test_a_command_that_is_not_closed_is_not_sent(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    with CommandServer() as server:
        assert command([document, f"-port={server.port}"], NOTHING) == 2
        assert "not complete" in capsys.readouterr().err
        assert server.commands == []


def test_an_error_is_told_by_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with CommandServer(lambda c: refusal("SCHEDULER-161", "There is no job")) as server:
        assert command(["<show_job/>", f"-port={server.port}"], NOTHING) == 1
        assert "SCHEDULER-161" in capsys.readouterr().out


def test_without_an_answer_there_is_another_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    port = held_port()
    assert command(["<s/>", f"-port={port}", "-timeout=5"], NOTHING) == 2
    assert str(port) in capsys.readouterr().err


def test_a_datagram_is_not_answered() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        assert command(["check_folders", f"-udp-port={receiver.getsockname()[1]}"], NOTHING) == 0
        assert receiver.recv(5000) == b"<check_folders/>"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["<a/>", "<b/>"],
        ["<a/>", "-port=x"],
        ["<a/>", "-port=70000"],
        ["<a/>", "-nonsense=1"],
        ["<a/>", "-timeout=0"],
        ["<a/>", "-url=ftp://x"],
        ["<a/>", "-url="],
        ["<a/>", "-raw=x"],
        ["<a/>", "-tls-port=1", "-ca=/no/such/file"],
        ["<a/>", "-http-port=1", "-token-file=/no/such/file"],
    ],
)
def test_wrong_use_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(words, NOTHING) == 2
    assert capsys.readouterr().err


def test_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["--help"], NOTHING) == 0
    assert "-token-file" in capsys.readouterr().out
