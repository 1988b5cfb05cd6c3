"""What the files of the configuration held, by saves and deletions on pages.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = "scheduler_id kind path_key path action source account reason ticket operation"


def upgrade() -> None:
    op.create_table(
        "file_versions",
        sa.Column("id", SERIAL, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS.split()),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_versions"),
    )
    for columns in (["scheduler_id", "kind", "path_key", "id"], ["scheduler_id", "id"]):
        op.create_index(f"ix_file_versions_{'_'.join(columns)}", "file_versions", columns)
