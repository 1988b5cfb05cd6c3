"The daily plan: what is expected, what became of it, and what people have changed of it."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table

from models.columns import Instant, Json, Pairs, WordOf
from models.tables.base import key, metadata, number_key, scheduler_id, words
from scheduler.plan.override import OverrideAction, OverrideState
from scheduler.plan.state import EntryState

plan_overrides = Table(
    "plan_overrides",
    metadata,
    scheduler_id(),
    number_key("number"),
    words("kind"),
    words("object_key"),
    words("object"),
    Column("action", WordOf(OverrideAction), nullable=False),
    Column("planned_at", Instant),
    Column("start_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("params", Pairs, nullable=False),
    words("reason"),
    words("author"),
    Column("task_id", BigInteger),
    Column("state", WordOf(OverrideState), nullable=False),
    Index("ix_plan_overrides_object", "scheduler_id", "kind", "object_key", "planned_at"),
)

#: the plan days that are worked out
plan_days = Table(
    "plan_days",
    metadata,
    scheduler_id(),
    key("day"),
    Column("begin_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    words("time_zone"),
    Column("computed_at", Instant, nullable=False),
    # how many entries of each state a quarter of an hour has; see `models.plan.Summary`
    Column("summary", Json),
    # when more is expected at once than a process class permits; see `models.plan.put_summary`
    Column("peaks", Json),
)

#: the projection: how many starts the run times give on a plan day
plan_outlook = Table(
    "plan_outlook",
    metadata,
    scheduler_id(),
    key("day"),
    Column("starts", BigInteger, nullable=False),
    Column("computed_at", Instant, nullable=False),
)

#: the starts of an object that run times give on a day (`scheduler.plan.series`); those from `next_at` on have no entry
#: yet, NULL: all of them have one
plan_starts = Table(
    "plan_starts",
    metadata,
    scheduler_id(),
    key("day"),
    key("kind"),
    key("object_key"),
    words("object"),
    words("series"),
    Column("next_at", Instant),
    Column("expected_seconds", Float),
)

#: what is expected to start, and what became of it: of starts that were due, or that somebody has changed. `every`
#: seconds apart, when a row stands for many starts.
plan_entries = Table(
    "plan_entries",
    metadata,
    scheduler_id(),
    key("day"),
    key("kind"),
    key("object_key"),
    Column("planned_at", Instant, primary_key=True),
    number_key("override"),
    words("object"),
    words("chain"),
    Column("start_at", Instant),
    words("start_kind"),
    words("schedule"),
    Column("every", Float, nullable=False),
    Column("until", Instant),
    Column("count", Integer, nullable=False),
    words("action"),
    Column("expected_seconds", Float),
    Column("state", WordOf(EntryState), nullable=False),
    Column("late", Boolean, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("runs", Integer, nullable=False),
    Column("failed_runs", Integer, nullable=False),
    # why nothing came of it
    words("reason"),
    # pages list a day in this order, and count its states without looking at the rows
    Index(
        "ix_plan_entries_time", "scheduler_id", "day", "planned_at", "object_key", "override", "state", "late",
    ),
)
