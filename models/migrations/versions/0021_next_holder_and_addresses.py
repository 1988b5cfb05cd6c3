"""Who goes on after a switch-over; what members know of their commits and files; the classic view has HTTP addresses.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

#: the interface that its ports are open on, if it is not every one
HOST = "CASE WHEN t.ip_address IN ('', '0.0.0.0', '::') THEN t.host ELSE t.ip_address END"
ADDRESS = (
    f"CASE WHEN t.https_port IS NOT NULL THEN 'https://' ELSE 'http://' END || {HOST}"
    " || ':' || coalesce(t.https_port, t.http_port, t.tcp_port)"
)


def later_words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def upgrade() -> None:
    op.add_column("leases", later_words("next_holder"))
    op.add_column("members", sa.Column("commit_seconds", sa.Float()))
    op.add_column("members", later_words("files_digest"))
    before: str = import_module("models.migrations.versions.0015_ports_and_next_times")._members()
    views = import_module("models.migrations.versions.0002_classic_views")
    bind = op.get_bind()
    dialect = views.POSTGRES if bind.dialect.name == "postgresql" else views.SQLITE
    known = "'http://' || t.host || ':' || t.tcp_port AS http_url"
    if known not in before:
        raise RuntimeError("the view of the members is not the one that this revision knows")
    query = before.replace(known, f"{ADDRESS} AS http_url").format(**views.fragments(dialect))
    bind.exec_driver_sql("DROP VIEW scheduler_clusters")
    bind.exec_driver_sql(f"CREATE VIEW scheduler_clusters AS {query}")
