"""Record -> row: the values of each record type in the order of its columns.

Values are what both databases take without a driver's help: texts, numbers, booleans, None. Written by hand, because
the writer makes thousands of rows per second: `_value_` of a word is its `value` without the call that this is. The
columns `scheduler_id` (and `modified_at`) belong to the batch and are added by the statement. `forms` names the
columns; `restore` has the way back.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from models.columns import instant_text, pairs_text
from scheduler.cluster.assignment import Assignment
from scheduler.cluster.member_command import CommandToAll, MemberCommand
from scheduler.definitions import FileOrderSink, OrderDefinition
from scheduler.errors import Problem
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.kept_params import kept
from scheduler.params import Params
from scheduler.plan.override import Override
from scheduler.records import Job, JobChain, JobState, Node, Order, Run, SourceFile, Step, Task
from scheduler.task.usage import Usage

Value = str | int | float | bool | None
Row = tuple[Value, ...]

_NO_PROBLEM: tuple[Value, ...] = (None, None, None, None)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else _text_of(instant)


@lru_cache(maxsize=64)
def _text_of(instant: datetime) -> str:
    "One instant stands in several rows of a batch."
    if instant.tzinfo is UTC:  # the usual case, without a further call
        return instant.isoformat(timespec="microseconds")
    return instant_text(instant)


def _problem(problem: Problem | None) -> tuple[Value, ...]:
    if problem is None:
        return _NO_PROBLEM
    return (problem.code, problem.text, problem.line, problem.column)


def _problem_json(problem: Problem | None) -> str | None:
    return None if problem is None else json.dumps(_problem(problem))


def _usage(usage: Usage) -> str:
    "As JSON, by hand: every task has it."
    user, system, peak, below, read, written = usage
    return f"[{user}, {system}, {peak}, {'true' if below else 'false'}, {read}, {written}]"


def _successor(definition: OrderDefinition | None) -> str | None:
    "The definition as a JSON object without the fields that have their default."
    if definition is None:
        return None
    values: dict[str, Any] = {}
    for field in fields(definition):
        if field.name == "run_time":  # comes back from its source
            continue
        value = getattr(definition, field.name)
        if value != field.default:
            values[field.name] = value.pairs() if isinstance(value, Params) else value
    return json.dumps(values)


def member_command_row(command: MemberCommand) -> Row:
    return (
        command.member_id,
        command.sender,
        _instant(command.sent_at),
        command.command,
        _instant(command.run_started_at),
        _instant(command.done_at),
        command.result,
    )


def command_to_all_row(command: CommandToAll) -> Row:
    return (command.sender, _instant(command.sent_at), command.command)


def _fingerprinted(values: Row) -> Row:
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return (*values, blake2b(text.encode(), digest_size=12).hexdigest())


def file_row(file: SourceFile) -> Row:
    definition = file.definition
    if file.by_command and file.successor is not None:  # nobody else knows its text, and it was acknowledged
        definition = file.successor
    return _fingerprinted(
        (
            file.key.kind,
            file.key.path,
            file.path,
            file.file,
            _instant(file.written_at),
            file.state.value,
            *_problem(file.problem),
            file.successor is not None,
            _instant(file.successor_written_at),
            file.removed,
            definition.title if definition else "",
            definition.source if definition else "",
        )
    )


def job_row(job: Job) -> Row:
    definition = job.definition
    return _fingerprinted(
        (
            job.key,
            definition.path,
            definition.title,
            definition.order,
            definition.tasks,
            definition.process_class,
            definition.visible,
            definition.description,
            definition.has_run_time,
            pairs_text(definition.params),
            job.enabled,
            job.stopped,
            job.state is JobState.ERROR,
            job.errors_in_a_row,
            _instant(job.delay_until),
            job.state_text,
            *_problem(job.problem),
            job.good_steps,
            job.good_seconds,
            _instant(job.next_start_at),
            job.run_time_given,
        )
    )


def chain_row(chain: JobChain) -> Row:
    definition = chain.definition
    return _fingerprinted(
        (
            chain.key,
            definition.path,
            definition.title,
            chain.state.value,
            definition.visible,
            definition.orders_recoverable,
            definition.distributed,
            definition.max_orders,
            definition.process_class,
        )
    )


def node_row(node: Node) -> Row:
    definition = node.definition
    return _fingerprinted(
        (
            *node.key,
            node.chain,
            node.position,
            definition.job.lower(),
            definition.job,
            definition.next_state,
            definition.error_state,
            definition.on_error,
            definition.suspend,
            definition.delay,
            node.action.value,
            definition.job_chain,
            _sink(definition.sink),
        )
    )


def _sink(sink: FileOrderSink | None) -> str:
    if sink is None:
        return ""
    return "remove" if sink.remove else sink.move_to


def order_row(order: Order) -> Row:
    return (
        order.chain.lower(),
        order.id,
        order.chain,
        order.node,
        order.initial_node,
        order.state._value_,
        order.origin._value_,
        _instant(order.created_at),
        order.ordering,
        _instant(order.start_at),
        order.priority,
        order.title,
        order.end_node,
        order.original_end_node,
        pairs_text(order.params),
        order.state_text,
        order.setback_count,
        order.touched,
        order.history_id,
        order.steps,
        _instant(order.started_at),
        order.task_id,
        order.last_error,
        order.has_run_time,
        _instant(order.file_written_at),
        order.removed,
        _successor(order.successor),
        order.run_time_source,
        order.xml_payload,
        order.ignore_max_orders,
        order.start_given,
        order.outer_chain,
        order.outer_node,
        None if order.params_before is None else pairs_text(order.params_before),
        _instant(order.ended_at),
        order.cause._value_,
        order.actor,
        order.client,
        None if order.params_given is None else pairs_text(order.params_given),
    )


def override_row(override: Override) -> Row:
    return (
        override.number,
        override.kind,
        override.plan_key.key,
        override.object,
        override.action.value,
        _instant(override.planned_at),
        _instant(override.start_at),
        _instant(override.created_at),
        pairs_text(override.params),
        override.reason,
        override.author,
        override.task_id,
        override.state.value,
    )


def hold_row(hold: Hold) -> Row:
    return hold.kind.value, hold.key.key, hold.object, _instant(hold.until), hold.author


def job_wait_row(wait: JobWait) -> Row:
    return wait.key, wait.job, wait.process_class, _instant(wait.since), "\n".join(wait.locks)


def task_row(task: Task) -> Row:
    return (
        task.id,
        task.job.lower(),
        task.job,
        task.state._value_,
        task.cause._value_,
        task.name,
        pairs_text(task.params),
        json.dumps(task.environment) if task.environment else None,
        _instant(task.enqueued_at),
        _instant(task.start_at),
        task.force,
        _instant(task.started_at),
        _instant(task.ended_at),
        task.pid,
        task.chain,
        task.order_id,
        task.node,
        task.history_id,
        task.step,
        task.steps,
        task.exit_code,
        *_problem(task.problem),
        task.state_text,
        task.log_file,
        _problem_json(task.killed_for),
        task.trigger_files,
        task.member_id,
        task.member_run,
        _usage(task.usage) if task.usage is not None else None,
        task.actor,
        task.client,
        task.host,
    )


def assignment_row(assignment: Assignment) -> Row:
    return (assignment.task_id, assignment.wanted.value, assignment.member_run, assignment.body)


def run_row(run: Run) -> Row:
    params = _kept(run.params)
    return (
        run.history_id,
        run.chain.lower(),
        run.chain,
        run.order_id,
        run.title,
        run.node,
        run.state_text,
        _instant(run.started_at),
        _instant(run.ended_at),
        run.failed,
        run.cause._value_,
        run.actor,
        run.client,
        params,
        params if run.last_params is run.params else _kept(run.last_params),
    )


def _kept(params: Params | None) -> str | None:
    return None if params is None else pairs_text(kept(params))


def step_row(step: Step) -> Row:
    return (
        step.history_id,
        step.step,
        step.task_id,
        step.node,
        _instant(step.started_at),
        _instant(step.ended_at),
        step.exit_code,
        *_problem(step.problem),
        step.log_begin,
        step.log_end,
    )
