"""`spooler_task` and `spooler_job`: what the engine told, and what it hears."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.task_server import Message, TaskServer

#: statement -> changes of the task, changes of the job
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "spooler_task.params['a'] = 'c'": ({"params": {"A": "c"}}, {}),
    "spooler_task.exit_code = 3": ({"exit_code": 3}, {}),
    "import sys; sys.exit(5)": ({"exit_code": 5}, {}),
    "spooler_task.end()": ({"end": True}, {}),
    "spooler_task.delay_spooler_process = '00:01:30'": ({"delay": 90.0}, {}),
    "spooler_task.set_delay_spooler_process(2.5)": ({"delay": 2.5}, {}),
    "spooler_task.repeat = 60": ({"repeat": 60.0}, {}),
    "spooler_task.set_history_field('rows', 17)": ({"history": {"rows": "17"}}, {}),
    "spooler_task.result = 'done'": ({"result": "done"}, {}),
    "spooler_job.state_text = 'busy'": ({}, {"state_text": "busy"}),
    "spooler_task.job.state_text = 'busy'": ({}, {"state_text": "busy"}),
    "spooler_job.set_delay_after_error(2, '01:00'); spooler_job.set_delay_after_error(9, 'stop')": (
        {}, {"delay_after_error": [[2, 3600.0], [9, None]]},
    ),
    "spooler_job.set_delay_after_error(1, 1); spooler_job.clear_delay_after_error()": (
        {}, {"clear_delay_after_error": True},
    ),
    "spooler_job.set_delay_order_after_setback(1, 10); spooler_job.max_order_setbacks = 4": (
        {}, {"delay_order_after_setback": [[1, 10.0]], "max_order_setbacks": 4},
    ),
    "spooler_job.clear_when_directory_changed(); spooler_job.start_when_directory_changed('/in', 'x$')": (
        {}, {"clear_when_directory_changed": True, "start_when_directory_changed": [["/in", "x$"]]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", CHANGES)
def test_changes_of_task_and_job_are_told_once(tmp_path: Path, statement: str) -> None:
    script = f"""
        done = False
        def spooler_process():
            global done
            if not done:
                done = True
                {statement}
    """
    with TaskServer(tmp_path) as server:
        server.begin(script, task={"params": {"A": "b"}})
        result = server.process()
        second = server.process()
    assert (result.get("task", {}), result.get("job", {})) == CHANGES[statement], server.log
    assert "task" not in second
    assert "job" not in second


@pytest.mark.parametrize(
    "statement",
    [
        "spooler_task.delay_spooler_process = -1",
        "spooler_task.repeat = '1:2:3:4'",
        "spooler_task.repeat = 'soon'",
        "spooler_task.repeat = float('inf')",
        "spooler_task.priority_class = 'urgent'",
        "spooler_job.set_delay_after_error('many', 1)",
    ],
)
def test_values_that_make_no_sense_are_refused(tmp_path: Path, statement: str) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(f"def spooler_process(): {statement}")
        result = server.process()
    assert result["error"]["type"] == "ValueError"
    assert "task" not in result


def test_what_the_engine_told_about_task_and_job(tmp_path: Path) -> None:
    script = """
        print([spooler_task.id, spooler_task.cause, spooler_task.trigger_files, spooler_task.changed_directories,
               spooler_task.params["a"], spooler_task.exit_code, spooler_task.stderr_text,
               spooler_task.web_service_or_null, spooler_job.name, spooler_job.title, spooler_job.folder_path,
               spooler_job.configuration_directory,
               spooler_job.include_path, spooler_job.process_class.name, spooler_job.max_order_setbacks,
               spooler_task.job is spooler_job, spooler_task.stdout_path == spooler_log.filename])
    """
    job: dict[str, object] = {"process_class": "/p/c", "configuration_directory": "/live/folder", "include_path": "/i"}
    job["max_order_setbacks"] = 3
    task = {"cause": "directory", "trigger_files": "/in/a;/in/b", "changed_directories": "/in", "params": {"A": "1"}}
    with TaskServer(tmp_path) as server:
        assert server.begin(script, job=job, task=task)["ok"], server.log
    assert server.log.strip() == str(
        [4711, "directory", "/in/a;/in/b", "/in", "1", 0, "", None, "folder/a-job", "A job", "/folder",
         "/live/folder", "/i", "c", 3, True, True]
    )  # fmt: skip


def test_the_priority_is_that_of_the_process(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("spooler_task.priority_class = 'below_normal'\nprint(spooler_task.priority_class)")
        assert os.getpriority(os.PRIO_PROCESS, server.child.pid) == 6
    assert server.log == "below_normal\n"


def test_locks_are_asked_for_and_the_call_is_repeated_when_they_are_free(tmp_path: Path) -> None:
    script = """
        def spooler_process():
            if not spooler_task.try_hold_lock("locks/a"):
                spooler_task.call_me_again_when_locks_available()
                return True
            assert spooler_task.try_hold_lock_non_exclusive("/locks/b")
            print("both held")
    """
    held = iter([False, True, True])

    def answer(request: Message) -> Message:
        return {"held": next(held)}

    with TaskServer(tmp_path, answer) as server:
        server.begin(script)
        assert server.process()["again_when_locks"] is True
        assert "again_when_locks" not in server.process()
    assert [(each["what"], each["lock"], each["exclusive"]) for each in server.requests] == [
        ("try_hold_lock", "/locks/a", True), ("try_hold_lock", "/locks/a", True), ("try_hold_lock", "/locks/b", False),
    ]  # fmt: skip
    assert server.log == "both held\n"


def test_output_of_the_task_can_be_read_by_the_script(tmp_path: Path) -> None:
    script = """
        import subprocess
        def spooler_process():
            print("é", end="")
            subprocess.run(["echo", "hello"], check=True)
            assert spooler_task.stdout_text == "éhello\\n", spooler_task.stdout_text
    """
    (tmp_path / "task.log").write_text("the engine's own first line\n")
    with TaskServer(tmp_path) as server:
        server.begin(script)
        assert server.process()["ok"], server.log
