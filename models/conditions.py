"""Conditions of the partial indexes, written literally: with a bound value SQLite would not use the index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column

#: the order is still in its chain
ORDER_OPEN: ColumnElement[bool] = literal_column("orders.state <> 'ended'")
#: the task is queued or has a process
TASK_OPEN: ColumnElement[bool] = literal_column("tasks.state <> 'ended'")
#: the override of the plan was not withdrawn
OVERRIDE_COUNTS: ColumnElement[bool] = literal_column("plan_overrides.state <> 'withdrawn'")
TASK_FAILED: ColumnElement[bool] = literal_column("tasks.problem_code IS NOT NULL")
RUN_FAILED: ColumnElement[bool] = literal_column("order_runs.failed")
FILE_FAULTY: ColumnElement[bool] = literal_column("files.problem_code IS NOT NULL")
#: something may still become of the entry of the plan
ENTRY_UNSETTLED: ColumnElement[bool] = literal_column(
    "plan_entries.state NOT IN ('finished', 'failed', 'skipped', 'missed')"
)
#: the entry follows from run times and changes alone; nothing has come of the start
ENTRY_REPLACEABLE: ColumnElement[bool] = literal_column("plan_entries.state NOT IN ('finished', 'failed', 'missed')")
