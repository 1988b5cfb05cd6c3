"What a member tells the others and the pages about itself."

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from models.columns import instant_text
from models.rows import Row

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
)


#: the heartbeat of a member that has not written yet
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """One engine process. Ports None: not open. `ip_address` is where the command port listens, and may be empty.

    `beat_at` is set by the writer: the time of the batch that wrote the row. `database_problem` is empty when all is
    well.
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
    )
