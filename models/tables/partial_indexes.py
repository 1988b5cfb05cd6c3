"""Indexes that cover a part of their table: the rows that somebody looks for among many that are over.

A file of its own, for migrations and their tests: an index with a condition makes SQLAlchemy load the dialects of both
databases. That takes 2 MB and a twentieth of the start of a process that never makes a table.
"""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from models.tables.notices import deliveries, notices
from models.tables.objects import files
from models.tables.orders import order_runs, orders
from models.tables.plan import plan_entries, plan_overrides, plan_starts
from models.tables.tasks import tasks


def _index(name: str, table: Table, columns: str, condition: str) -> None:
    only = text(condition)
    Index(name, *(table.c[each] for each in columns.split()), sqlite_where=only, postgresql_where=only)


_index("ix_files_problem", files, "scheduler_id kind path_key", "problem_code IS NOT NULL")
_index("ix_tasks_open", tasks, "scheduler_id job_key", "state <> 'ended'")
_index("ix_tasks_failed", tasks, "scheduler_id ended_at", "problem_code IS NOT NULL")
_index("ix_tasks_failed_last", tasks, "scheduler_id id", "problem_code IS NOT NULL")
_index("ix_orders_open", orders, "scheduler_id chain_key node state", "state <> 'ended'")
_index("ix_order_runs_open", order_runs, "scheduler_id history_id", "ended_at IS NULL")
_index("ix_order_runs_failed", order_runs, "scheduler_id ended_at", "failed")
_index("ix_order_runs_failed_last", order_runs, "scheduler_id history_id", "failed")
_index("ix_plan_overrides_counting", plan_overrides, "scheduler_id number", "state <> 'withdrawn'")
_index("ix_plan_starts_next", plan_starts, "scheduler_id next_at", "next_at IS NOT NULL")
_index(
    "ix_plan_entries_unsettled", plan_entries, "scheduler_id start_at",
    "state NOT IN ('finished', 'failed', 'skipped', 'missed')",
)  # fmt: skip
_index("ix_notices_open", notices, "scheduler_id number", "state IN ('open', 'acknowledged')")
_index("ix_deliveries_waiting", deliveries, "scheduler_id next_at", "state = 'waiting'")
