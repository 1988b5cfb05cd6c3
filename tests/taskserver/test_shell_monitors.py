"""Monitors around a shell process, which the engine runs itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskserver import messages
from tests.support.task_server import TaskServer, an_order

#: monitor's method, the shell succeeded -> returned, an error, decided
AFTER = {
    "nothing": ("pass", True, (True, False, False)),
    "missing": ("", False, (False, False, False)),
    "same": ("return result", False, (False, False, True)),
    "true": ("return True", False, (True, False, True)),
    "false": ("return False", True, (False, False, True)),
    "throws": ("1 / 0", True, (None, True, False)),
    "logs an error": ("spooler_log.error('bad'); return True", True, (True, False, True)),
}


@pytest.mark.parametrize("case", AFTER)
def test_a_monitor_may_change_the_result_of_the_shell(tmp_path: Path, case: str) -> None:
    body, succeeded, expected = AFTER[case]
    script = f"def spooler_process_after(result): {body}" if body else ""
    with TaskServer(tmp_path) as server:
        server.begin(None, monitors=(script,))
        assert server.call(messages.before(order=an_order()))["returned"] is True
        result = server.call(messages.after(returned=succeeded))
    assert (result["returned"], "error" in result, result.get("decided", False)) == expected
    assert result.get("error_line") == ("bad" if case == "logs an error" else None)


def test_the_shell_is_not_run_when_a_monitor_refuses(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        refuses, never_called = "def spooler_process_before(): return False", "def spooler_process_before(): 1 / 0"
        server.begin(None, monitors=(refuses, never_called))
        result = server.call(messages.before(order=an_order()))
        assert (result["ok"], result["returned"], result["executed"]) == (True, False, False)
        assert server.end(failed=True)["ok"]
        assert server.exit_status() == 0


def test_the_exit_code_is_known_only_after_the_task(tmp_path: Path) -> None:
    script = """
        def spooler_process_after(result): print("step", result, spooler_task.exit_code)
        def spooler_task_after(): print("task", spooler_task.exit_code)
    """
    with TaskServer(tmp_path) as server:
        server.begin(None, monitors=(script,))
        server.call(messages.before(order=an_order()))
        server.call(messages.after(returned=False))
        server.end(exit_code=7, failed=True)
    assert server.log.splitlines() == ["step False 0", "task 7"]


def test_changes_of_the_order_are_told_before_the_shell_starts_and_after_it_has_ended(tmp_path: Path) -> None:
    script = """
        def spooler_process_before(): spooler_task.order.params["early"] = "1"
        def spooler_process_after(result):
            spooler_task.order.params["late"] = "2"
            spooler_task.order.state = "300"
    """
    with TaskServer(tmp_path) as server:
        server.begin(None, monitors=(script,))
        first = server.call(messages.before(order=an_order(params={"p": "v"})))
        assert first["order"] == {"params": {"p": "v", "early": "1"}}
        second = server.call(messages.after(returned=True))
        assert second["order"] == {"params": {"p": "v", "early": "1", "late": "2"}, "state": "300"}
