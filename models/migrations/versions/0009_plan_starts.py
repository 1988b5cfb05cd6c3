"""Starts of the plan that nothing is told of yet: one row for each object and day.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    names = ("scheduler_id", "day", "kind", "object_key")
    op.create_table(
        "plan_starts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*names, "object", "series")),
        sa.Column("next_at", INSTANT),
        sa.Column("expected_seconds", sa.Float()),
        sa.PrimaryKeyConstraint(*names, name="pk_plan_starts"),
    )
    to_come = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_plan_starts_next", "plan_starts", ["scheduler_id", "next_at"],
        sqlite_where=to_come, postgresql_where=to_come,
    )  # fmt: skip
    # entries of days to come would be told twice; they are worked out again at once
    op.execute("DELETE FROM plan_entries WHERE state = 'planned' AND override = 0")
