"""What the engine and the log are told about exceptions in scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.task_server import TaskServer

#: script -> fields of the error
AT_BEGIN = {
    "syntax": ("x = 1\ndef f(:\n    pass", {"type": "SyntaxError", "line": 2, "column": 7}),
    "unfinished text": ("x = 1\ny = 'abc", {"type": "SyntaxError", "line": 2, "column": 5}),
    "unexpected indent": ("x = 1\n  y = 2\n z = 3", {"type": "IndentationError", "line": 2}),
    "missing module": ("import os\nimport no_such_module", {"type": "ModuleNotFoundError", "line": 2}),
    "top level": ("\ndef f():\n    1 / 0\nf()", {"type": "ZeroDivisionError", "line": 2}),
    "init": ("def spooler_init():\n  raise ValueError('no')", {"line": 2, "method": "spooler_init"}),
    "exit while loading": ("import sys\nsys.exit(2)", {"type": "SystemExit", "line": 2}),
}


@pytest.mark.parametrize("case", AT_BEGIN)
def test_a_script_that_cannot_be_loaded_is_an_error_with_its_place(tmp_path: Path, case: str) -> None:
    script, expected = AT_BEGIN[case]
    with TaskServer(tmp_path) as server:
        result = server.begin(script)
        assert (result["ok"], result["returned"]) == (False, None)
        error = result["error"]
        assert {name: error[name] for name in expected} == expected
        assert f"line {expected['line']}" in error["text"]
        assert "\n" not in error["text"]
        assert server.end()["ok"], "the task can be ended in order"
        assert server.exit_status() == 0


def test_the_traceback_in_the_log_shows_the_script_and_not_the_task_server(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            return compute(0)

        def compute(divisor):
            return 1 / divisor  # the culprit
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        result = server.process()
    assert result["error"] == {
        "text": "ZeroDivisionError: division by zero (line 5 in spooler_process)",
        "type": "ZeroDivisionError",
        "line": 5,
        "method": "spooler_process",
    }
    assert "the culprit" in server.log
    assert 'File "<job /folder/a-job>", line 2, in spooler_process' in server.log
    assert "session.py" not in server.log
    assert len(server.log) == result["log_end"], "the traceback belongs to the step"


def test_the_error_of_a_monitor_names_the_monitor(tmp_path: Path) -> None:
    broken = "def spooler_process_after(result):\n    raise KeyError('gone')"
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process(): pass", monitors=("", broken))
        error = server.process()["error"]
    assert (error["monitor"], error["method"], error["line"]) == ("monitor2", "spooler_process_after", 2)
    assert "monitor monitor2" in error["text"]


def test_a_monitor_that_fails_or_refuses_keeps_the_script_from_being_loaded(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        result = server.begin("print('loaded')", monitors=("def spooler_task_before(): return False",))
        assert (result["ok"], result["returned"]) == (True, False)
        server.end()
    assert server.log == ""


@pytest.mark.parametrize(
    "statement",
    [
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise RecursionError",
        "class Odd(Exception):\n        def __str__(self): raise ValueError\n    raise Odd",
        "(lambda f: f(f))(lambda f: f(f))",
        "import sys; sys.exit('bye')",
        "raise SyntaxError('from a parser of the script')",
        "raise UnicodeDecodeError('utf-8', bytes([255]), 0, 1, 'odd')",
    ],
)
def test_no_exception_ends_the_task_server(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(f"def spooler_process():\n    {statement}")
        result = server.process()
        assert (result["ok"], result["returned"]) == (False, None)
        assert result["error"]["method"] == "spooler_process"
        assert server.end()["ok"]
        assert server.exit_status() == 0


def test_all_methods_of_the_end_have_their_chance(tmp_path: Path) -> None:
    script = """
        def spooler_close(): raise ValueError("first")
        def spooler_on_error(): raise ValueError("second")
        def spooler_exit(): print("exit")
    """
    with TaskServer(tmp_path) as server:
        server.begin(script, monitors=("def spooler_task_after(): print('after')",))
        server.open()
        result = server.end()
    assert "first" in result["error"]["text"]
    assert "second" in server.log
    assert [line for line in server.log.splitlines() if line in ("exit", "after")] == ["exit", "after"]


#: as it stands in an XML file: the text was stripped, which took the indentation of the first line only
@pytest.mark.parametrize(
    "script",
    [
        "import os\n    def spooler_process():\n        return os.sep == '/'",
        "def helper():\n        return True\n\n    def spooler_process():\n        return helper()",
        "    def spooler_process():\n        return True",
        "def spooler_process():\n\treturn True",
    ],
)
def test_a_script_may_stand_indented_in_its_file(tmp_path: Path, script: str) -> None:
    with TaskServer(tmp_path) as server:
        begun = server.begin(None, job={"script": script})
        assert begun["ok"], begun
        assert server.process()["returned"] is True


def test_a_script_has_a_module_and_no_features_of_the_task_servers_own_source(tmp_path: Path) -> None:
    script = """
        import dataclasses, pickle

        @dataclasses.dataclass
        class Point:
            x: int

        def spooler_process():
            assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
            assert Point.__annotations__["x"] is int
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        assert server.process()["returned"] is True


def test_an_error_that_the_script_sets_itself_is_told(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            assert not spooler_task.error.is_error
            spooler_task.error = "not enough"
            assert spooler_task.error.is_error and spooler_task.error.text == "not enough"
        def spooler_on_error(): print("on_error")
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.open()
        assert server.process()["task"] == {"error": "not enough"}
        server.end()
    assert server.log == "on_error\n"
