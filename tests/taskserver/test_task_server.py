"""The task server as the engine meets it: a real process on a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.task_server import TaskServer

TRACE = """
    def spooler_init(): print("init")
    def spooler_open(): print("open")
    def spooler_process():
        print("process", spooler_task.order.id)
        return True
    def spooler_close(): print("close")
    def spooler_on_success(): print("on_success")
    def spooler_on_error(): print("on_error")
    def spooler_exit(): print("exit")
"""


def monitor(name: str) -> str:
    return f"""
        def spooler_task_before(): print("{name} task_before")
        def spooler_process_before(): print("{name} process_before")
        def spooler_process_after(result): print("{name} process_after", result)
        def spooler_task_after(): print("{name} task_after")
    """


def test_methods_are_called_in_their_order_for_several_orders(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        assert server.begin(TRACE, monitors=(monitor("m1"), monitor("m2")))["returned"] is True
        assert server.open()["returned"] is True
        assert server.process(id="A")["returned"] is True
        assert server.process(id="B")["returned"] is True
        assert server.end()["ok"]
        assert server.exit_status() == 0
    step = ["m1 process_before", "m2 process_before", "process {}", "m2 process_after True", "m1 process_after True"]
    assert server.log.splitlines() == [
        "m1 task_before", "m2 task_before", "init", "open",
        *(line.format("A") for line in step), *(line.format("B") for line in step),
        "close", "on_success", "exit", "m2 task_after", "m1 task_after",
    ]  # fmt: skip


#: script of the job, of the monitor -> returned, an error, decided by the monitor, executed
STEPS = {
    "true": ("return True", "", (True, False, False, True)),
    "nothing returned": ("pass", "", (True, False, False, True)),
    "false": ("return False", "", (False, False, False, True)),
    "exception": ("1 / 0", "", (None, True, False, True)),
    "before refuses": ("return True", "def spooler_process_before(): return False", (False, False, False, False)),
    "before throws": ("return True", "def spooler_process_before(): 1 / 0", (None, True, False, False)),
    "after makes true": ("return False", "def spooler_process_after(r): return True", (True, False, True, True)),
    "after makes false": ("return True", "def spooler_process_after(r): return False", (False, False, True, True)),
    "after makes an exception true": ("1 / 0", "def spooler_process_after(r): return True", (True, True, True, True)),
    "after makes an exception false": ("1 / 0", "def spooler_process_after(r): return r", (False, True, True, True)),
    "after decides nothing": ("1 / 0", "def spooler_process_after(r): pass", (None, True, False, True)),
    "after throws": ("return True", "def spooler_process_after(r): 1 / 0", (None, True, False, True)),
    "a result without truth": ("return Vague()", "", (None, True, False, True)),
    "exit 0": ("import sys; sys.exit(0)", "", (True, False, False, True)),
    "exit 3": ("import sys; sys.exit(3)", "", (None, True, False, True)),
}


VAGUE = "class Vague:\n    def __bool__(self): raise ValueError\n"


@pytest.mark.parametrize("case", STEPS)
def test_the_result_of_a_step_says_who_decided_what(tmp_path: Path, case: str) -> None:
    process, script, expected = STEPS[case]
    with TaskServer(tmp_path) as server:
        server.begin(f"{VAGUE}def spooler_process(): {process}", monitors=(script,) if script else ())
        server.open()
        result = server.process()
    seen = (result["returned"], "error" in result, result.get("decided", False), result.get("executed", True))
    assert seen == expected
    assert result["ok"] is not expected[1]


def test_an_exception_after_a_decision_leaves_nothing_decided(tmp_path: Path) -> None:
    monitors = ("def spooler_process_after(r): 1 / 0", "def spooler_process_after(r): return True")
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process(): return False", monitors=monitors)
        result = server.process()
    assert (result["ok"], result["returned"], result.get("decided", False)) == (False, None, False)


def test_an_error_line_makes_no_failure_but_is_reported(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(TRACE + "    def spooler_process(): spooler_log.error('too bad'); spooler_log.warn('x')")
        server.open()
        result = server.process()
        assert (result["ok"], result["returned"]) == (True, True)
        assert (result["highest"], result["error_line"]) == ("error", "too bad")
        second = server.process()
        assert second["error_line"] == "too bad", "each call reports its own"
        server.end()
    assert "on_error" in server.log
    assert "on_success" not in server.log
