"What a supervisor knows about its workers, and one version of a worker's configuration. All times are aware, UTC."

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.tree import Difference


class Protocol(StrEnum):
    #: ours: two connections that the worker opens and keeps
    PAIR = "pair"
    #: the classic one over TCP
    CLASSIC = "classic"
    #: the classic one over HTTP: the worker asks from time to time
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Worker:
    """A workload scheduler as its supervisor sees it. `name` is unique, whatever protocol it speaks.

    `active`: it is expected to ask; `connected`: a connection is there (never over HTTP). `wanted` is the number of the
    version that it should have, `applied` the one that it has said to have (classic: that it was given); 0: none.
    """

    name: str
    scheduler_id: str
    protocol: Protocol
    ip: str
    hostname: str = ""
    tcp_port: int = 0
    udp_port: int = 0
    version: str = ""
    active: bool = False
    connected: bool = False
    connected_at: datetime | None = None
    disconnected_at: datetime | None = None
    last_contact: datetime | None = None
    #: its own folder; empty: it has only what is for all
    directory: str = ""
    wanted: int = 0
    applied: int = 0
    changed_at: datetime | None = None
    transferred_at: datetime | None = None
    deactivate_at: datetime | None = None
    problem: Problem | None = None
    faults: tuple[Fault, ...] = ()
    is_cluster_member: bool = False
    #: of the pair; `down`, when it is not connected
    pair: str = "down"
    #: a command is under way
    busy: bool = False

    @property
    def in_step(self) -> bool:
        return self.applied == self.wanted


class Origin(StrEnum):
    FOLDER = "folder"
    ROLL_BACK = "roll_back"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class ConfigurationVersion:
    """A version of a worker's configuration, numbered from 1.

    `checksum` is that of its tree, `source` that of the central folder's tree when it was made: after a roll-back they
    differ, and the worker stays where it is until the folder changes again. `revision` and `released_by` belong to a
    release; `released_by` also says who rolled back.
    """

    worker: str
    number: int
    checksum: str
    source: str
    made_at: datetime
    origin: Origin
    files: int
    revision: str = ""
    released_by: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    "A revision of the repository that was handed out. `workers` got a new version; `previous` was there before."

    revision: str
    title: str
    released_at: datetime
    released_by: str
    workers: int
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    "What a change would do to a worker, and which of its files would not be valid."

    worker: str
    difference: Difference
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that operators want to see. `automatic`: changes of the folder go out at once. `repository`: the
    folder is a work tree of git, `revision` is what is checked out. `versions` are those of one worker."""

    directory: str
    exists: bool
    automatic: bool
    repository: bool = False
    revision: str = ""
    workers: tuple[Worker, ...] = ()
    folders: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    releases: tuple[Release, ...] = ()
    versions: tuple[ConfigurationVersion, ...] = field(default=())
