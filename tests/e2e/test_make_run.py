"What `make run` starts: two processes that work, an account that is told once, an end without complaint."

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stellwerk.client import Client, ConnectFailed
from tests.support.engine import ROOT
from tests.support.ports import held_port
from tests.support.waiting import wait_until


class Running:
    "The process with its ports; `output` is what it has printed so far."

    def __init__(self, directory: Path, web: int, commands: int) -> None:
        self.web, self.commands = web, commands
        self.file = directory / f"output-{web}"
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environ = {
            **inherited, "PORT": str(web), "COMMAND_PORT": str(commands), "DATABASE_URL": f"sqlite:///{directory}/run.db",
            "STELLWERK_VAR": str(directory / "var"), "STELLWERK_EXAMPLE_DATA": str(directory / "data"),
        }
        with open(self.file, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "example" / "run.py")], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env=environ, start_new_session=True)

    @property
    def output(self) -> str:
        return self.file.read_text(errors="replace")

    def interrupt(self) -> int:
        "Ctrl-C: the signal goes to the whole process group, as a terminal sends it."
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def page(self) -> int:
        "The HTTP status of the start page, wherever it leads; 0 when nobody answers."
        if self.process.poll() is not None:
            pytest.fail(self.output)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return 0

    def answers(self) -> bool:
        "Whether the command port answers a question."
        try:
            with Client("127.0.0.1", self.commands) as client:
                return client.execute('<show_state what="none"/>').error is None
        except ConnectFailed:
            return False

    def wait_for(self, file: Path) -> None:
        "A file that the example makes."
        try:
            wait_until(file.exists, 60, str(file))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output}") from None


@contextmanager
def running(directory: Path, web: int, commands: int) -> Iterator[Running]:
    started = Running(directory, web, commands)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.terminate()
            started.process.wait(60)


def test_it_starts_works_ends_and_starts_again(tmp_path: Path) -> None:
    web, commands = held_port(), held_port()
    with running(tmp_path, web, commands) as first:
        assert wait_until(first.page, 60, "the start page") == 200, first.output
        report = tmp_path / "data" / "reports" / "2024-05-13.html"
        first.wait_for(report)
        first.wait_for(tmp_path / "data" / "quarantine" / "sales_2024-05-14_hamburg.csv")
        assert first.interrupt() == 0, first.output
    assert f"http://127.0.0.1:{web}/" in first.output
    assert f"127.0.0.1:{commands}" in first.output
    assert len(re.findall(r"^ *password \S+", first.output, re.MULTILINE)) == 1
    assert "Traceback" not in first.output

    with running(tmp_path, web, commands) as second:
        assert wait_until(second.page, 60, "the start page") == 200, second.output
        wait_until(second.answers, 60, "the command port")
        assert second.interrupt() == 0, second.output
    assert "password " not in second.output, "it is told only once"
    assert "Traceback" not in second.output


def test_a_port_in_use_is_one_sentence_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, port, held_port()) as run:
            assert run.process.wait(60) == 1
    assert run.output == f"Port {port} is in use. Try another one: make run PORT={port + 1000}\n"
    assert not (tmp_path / "run.db").exists()
