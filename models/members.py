"What a member tells the others and the pages about itself."

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Select, bindparam, delete, select, update

from models.columns import instant_text
from models.inserts import insert_into
from models.member_commands import give_up
from models.rows import Row
from models.tables import members

KEYS = ("member_id",)
COLUMNS = (
    *KEYS,
    "host",
    "pid",
    "version",
    "tcp_port",
    "udp_port",
    "ip_address",
    "started_at",
    "state",
    "log_file",
    "configuration_file",
    "ini_file",
    "live_folder",
    "database_problem",
    "precedence",
    "active",
    "exclusive",
    "beat_at",
    "clustered",
    "backup",
    "dead",
    "deactivated_by",
    "machine",
    "process_start",
    "run_token",
    "distributed",
    "bell_port",
    "http_port",
    "https_port",
    "commit_seconds",
    "files_digest",
)


#: the heartbeat of a member that has not written yet
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """One engine process. Ports None: not open. `ip_address` is where the command port listens, and may be empty.

    `beat_at` is set by the writer: the time of the batch that wrote the row. `database_problem` is empty when all is
    well. `clustered`: it wants to be the exclusive one, and waits while another is. `dead`: `deactivated_by` has taken
    its place. `machine` tells where its process is (see `netcore.cluster.machine`; empty: unknown), `process_start`
    when that began in ticks of that machine, `run_token` is the mark of its jobs' processes.
    `distributed`: it works beside the one that leads, which wakes it through its UDP port `bell_port`.
    `commit_seconds`: the slowest of its last writes, None: not known yet. `files_digest` names all files of its live
    folder with their contents (see `netcore.folder_reader`); empty before they are read.
    """

    member_id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    state: str
    tcp_port: int | None = None
    udp_port: int | None = None
    ip_address: str = ""
    log_file: str = ""
    configuration_file: str = ""
    ini_file: str = ""
    live_folder: str = ""
    database_problem: str = ""
    precedence: int | None = None
    active: bool = True
    exclusive: bool = False
    beat_at: datetime = NEVER
    clustered: bool = False
    backup: bool = False
    dead: bool = False
    deactivated_by: str = ""
    machine: str = ""
    process_start: int = 0
    run_token: str = ""
    distributed: bool = False
    bell_port: int | None = None
    http_port: int | None = None
    https_port: int | None = None
    commit_seconds: float | None = None
    files_digest: str = ""


def member_row(member: Member, now: datetime) -> Row:
    "The values of `COLUMNS`."
    return (
        member.member_id,
        member.host,
        member.pid,
        member.version,
        member.tcp_port,
        member.udp_port,
        member.ip_address,
        instant_text(member.started_at),
        member.state,
        member.log_file,
        member.configuration_file,
        member.ini_file,
        member.live_folder,
        member.database_problem,
        member.precedence,
        member.active,
        member.exclusive,
        instant_text(now),
        member.clustered,
        member.backup,
        member.dead,
        member.deactivated_by,
        member.machine,
        member.process_start,
        member.run_token,
        member.distributed,
        member.bell_port,
        member.http_port,
        member.https_port,
        member.commit_seconds,
        member.files_digest,
    )


def read_members(connection: Connection, scheduler_id: str) -> list[Member]:
    "All that ever wrote a row, by member id; `beat_at` and `state` tell which ones live."
    return [Member(*row) for row in connection.execute(_members(), {"of": scheduler_id})]


@cache
def _members() -> Select[Any]:
    "Asked several times a second, so it is made once."
    c = members.c
    return select(*(c[field.name] for field in fields(Member))).where(c.scheduler_id == bindparam("of")).order_by(
        c.member_id
    )


def put_member(connection: Connection, scheduler_id: str, member: Member, now: datetime) -> None:
    "The row of a member that waits: with its beat, and without the fence, because it is its own."
    values: dict[str, Any] = {**dict(zip(COLUMNS, member_row(member, now), strict=True)), "scheduler_id": scheduler_id}
    values |= {"started_at": member.started_at, "beat_at": now}
    connection.execute(_put(connection.dialect.name), values)


def forget_members(connection: Connection, scheduler_id: str, member_ids: Iterable[str]) -> None:
    c = members.c
    connection.execute(delete(members).where(c.scheduler_id == scheduler_id, c.member_id.in_(list(member_ids))))


def bury_member(connection: Connection, scheduler_id: str, member_id: str, by: str) -> None:
    """Says of a member whose place another one has taken, or which nobody expects any more, that it is dead. What it
    was told and has not obeyed, it never will."""
    c = members.c
    found = connection.execute(
        update(members)
        .where(c.scheduler_id == scheduler_id, c.member_id == member_id, c.state != "stopped")
        .values(dead=True, active=False, exclusive=False, deactivated_by=by)
    )
    if found.rowcount:
        give_up(connection, scheduler_id, member_id)


@lru_cache(maxsize=2)
def _put(dialect: str) -> Insert:
    statement = insert_into(dialect, members)
    names = [name for name in COLUMNS if name not in KEYS]
    put: Insert = statement.on_conflict_do_update(
        index_elements=["scheduler_id", *KEYS], set_={name: statement.excluded[name] for name in names}
    )
    return put
