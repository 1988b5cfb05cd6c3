"The cluster as one of its members sees it; replaced as a whole with every look."

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scheduler.cluster.recent_beats import Silences
from scheduler.cluster.sight import Quality
from scheduler.states import EngineState


@dataclass(frozen=True, slots=True)
class MemberView:
    """`beat_at` is the member's own time of its last beat, as the database has it. `noticed_at`: when that beat was
    noticed by the one who looks; None when none was seen to change yet. `state` is the word of `show_state`."""

    member_id: str
    host: str
    pid: int
    version: str
    state: str
    started_at: datetime
    beat_at: datetime
    precedence: int = 0
    backup: bool = False
    clustered: bool = False
    active: bool = False
    #: it works beside the one that leads; `run_token` names this run of it, `bell_port` is where it is woken
    distributed: bool = False
    run_token: str = ""
    bell_port: int = 0
    exclusive: bool = False
    dead: bool = False
    deactivated_by: str = ""
    tcp_port: int | None = None
    udp_port: int | None = None
    http_port: int | None = None
    https_port: int | None = None
    ip_address: str = ""
    noticed_at: datetime | None = None
    quality: Quality = Quality.GOOD
    beats: int = 0
    late_beats: int = 0

    @property
    def ready(self) -> bool:
        "Whether it could take over if nobody worked: it waits, or works beside the one that leads, and lives."
        waits = self.state == EngineState.WAITING_FOR_ACTIVATION
        beside = self.distributed and not self.exclusive and self.state == EngineState.RUNNING
        return (waits or beside) and self.clustered and not self.dead and self.quality is not Quality.DEAD

    @property
    def http_url(self) -> str:
        "With the port that names the member, see `identity`; empty without any."
        host = self.ip_address if self.ip_address not in ("", "0.0.0.0", "::") else self.host  # noqa: S104
        port = self.https_port or self.http_port or self.tcp_port
        return f"{'https' if self.https_port else 'http'}://{host}:{port}" if port else ""


@dataclass(frozen=True, slots=True)
class ClusterView:
    """`member_id` is whose view it is. `may_start`: it could take over if nobody were at work. `waits`: why it waits.
    `distributed`: all members of the cluster work. `ended`: who worked last and has ended in order, as long as nobody
    else has begun, so that backups do not go on; else empty. `recent`: how long each was silent lately."""

    member_id: str
    backup: bool = False
    active: bool = False
    exclusive: bool = False
    paused: bool = False
    distributed: bool = False
    may_start: bool = True
    waits: str = ""
    ended: str = ""
    recent: Silences = field(default_factory=dict)
    members: tuple[MemberView, ...] = ()

    @property
    def at_work(self) -> MemberView | None:
        "The member that is active, as far as is known."
        return next((member for member in self.members if member.exclusive and not member.dead), None)

    def member(self, member_id: str) -> MemberView | None:
        return next((member for member in self.members if member.member_id == member_id), None)
