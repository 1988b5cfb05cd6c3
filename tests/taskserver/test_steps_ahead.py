"Steps that follow each other without a call, as long as nobody takes them back."

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskserver import messages
from tests.support.task_server import TaskServer
from tests.support.waiting import wait_until

SCRIPT = """
    import os, time
    def spooler_process():
        order = spooler_task.order
        print("step", order.id, flush=True)
        {}
        return True
"""
#: the step of order 2 goes on until there is the file
WAITS = """
        while order.id == "2" and not os.path.exists("go"):
            time.sleep(0.01)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TaskServer]:
    with TaskServer(tmp_path) as made:
        yield made


def begun(server: TaskServer, body: str = "pass") -> TaskServer:
    server.begin(SCRIPT.format(body))
    server.open()
    return server


def steps(server: TaskServer) -> list[str]:
    return [line.removeprefix("step ") for line in server.log.splitlines() if line.startswith("step ")]


def test_each_step_has_a_result_of_its_own(server: TaskServer) -> None:
    begun(server, 'order.params["own"] = order.id').hand("1", "2", "3")
    results = [server.result() for _ in range(3)]
    assert [result["order"]["params"]["own"] for result in results] == ["1", "2", "3"]
    assert [result["returned"] for result in results] == [True] * 3
    assert all(result["seconds"] > 0 for result in results)
    ends = [result["log_end"] for result in results]
    assert ends == sorted(set(ends))
    assert server.tickets.take_back() == ()
    server.end()
    assert server.exit_status() == 0


def test_a_step_that_is_taken_back_while_another_one_goes_on_is_never_begun(server: TaskServer, tmp_path: Path) -> None:
    begun(server, WAITS).hand("1", "2", "3", "4")
    wait_until(lambda: "2" in steps(server), 30, "the second step")
    assert server.tickets.take_back() == (3, 4)
    (tmp_path / "go").touch()
    assert [server.result()["returned"] for _ in range(2)] == [True] * 2
    server.hand("5", "6", number=5)
    assert [server.result()["returned"] for _ in range(2)] == [True] * 2
    server.end()
    assert server.exit_status() == 0
    assert steps(server) == ["1", "2", "5", "6"]


def test_what_is_handed_ahead_anew_before_the_taking_back_is_noticed_is_what_counts(
    server: TaskServer, tmp_path: Path
) -> None:
    begun(server, WAITS).hand("1", "2", "3", "4")
    wait_until(lambda: "2" in steps(server), 30, "the second step")
    assert server.tickets.take_back() == (3, 4)
    server.hand("3", "5", "4", number=5)
    (tmp_path / "go").touch()
    assert [server.result()["returned"] for _ in range(5)] == [True] * 5
    server.end()
    assert steps(server) == ["1", "2", "3", "5", "4"]


@pytest.mark.parametrize(
    "body", [
        'if order.id == "2": raise ValueError("broken")',
        'if order.id == "2": spooler_task.end()',
        'if order.id == "2": spooler_task.delay_spooler_process = 10',
        'if order.id == "2": spooler_task.call_me_again_when_locks_available()',
    ],
)  # fmt: skip
def test_after_a_result_that_lets_the_engine_decide_nothing_more_is_begun(server: TaskServer, body: str) -> None:
    begun(server, body).hand("1", "2", "3", "4")
    assert "dropped" not in server.result()
    assert server.result()["dropped"] is True
    server.hand("5", "6", number=5)
    assert [server.result()["returned"] for _ in range(2)] == [True] * 2
    server.end()
    assert steps(server) == ["1", "2", "5", "6"]


def test_a_step_that_fails_without_an_exception_does_not_keep_the_next_ones(server: TaskServer) -> None:
    begun(server, 'if order.id == "2": return False').hand("1", "2", "3")
    assert [server.result()["returned"] for _ in range(3)] == [True, False, True]
    server.end()


def test_what_was_handed_ahead_long_ago_is_not_begun(server: TaskServer) -> None:
    begun(server, 'if order.id == "1": time.sleep(0.01)').hand("1", "2", "3", within=0.005)
    assert server.result()["returned"] is True
    server.hand("4", number=4)
    assert server.result()["returned"] is True
    server.end()
    assert steps(server) == ["1", "4"]
    assert server.tickets.take_back() == (2, 3)


def test_sigterm_ends_the_process_before_the_next_step(server: TaskServer) -> None:
    begun(server, 'while order.id == "2": time.sleep(0.01)').hand("1", "2", "3")
    wait_until(lambda: "2" in steps(server), 30, "the second step")
    server.terminate()
    assert server.result()["returned"] is True
    assert server.result()["terminated"] is True
    assert server.result()["call"] == "end"
    assert server.exit_status() == -15
    assert server.tickets.take_back() == (3,)


def test_a_process_that_goes_in_the_middle_leaves_the_tickets_of_what_it_has_not_begun(server: TaskServer) -> None:
    begun(server, 'if order.id == "2": os._exit(7)').hand("1", "2", "3", "4")
    assert server.result()["returned"] is True
    assert server.exit_status() == 7
    assert server.tickets.take_back() == (3, 4)


def test_a_script_that_closes_all_descriptors_gets_one_step_at_a_time(server: TaskServer) -> None:
    begun(server, f"os.close({server.tickets.fileno()}) if order.id == '1' else None").hand("1", "2")
    assert server.result()["returned"] is True
    server.send(messages.end())
    assert server.result()["call"] == "end"
    assert steps(server) == ["1"]


def test_programs_of_a_script_do_not_get_the_tickets(server: TaskServer) -> None:
    begun(server)
    flags = Path(f"/proc/{server.child.pid}/fdinfo/{server.tickets.fileno()}").read_text()
    assert int(next(line for line in flags.splitlines() if line.startswith("flags")).split()[1], 8) & os.O_CLOEXEC
    server.end()
