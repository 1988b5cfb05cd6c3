"A run of an order with the logs of its steps."

from __future__ import annotations

from dataclasses import replace

from models.batch import TaskLog
from scheduler.records import Cause, Run, Step, Task
from tests.support.rows import Rows, a_run, a_step, a_task

#: the address of its log
MANY = "/s/demo/orders/chain/-/1/-/runs/50/log"


def a_step_with_task(number: int, **values: object) -> tuple[Step, Task]:
    "Step `number` of run 50 and its task of the same number."
    step = a_step(50, number, 500 + number, node=f"node{number}", **values)
    task = a_task(500 + number, cause=Cause.ORDER, chain="/chain", order_id="1", history_id=50, step=number)
    return step, replace(task, exit_code=step.exit_code, problem=step.problem)


def put_run(url: str, logs: dict[int, bytes], **values: object) -> Run:
    "Run 50 with a step for each log."
    run = a_run(50, **values)
    pairs = [a_step_with_task(number) for number in logs]
    with Rows(url) as rows:
        rows.put(run, *pairs, logs=[TaskLog(500 + number, log) for number, log in logs.items()])
    return run
