"""What comes from configuration files: the files, the jobs, the job chains and their nodes.

`fingerprint` tells whether a row would be written unchanged, so that a restart writes only differences.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKeyConstraint, Index, Integer, Table

from models.columns import Instant, Pairs, WordOf
from models.tables.base import key, later_number, later_words, metadata, problem, scheduler_id, words
from scheduler.hold import HoldKind
from scheduler.records import ChainState, FileState, NodeAction

files = Table(
    "files",
    metadata,
    scheduler_id(),
    key("kind"),
    key("path_key"),
    words("path"),
    words("file"),
    Column("written_at", Instant),
    Column("state", WordOf(FileState), nullable=False),
    *problem(),
    # a good newer version waits until the object is idle
    Column("successor", Boolean, nullable=False),
    Column("successor_written_at", Instant),
    Column("removed", Boolean, nullable=False),
    words("title"),
    words("source"),
    words("fingerprint"),
)

jobs = Table(
    "jobs",
    metadata,
    scheduler_id(),
    key("path_key"),
    words("path"),
    words("title"),
    Column("order_controlled", Boolean, nullable=False),
    Column("max_tasks", Integer, nullable=False),
    words("process_class"),
    words("visible"),
    words("description"),
    Column("has_run_time", Boolean, nullable=False),
    Column("params", Pairs, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("stopped", Boolean, nullable=False),
    # the job cannot run at all (state error)
    Column("faulty", Boolean, nullable=False),
    Column("errors_in_a_row", Integer, nullable=False),
    Column("delay_until", Instant),
    words("state_text"),
    *problem(),
    words("fingerprint"),
    # sums over successful steps
    later_number("good_steps", BigInteger),
    later_number("good_seconds", Float),
    Column("next_start_at", Instant),
    # the run time that a command has given; empty: that of the file
    later_words("run_time_source"),
)

job_chains = Table(
    "job_chains",
    metadata,
    scheduler_id(),
    key("path_key"),
    words("path"),
    words("title"),
    Column("state", WordOf(ChainState), nullable=False),
    words("visible"),
    Column("orders_recoverable", Boolean, nullable=False),
    Column("distributed", Boolean, nullable=False),
    Column("max_orders", Integer),
    words("process_class"),
    words("fingerprint"),
)

job_chain_nodes = Table(
    "job_chain_nodes",
    metadata,
    scheduler_id(),
    key("chain_key"),
    key("node"),
    words("chain"),
    Column("position", Integer, nullable=False),
    words("job_key"),
    words("job"),
    words("next_state"),
    words("error_state"),
    words("on_error"),
    Column("suspend", Boolean, nullable=False),
    Column("delay_seconds", Float, nullable=False),
    Column("action", WordOf(NodeAction), nullable=False),
    words("fingerprint"),
    later_words("nested_chain"),
    # what becomes of the files of orders here: `remove`, or the directory that they are moved to
    later_words("sink"),
    ForeignKeyConstraint(
        ["scheduler_id", "chain_key"], ["job_chains.scheduler_id", "job_chains.path_key"], ondelete="CASCADE"
    ),
    Index(None, "scheduler_id", "job_key"),
)

#: jobs that could start something but for a process of their class or for their locks; written when that begins and
#: ceases. Its name is that of the first of them: members of an older program go on writing it while others are upgraded
job_waits = Table(
    "process_waits",
    metadata,
    scheduler_id(),
    key("job_key"),
    words("job"),
    # key of the class; empty: the default one
    words("process_class"),
    Column("since", Instant, nullable=False),
    # keys of the locks, one in each line; empty: it lacks a process
    later_words("locks"),
)

#: what goes on by itself: stopped jobs, job chains and nodes, suspended orders, the paused scheduler
holds = Table(
    "holds",
    metadata,
    scheduler_id(),
    Column("kind", WordOf(HoldKind), primary_key=True),
    key("object_key"),
    words("object"),
    Column("until", Instant, nullable=False),
    words("author"),
)
