"What a supervisor knows about its workers, and one version of a worker's configuration. All times are aware, UTC."

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.tree import Difference, Layer


class Protocol(StrEnum):
    #: ours: two connections that the worker opens and keeps
    PAIR = "pair"
    #: the classic one over TCP
    CLASSIC = "classic"
    #: the classic one over HTTP: the worker asks from time to time
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing new is handed out to a worker: it stays with `version` (0: with what it has), which is sent again when
    its files are changed at the worker. `until` None: until somebody ends it."""

    version: int
    at: datetime
    by: str = ""
    reason: str = ""
    until: datetime | None = None


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
    #: since when there is something that it has not; None: it has everything
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
    freeze: Freeze | None = None
    #: when it was told to fetch, as long as it has not begun to
    woken_at: datetime | None = None
    #: files are on their way to it
    fetching: bool = False

    @property
    def in_step(self) -> bool:
        return self.applied == self.wanted

    @property
    def due(self) -> int:
        "The number of the version that it is given when it asks now; 0: none."
        return self.freeze.version if self.freeze is not None else self.wanted


def said_to_have(worker: Worker, applied: int) -> Worker:
    """The worker says that it has this version. One that is frozen stays with it from then on, when it is a later one:
    it was on its way as the worker was frozen."""
    freeze = worker.freeze
    if freeze is not None and applied > freeze.version:
        freeze = replace(freeze, version=applied)
    return replace(worker, applied=applied, freeze=freeze)


class Origin(StrEnum):
    FOLDER = "folder"
    ROLL_BACK = "roll_back"
    RELEASE = "release"
    #: a version of some worker, or a file of it, was given to this one
    DEPLOYMENT = "deployment"

    @property
    def from_elsewhere(self) -> bool:
        "Whether the tree is not what the central folder says."
        return self in (Origin.ROLL_BACK, Origin.DEPLOYMENT)


@dataclass(frozen=True, slots=True)
class ConfigurationVersion:
    """A version of a worker's configuration, numbered from 1.

    `checksum` is that of its tree, `source` that of the central folder's tree when it was made: after a roll-back or a
    deployment they differ, and the worker stays where it is until the folder changes again. `revision` and
    `released_by` belong to a release; `released_by` also says who rolled back or deployed.
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


class Outcome(StrEnum):
    "How a transfer has ended."

    #: the worker works with it
    APPLIED = "applied"
    #: the worker says why it does not
    REFUSED = "refused"
    #: nobody said how it ended: the connection was lost, or the worker began anew
    BROKEN_OFF = "broken_off"
    #: by the classic protocol, whose workers do not say what became of it
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was sent to a worker at once. `number` is the version, `before` the one that it had (0: none is known),
    `difference` what went and what was removed."""

    worker: str
    number: int
    before: int
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    difference: Difference
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    "What the folders say for a worker. `directory`: its own folder; empty: it has none."

    worker: str
    directory: str
    layers: tuple[Layer, ...]


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
