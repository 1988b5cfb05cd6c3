"What members of an active cluster tell each other about steps; see `scheduler.cluster.assignment`."

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from models.tables.base import key, metadata, number_key, scheduler_id, words

#: steps that the leading member wants others to run; a row goes with the end of the task
assignments = Table(
    "assignments",
    metadata,
    scheduler_id(),
    number_key("task_id"),
    key("wanted"),
    words("member_run"),
    words("body"),
    Index("ix_assignments_member", "scheduler_id", "member_run"),
)

#: what became of them; a row goes when the leading member has recorded what follows from it
step_reports = Table(
    "step_reports",
    metadata,
    scheduler_id(),
    number_key("task_id"),
    key("heard"),
    words("member_run"),
    words("body"),
    Column("log", LargeBinary),
)
