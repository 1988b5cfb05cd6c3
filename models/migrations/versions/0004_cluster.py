"""Cluster members: roles, heartbeats, commands for other members, take-overs; run times of jobs that came by command.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def instant(name: str, **rules: Any) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, **rules)


def texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


COLUMNS: list[tuple[str, sa.Column[Any]]] = [
    ("jobs", words("run_time_source")),
    ("leases", sa.Column("standing", sa.Text(), nullable=False, server_default=sa.text("'held'"))),
    ("members", flag("clustered")),
    ("members", flag("backup")),
    ("members", flag("dead")),
    ("members", words("deactivated_by")),
    ("members", words("machine")),
    ("members", sa.Column("process_start", sa.BigInteger(), nullable=False, server_default=sa.text("0"))),
    ("members", words("run_token")),
]

VIEW = """
    SELECT t.member_id, t.scheduler_id, t.precedence, {beat} AS last_heart_beat, {beat} + 1 AS next_heart_beat,
        CASE WHEN t.active THEN 1 END AS active, CASE WHEN t.exclusive THEN 1 END AS exclusive,
        CASE WHEN t.dead THEN 1 END AS dead,
        CASE WHEN t.state IN ('paused', 'waiting_for_activation_paused') THEN 1 END AS paused,
        (SELECT max(q.command) FROM member_commands q
            WHERE q.scheduler_id = t.scheduler_id AND q.member_id = t.member_id AND q.done_at IS NULL) AS command,
        'http://' || t.host || ':' || t.tcp_port AS http_url,
        CASE WHEN t.deactivated_by <> '' THEN t.deactivated_by END AS deactivating_member_id,
        '<cluster_member version="' || t.version || '" host="' || t.host || '" pid="' || t.pid || '"'
            || coalesce(' tcp_port="' || t.tcp_port || '"', '') || coalesce(' udp_port="' || t.udp_port || '"', '')
            || coalesce(' backup_precedence="' || t.precedence || '"', '')
            || CASE WHEN t.backup THEN ' backup="yes"' ELSE '' END
            || CASE WHEN t.clustered THEN ' demand_exclusiveness="yes"' ELSE '' END || '/>' AS xml
    FROM members t"""


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, column)
    op.create_table(
        "member_commands",
        *texts("scheduler_id", "member_id", "sender"),
        instant("sent_at", nullable=False),
        *texts("command"),
        instant("run_started_at", nullable=False),
        instant("done_at"),
        *texts("result"),
        sa.PrimaryKeyConstraint("scheduler_id", "member_id", "sender", "sent_at", name="pk_member_commands"),
    )
    op.create_table(
        "takeovers",
        *texts("scheduler_id"),
        sa.Column("epoch", sa.BigInteger(), nullable=False, autoincrement=False),
        *texts("member_id", "predecessor", "reason"),
        instant("last_beat_at"),
        *(instant(name, nullable=False) for name in ("noticed_at", "claimed_at", "loaded_at", "active_at")),
        sa.Column("processes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "epoch", name="pk_takeovers"),
    )
    before = import_module("models.migrations.versions.0002_classic_views")
    bind = op.get_bind()
    dialect = before.POSTGRES if bind.dialect.name == "postgresql" else before.SQLITE
    bind.exec_driver_sql("DROP VIEW scheduler_clusters")
    bind.exec_driver_sql(f"CREATE VIEW scheduler_clusters AS {VIEW.format(**before.fragments(dialect))}")
