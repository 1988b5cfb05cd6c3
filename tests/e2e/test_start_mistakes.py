"""A start that cannot succeed: every mistake in one sentence each, together, exit status 2, nothing left running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.engine import EngineProcess


def start(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netcore", "engine", *arguments],
        cwd=directory, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip


def configured(directory: Path) -> list[str]:
    (directory / "config" / "live").mkdir(parents=True)
    (directory / "config" / "scheduler.xml").write_text("<spooler><config/></spooler>")
    return [f"-config={directory / 'config'}", f"-db=sqlite:///{directory / 'x.db'}"]


def test_unknown_options_and_bad_ports_are_told_together(tmp_path: Path) -> None:
    done = start(tmp_path, "-nonsense=1", "-port=99999", "-log-level=loud")
    assert done.returncode == 2
    assert "-nonsense=1" in done.stderr
    assert "-port=99999" in done.stderr
    assert "loud" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("**/*.db*")), "no database is made for a start that cannot be"


def test_mistakes_of_every_kind_are_told_together(tmp_path: Path) -> None:
    configured(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start(
            tmp_path, f"-config={tmp_path / 'config'}", f"-tcp-port={port}", "-ip-address=127.0.0.1",
            "-time-zone=Mars/Base", "-db=postgresql://nobody:secret@127.0.0.1:1/none", "-nonsense", "-udp-port=x",
            "-log-dir=/proc/nowhere",
        )  # fmt: skip
    assert done.returncode == 2
    assert str(port) in done.stderr
    for mistake in ("Mars/Base", "-nonsense", "-udp-port=x", "/proc/nowhere"):
        assert mistake in done.stderr
    assert "database" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_faulty_scheduler_xml_names_line_and_column(tmp_path: Path) -> None:
    arguments = configured(tmp_path)
    (tmp_path / "config" / "scheduler.xml").write_text('<spooler>\n  <config tcp_prt="1"/>\n</spooler>')
    done = start(tmp_path, *arguments)
    assert done.returncode == 2
    assert "tcp_prt" in done.stderr
    assert "line 2, column 3" in done.stderr


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    arguments = configured(tmp_path)
    (tmp_path / "file").write_text("")
    done = start(tmp_path, *arguments, f"-log-dir={tmp_path / 'file' / 'log'}", "-tcp-port=0")
    assert done.returncode == 2
    assert str(tmp_path / "file" / "log") in done.stderr


def test_a_second_engine_of_the_same_id_is_refused_while_the_first_one_lives(
    tmp_path: Path, database_url: str
) -> None:
    with EngineProcess(tmp_path, database_url) as engine:
        engine.start()
        second = start(tmp_path, "-id=test", f"-config={engine.config}", f"-db={database_url}", "-tcp-port=0",
                       f"-log-dir={tmp_path / 'other'}")  # fmt: skip
        assert second.returncode == 2
        assert "works for scheduler id 'test'" in second.stderr
        assert engine.state() == "running"
        engine.kill9()
        engine.start()
        assert engine.state() == "running"
