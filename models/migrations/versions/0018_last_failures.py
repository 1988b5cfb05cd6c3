"""The last failures are found along their numbers: few of them in a long history made pages read all of it.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    _index("ix_tasks_failed_last", "tasks", "id", "problem_code IS NOT NULL")
    _index("ix_order_runs_failed_last", "order_runs", "history_id", "failed")


def _index(name: str, table: str, number: str, condition: str) -> None:
    only = sa.text(condition)
    op.create_index(name, table, ["scheduler_id", number], sqlite_where=only, postgresql_where=only)
