"What happened, in order: one row per change. The numbers rise without gaps and are never used twice."

from __future__ import annotations

from sqlalchemy import Column, Table

from models.columns import Instant, Json
from models.tables.base import metadata, number_key, scheduler_id, words

journal = Table(
    "journal",
    metadata,
    scheduler_id(),
    number_key("id"),
    Column("time", Instant, nullable=False),
    words("kind"),
    words("object"),
    Column("detail", Json),
)
