"""Run times, nested job chains, logs of single steps, average durations of steps.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def number(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text("0"))


COLUMNS: list[tuple[str, sa.Column[Any]]] = [
    ("orders", words("run_time_source")),
    ("orders", words("xml_payload")),
    ("orders", sa.Column("ignore_max_orders", sa.Boolean(), nullable=False, server_default=sa.false())),
    ("orders", sa.Column("start_given", sa.Boolean(), nullable=False, server_default=sa.false())),
    ("orders", words("outer_chain")),
    ("orders", words("outer_node")),
    ("tasks", words("trigger_files")),
    ("job_chain_nodes", words("nested_chain")),
    ("job_chain_nodes", words("sink")),
    ("order_steps", number("log_begin", sa.BigInteger())),
    ("order_steps", sa.Column("log_end", sa.BigInteger())),
    ("jobs", number("good_steps", sa.BigInteger())),
    ("jobs", number("good_seconds", sa.Float())),
    ("jobs", sa.Column("next_start_at", INSTANT)),
]

#: the columns of the views that are no longer empty
RUN_TIME = "CASE WHEN t.run_time_source <> '' THEN t.run_time_source END AS run_time"
NEXT_START = {
    "sqlite": "replace(substr(t.next_start_at, 1, 19), 'T', ' ') AS next_start_time",
    "postgresql": "to_char(t.next_start_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS next_start_time",
}


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, column)
    bind = op.get_bind()
    fill("scheduler_orders", "run_time", RUN_TIME)
    fill("scheduler_jobs", "next_start_time", NEXT_START[bind.dialect.name])


def fill(view: str, column: str, expression: str) -> None:
    "The view of the revision before, with something in a column that was empty."
    before = import_module("models.migrations.versions.0002_classic_views")
    bind = op.get_bind()
    dialect = before.POSTGRES if bind.dialect.name == "postgresql" else before.SQLITE
    query = before.VIEWS[view].replace(f"{{null_text}} AS {column}", expression)
    bind.exec_driver_sql(f"DROP VIEW {view}")
    bind.exec_driver_sql(f"CREATE VIEW {view} AS {query.format(**before.fragments(dialect))}")
