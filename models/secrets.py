"Secrets of the control plane, such as the key that signs its sessions."

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from models.columns import Instant

_KEEP = text(
    "INSERT INTO secrets (name, value, created_at) VALUES (:name, :value, :now) ON CONFLICT (name) DO NOTHING"
).bindparams(bindparam("now", type_=Instant()))
_READ = text("SELECT value FROM secrets WHERE name = :name")


def take(connection: Connection, name: str, value: str, now: datetime) -> str:
    """The secret of that name; `value` becomes it when there is none yet.

    Of several callers at once one decides, and all get the same. The caller commits.
    """
    connection.execute(_KEEP, {"name": name, "value": value, "now": now})
    kept: str = connection.execute(_READ, {"name": name}).scalar_one()
    return kept
