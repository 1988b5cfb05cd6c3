"""The daily plan: entries, changes by people; the background services, their notices and reports.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def instant(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=nullable)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def number(name: str, kind: Any = sa.Integer) -> sa.Column[Any]:
    return sa.Column(name, kind(), nullable=False)


UNSETTLED = sa.text("state NOT IN ('finished', 'failed', 'skipped', 'missed')")


def upgrade() -> None:
    overrides()
    entries()
    services()
    notices()
    reports()


def overrides() -> None:
    op.add_column("orders", sa.Column("params_before", sa.Text()))
    op.create_table(
        "plan_overrides",
        words("scheduler_id"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        *(words(name) for name in ("kind", "object_key", "object", "action")),
        sa.Column("planned_at", INSTANT),
        sa.Column("start_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        *(words(name) for name in ("params", "reason", "author")),
        sa.Column("task_id", sa.BigInteger()),
        words("state"),
        sa.PrimaryKeyConstraint("scheduler_id", "number", name="pk_plan_overrides"),
    )
    op.create_index("ix_plan_overrides_object", "plan_overrides", ["scheduler_id", "kind", "object_key", "planned_at"])
    op.create_index(
        "ix_plan_overrides_counting", "plan_overrides", ["scheduler_id", "number"],
        sqlite_where=sa.text("state <> 'withdrawn'"), postgresql_where=sa.text("state <> 'withdrawn'"),
    )  # fmt: skip


def entries() -> None:
    op.create_table(
        "plan_days",
        words("scheduler_id"),
        words("day"),
        instant("begin_at", False),
        instant("end_at", False),
        words("time_zone"),
        instant("computed_at", False),
        sa.Column("summary", sa.Text()),
        sa.PrimaryKeyConstraint("scheduler_id", "day", name="pk_plan_days"),
    )
    op.create_table(
        "plan_outlook",
        words("scheduler_id"),
        words("day"),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        instant("computed_at", False),
        sa.PrimaryKeyConstraint("scheduler_id", "day", name="pk_plan_outlook"),
    )
    op.create_table(
        "plan_entries",
        *(words(name) for name in ("scheduler_id", "day", "kind", "object_key")),
        instant("planned_at", False),
        sa.Column("override", sa.BigInteger(), nullable=False, autoincrement=False),
        words("object"),
        words("chain"),
        instant("start_at"),
        words("start_kind"),
        words("schedule"),
        number("every", sa.Float),
        instant("until"),
        number("count"),
        words("action"),
        sa.Column("expected_seconds", sa.Float()),
        words("state"),
        flag("late"),
        instant("started_at"),
        instant("ended_at"),
        number("runs"),
        number("failed_runs"),
        words("reason"),
        sa.PrimaryKeyConstraint(
            "scheduler_id", "day", "kind", "object_key", "planned_at", "override", name="pk_plan_entries"
        ),
    )
    op.create_index(
        "ix_plan_entries_time", "plan_entries",
        ["scheduler_id", "day", "planned_at", "object_key", "override", "state", "late"],
    )  # fmt: skip
    op.create_index(
        "ix_plan_entries_unsettled", "plan_entries", ["scheduler_id", "start_at"],
        sqlite_where=UNSETTLED, postgresql_where=UNSETTLED,
    )  # fmt: skip


def services() -> None:
    op.create_table(
        "service_instances",
        *(words(name) for name in ("scheduler_id", "name", "host")),
        number("pid"),
        words("version"),
        instant("started_at", False),
        number("beat", sa.BigInteger),
        instant("beat_at", False),
        flag("active"),
        instant("active_since"),
        instant("wanted_at"),
        words("wanted_by"),
        sa.PrimaryKeyConstraint("scheduler_id", "name", name="pk_service_instances"),
    )
    op.create_table(
        "service_states",
        words("scheduler_id"),
        words("service"),
        flag("paused"),
        words("changed_by"),
        instant("changed_at"),
        instant("run_asked_at"),
        instant("next_run_at"),
        sa.PrimaryKeyConstraint("scheduler_id", "service", name="pk_service_states"),
    )
    op.create_table(
        "service_runs",
        words("scheduler_id"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        *(words(name) for name in ("service", "instance", "cause")),
        instant("started_at", False),
        instant("ended_at"),
        flag("failed"),
        words("text"),
        sa.PrimaryKeyConstraint("scheduler_id", "number", name="pk_service_runs"),
    )
    op.create_index("ix_service_runs_service", "service_runs", ["scheduler_id", "service", "number"])
    op.create_table(
        "service_marks",
        words("scheduler_id"),
        words("name"),
        number("value", sa.BigInteger),
        sa.PrimaryKeyConstraint("scheduler_id", "name", name="pk_service_marks"),
    )


def notices() -> None:
    op.create_table(
        "monitor_rules",
        *(words(name) for name in ("scheduler_id", "file", "source")),
        instant("read_at", False),
        words("problem"),
        sa.PrimaryKeyConstraint("scheduler_id", name="pk_monitor_rules"),
    )
    op.create_table(
        "notices",
        words("scheduler_id"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        *(words(name) for name in ("rule", "event", "severity", "object", "object_key", "about", "text", "state")),
        instant("first_at", False),
        instant("last_at", False),
        number("count"),
        number("steps"),
        instant("next_at"),
        words("changed_by"),
        instant("changed_at"),
        words("comment"),
        instant("ended_at"),
        sa.PrimaryKeyConstraint("scheduler_id", "number", name="pk_notices"),
    )
    still = sa.text("state IN ('open', 'acknowledged')")
    op.create_index(
        "ix_notices_open", "notices", ["scheduler_id", "number"], sqlite_where=still, postgresql_where=still
    )
    op.create_index("ix_notices_key", "notices", ["scheduler_id", "rule", "event", "object_key", "number"])
    op.create_table(
        "deliveries",
        words("scheduler_id"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        number("notice", sa.BigInteger),
        words("means"),
        words("target"),
        sa.Column("detail", sa.Text()),
        words("subject"),
        words("body"),
        flag("recovered"),
        words("state"),
        number("attempts"),
        instant("made_at", False),
        instant("next_at", False),
        instant("ended_at"),
        words("problem"),
        sa.PrimaryKeyConstraint("scheduler_id", "number", name="pk_deliveries"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_deliveries_waiting", "deliveries", ["scheduler_id", "next_at"],
        sqlite_where=waiting, postgresql_where=waiting,
    )  # fmt: skip
    op.create_index("ix_deliveries_notice", "deliveries", ["scheduler_id", "notice"])


def reports() -> None:
    op.create_table(
        "report_days",
        *(words(name) for name in ("scheduler_id", "day", "kind", "object_key", "object")),
        *(number(name) for name in ("runs", "failed")),
        *(number(name, sa.Float) for name in ("seconds", "longest")),
        *(number(name) for name in ("planned", "on_time", "late", "missed", "skipped")),
        sa.PrimaryKeyConstraint("scheduler_id", "day", "kind", "object_key", name="pk_report_days"),
    )
    op.create_index("ix_report_days_object", "report_days", ["scheduler_id", "kind", "object_key", "day"])
    # of a command that waits: what whoever ordered it must still be allowed when it is sent
    for name in ("permission", "path"):
        op.add_column("operations", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
