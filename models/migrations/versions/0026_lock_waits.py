"""For which locks jobs wait, beside those that wait for a process of their class.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    # empty: it lacks a process
    op.add_column("process_waits", sa.Column("locks", sa.Text(), nullable=False, server_default=sa.text("''")))
