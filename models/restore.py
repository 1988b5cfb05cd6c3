"""Row -> record, the way back from `rows`.

The rows come from Core SELECTs of whole tables, so the column types have already made instants, words and
parameter sets of their values. Jobs, chains, nodes and files have no way back: their definitions are
read from the configuration again, and `load` returns what outlasts a restart.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Row

from models import tables
from scheduler import paths
from scheduler.configuration.run_time import run_time_of
from scheduler.definitions import OrderDefinition
from scheduler.errors import Problem
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.params import Params
from scheduler.plan.override import Override
from scheduler.records import Order, Run, RunCause, Step, Task, Variable
from scheduler.task.usage import Usage


def problem_of(row: Row[Any]) -> Problem | None:
    "The problem in a row with the four columns, or None."
    if row.problem_code is None:
        return None
    return Problem(row.problem_code, row.problem_text, row.problem_line, row.problem_column)


#: The columns in the order of the fields of `Order`: a restart reads ten thousand of them, and by position that takes
#: half the time.
ORDER_COLUMNS: tuple[Column[Any], ...] = tuple(
    tables.orders.c["order_id" if field.name == "id" else field.name]
    for field in fields(Order)
    if field.name not in ("run_time", "params_at_start")
)
_SUCCESSOR = [column.name for column in ORDER_COLUMNS].index("successor")
_RUN_TIME = [field.name for field in fields(Order)].index("run_time")
_RUN_TIME_SOURCE = [column.name for column in ORDER_COLUMNS].index("run_time_source")


def order_of(row: Row[Any]) -> Order:
    "From a row that begins with `ORDER_COLUMNS`."
    values = list(row[: len(ORDER_COLUMNS)])
    if values[_SUCCESSOR] is not None:
        values[_SUCCESSOR] = _successor(values[_SUCCESSOR])
    source = values[_RUN_TIME_SOURCE]
    values.insert(_RUN_TIME, run_time_of(source, paths.folder(row.outer_chain or row.chain)) if source else None)
    return Order(*values)


def _successor(values: dict[str, Any]) -> OrderDefinition:
    if "params" in values:
        values = values | {"params": Params([(name, value) for name, value in values["params"]])}
    if values.get("run_time_source"):
        values = values | {"run_time": run_time_of(values["run_time_source"], paths.folder(values["chain"]))}
    if "cause" in values:
        values = values | {"cause": RunCause(values["cause"])}
    return OrderDefinition(**values)


def task_of(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        job=row.job,
        state=row.state,
        cause=row.cause,
        name=row.name,
        params=row.params,
        environment=tuple((name, value) for name, value in row.environment or ()),
        enqueued_at=row.enqueued_at,
        start_at=row.start_at,
        force=row.force,
        started_at=row.started_at,
        ended_at=row.ended_at,
        pid=row.pid,
        chain=row.chain,
        order_id=row.order_id,
        node=row.node,
        history_id=row.history_id,
        step=row.step,
        steps=row.steps,
        exit_code=row.exit_code,
        problem=problem_of(row),
        state_text=row.state_text,
        log_file=row.log_file,
        killed_for=Problem(*row.killed_for) if row.killed_for else None,
        trigger_files=row.trigger_files,
        member_id=row.member_id,
        member_run=row.member_run,
        usage=Usage(*row.usage) if row.usage is not None else None,
        actor=row.actor,
        client=row.client,
        host=row.host,
    )


def run_of(row: Row[Any]) -> Run:
    return Run(
        history_id=row.history_id,
        chain=row.chain,
        order_id=row.order_id,
        title=row.title,
        node=row.node,
        state_text=row.state_text,
        started_at=row.started_at,
        ended_at=row.ended_at,
        failed=row.failed,
        cause=row.cause,
        actor=row.actor,
        client=row.client,
        params=row.params,
        last_params=row.last_params,
    )


def step_of(row: Row[Any]) -> Step:
    return Step(
        history_id=row.history_id,
        step=row.step,
        task_id=row.task_id,
        node=row.node,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        problem=problem_of(row),
        log_begin=row.log_begin,
        log_end=row.log_end,
    )


def override_of(row: Row[Any]) -> Override:
    return Override(
        number=row.number,
        kind=row.kind,
        object=row.object,
        action=row.action,
        planned_at=row.planned_at,
        start_at=row.start_at,
        created_at=row.created_at,
        params=row.params,
        reason=row.reason,
        author=row.author,
        task_id=row.task_id,
        state=row.state,
    )


def hold_of(row: Row[Any]) -> Hold:
    return Hold(kind=row.kind, object=row.object, until=row.until, author=row.author)


def job_wait_of(row: Row[Any]) -> JobWait:
    locks = tuple(row.locks.split("\n")) if row.locks else ()
    return JobWait(job=row.job, process_class=row.process_class, since=row.since, locks=locks)


def variable_of(row: Row[Any]) -> Variable:
    return Variable(name=row.name, value=row.value)


def paused_of(value: str) -> bool:
    "The stored value of `records.Pause`."
    return bool(json.loads(value))
