"""What an engine says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.run_time.model import NO_HOLIDAYS, Holidays

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    "What an engine says of itself; never changes while it runs."

    scheduler_id: str = "scheduler"
    host: str = "localhost"
    pid: int = 0
    version: str = "0"
    started_at: datetime = EPOCH
    tcp_port: int = 0
    udp_port: int = 0
    #: XML and HTTP over TLS
    https_port: int = 0
    #: a further port that speaks HTTP
    http_port: int = 0
    ip_address: str = ""
    time_zone: str = "UTC"
    config_file: str = ""
    live_directory: str = ""
    log_file: str = ""
    log_dir: str = ""
    database: str = ""
    param: str = ""
    #: limit of the default process class
    max_processes: int = 30
    #: every task counts for the default process class
    process_classes_ignored: bool = False
    #: of the configuration, for run times that have none of their own
    holidays: Holidays = NO_HOLIDAYS
    variable_prefix: str = "SCHEDULER_PARAM_"

    @property
    def member_id(self) -> str:
        "The name as a member of a cluster: another port is another member. HTTP goes first, as in the classic engine."
        port = self.https_port or self.http_port or self.tcp_port or self.pid
        return f"{self.scheduler_id}/{self.host}:{port}"
