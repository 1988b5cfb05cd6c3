"""The log of an order's round: the logs of its steps, one after the other.

An order has no log of its own that would be written twice; what its steps wrote is its log, stored once with the tasks.
Of a task that has served several orders only the part of the step counts.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from models.read.orders import StepRow, order_steps
from models.read.tasks import task, task_log

#: of what a running task has written so far the bytes from the first number up to the second (None: to the end), by
#: the name of its log file; None: nothing is known
RunningLog = Callable[[str, int, int | None], bytes | None]


def order_log(
    connection: Connection, scheduler_id: str, history_id: int, running: RunningLog | None = None
) -> bytes | None:
    "None when the round is unknown. `running` gives the logs that are not stored yet."
    steps = order_steps(connection, scheduler_id, history_id)
    if not steps:
        return None
    return b"".join(_of_step(connection, scheduler_id, step, running) for step in steps)


def _of_step(connection: Connection, scheduler_id: str, row: StepRow, running: RunningLog | None) -> bytes:
    step = row.step
    state = f"ended {step.ended_at:%Y-%m-%d %H:%M:%SZ}" if step.ended_at else "running"
    problem = f"  {step.problem}" if step.problem else ""
    head = f"--- step {step.step}, node {step.node}, job {row.job}, task {step.task_id}: {state}{problem}\n"
    log = task_log(connection, scheduler_id, step.task_id)
    if log is not None or running is None:
        return head.encode() + (log or b"")[step.log_begin : step.log_end]
    known = task(connection, scheduler_id, step.task_id)
    if known is None or not known.log_file:
        return head.encode()
    return head.encode() + (running(known.log_file, step.log_begin, step.log_end) or b"")
