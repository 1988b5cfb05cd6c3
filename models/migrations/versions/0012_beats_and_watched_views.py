"""How members gave signs of life, minute by minute; views that somebody wants to be told of.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "beat_minutes",
        sa.Column("scheduler_id", sa.Text(), nullable=False),
        sa.Column("minute", INSTANT, nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("silent", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "minute", "member_id", name="pk_beat_minutes"),
    )
    op.add_column("saved_views", sa.Column("told_to", sa.Text()))
