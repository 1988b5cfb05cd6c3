"The background services: who may host them, how each of them is wanted, its runs, and how far it has come."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from models.columns import Instant, Json
from models.tables.base import key, metadata, number_key, scheduler_id, words

#: a process that hosts the services, or waits to
service_instances = Table(
    "service_instances",
    metadata,
    scheduler_id(),
    key("name"),
    words("host"),
    Column("pid", Integer, nullable=False),
    words("version"),
    Column("started_at", Instant, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("active_since", Instant),
    # somebody wishes that this one takes over
    Column("wanted_at", Instant),
    words("wanted_by"),
    # what its clean-up keeps for how long, see `scheduler.retention.Retention.told`
    Column("retention", Json),
)

service_states = Table(
    "service_states",
    metadata,
    scheduler_id(),
    key("service"),
    Column("paused", Boolean, nullable=False),
    words("changed_by"),
    Column("changed_at", Instant),
    Column("run_asked_at", Instant),
    Column("next_run_at", Instant),
)

service_runs = Table(
    "service_runs",
    metadata,
    scheduler_id(),
    number_key("number"),
    words("service"),
    words("instance"),
    words("cause"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("failed", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_service_runs_service", "scheduler_id", "service", "number"),
)

#: the number of the last journal row that a service has dealt with
service_marks = Table(
    "service_marks",
    metadata,
    scheduler_id(),
    key("name"),
    Column("value", BigInteger, nullable=False),
)

#: of one day, what a job (outside of chains) or an order did, and how it kept to its plan
report_days = Table(
    "report_days",
    metadata,
    scheduler_id(),
    key("day"),
    key("kind"),
    key("object_key"),
    words("object"),
    Column("runs", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("longest", Float, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("on_time", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Index("ix_report_days_object", "scheduler_id", "kind", "object_key", "day"),
)
