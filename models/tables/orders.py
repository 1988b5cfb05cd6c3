"Orders as they stand, their rounds, and the steps of the rounds."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, Table, Text, false, text

from models.columns import Instant, Json, Pairs, PairsOrNone, WordOf
from models.tables.base import (
    key,
    later_number,
    later_words,
    metadata,
    number_key,
    problem,
    scheduler_id,
    words,
)
from scheduler.records import OrderOrigin, OrderState, RunCause

orders = Table(
    "orders",
    metadata,
    scheduler_id(),
    key("chain_key"),
    key("order_id"),
    words("chain"),
    words("node"),
    words("initial_node"),
    Column("state", WordOf(OrderState), nullable=False),
    Column("origin", WordOf(OrderOrigin), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("modified_at", Instant, nullable=False),
    Column("ordering", BigInteger, nullable=False),
    Column("start_at", Instant),
    Column("priority", Integer, nullable=False),
    words("title"),
    words("end_node"),
    Column("original_end_node", Text),
    Column("params", Pairs, nullable=False),
    words("state_text"),
    Column("setback_count", Integer, nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("history_id", BigInteger),
    Column("steps", Integer, nullable=False),
    Column("started_at", Instant),
    Column("task_id", BigInteger),
    words("last_error"),
    Column("has_run_time", Boolean, nullable=False),
    Column("file_written_at", Instant),
    Column("removed", Boolean, nullable=False),
    # the definition of the order that takes this one's place, as JSON
    Column("successor", Json),
    later_words("run_time_source"),
    later_words("xml_payload"),
    Column("ignore_max_orders", Boolean, nullable=False, server_default=false()),
    Column("start_given", Boolean, nullable=False, server_default=false()),
    # the parameters of the next round, while this one has others by the plan
    Column("params_before", PairsOrNone),
    # in a nested job chain: the superordinate chain and the node there
    later_words("outer_chain"),
    later_words("outer_node"),
    # of an order that is kept at its end
    Column("ended_at", Instant),
    # why its round begins, who has ordered it, and from where
    Column("cause", WordOf(RunCause), nullable=False, server_default=text("''")),
    later_words("actor"),
    later_words("client"),
    # what commands have given it; NULL: not known
    Column("params_given", PairsOrNone),
)

#: a round of an order from its first step to its end
order_runs = Table(
    "order_runs",
    metadata,
    scheduler_id(),
    number_key("history_id"),
    words("chain_key"),
    words("chain"),
    words("order_id"),
    words("title"),
    words("node"),
    words("state_text"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("failed", Boolean, nullable=False),
    Column("cause", WordOf(RunCause), nullable=False, server_default=text("''")),
    later_words("actor"),
    later_words("client"),
    # when it began, and at last (see `scheduler.kept_params`); NULL: not known
    Column("params", PairsOrNone),
    Column("last_params", PairsOrNone),
    Index("ix_order_runs_order", "scheduler_id", "chain_key", "order_id", "history_id"),
)

order_steps = Table(
    "order_steps",
    metadata,
    scheduler_id(),
    number_key("history_id"),
    number_key("step"),
    Column("task_id", BigInteger, nullable=False),
    words("node"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("exit_code", Integer),
    *problem(),
    # where its lines stand in the log of the task; without end: to the last one
    later_number("log_begin", BigInteger),
    Column("log_end", BigInteger),
    ForeignKeyConstraint(
        ["scheduler_id", "history_id"], ["order_runs.scheduler_id", "order_runs.history_id"], ondelete="CASCADE"
    ),
)
