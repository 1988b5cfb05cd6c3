"""Which jobs wait for their locks, beside those that wait for a process of their class.

Of the jobs that wait now the engine says it anew.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.drop_table("process_waits")
    op.create_table(
        "job_waits",
        sa.Column("scheduler_id", sa.Text(), nullable=False),
        sa.Column("job_key", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("process_class", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("locks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "job_key", name="pk_job_waits"),
    )
