"""Members tell their further ports; the classic view of the orders tells when those of distributed chains may be taken.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

PORTS = ("http_port", "https_port")
#: the classic engine's instants that are none
NOW, NEVER, BLACKLISTED, REPLACED = (
    "2000-01-01 00:00:00", "3111-11-11 00:00:00", "3111-11-11 00:01:00", "3111-11-11 00:02:00"
)  # fmt: skip
DUE = {"sqlite": "t.start_at <= strftime('%Y-%m-%dT%H:%M:%S', 'now')", "postgresql": "t.start_at <= now()"}
DISTRIBUTED = (
    "EXISTS (SELECT 1 FROM job_chains c WHERE c.scheduler_id = t.scheduler_id AND c.path_key = t.chain_key"
    " AND c.distributed)"
)


def upgrade() -> None:
    for name in PORTS:
        op.add_column("members", sa.Column(name, sa.Integer()))
    views = import_module("models.migrations.versions.0002_classic_views")
    bind = op.get_bind()
    dialect = views.POSTGRES if bind.dialect.name == "postgresql" else views.SQLITE
    for name, query in (("scheduler_clusters", _members()), ("scheduler_orders", _orders(dialect, bind.dialect.name))):
        bind.exec_driver_sql(f"DROP VIEW {name}")
        bind.exec_driver_sql(f"CREATE VIEW {name} AS {query.format(**views.fragments(dialect))}")


def _members() -> str:
    view: str = import_module("models.migrations.versions.0004_cluster").VIEW
    clustered = "CASE WHEN t.clustered THEN ' demand_exclusiveness=\"yes\"' ELSE '' END"
    more = ["CASE WHEN t.distributed THEN ' distributed_orders=\"yes\"' ELSE '' END"]
    more += [f"coalesce(' {name}=\"' || t.{name} || '\"', '')" for name in PORTS]
    return view.replace(clustered, " || ".join((clustered, *more)))


def _orders(dialect: Any, name: str) -> str:
    views = import_module("models.migrations.versions.0002_classic_views")
    later = import_module("models.migrations.versions.0003_run_times")
    occupied = import_module("models.migrations.versions.0013_occupied_orders").OCCUPIED
    query: str = views.VIEWS["scheduler_orders"]
    query = query.replace("{null_text} AS occupying_cluster_member_id", occupied)
    query = query.replace("{null_text} AS run_time", later.RUN_TIME)
    known = "{null_time} AS distributed_next_time"
    return query.replace(known, f"{_next_time(dialect, name)} AS distributed_next_time")


def _next_time(dialect: Any, name: str) -> str:
    def instant(text: str) -> str:
        return f"CAST('{text}' AS {dialect.timestamp})"

    return (
        f"CASE WHEN NOT {DISTRIBUTED} THEN {{null_time}}"
        f" WHEN t.state = 'blacklisted' THEN {instant(BLACKLISTED)}"
        f" WHEN t.successor IS NOT NULL THEN {instant(REPLACED)}"
        f" WHEN t.state IN ('suspended', 'suspending') OR t.start_at IS NULL THEN {instant(NEVER)}"
        f" WHEN {DUE[name]} THEN {instant(NOW)} ELSE {dialect.time % 't.start_at'} END"
    )
