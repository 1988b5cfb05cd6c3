"The control plane's own tables."

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from models.columns import SERIAL, Instant
from models.tables.base import metadata, words

accounts = Table(
    "accounts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("name_key", Text, nullable=False, unique=True),
    words("name"),
    words("role"),
    words("password_hash"),
    Column("created_at", Instant, nullable=False),
    Column("password_changed_at", Instant, nullable=False),
    Column("disabled", Boolean, nullable=False),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("time", Instant, nullable=False),
    words("account_key"),
    words("address"),
    Column("succeeded", Boolean, nullable=False),
    Index(None, "account_key", "time"),
    Index(None, "address", "time"),
)

#: who did what, and what came of it; `account` is the name, because accounts may be deleted
audit = Table(
    "audit",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("time", Instant, nullable=False),
    words("scheduler_id"),
    words("account"),
    words("address"),
    words("action"),
    words("object"),
    words("command"),
    # empty: done; otherwise the code of the refusal
    words("result_code"),
    words("result_text"),
    words("reason"),
    Index(None, "scheduler_id", "id"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    words("value"),
    Column("created_at", Instant, nullable=False),
)
