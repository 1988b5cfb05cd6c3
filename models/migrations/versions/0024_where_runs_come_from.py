"""From which client the start of a task or of a round was ordered; on which host a task ran.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    # empty: not known
    for table, name in (("orders", "client"), ("order_runs", "client"), ("tasks", "client"), ("tasks", "host")):
        op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
