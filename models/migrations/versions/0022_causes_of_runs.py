"""Why a round of an order began, who ordered it, and with which parameters it began and ended; who queued a task.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for table in ("orders", "order_runs"):
        op.add_column(table, _words("cause"))
        op.add_column(table, _words("actor"))
    # NULL: not known
    op.add_column("orders", sa.Column("params_given", sa.Text()))
    op.add_column("order_runs", sa.Column("params", sa.Text()))
    op.add_column("order_runs", sa.Column("last_params", sa.Text()))
    op.add_column("tasks", _words("actor"))


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
