"""Supervisor: workers that are frozen, and what was sent to workers.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def numbers(kind: type[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "workload_freezes",
        *words("scheduler_id", "worker"),
        *numbers(sa.BigInteger, "version"),
        sa.Column("frozen_at", INSTANT, nullable=False),
        *words("frozen_by", "reason"),
        sa.Column("frozen_until", INSTANT),
        sa.PrimaryKeyConstraint("scheduler_id", "worker", name=op.f("pk_workload_freezes")),
    )
    op.create_table(
        "configuration_transfers",
        sa.Column("id", SERIAL, nullable=False),
        *words("scheduler_id", "worker"),
        *numbers(sa.BigInteger, "number", "number_before"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        *words("outcome", "problem"),
        *numbers(sa.Integer, "added", "changed", "removed"),
        *words("files"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration_transfers")),
    )
    op.create_index(
        op.f("ix_configuration_transfers_scheduler_id_worker_id"), "configuration_transfers",
        ["scheduler_id", "worker", "id"],
    )  # fmt: skip
