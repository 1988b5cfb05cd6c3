"""Plan days say when more is expected at once than a process class permits.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("plan_days", sa.Column("peaks", sa.Text()))
