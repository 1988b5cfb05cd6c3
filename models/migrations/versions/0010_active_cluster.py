"""Active clusters: members that run steps for the leading one.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def later_words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def upgrade() -> None:
    op.add_column("tasks", later_words("member_run"))
    op.add_column("members", sa.Column("distributed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("members", sa.Column("bell_port", sa.Integer()))
    _messages("assignments", "wanted")
    op.create_index("ix_assignments_member", "assignments", ["scheduler_id", "member_run"])
    _messages("step_reports", "heard", sa.Column("log", sa.LargeBinary()))
    _view()


def _messages(table: str, word: str, *more: sa.Column[Any]) -> None:
    op.create_table(
        table,
        words("scheduler_id"),
        sa.Column("task_id", sa.BigInteger(), nullable=False, autoincrement=False),
        words(word),
        words("member_run"),
        words("body"),
        *more,
        sa.PrimaryKeyConstraint("scheduler_id", "task_id", word, name=f"pk_{table}"),
    )


def _view() -> None:
    "The classic view of the members says who shares the orders."
    cluster = import_module("models.migrations.versions.0004_cluster")
    views = import_module("models.migrations.versions.0002_classic_views")
    bind = op.get_bind()
    dialect = views.POSTGRES if bind.dialect.name == "postgresql" else views.SQLITE
    flag = "CASE WHEN t.clustered THEN ' demand_exclusiveness=\"yes\"' ELSE '' END"
    shares = f"{flag} || CASE WHEN t.distributed THEN ' distributed_orders=\"yes\"' ELSE '' END"
    text = cluster.VIEW.replace(flag, shares).format(**views.fragments(dialect))
    bind.exec_driver_sql("DROP VIEW scheduler_clusters")
    bind.exec_driver_sql(f"CREATE VIEW scheduler_clusters AS {text}")
