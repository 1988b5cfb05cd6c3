"""How the process ends: in order, by signal, with its engine."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taskserver import messages
from tests.support.task_server import TaskServer, an_order
from tests.support.waiting import wait_until

SLEEPS = """
    import time
    def spooler_open(): pass
    def spooler_process():
        print("working")
        try:
            time.sleep(60)
        except Exception:
            print("not here")
        finally:
            print("cleaned up")
    def spooler_close(): print("close")
    def spooler_on_error(): print("on_error")
"""


def test_sigterm_interrupts_the_step_and_ends_the_task_in_order(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        after = "def spooler_process_after(result): print('after', result)"
        server.begin(SLEEPS, monitors=(f"{after}\ndef spooler_task_after(): print('task_after')",))
        server.open()
        server.send(messages.process(order={"id": "1", "chain": "/c", "state": "1"}))
        wait_until(lambda: "working" in server.log)
        server.terminate()
        step = server.result()
        assert (step["call"], step["ok"], step["returned"], step["terminated"]) == ("process", False, None, True)
        last = server.result()
        assert (last["call"], last["terminated"]) == ("end", True)
        assert server.exit_status() == -signal.SIGTERM
    assert server.log.splitlines() == ["working", "cleaned up", "after False", "close", "on_error", "task_after"]


def test_sigterm_between_two_steps_ends_the_task_in_order(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin(SLEEPS)
        server.open()
        server.terminate()
        last = server.result()
        assert (last["call"], last["ok"], last["terminated"]) == ("end", True, True)
        assert server.exit_status() == -signal.SIGTERM
    assert server.log.splitlines() == ["close", "on_error"]


def test_sigterm_while_the_task_server_itself_works_takes_no_method_of_the_end_away(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        class Output:
            def write(self, text): pass
            def flush(self): os.kill(os.getpid(), signal.SIGTERM)
        def spooler_process(): sys.stdout = Output()
        def spooler_close():
            sys.stdout = sys.__stdout__
            print("close")
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.open()
        step = server.process()
        assert (step["ok"], step["terminated"]) == (True, True)
        assert server.result()["ok"]
        assert server.exit_status() == -signal.SIGTERM
    assert server.log == "close\n"


def test_sigterm_before_the_begin_ends_the_process(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        # it handles the signal since some moment after its start; before that the signal ends it too
        server.terminate()
        assert server.exit_status() == -signal.SIGTERM


def test_a_script_that_swallows_sigterm_ends_after_its_step(tmp_path: Path) -> None:
    script = """
        import time
        def spooler_process():
            print("working")
            try:
                time.sleep(60)
            except BaseException:
                return True
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.send(messages.process(order={"id": "1", "chain": "/c", "state": "1"}))
        wait_until(lambda: "working" in server.log)
        server.terminate()
        step = server.result()
        assert (step["ok"], step["returned"], step["terminated"]) == (True, True, True)
        assert server.result()["call"] == "end"
        assert server.exit_status() == -signal.SIGTERM


def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    script = """
        import time
        def spooler_exit():
            print("exit")
            time.sleep(60)
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.terminate()
        wait_until(lambda: "exit" in server.log)
        server.terminate()
        assert server.exit_status() == -signal.SIGTERM


def test_sigterm_while_a_script_waits_for_an_answer_leaves_no_half_line(tmp_path: Path) -> None:
    script = """
        def spooler_process(): spooler.execute_xml("<show_state/>")
        def spooler_exit(): print(spooler.execute_xml("<second/>"))
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.send(messages.process(order={"id": "1", "chain": "/c", "state": "1"}))
        first = server.receive()
        server.terminate()
        assert server.receive()["call"] == "process"
        second = server.receive()
        assert second["xml"] == "<second/>"
        server.send(messages.answer(id=first["id"], text="late"))
        server.send(messages.answer(id=second["id"], text="for the second"))
        assert server.result()["call"] == "end"
    assert "for the second" in server.log


@pytest.mark.parametrize("when", ["idle", "in a step", "waiting for an answer"])
def test_a_lost_engine_ends_the_process_at_once(tmp_path: Path, when: str) -> None:
    script = """
        import time
        def spooler_process():
            print("working")
            if spooler_task.order.id == "ask": spooler.execute_xml("<show_state/>")
            time.sleep(60)
        def spooler_close(): print("close")
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.open()
        if when != "idle":
            identity = "ask" if when == "waiting for an answer" else "1"
            server.send(messages.process(order={"id": identity, "chain": "/c", "state": "1"}))
            wait_until(lambda: "working" in server.log)
        server.socket.close()
        assert server.exit_status() == messages.LOST
    assert "close" not in server.log


def test_an_engine_that_goes_after_the_last_result_does_not_disturb_the_orderly_end(tmp_path: Path) -> None:
    script = """
        import atexit, time
        atexit.register(print, "all of it")
        atexit.register(time.sleep, 0.2)
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.end()
        server.socket.close()
        assert server.exit_status() == 0
    assert server.log == "all of it\n"


def test_programs_that_a_script_starts_do_not_hold_the_connection(tmp_path: Path) -> None:
    script = """
        import subprocess
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
        def spooler_exit(): child.kill()
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        server.end()
        with pytest.raises(EOFError):
            server.receive()
        assert server.exit_status() == 0


def test_a_child_that_a_script_forks_never_speaks_to_the_engine(tmp_path: Path) -> None:
    script = """
        import os
        def spooler_process():
            pid = os.fork()
            if pid: os.waitpid(pid, 0)
            return bool(pid)
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        assert server.process()["returned"] is True
        assert server.process()["returned"] is True


def test_processes_that_a_script_forked_are_ended_by_sigterm_as_usual(tmp_path: Path) -> None:
    script = """
        import multiprocessing
        processes = multiprocessing.get_context("fork")
        def work(begun):
            begun.set()
            sum(range(5 * 10**9))  # no line of Python is run meanwhile
        def spooler_process():
            begun = processes.Event()
            worker = processes.Process(target=work, args=(begun,))
            worker.start()
            begun.wait()
            worker.terminate()
            worker.join()
            return worker.exitcode == -15
    """
    with TaskServer(tmp_path) as server:
        server.begin(script)
        result = server.process()
        assert (result["ok"], result["returned"]) == (True, True), server.log
        assert "terminated" not in result
        assert server.end()["ok"]
        assert server.exit_status() == 0
    assert "TaskTerminated" not in server.log


def test_a_call_that_does_not_exist_is_answered_with_an_error(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        assert not server.call({"type": "dance"})["ok"]
        assert server.begin("def spooler_process(): pass")["ok"]
        assert not server.call(messages.process(order={"id": "no chain"}))["ok"]  # type: ignore[typeddict-item]
        assert server.process()["ok"]


def test_orders_with_much_text_arrive_whole(tmp_path: Path) -> None:
    with TaskServer(tmp_path) as server:
        server.begin("def spooler_process(): spooler_task.order.params['copy'] = spooler_task.order.params['big']")
        big = "ä€😀x" * 500_000
        result = server.call({"type": "process", "order": an_order(params={"big": big})})
        assert result["order"]["params"]["copy"] == big


@pytest.mark.parametrize("arguments", [[], ["x"], ["99"], ["3", "4"]])
def test_a_wrong_start_is_told(arguments: list[str]) -> None:
    command = [*messages.command(0)[:-1], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == messages.USAGE
    assert done.stderr


def test_the_start_needs_few_modules() -> None:
    "The task server is started for every task: modules that cost more than a step are imported where they are used."
    code = "import sys; sys.path.insert(0, '.'); import taskserver.server; print(' '.join(sys.modules))"
    root = Path(messages.__file__).parents[1]
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
    costly = "typing dataclasses inspect traceback xml socket threading subprocess datetime logging asyncio"
    assert not set(costly.split()) & set(done.stdout.split())
