"""Supervisor: registered workload schedulers and configuration versions.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instants(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, INSTANT) for name in names]


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "configuration_contents",
        *words("scheduler_id", "digest"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        key("configuration_contents", "scheduler_id", "digest"),
    )
    op.create_table(
        "configuration_versions",
        *words("scheduler_id", "worker"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *words("checksum", "source", "manifest"),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        *words("origin", "revision", "released_by"),
        key("configuration_versions", "scheduler_id", "worker", "number"),
    )
    op.create_table(
        "workload_schedulers",
        *words("scheduler_id", "name", "worker_scheduler_id", "protocol", "ip", "hostname"),
        sa.Column("tcp_port", sa.Integer(), nullable=False),
        sa.Column("udp_port", sa.Integer(), nullable=False),
        *words("version", "directory"),
        sa.Column("is_cluster_member", sa.Boolean(), nullable=False),
        *instants("connected_at", "disconnected_at", "last_contact", "transferred_at"),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("problem_code", sa.Text()),
        sa.Column("problem_text", sa.Text()),
        sa.Column("faults", sa.Text(), nullable=False),
        key("workload_schedulers", "scheduler_id", "name"),
    )
    op.create_table(
        "configuration_releases",
        sa.Column("id", SERIAL, nullable=False),
        *words("scheduler_id", "revision", "title", "previous"),
        sa.Column("released_at", INSTANT, nullable=False),
        *words("released_by"),
        sa.Column("workers", sa.Integer(), nullable=False),
        key("configuration_releases", "id"),
    )
    op.create_index("ix_configuration_releases_scheduler_id_id", "configuration_releases", ["scheduler_id", "id"])
