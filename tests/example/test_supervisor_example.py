"The example of one supervisor and two workers starts with one command, and a change arrives."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from stellwerk.client import Client, ClientError
from tests.support.engine import ROOT
from tests.support.ports import held_ports_in_a_row
from tests.support.waiting import wait_until


def title(port: int, job: str) -> str:
    with Client("127.0.0.1", port) as client:
        return str(client.execute(f'<show_job job="{job}"/>').raise_for_error().element.get("title"))


def test_the_example_runs_and_a_change_arrives_at_the_workers(tmp_path: Path) -> None:
    first = held_ports_in_a_row(3)
    environ = {**os.environ, "STELLWERK_VAR": str(tmp_path), "BASE_PORT": str(first), "PYTHONPATH": str(ROOT)}
    with open(tmp_path / "out", "wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "supervisor" / "run.py")], stdout=out, stderr=out, env=environ
        )
    try:
        wait_until(lambda: "Ctrl-C" in (tmp_path / "out").read_text(), 180, "the example's words")
        assert title(first + 1, "/collect") == "Only the north collects"
        assert title(first + 1, "/greet").startswith("Greets;")
        assert title(first + 2, "/greet") == "Greets in the way of the south"
        changed = tmp_path / "supervisor/config/remote/_all/greet.job.xml"
        changed.write_text('<job title="changed"><script language="shell">true</script></job>')
        wait_until(lambda: title(first + 1, "/greet") == "changed", 30, "the change at the worker")
    except ClientError as error:
        raise AssertionError((tmp_path / "out").read_text()) from error
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 0
