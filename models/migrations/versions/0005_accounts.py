"""Accounts: roles, permissions, tokens, sessions of the control plane.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names.split()]


def later(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def instant(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=nullable)


def serial() -> sa.Column[Any]:
    return sa.Column("id", SERIAL, nullable=False)


def account() -> sa.Column[Any]:
    return sa.Column("account_id", sa.BigInteger(), nullable=False)


def of_account(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_accounts"
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    _roles()
    _accounts()
    _keys()
    _audit()
    _operations()
    _pages()


def _roles() -> None:
    op.create_table(
        "roles",
        *words("key name words permissions"),
        instant("changed_at"),
        sa.PrimaryKeyConstraint("key", name="pk_roles"),
    )
    op.create_table(
        "account_roles",
        account(),
        *words("role scheduler_id folder"),
        sa.PrimaryKeyConstraint("account_id", "role", "scheduler_id", "folder", name="pk_account_roles"),
        of_account("account_roles"),
    )


def _accounts() -> None:
    op.execute(
        "INSERT INTO account_roles (account_id, role, scheduler_id, folder) SELECT id, role, '', '/' FROM accounts"
    )
    op.drop_column("accounts", "role")
    op.add_column("accounts", later("full_name"))
    op.add_column("accounts", sa.Column("source", sa.Text(), nullable=False, server_default=sa.text("'local'")))
    op.add_column("accounts", later("subject"))
    op.add_column("accounts", sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("accounts", instant("last_login_at", nullable=True))
    op.add_column("accounts", sa.Column("preferences", sa.Text()))


def _keys() -> None:
    op.create_table(
        "sessions",
        *words("key"),
        account(),
        instant("created_at"),
        instant("used_at"),
        instant("confirmed_at"),
        *words("address browser"),
        sa.PrimaryKeyConstraint("key", name="pk_sessions"),
        of_account("sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "tokens",
        serial(),
        account(),
        *words("name prefix digest"),
        sa.Column("permissions", sa.Text()),
        instant("created_at"),
        instant("expires_at", nullable=True),
        instant("used_at", nullable=True),
        *words("used_from"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
        of_account("tokens"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"])


def _audit() -> None:
    for name in ("token", "ticket", "operation"):
        op.add_column("audit", later(name))
    op.create_index("ix_audit_object_id", "audit", ["object", "id"])
    op.create_table(
        "audit_links",
        serial(),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        *words("part digest checksum"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_links"),
    )
    op.create_index("ix_audit_links_entry", "audit_links", ["entry"])


def _operations() -> None:
    op.create_table(
        "operations",
        *words("key batch"),
        account(),
        *words("account token address scheduler_id action object command reason ticket state code text made approver"),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        instant("created_at"),
        instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_operations"),
    )
    op.create_index("ix_operations_batch", "operations", ["batch"])
    op.create_index("ix_operations_state_created_at", "operations", ["state", "created_at"])
    op.create_table(
        "batches",
        *words("key"),
        account(),
        *words("account scheduler_id action reason ticket state"),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("work", sa.Text()),
        instant("created_at"),
        instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_batches"),
    )


def _pages() -> None:
    op.create_table(
        "web_settings",
        *words("name value"),
        sa.PrimaryKeyConstraint("name", name="pk_web_settings"),
    )
    op.create_table(
        "saved_views",
        serial(),
        account(),
        *words("name page query"),
        sa.Column("shared", sa.Boolean(), nullable=False),
        instant("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        of_account("saved_views"),
    )
    op.create_index("ix_saved_views_account_id", "saved_views", ["account_id"])
