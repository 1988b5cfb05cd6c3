"What a supervisor hands out, and to whom."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from models.columns import SERIAL, Instant, Json
from models.tables.base import key, metadata, number_key, scheduler_id, words

#: contents of files, and lists of files (as `scheduler.supervisor.tree.manifest_of` writes them), by their digest
configuration_contents = Table(
    "configuration_contents",
    metadata,
    scheduler_id(),
    key("digest"),
    Column("data", LargeBinary, nullable=False),
)

#: `checksum` and `source` are those of trees; `manifest` is the digest of the list of files
configuration_versions = Table(
    "configuration_versions",
    metadata,
    scheduler_id(),
    key("worker"),
    number_key("number"),
    words("checksum"),
    words("source"),
    words("manifest"),
    Column("files", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    words("origin"),
    words("revision"),
    words("released_by"),
)

workload_schedulers = Table(
    "workload_schedulers",
    metadata,
    scheduler_id(),
    key("name"),
    words("worker_scheduler_id"),
    words("protocol"),
    words("ip"),
    words("hostname"),
    Column("tcp_port", Integer, nullable=False),
    Column("udp_port", Integer, nullable=False),
    words("version"),
    words("directory"),
    Column("is_cluster_member", Boolean, nullable=False),
    Column("connected_at", Instant),
    Column("disconnected_at", Instant),
    Column("last_contact", Instant),
    Column("transferred_at", Instant),
    Column("applied", BigInteger, nullable=False),
    Column("problem_code", Text),
    Column("problem_text", Text),
    # files that the worker cannot use
    Column("faults", Json, nullable=False),
)

#: workers to which nothing new is handed out; a row of its own, because the other one is written anew all the time
workload_freezes = Table(
    "workload_freezes",
    metadata,
    scheduler_id(),
    key("worker"),
    Column("version", BigInteger, nullable=False),
    Column("frozen_at", Instant, nullable=False),
    words("frozen_by"),
    words("reason"),
    Column("frozen_until", Instant),
)

#: what was sent to workers; `files` are pairs of what happened and the path, the first ones of all that are counted
configuration_transfers = Table(
    "configuration_transfers",
    metadata,
    Column("id", SERIAL, primary_key=True),
    words("scheduler_id"),
    words("worker"),
    Column("number", BigInteger, nullable=False),
    Column("number_before", BigInteger, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    words("outcome"),
    words("problem"),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("files", Json, nullable=False),
    Index(None, "scheduler_id", "worker", "id"),
)

#: revisions of the repository that were handed out
configuration_releases = Table(
    "configuration_releases",
    metadata,
    Column("id", SERIAL, primary_key=True),
    words("scheduler_id"),
    words("revision"),
    words("title"),
    words("previous"),
    Column("released_at", Instant, nullable=False),
    words("released_by"),
    Column("workers", Integer, nullable=False),
    Index(None, "scheduler_id", "id"),
)
