"""The tables of the first version.

Revision ID: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names.split()]


def problem() -> list[sa.Column[Any]]:
    return [
        sa.Column("problem_code", sa.Text()),
        sa.Column("problem_text", sa.Text()),
        sa.Column("problem_line", sa.Integer()),
        sa.Column("problem_column", sa.Integer()),
    ]


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    cluster()
    objects()
    orders()
    tasks()
    control_plane()


def cluster() -> None:
    op.create_table(
        "leases",
        *words("scheduler_id holder token"),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", name="pk_leases"),
    )
    op.create_table(
        "members",
        *words("scheduler_id member_id host"),
        sa.Column("pid", sa.Integer(), nullable=False),
        *words("version"),
        sa.Column("tcp_port", sa.Integer()),
        sa.Column("udp_port", sa.Integer()),
        *words("ip_address"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        *words("state log_file configuration_file ini_file live_folder database_problem"),
        sa.Column("precedence", sa.Integer()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "member_id", name="pk_members"),
    )
    op.create_table(
        "counters",
        *words("scheduler_id name"),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "name", name="pk_counters"),
    )
    op.create_table(
        "variables",
        *words("scheduler_id name_key name value"),
        sa.PrimaryKeyConstraint("scheduler_id", "name_key", name="pk_variables"),
    )
    op.create_table(
        "settings",
        *words("scheduler_id name value"),
        sa.PrimaryKeyConstraint("scheduler_id", "name", name="pk_settings"),
    )


def objects() -> None:
    op.create_table(
        "files",
        *words("scheduler_id kind path_key path file"),
        sa.Column("written_at", INSTANT),
        *words("state"),
        *problem(),
        sa.Column("successor", sa.Boolean(), nullable=False),
        sa.Column("successor_written_at", INSTANT),
        sa.Column("removed", sa.Boolean(), nullable=False),
        *words("title source fingerprint"),
        sa.PrimaryKeyConstraint("scheduler_id", "kind", "path_key", name="pk_files"),
    )
    op.create_index(
        "ix_files_problem", "files", ["scheduler_id", "kind", "path_key"], **only("problem_code IS NOT NULL")
    )
    op.create_table(
        "jobs",
        *words("scheduler_id path_key path title"),
        sa.Column("order_controlled", sa.Boolean(), nullable=False),
        sa.Column("max_tasks", sa.Integer(), nullable=False),
        *words("process_class visible description"),
        sa.Column("has_run_time", sa.Boolean(), nullable=False),
        *words("params"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("faulty", sa.Boolean(), nullable=False),
        sa.Column("errors_in_a_row", sa.Integer(), nullable=False),
        sa.Column("delay_until", INSTANT),
        *words("state_text"),
        *problem(),
        *words("fingerprint"),
        sa.PrimaryKeyConstraint("scheduler_id", "path_key", name="pk_jobs"),
    )
    op.create_table(
        "job_chains",
        *words("scheduler_id path_key path title state visible"),
        sa.Column("orders_recoverable", sa.Boolean(), nullable=False),
        sa.Column("distributed", sa.Boolean(), nullable=False),
        sa.Column("max_orders", sa.Integer()),
        *words("process_class fingerprint"),
        sa.PrimaryKeyConstraint("scheduler_id", "path_key", name="pk_job_chains"),
    )
    op.create_table(
        "job_chain_nodes",
        *words("scheduler_id chain_key node chain"),
        sa.Column("position", sa.Integer(), nullable=False),
        *words("job_key job next_state error_state on_error"),
        sa.Column("suspend", sa.Boolean(), nullable=False),
        sa.Column("delay_seconds", sa.Float(), nullable=False),
        *words("action fingerprint"),
        sa.ForeignKeyConstraint(
            ["scheduler_id", "chain_key"],
            ["job_chains.scheduler_id", "job_chains.path_key"],
            name="fk_job_chain_nodes_job_chains",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheduler_id", "chain_key", "node", name="pk_job_chain_nodes"),
    )
    op.create_index("ix_job_chain_nodes_scheduler_id_job_key", "job_chain_nodes", ["scheduler_id", "job_key"])


def orders() -> None:
    op.create_table(
        "orders",
        *words("scheduler_id chain_key order_id chain node initial_node state origin"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("modified_at", INSTANT, nullable=False),
        sa.Column("ordering", sa.BigInteger(), nullable=False),
        sa.Column("start_at", INSTANT),
        sa.Column("priority", sa.Integer(), nullable=False),
        *words("title end_node"),
        sa.Column("original_end_node", sa.Text()),
        *words("params state_text"),
        sa.Column("setback_count", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("history_id", sa.BigInteger()),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("task_id", sa.BigInteger()),
        *words("last_error"),
        sa.Column("has_run_time", sa.Boolean(), nullable=False),
        sa.Column("file_written_at", INSTANT),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("successor", sa.Text()),
        sa.PrimaryKeyConstraint("scheduler_id", "chain_key", "order_id", name="pk_orders"),
    )
    op.create_index(
        "ix_orders_open", "orders", ["scheduler_id", "chain_key", "node", "state"], **only("state <> 'ended'")
    )
    op.create_table(
        "order_runs",
        *words("scheduler_id"),
        sa.Column("history_id", sa.BigInteger(), nullable=False),
        *words("chain_key chain order_id title node state_text"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_id", "history_id", name="pk_order_runs"),
    )
    op.create_index("ix_order_runs_failed", "order_runs", ["scheduler_id", "ended_at"], **only("failed"))
    op.create_index("ix_order_runs_open", "order_runs", ["scheduler_id", "history_id"], **only("ended_at IS NULL"))
    op.create_index("ix_order_runs_order", "order_runs", ["scheduler_id", "chain_key", "order_id", "history_id"])
    op.create_table(
        "order_steps",
        *words("scheduler_id"),
        sa.Column("history_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        *words("node"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("exit_code", sa.Integer()),
        *problem(),
        sa.ForeignKeyConstraint(
            ["scheduler_id", "history_id"],
            ["order_runs.scheduler_id", "order_runs.history_id"],
            name="fk_order_steps_order_runs",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheduler_id", "history_id", "step", name="pk_order_steps"),
    )


def tasks() -> None:
    op.create_table(
        "tasks",
        *words("scheduler_id"),
        sa.Column("id", sa.BigInteger(), nullable=False),
        *words("job_key job state cause name params"),
        sa.Column("environment", sa.Text()),
        sa.Column("enqueued_at", INSTANT),
        sa.Column("start_at", INSTANT),
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("pid", sa.Integer()),
        *words("chain order_id node"),
        sa.Column("history_id", sa.BigInteger()),
        sa.Column("step", sa.Integer()),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("exit_code", sa.Integer()),
        *problem(),
        *words("state_text log_file"),
        sa.Column("killed_for", sa.Text()),
        sa.PrimaryKeyConstraint("scheduler_id", "id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_failed", "tasks", ["scheduler_id", "ended_at"], **only("problem_code IS NOT NULL"))
    op.create_index("ix_tasks_job", "tasks", ["scheduler_id", "job_key", "id"])
    op.create_index("ix_tasks_open", "tasks", ["scheduler_id", "job_key"], **only("state <> 'ended'"))
    op.create_table(
        "task_logs",
        *words("scheduler_id"),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheduler_id", "task_id"],
            ["tasks.scheduler_id", "tasks.id"],
            name="fk_task_logs_tasks",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheduler_id", "task_id", name="pk_task_logs"),
    )
    op.create_table(
        "journal",
        *words("scheduler_id"),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("time", INSTANT, nullable=False),
        *words("kind object"),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("scheduler_id", "id", name="pk_journal"),
    )


def control_plane() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", SERIAL, nullable=False),
        *words("name_key name role password_hash"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_changed_at", INSTANT, nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name_key", name="uq_accounts_name_key"),
    )
    op.create_table(
        "login_attempts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("time", INSTANT, nullable=False),
        *words("account_key address"),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempts"),
    )
    op.create_index("ix_login_attempts_account_key_time", "login_attempts", ["account_key", "time"])
    op.create_index("ix_login_attempts_address_time", "login_attempts", ["address", "time"])
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("time", INSTANT, nullable=False),
        *words("scheduler_id account address action object command result_code result_text reason"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_scheduler_id_id", "audit", ["scheduler_id", "id"])
    op.create_table(
        "secrets",
        *words("name value"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
