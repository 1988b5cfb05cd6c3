"""How long the clean-up keeps what, as the process that hosts it was told.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("service_instances", sa.Column("retention", sa.Text()))
