"""How each record type is stored: its table, its key, its columns in the order of `rows`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from models import rows, tables
from models.members import COLUMNS as MEMBER_COLUMNS
from models.members import KEYS as MEMBER_KEYS
from models.rows import Row, Value
from scheduler.cluster.assignment import Assignment, Report
from scheduler.cluster.member_command import MemberCommand, MemberEntry
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.plan.override import Override
from scheduler.records import (
    Counter,
    Job,
    JobChain,
    Node,
    Order,
    Pause,
    Record,
    Run,
    SourceFile,
    Step,
    Task,
    Variable,
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a record type is stored: `row(record)` gives the values of `columns`; `key(record.key)` those of `keys`.

    `keys` are the first columns of `columns`; together with `scheduler_id` they are the primary key.
    `once`: columns that keep what they were given with the first record of a key.
    """

    table: Table
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    row: Callable[[Any], Row]
    key: Callable[[Any], Row]
    once: tuple[str, ...] = ()


def _one(key: Value) -> Row:
    return (key,)


def _form(
    table: Table,
    row: Callable[[Any], Row],
    keys: str,
    columns: str,
    key: Callable[[Any], Row] = tuple,
    once: tuple[str, ...] = (),
) -> Form:
    names = tuple(keys.split())
    return Form(table, names, (*names, *columns.split()), row, key, once)


_PROBLEM = "problem_code problem_text problem_line problem_column"

#: In the order in which rows are written: what is referred to comes before what refers to it.
FORMS: Mapping[type[Record], Form] = {
    MemberCommand: _form(
        tables.member_commands,
        rows.member_command_row,
        "member_id sender sent_at",
        "command run_started_at done_at result",
    ),
    # only ever dropped by a command; members write their rows themselves
    MemberEntry: Form(tables.members, MEMBER_KEYS, MEMBER_COLUMNS, lambda entry: (entry.member_id,), _one),
    Counter: _form(tables.counters, lambda counter: (counter.name, counter.value), "name", "value", _one),
    Variable: _form(tables.variables, lambda v: (v.key, v.name, v.value), "name_key", "name value", _one),
    Pause: _form(tables.settings, lambda p: (p.key, "true" if p.paused else "false"), "name", "value", _one),
    SourceFile: _form(
        tables.files,
        rows.file_row,
        "kind path_key",
        f"path file written_at state {_PROBLEM} successor successor_written_at removed title source fingerprint",
    ),
    Job: _form(
        tables.jobs,
        rows.job_row,
        "path_key",
        "path title order_controlled max_tasks process_class visible description has_run_time params enabled stopped"
        f" faulty errors_in_a_row delay_until state_text {_PROBLEM} good_steps good_seconds next_start_at"
        " run_time_source fingerprint",
        _one,
    ),
    JobChain: _form(
        tables.job_chains,
        rows.chain_row,
        "path_key",
        "path title state visible orders_recoverable distributed max_orders process_class fingerprint",
        _one,
    ),
    Node: _form(
        tables.job_chain_nodes,
        rows.node_row,
        "chain_key node",
        "chain position job_key job next_state error_state on_error suspend delay_seconds action nested_chain sink"
        " fingerprint",
    ),
    Override: _form(
        tables.plan_overrides,
        rows.override_row,
        "number",
        "kind object_key object action planned_at start_at created_at params reason author task_id state",
        _one,
    ),
    JobWait: _form(tables.job_waits, rows.job_wait_row, "job_key", "job process_class since locks", _one),
    Hold: _form(tables.holds, rows.hold_row, "kind object_key", "object until author"),
    Order: _form(
        tables.orders,
        rows.order_row,
        "chain_key order_id",
        "chain node initial_node state origin created_at ordering start_at priority title end_node"
        " original_end_node params state_text setback_count touched history_id steps started_at task_id last_error"
        " has_run_time file_written_at removed successor run_time_source xml_payload ignore_max_orders start_given"
        " outer_chain outer_node params_before ended_at cause actor client params_given",
    ),
    Run: _form(
        tables.order_runs,
        rows.run_row,
        "history_id",
        "chain_key chain order_id title node state_text started_at ended_at failed cause actor client params"
        " last_params",
        _one,
        once=("params",),
    ),
    Step: _form(
        tables.order_steps,
        rows.step_row,
        "history_id step",
        f"task_id node started_at ended_at exit_code {_PROBLEM} log_begin log_end",
    ),
    Task: _form(
        tables.tasks,
        rows.task_row,
        "id",
        "job_key job state cause name params environment enqueued_at start_at force started_at ended_at pid chain"
        f" order_id node history_id step steps exit_code {_PROBLEM} state_text log_file killed_for trigger_files"
        " member_id member_run usage actor client host",
        _one,
    ),
    Assignment: _form(tables.assignments, rows.assignment_row, "task_id wanted", "member_run body"),
    # only ever dropped here; whoever ran the step has written it
    Report: _form(tables.step_reports, lambda report: report.key, "task_id heard", "member_run body log"),
}


def fingerprint(record: SourceFile | Job | JobChain | Node) -> str:
    """What identifies the stored form of a record.

    Equal to the one in `load.Loaded`: the row would be written unchanged, so it need not be written.
    """
    return str(FORMS[type(record)].row(record)[-1])
