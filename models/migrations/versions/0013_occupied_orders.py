"""The classic view of the orders says which member of an active cluster runs a step now.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from importlib import import_module

from alembic import op

revision = "0013"
down_revision = "0012"

OCCUPIED = """(SELECT nullif(k.member_id, '') FROM tasks k
WHERE k.scheduler_id = t.scheduler_id AND k.id = t.task_id AND k.ended_at IS NULL) AS occupying_cluster_member_id"""


def upgrade() -> None:
    views = import_module("models.migrations.versions.0002_classic_views")
    later = import_module("models.migrations.versions.0003_run_times")
    bind = op.get_bind()
    dialect = views.POSTGRES if bind.dialect.name == "postgresql" else views.SQLITE
    query = views.VIEWS["scheduler_orders"]
    query = query.replace("{null_text} AS occupying_cluster_member_id", OCCUPIED)
    query = query.replace("{null_text} AS run_time", later.RUN_TIME)
    bind.exec_driver_sql("DROP VIEW scheduler_orders")
    bind.exec_driver_sql(f"CREATE VIEW scheduler_orders AS {query.format(**views.fragments(dialect))}")
