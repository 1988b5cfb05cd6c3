"What the monitor has noticed, whom it tells, and by which rules."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from models.columns import Instant, Json, WordOf
from models.tables.base import metadata, number_key, scheduler_id, words
from scheduler.monitor.delivery import DeliveryState
from scheduler.monitor.events import Event
from scheduler.monitor.notice import NoticeState
from scheduler.monitor.rules import Severity

#: the rules in force, as the file says them, and what is wrong with its newest version (empty: nothing)
monitor_rules = Table(
    "monitor_rules",
    metadata,
    scheduler_id(),
    words("file"),
    words("source"),
    Column("read_at", Instant, nullable=False),
    words("problem"),
)

notices = Table(
    "notices",
    metadata,
    scheduler_id(),
    number_key("number"),
    words("rule"),
    Column("event", WordOf(Event), nullable=False),
    Column("severity", WordOf(Severity), nullable=False),
    words("object"),
    words("object_key"),
    # what it was about last; a text that rises with time
    words("about"),
    words("text"),
    Column("state", WordOf(NoticeState), nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    # steps of the rule that were taken, and when the next one is due
    Column("steps", Integer, nullable=False),
    Column("next_at", Instant),
    words("changed_by"),
    Column("changed_at", Instant),
    words("comment"),
    Column("ended_at", Instant),
    Index("ix_notices_key", "scheduler_id", "rule", "event", "object_key", "number"),
)

deliveries = Table(
    "deliveries",
    metadata,
    scheduler_id(),
    number_key("number"),
    Column("notice", BigInteger, nullable=False),
    words("means"),
    words("target"),
    Column("detail", Json),
    words("subject"),
    Column("body", Text, nullable=False),
    Column("recovered", Boolean, nullable=False),
    Column("state", WordOf(DeliveryState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("ended_at", Instant),
    words("problem"),
    Index("ix_deliveries_notice", "scheduler_id", "notice"),
)
