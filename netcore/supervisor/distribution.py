"""From the folder to versions: who shall have what. A version is kept in the database before anybody hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.errors import StoreError
from netcore.clocks import wall_of
from netcore.supervisor.central_folder import Central, CentralFolder
from netcore.supervisor.central_watch import CentralWatch
from netcore.supervisor.library import Library
from netcore.supervisor.workers import Workers
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.supervisor.distribution import duplicates, folder_of, next_version
from scheduler.supervisor.records import ConfigurationVersion, Origin, Worker
from scheduler.supervisor.tree import Tree, checksum, merged

#: different problems of the folder that are told to the log
_TOLD_MAX = 1000
#: seconds; who asks by himself is not answered from an older look at the folder
_FRESH = 1.0
#: trees that are remembered besides those of newest versions
_OLD_TREES = 20


class Distribution:
    """`automatic` says whether changes of the folder go out at once, `is_active` whether this member of its cluster
    works; `notify` is called for each worker that has a new version, `loaded` when it is known what the database knows.
    All on the reactor's thread.

    Nothing is loaded and watched before somebody asks whether it is `ready`.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        directory: str,
        library: Library,
        workers: Workers,
        automatic: Callable[[], bool],
        is_active: Callable[[], bool],
        notify: Callable[[str], None],
        loaded: Callable[[], None],
    ) -> None:
        self.directory = directory
        self.watch = CentralWatch(reactor, CentralFolder(directory), self._found)
        self.central = Central()
        #: the newest version of each worker
        self.latest: dict[str, ConfigurationVersion] = {}
        self._reactor = reactor
        self._library = library
        self._workers = workers
        self._automatic = automatic
        self._is_active = is_active
        self._notify = notify
        self._loaded = loaded
        self._trees: dict[str, Tree] = {}
        self._told: set[Problem] = set()
        self._lock = DeferredLock()
        self._coming: dict[str, list[Deferred[Any]]] = {}
        self._beginning: Deferred[None] | None = None
        self._stopped = False

    @property
    def began(self) -> bool:
        return self._beginning is not None

    def ready(self) -> Deferred[None]:
        "Fires when what the database knows is loaded and the folder has been looked at; begins with both if need be."
        ready: Deferred[None] = Deferred()
        if self._beginning is None:
            self._beginning = self._begin()

        def pass_on(result: Any) -> Any:
            if isinstance(result, Failure):
                self._beginning = None
            ready.callback(result)
            return None if isinstance(result, Failure) else result

        self._beginning.addBoth(pass_on)
        return ready

    @inlineCallbacks
    def _begin(self) -> Any:
        yield self._lock.run(self._load)
        if self._stopped:
            return
        looked = self.watch.look_now()
        self.watch.start()
        central = yield looked
        yield self.distribute(central)

    @inlineCallbacks
    def _load(self) -> Any:
        known, self.latest = yield self._library.load()
        self._workers.load(known)
        for worker in self._workers.all():
            self._workers.put(replace(worker, wanted=self.wanted(worker.name)))
        self._loaded()

    def reload(self) -> Deferred[Any]:
        """Read again what the database knows, because somebody else has written it, and look at the folder: what has
        changed at the very end of the other one is not handed out yet. Never fails."""
        loaded = self._lock.run(self._load).addCallback(lambda _: self.watch.look_now())
        return loaded.addCallback(self.distribute).addErrback(self.failed)

    @inlineCallbacks
    def refresh(self) -> Any:
        """A worker asks without having been told to, so perhaps nothing tells us of changes. Fires when what he gets is
        not older than a moment; never fails."""
        try:
            yield self.ready()
            if not self.watch.is_fresh(_FRESH):
                yield self.distribute((yield self.watch.look_now()))
        except Exception:
            self.failed(Failure())

    @inlineCallbacks
    def stop(self) -> Any:
        self._stopped = True
        if self.began:
            yield self.watch.stop()

    def wanted(self, name: str) -> int:
        "The number of the version that a worker shall have; 0: none."
        latest = self.latest.get(name)
        return latest.number if latest is not None else 0

    # -- new versions

    def _found(self, central: Central) -> None:
        self.distribute(central).addErrback(self.failed)

    def catch_up(self, name: str) -> Deferred[Any]:
        """A worker has come: has he the version that the folder wants? Fires when it is there, and never fails.

        Of many that come at once, all are served together.
        """
        come: Deferred[Any] = Deferred()
        self._coming.setdefault(name, []).append(come)
        if len(self._coming) == 1:
            self._reactor.callLater(0, self._serve)
        return come

    def _serve(self) -> None:
        ready = self.ready().addErrback(self.failed)
        ready.addCallback(lambda _: self._lock.run(self._serve_alone)).addErrback(self.failed)

    @inlineCallbacks
    def _serve_alone(self) -> Any:
        coming, self._coming = self._coming, {}
        try:
            yield self._distribute(self.central, set(coming), False, Origin.FOLDER, "", "")
        finally:
            for waiting in coming.values():
                for each in waiting:
                    each.callback(None)

    def failed(self, failure: Failure) -> None:
        if failure.check(StoreError):
            self._log.error("Nothing is handed out: {problem}", problem=str(failure.value))
        elif not self._stopped:
            self._log.failure("Nothing is handed out", failure=failure)

    def distribute(
        self,
        central: Central,
        only: Iterable[str] = (),
        *,
        whatever: bool = False,
        origin: Origin = Origin.FOLDER,
        revision: str = "",
        by: str = "",
    ) -> Deferred[list[ConfigurationVersion]]:
        """Make the versions that the folder makes necessary, and tell the workers. `only`: of these; none: of all.

        `whatever`: also when the settings say that changes wait, and for workers that were rolled back.
        """
        return self._lock.run(
            self._distribute, central, set(only), whatever, origin, revision, by
        )

    @inlineCallbacks
    def _distribute(
        self, central: Central, only: set[str], whatever: bool, origin: Origin, revision: str, by: str
    ) -> Any:
        self._tell(central)
        if central.identity is None or not self._is_active():
            return []
        self.central = central
        new: list[tuple[ConfigurationVersion, Tree]] = []
        automatic, now = self._automatic() or whatever, self._now()
        #: trees and their checksums by folder: most workers share one
        known: dict[str, tuple[Tree | None, str]] = {}
        for worker in self._workers.named(only) if only else self._workers.all():
            directory = folder_of(worker, central.folders, central.addresses)
            if directory not in known:
                found, _ = self.tree_of(worker, central)
                known[directory] = found, checksum(found) if found is not None else ""
            tree, sum_now = known[directory]
            if directory != worker.directory:
                self._workers.put(replace(worker, directory=directory))
            latest = self.latest.get(worker.name)
            if tree is None or not (automatic or latest is None):
                continue
            version = next_version(
                worker.name, latest, tree, now, origin=origin, revision=revision, released_by=by,
                whatever=whatever, sum_now=sum_now,
            )  # fmt: skip
            if version is not None:
                new.append((version, tree))
        yield self._publish(new, central.contents)
        return [version for version, _ in new]

    def publish(self, version: ConfigurationVersion, tree: Tree) -> Deferred[None]:
        "A version whose contents are kept already, such as that of a roll-back."
        return self._lock.run(self._publish, [(version, tree)], {})

    @inlineCallbacks
    def _publish(self, new: list[tuple[ConfigurationVersion, Tree]], contents: Mapping[str, bytes]) -> Any:
        if not new or self._stopped:
            return
        yield self._library.add(new, contents)
        if self._stopped:
            return
        for version, tree in new:
            self.latest[version.worker] = version
            self._trees[version.checksum] = tree
            worker = self._workers.get(version.worker)
            if worker is not None:
                # one that has not even fetched what came before is behind since then
                since = None if worker.in_step else worker.changed_at
                self._workers.put(replace(worker, wanted=version.number, changed_at=since or self._now()))
                self._notify(worker.name)
        self._forget_trees()

    def _forget_trees(self) -> None:
        "All but those of newest versions, and a few before, from which workers are on their way."
        newest = {version.checksum for version in self.latest.values()}
        old = [name for name in self._trees if name not in newest]
        for name in old[:-_OLD_TREES]:
            del self._trees[name]

    def known_tree(self, name: str) -> Tree | None:
        "The tree of a checksum, as long as it is remembered."
        return self._trees.get(name)

    def tree_of(self, worker: Worker, central: Central) -> tuple[Tree | None, str]:
        "What the folder wants the worker to have, and the name of its own folder. None: nothing is known."
        directory = folder_of(worker, central.folders, central.addresses)
        specific = central.folders.get(directory) if directory else None
        general = central.general
        if not general.counts and (specific is None or not specific.counts):
            refusal = WorkloadError(Code.NO_CENTRAL_FOLDER, worker=worker.name, directory=self.directory)
            self._tell_once(refusal.problem)
            return None, directory
        return merged(general.tree, specific.tree if specific is not None else {}), directory

    # -- what there is

    @inlineCallbacks
    def newest(self, name: str) -> Any:
        "The newest version of a worker, and its tree; (None, None) when it has none."
        yield self.ready()
        yield self._lock.run(lambda: None)
        version = self.latest.get(name)
        if version is None:
            return None, None
        tree = self._trees.get(version.checksum)
        if tree is None:
            found = yield self._library.version(name, version.number)
            if found is None:
                raise WorkloadError(Code.UNKNOWN_CONFIGURATION, worker=name, version=version.number)
            tree = self._trees[version.checksum] = found[1]
        return version, tree

    @inlineCallbacks
    def due(self, name: str) -> Any:
        """The version that a worker is given now, and its tree: the newest one, or the one that it is frozen at.
        (None, None): it keeps what it has."""
        newest, tree = yield self.newest(name)
        worker = self._workers.get(name)
        if worker is None or worker.freeze is None or newest is None or worker.due == newest.number:
            return newest, tree
        found = yield self._library.version(name, worker.due)
        return found if found is not None else (None, None)

    @inlineCallbacks
    def contents(self, digests: Iterable[str]) -> Any:
        "Contents of files by digest, those that are known."
        wanted = list(digests)
        here = self.central.contents
        found = {digest: here[digest] for digest in wanted if digest in here}
        missing = [digest for digest in wanted if digest not in found]
        if missing:
            found |= yield self._library.contents(missing)
        return found

    def problems(self) -> tuple[Problem, ...]:
        "What is wrong with the folder now."
        central = self.central
        return (*central.problems, *duplicates(central.folders, central.addresses))

    def _tell(self, central: Central) -> None:
        for problem in (*central.problems, *duplicates(central.folders, central.addresses)):
            self._tell_once(problem)

    def _tell_once(self, problem: Problem) -> None:
        if problem not in self._told and len(self._told) < _TOLD_MAX:
            self._told.add(problem)
            self._log.warn("{problem}", problem=str(problem))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(wall_of(self._reactor)(), UTC)
