"""`spooler_log` and what scripts print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.task_server import TaskServer

LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4}) \[(\w+)\] +(?:\((.*?)\) )?(.*)$")


def lines(log: str) -> list[tuple[str, str]]:
    "Level and text; what was printed has an empty level."
    found = [(line, LINE.match(line)) for line in log.splitlines()]
    return [(match[2], match[4]) if match else ("", line) for line, match in found]


def test_lines_have_time_level_and_task(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("spooler_log.warn('careful')", log={"time_zone": "UTC"})
    match = LINE.match(server.log)
    assert match
    assert match.groups() == ("Z", "WARN", "Task folder/a-job:4711", "careful")


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Tokyo", "+0900"), ("No/Where", "Z"), ("UTC", "Z")])
def test_times_are_those_of_the_engines_zone(tmp_path: Path, zone: str, offset: str) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("spooler_log.info('x')", log={"time_zone": zone, "title": ""})
    match = LINE.match(server.log)
    assert match
    assert match.groups() == (offset, "info", None, "x")


#: level of the log -> levels that are written
ALL = ["FATAL", "ERROR", "WARN", "info", "debug", "debug2", "debug9"]


@pytest.mark.parametrize(("level", "written"), [(3, 1), (2, 2), (0, 4), (-1, 5), (-9, 7)])
def test_lines_below_the_level_are_not_written(tmp_path: Path, level: int, written: int) -> None:
    script = "for level in (3, 'error', 'WARN', 0, -1, 'debug2', -9): spooler_log.log(level, 'x')"
    with TaskServer(tmp_path) as server:
        result = server.begin(script, log={"level": level})
    assert [found for found, _ in lines(server.log)] == ALL[:written]
    assert (result["highest"], result["error_line"]) == ("fatal", "x"), "what is not written counts all the same"


def test_the_level_can_be_changed_and_every_level_has_its_method(tmp_path: Path) -> None:
    script = """
        spooler_log.level = "debug9"
        assert spooler_log.level == -9
        for name in ["fatal", "error", "warn", "info", "msg", "debug", *(f"debug{n}" for n in range(1, 10))]:
            getattr(spooler_log, name)(name)
        assert spooler_log.last_error_line == "error" and spooler_log.last("debug3") == "debug3"
        assert spooler_log.last(-4) == "debug4"
    """
    with TaskServer(tmp_path) as server:
        assert server.begin(script)["ok"], server.log
    marks = {"fatal": "FATAL", "error": "ERROR", "warn": "WARN", "msg": "info", "debug1": "debug"}
    assert all(level == marks.get(text, text) for level, text in lines(server.log))
    assert len(lines(server.log)) == 15


def test_prints_log_lines_and_output_of_processes_keep_their_order(tmp_path: Path) -> None:
    script = """
        import subprocess, sys
        print("one")
        spooler_log.info("two\\nthree")
        sys.stderr.write("four\\n")
        subprocess.run(["echo", "five"], check=True)
        print("six", end="")
        spooler_log.info(7)
    """
    with TaskServer(tmp_path) as server:
        result = server.begin(script)
    assert [text.partition("2")[0] for _, text in lines(server.log)][:5] == ["one", "two", "three", "four", "five"]
    assert server.log.splitlines()[-1].startswith("six")
    assert result["log_end"] == len(server.log)


def test_each_result_says_where_its_part_of_the_log_ends(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process(): print('ä', spooler_task.order.id, end='')")
        ends = [server.process(id=str(n))["log_end"] for n in range(3)]
    assert [server.log_file.read_bytes()[:end].decode() for end in ends] == ["ä 0", "ä 0ä 1", "ä 0ä 1ä 2"]


@pytest.mark.parametrize("statement", ["sys.stdout.close()", "sys.stdout = None", "sys.stdout = io.StringIO()"])
def test_a_script_that_spoils_its_output_does_not_spoil_the_log(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        body = f"    {statement}\n    spooler_log.info('still here')\n    1 / 0"
        server.begin(f"import sys, io\ndef spooler_process():\n{body}")
        server.process()
        assert server.end()["ok"]
        assert server.exit_status() == 0
    assert "still here" in server.log
    assert "ZeroDivisionError" in server.log


def test_a_log_on_a_full_disk_does_not_stop_the_task(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            spooler_log.error("lost")
        def spooler_exit():
            1 / 0
    """
    with TaskServer(tmp_path, log_file=Path("/dev/full")) as server:
        server.begin(script)
        result = server.process()
        assert (result["ok"], result["error_line"]) == (True, "lost")
        assert server.end()["error"]["type"] == "ZeroDivisionError"


def test_a_file_is_logged_line_by_line_and_a_missing_one_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_bytes(b"one\ntwo \xff\n")
    with TaskServer(tmp_path) as server:
        server.begin("spooler_log.log_file('some.txt'); spooler_log.log_file('other.txt')")
    found = lines(server.log)
    assert found[:2] == [("info", "one"), ("info", "two \ufffd")]
    assert found[2][0] == "WARN"


#: statement -> what the engine hears about mails
MAILS: dict[str, dict[str, Any]] = {
    "spooler_log.mail_on_error = True": {"on_error": True},
    "spooler_log.set_mail_on_process(3)": {"on_process": 3},
    "spooler_log.mail_it = 1": {"it": True},
    "spooler_log.mail.to = 'a@b'; spooler_log.mail.set_from('c@d')": {"to": "a@b", "sender": "c@d"},
    "spooler_log.mail.add_file('/x'); spooler_log.mail.add_file('/y')": {"files": ["/x", "/y"]},
    "spooler_log.mail.subject": {},
}


@pytest.mark.parametrize("statement", MAILS)
def test_settings_of_mails_are_told(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        assert server.begin(statement).get("mail", {}) == MAILS[statement], server.log
