"""Which member of a cluster has started a task, which the classic history says, too; when a kept order has ended.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("member_id", sa.Text(), nullable=False, server_default=sa.text("''")))
    instant = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("orders", sa.Column("ended_at", instant))
    fill = import_module("models.migrations.versions.0003_run_times").fill
    fill("scheduler_history", "cluster_member_id", "nullif(t.member_id, '') AS cluster_member_id")
