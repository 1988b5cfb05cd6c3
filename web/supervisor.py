"""What a supervisor tells about its workers. Pure: an answer in, frozen views out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from scheduler.errors import Code
from web.states import Look

_PROTOCOLS = {"pair": "two connections", "classic": "classic", "http": "classic, over HTTP"}
_ORIGINS = {"folder": "folder", "roll_back": "roll back", "release": "release", "deployment": "deployment"}
#: what a worker is told that is not let in
_NOT_LET_IN = (Code.UNKNOWN_WORKER.code, Code.NOT_THIS_WORKER.code)


@dataclass(frozen=True, slots=True)
class FreezeView:
    "Nothing new goes to a worker: it stays with `version` (0: with what it has). `until` None: until somebody ends it."

    version: int
    at: datetime | None
    by: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerView:
    name: str
    scheduler_id: str
    protocol: str
    address: str
    hostname: str
    udp_port: str
    version: str
    directory: str
    wanted: int
    applied: int
    busy: bool
    connected: bool
    active: bool
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_contact: datetime | None
    changed_at: datetime | None
    transferred_at: datetime | None
    problem: str
    problem_code: str
    faults: tuple[str, ...]
    fetching: bool
    woken_at: datetime | None
    freeze: FreezeView | None

    @property
    def look(self) -> Look:
        "Whether it can be reached."
        if self.connected:
            return Look("good", "tick", "connected")
        if self.active:
            return Look("good", "tick", "asks regularly")
        if self.problem_code in _NOT_LET_IN:
            return Look("bad", "octagon", "not let in")
        return Look("attention", "triangle", "not connected")

    @property
    def step(self) -> Look:
        "Whether it has what it shall have."
        if not self.wanted:
            return Look("neutral", "circle", "nothing to send")
        if self.faults:
            return Look("attention", "torn", "has faulty files")
        if self.applied == self.wanted:
            return Look("good", "tick", "in step")
        if self.fetching:
            return Look("active", "play", "fetching")
        if self.freeze is not None:
            return Look("held", "bars", "frozen")
        if self.problem_code == Code.BROKEN_TRANSFER.code:
            return Look("bad", "octagon", "refused")
        if self.woken_at is not None:
            return Look("active", "clock", "wake-up sent")
        if self.detached:
            return Look("attention", "retry", "works with its last copy")
        return Look("attention", "retry", "behind")

    @property
    def detached(self) -> bool:
        "Whether it goes on without its supervisor."
        return not (self.connected or self.active)

    @property
    def behind(self) -> bool:
        "Whether it should have something newer, and may."
        return bool(self.wanted) and self.applied != self.wanted and self.freeze is None

    @property
    def verbs(self) -> tuple[str, ...]:
        "What makes sense for it now, in the order in which it is offered."
        frozen = ("deploy", "unfreeze") if self.freeze else ("send", "roll-back", "deploy", "freeze")
        return frozen if self.connected else (*frozen, "forget")

    @property
    def trouble(self) -> bool:
        "Whether somebody should look at it."
        return bool(self.problem) or not {"attention", "bad"}.isdisjoint((self.look.family, self.step.family))


@dataclass(frozen=True, slots=True)
class VersionView:
    number: int
    made_at: datetime | None
    origin: str
    files: int
    revision: str
    released_by: str


@dataclass(frozen=True, slots=True)
class ReleaseView:
    revision: str
    title: str
    released_at: datetime | None
    released_by: str
    workers: int


@dataclass(frozen=True, slots=True)
class SupervisorView:
    "`automatic`: changes go out at once. `revision` is empty without a repository."

    directory: str
    exists: bool
    automatic: bool
    repository: bool
    revision: str
    workers: tuple[WorkerView, ...]
    folders: tuple[str, ...]
    problems: tuple[str, ...]
    releases: tuple[ReleaseView, ...]
    versions: tuple[VersionView, ...]

    @property
    def used(self) -> bool:
        "Whether anybody is configured from here."
        return bool(self.workers) or self.exists

    def worker(self, name: str) -> WorkerView | None:
        return next((worker for worker in self.workers if worker.name == name), None)


@dataclass(frozen=True, slots=True)
class DifferenceView:
    "`files`: pairs of what happens (added, changed, removed) and the path."

    files: tuple[tuple[str, str], ...]


def supervisor_of(answer: etree._Element) -> SupervisorView:
    "From `<supervisor>`."
    return SupervisorView(
        answer.get("directory", ""),
        answer.get("exists") == "yes",
        answer.get("release") == "automatic",
        answer.get("repository") == "yes",
        answer.get("revision", ""),
        tuple(_worker(each) for each in answer.iterfind("workers/worker")),
        tuple(each.get("name", "") for each in answer.iterfind("folders/folder")),
        tuple(f"{each.get('code', '')}  {each.get('text', '')}" for each in answer.iterfind("problems/problem")),
        tuple(_releases(answer)),
        tuple(_versions(answer)),
    )


def difference_of(answer: etree._Element) -> DifferenceView:
    "From `<differences>`."
    return DifferenceView(tuple((each.get("change", ""), each.get("path", "")) for each in answer.iterfind("file")))


@dataclass(frozen=True, slots=True)
class LayerView:
    "A path with the checksums of its files in the folder for all and in the own one; empty: there is none."

    path: str
    general: str
    own: str
    own_wins: bool

    @property
    def same(self) -> bool:
        "Whether it does not matter which of the two counts."
        return self.general == self.own


@dataclass(frozen=True, slots=True)
class MergedView:
    "`directory` empty: the worker has no folder of its own. `paths` of both folders, of which `files` count."

    directory: str
    files: int
    paths: int
    layers: tuple[LayerView, ...]


def merged_of(answer: etree._Element) -> MergedView:
    "From `<merged>`."
    return MergedView(
        answer.get("directory", ""),
        int(answer.get("files", "0")),
        int(answer.get("paths", "0")),
        tuple(
            LayerView(each.get("path", ""), each.get("general", ""), each.get("own", ""), each.get("wins") == "own")
            for each in answer.iterfind("file")
        ),
    )


def faults_of(answer: etree._Element) -> tuple[str, ...]:
    "From `<checks>`: files that would not be valid."
    return tuple(each.get("text", "") for each in answer.iterfind("check/fault"))


def _worker(found: etree._Element) -> WorkerView:
    error = found.find("ERROR")
    port = found.get("tcp_port")
    return WorkerView(
        found.get("name", ""),
        found.get("scheduler_id", ""),
        _PROTOCOLS.get(found.get("protocol", ""), ""),
        f"{found.get('ip', '')}:{port}" if port else found.get("ip", ""),
        found.get("hostname", ""),
        found.get("udp_port", ""),
        found.get("version", ""),
        found.get("directory", ""),
        int(found.get("wanted", "0")),
        int(found.get("applied", "0")),
        found.get("busy") == "yes",
        found.get("connected") == "yes",
        found.get("active") == "yes",
        _instant(found, "connected_at"),
        _instant(found, "disconnected_at"),
        _instant(found, "last_contact"),
        _instant(found, "changed_at"),
        _instant(found, "transferred_at"),
        error.get("text", "") if error is not None else "",
        error.get("code", "") if error is not None else "",
        tuple(each.get("text", "") for each in found.iterfind("fault")),
        found.get("fetching") == "yes",
        _instant(found, "woken_at"),
        _freeze(found.find("freeze")),
    )


def _freeze(found: etree._Element | None) -> FreezeView | None:
    if found is None:
        return None
    return FreezeView(
        int(found.get("version", "0")),
        _instant(found, "at"),
        found.get("by", ""),
        found.get("reason", ""),
        _instant(found, "until"),
    )


def _releases(answer: etree._Element) -> Iterator[ReleaseView]:
    for each in answer.iterfind("releases/release"):
        yield ReleaseView(
            each.get("revision", ""),
            each.get("title", ""),
            _instant(each, "released_at"),
            each.get("released_by", ""),
            int(each.get("workers", "0")),
        )


def _versions(answer: etree._Element) -> Iterator[VersionView]:
    for each in answer.iterfind("versions/version"):
        yield VersionView(
            int(each.get("number", "0")),
            _instant(each, "made_at"),
            _ORIGINS.get(each.get("origin", ""), ""),
            int(each.get("files", "0")),
            each.get("revision", ""),
            each.get("released_by", ""),
        )


def _instant(found: etree._Element, name: str) -> datetime | None:
    text = found.get(name)
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC) if text else None
