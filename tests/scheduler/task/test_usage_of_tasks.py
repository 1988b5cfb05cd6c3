"What the processes of a task have used stands in its record: of all of them together."

from __future__ import annotations

import pytest

from scheduler.commands.start_job import StartJob
from scheduler.messages import ProcessEnded, ServerEnded
from scheduler.task.usage import Usage, together
from tests.support.served import Served, a_monitored_job
from tests.support.worlds import Engine, a_chain, a_job

ONE = Usage(0.25, 0.5, 30 << 20, False, 512, 0)
OTHER = Usage(1.0, 0.25, 12 << 20, True, 0, 1024)
BOTH = Usage(1.25, 0.75, 30 << 20, False, 512, 1024)


@pytest.mark.parametrize("lost", [False, True])
def test_that_of_a_shell_process_stands_in_its_task(lost: bool) -> None:
    engine = Engine(a_job(order=False))
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessEnded(1, 0, lost=lost, usage=ONE))
    assert engine.tasks[1].usage == ONE


def test_of_a_task_with_monitors_that_of_both_processes_counts() -> None:
    engine = Served(a_monitored_job(), a_chain()).add()
    engine.started()
    engine.returns()
    engine.returns()
    engine.shell_ends(usage=ONE)
    engine.returns()
    assert engine.call() == "end"
    engine.tell(ServerEnded(1, 0, usage=OTHER))
    assert engine.tasks[1].usage == BOTH


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, None, None),
        (ONE, None, ONE),
        (None, OTHER, OTHER),
        (ONE, OTHER, BOTH),
        (OTHER, ONE, BOTH),
        (ONE, ONE._replace(below=True), Usage(0.5, 1.0, 30 << 20, False, 1024, 0)),
    ],
)
def test_two_together(one: Usage | None, other: Usage | None, expected: Usage | None) -> None:
    assert together(one, other) == expected
