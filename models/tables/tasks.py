"Tasks: queued, running, and for ever after the history; and their logs."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table

from models.columns import Instant, Json, Pairs, WordOf
from models.tables.base import later_words, metadata, number_key, problem, scheduler_id, words
from scheduler.records import Cause, TaskState

tasks = Table(
    "tasks",
    metadata,
    scheduler_id(),
    number_key("id"),
    words("job_key"),
    words("job"),
    Column("state", WordOf(TaskState), nullable=False),
    Column("cause", WordOf(Cause), nullable=False),
    words("name"),
    Column("params", Pairs, nullable=False),
    Column("environment", Json),
    Column("enqueued_at", Instant),
    Column("start_at", Instant),
    Column("force", Boolean, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("pid", Integer),
    words("chain"),
    words("order_id"),
    words("node"),
    Column("history_id", BigInteger),
    Column("step", Integer),
    Column("steps", Integer, nullable=False),
    Column("exit_code", Integer),
    *problem(),
    words("state_text"),
    words("log_file"),
    Column("killed_for", Json),
    # of a task that was started by a directory: the files, joined by `;`
    later_words("trigger_files"),
    # the member of the cluster that started it
    later_words("member_id"),
    # the run of it, when it is not the leading member itself (active clusters)
    later_words("member_run"),
    # what its processes have used: the fields of `scheduler.task.usage.Usage`
    Column("usage", Json),
    # who queued it by command
    later_words("actor"),
    # the client that queued it: its address, or what else gives commands
    later_words("client"),
    # where its process was started; empty: not known
    later_words("host"),
    Index("ix_tasks_job", "scheduler_id", "job_key", "id"),
)

#: `content` is gzip, or plain when that is shorter; `size` counts the bytes of the log itself
task_logs = Table(
    "task_logs",
    metadata,
    scheduler_id(),
    number_key("task_id"),
    Column("content", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    # the middle of the log was left out, because it was too long
    Column("truncated", Boolean, nullable=False),
    ForeignKeyConstraint(["scheduler_id", "task_id"], ["tasks.scheduler_id", "tasks.id"], ondelete="CASCADE"),
)
