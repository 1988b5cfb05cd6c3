"Two tasks of a job, or two runs of an order, beside each other."

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import Blueprint, abort, render_template

from models import read
from models.read.orders import StepRow
from scheduler.records import Run, Task
from web import comparison, database, log_secrets, log_text, paging, scope
from web.comparison import Line, Value
from web.log_secrets import Secrets
from web.permissions import may
from web.words import N_

blueprint = Blueprint("comparisons", __name__, url_prefix="/s/<scheduler_id>/compare")

#: bytes of each log that are looked at
MOST_LOG = 2 << 20

T = TypeVar("T")


@blueprint.get("/tasks")
def tasks(scheduler_id: str) -> str:
    "`?one=` is compared with `?other=`, or without it with the task of the job before."
    scope.enter(scheduler_id)
    one = _found(read.task(database.read(), scheduler_id, _number("one")))
    number = paging.number("other")
    if number is None:
        before = read.tasks(database.read(), scheduler_id, job=one.job, view="ended", before=one.id, limit=1)
        other = before[0] if before else None
    else:
        other = _found(read.task(database.read(), scheduler_id, number))
    if other is not None and other.job.lower() != one.job.lower():
        abort(404)
    return render_template(
        "comparisons/tasks.html",
        one=one,
        other=other,
        values=comparison.values(one.params, other.params) if other else [],
        seconds=comparison.seconds,
        lines=_task_logs(scheduler_id, one, other) if other and may("logs.view", one.job) else None,
    )


@blueprint.get("/runs")
def runs(scheduler_id: str) -> str:
    "As `tasks`, of the runs of one order; without `?other=` with its run before, or else that of another order."
    scope.enter(scheduler_id)
    connection = database.read()
    one = _found(read.order_run(connection, scheduler_id, _number("one")))
    number = paging.number("other")
    other = _before(scheduler_id, one) if number is None else _found(read.order_run(connection, scheduler_id, number))
    if other is not None and other.chain.lower() != one.chain.lower():
        abort(404)
    steps = [read.order_steps(connection, scheduler_id, run.history_id) if run else [] for run in (one, other)]
    return render_template(
        "comparisons/runs.html",
        one=one,
        other=other,
        pairs=comparison.pairs(*steps),
        params=_params_of_runs(one, other) if other else [],
        seconds=comparison.seconds,
        lines=_run_logs(scheduler_id, [one, other], steps) if other and may("logs.view", one.chain) else None,
    )


def _params_of_runs(one: Run, other: Run) -> list[tuple[str, list[Value]]]:
    "What was different, by when; without what is not known of one of them."
    both = [(N_("when it began"), one.params, other.params), (N_("at the end"), one.last_params, other.last_params)]
    return [(when, comparison.values(a, b)) for when, a, b in both if a is not None and b is not None]


def _before(scheduler_id: str, run: Run) -> Run | None:
    "The run of the same order before; of an order that ran only once that of another order of the chain."
    connection = database.read()
    for order_id in (run.order_id, None):
        found = read.order_runs(connection, scheduler_id, run.chain, order_id, limit=1, before=run.history_id)
        if found:
            return found[0]
    return None


def _task_logs(scheduler_id: str, one: Task, other: Task) -> list[Line] | None:
    "None: one of the logs is not kept."
    connection = database.read()
    logs = [read.task_log(connection, scheduler_id, task.id) for task in (one, other)]
    secrets = [log_secrets.of_task(connection, scheduler_id, task) for task in (one, other)]
    return _differences(logs[0], logs[1], *secrets)


def _run_logs(scheduler_id: str, runs: Sequence[Run], steps: Sequence[list[StepRow]]) -> list[Line] | None:
    logs = [_run_log(scheduler_id, rows) for rows in steps]
    secrets = [_run_secrets(scheduler_id, run, rows) for run, rows in zip(runs, steps, strict=True)]
    return _differences(logs[0], logs[1], *secrets)


def _run_secrets(scheduler_id: str, run: Run, rows: list[StepRow]) -> Secrets:
    connection = database.read()
    found = [read.task(connection, scheduler_id, number) for number in {row.step.task_id for row in rows}]
    return log_secrets.of_order(connection, scheduler_id, run, [task for task in found if task is not None])


def _run_log(scheduler_id: str, rows: list[StepRow]) -> bytes:
    "What the steps have written, one after the other, as far as it is looked at."
    whole = b""
    for row in rows:
        if len(whole) >= MOST_LOG:
            break
        log = read.task_log(database.read(), scheduler_id, row.step.task_id) or b""
        whole += log[row.step.log_begin : row.step.log_end]
    return whole


def _differences(
    one: bytes | None, other: bytes | None, of_one: Secrets, of_other: Secrets
) -> list[Line] | None:
    return None if one is None or other is None else comparison.lines(_lines(one, of_one), _lines(other, of_other))


def _lines(log: bytes, secrets: Secrets) -> list[str]:
    "Without secrets, and without the stamps, which always differ."
    window = log_text.window(log[:MOST_LOG], 0, len(log), None, final=True)
    return [line.rest for line in secrets.window(window).lines]


def _number(name: str) -> int:
    number = paging.number(name)
    if number is None:
        abort(404)
    return number


def _found(record: T | None) -> T:
    if record is None:
        abort(404)
    return record
