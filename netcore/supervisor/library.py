"""Versions of configurations and the workers, in the database. The reactor's thread asks, a thread of the pool writes.

One at a time and in order: what was asked for first is written first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.threads import deferToThreadPool

from models import supervisor as store
from models import supervisor_transfers
from models.connect import Connection, create, reading, writing
from models.errors import FenceError
from models.lease import read_lease
from scheduler.supervisor.records import ConfigurationVersion, Freeze, Release, Transfer, Worker
from scheduler.supervisor.tree import Entry, Tree

T = TypeVar("T")
#: so many new versions go by before old ones are looked for
_TRIM_EVERY = 20


class Library:
    """Every Deferred fires on the reactor's thread; they fail with a StoreError.

    `epoch` is that of our right to write; versions are added only as long as it is the current one.
    """

    def __init__(
        self, reactor: Any, database_url: str, scheduler_id: str, keep: int, epoch: Callable[[], int] | None = None
    ) -> None:
        self._reactor = reactor
        self._engine = create(database_url, "web")
        self._id = scheduler_id
        self._keep = keep
        self._epoch = epoch
        self._lock = DeferredLock()
        self._since_trim = 0

    def close(self) -> None:
        self._engine.dispose()

    def load(self) -> Deferred[tuple[list[Worker], dict[str, ConfigurationVersion]]]:
        "All workers, and the newest version of each."
        return self._read(lambda c: (store.workers(c, self._id), store.latest_versions(c, self._id)))

    def add(
        self, versions: Sequence[tuple[ConfigurationVersion, Tree]], contents: Mapping[str, bytes]
    ) -> Deferred[None]:
        "Keep new versions; `contents` by digest may hold more than they need."

        def write(connection: Connection) -> None:
            needed = {entry.digest for _, tree in versions for entry in tree.values()}
            self._check_right(connection)
            missing = store.missing_contents(connection, self._id, needed)
            store.keep_contents(connection, self._id, {digest: contents[digest] for digest in missing})
            store.add_versions(connection, self._id, versions)
            if self._since_trim >= _TRIM_EVERY:
                self._since_trim = 0
                store.trim(connection, self._id, self._keep)

        self._since_trim += len(versions)
        return self._write(write)

    def versions(self, worker: str) -> Deferred[list[ConfigurationVersion]]:
        return self._read(lambda c: store.versions(c, self._id, worker))

    def version(self, worker: str, number: int) -> Deferred[tuple[ConfigurationVersion, dict[str, Entry]] | None]:
        return self._read(lambda c: store.version_with_tree(c, self._id, worker, number))

    def contents(self, digests: Iterable[str]) -> Deferred[dict[str, bytes]]:
        wanted = tuple(digests)
        return self._read(lambda c: store.contents(c, self._id, wanted))

    def add_release(self, release: Release) -> Deferred[None]:
        return self._write(lambda c: store.add_release(c, self._id, release))

    def releases(self) -> Deferred[list[Release]]:
        return self._read(lambda c: store.releases(c, self._id))

    def save(self, workers: Sequence[Worker]) -> Deferred[None]:
        return self._write(lambda c: store.save_workers(c, self._id, workers))

    def freeze(self, name: str, freeze: Freeze | None) -> Deferred[None]:
        "None: the worker is not frozen any more."

        def write(connection: Connection) -> None:
            self._check_right(connection)
            supervisor_transfers.freeze(connection, self._id, name, freeze)

        return self._write(write)

    def add_transfers(self, transfers: Sequence[Transfer]) -> Deferred[None]:
        return self._write(lambda c: supervisor_transfers.add_transfers(c, self._id, transfers))

    def forget(self, name: str) -> Deferred[None]:
        return self._write(lambda c: store.forget_worker(c, self._id, name))

    # -- in threads

    def _check_right(self, connection: Connection) -> None:
        "Raises FenceError when another member of the cluster works meanwhile."
        lease = read_lease(connection, self._id) if self._epoch is not None else None
        if lease is not None and self._epoch is not None and lease.epoch != self._epoch():
            raise FenceError("another member of the cluster hands configurations out")

    def _write(self, function: Callable[[Connection], T]) -> Deferred[T]:
        def work() -> T:
            with writing(self._engine) as connection:
                return function(connection)

        return self._lock.run(self._in_thread, work)

    def _read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        def work() -> T:
            with reading(self._engine) as connection:
                return function(connection)

        return self._in_thread(work)

    def _in_thread(self, work: Callable[[], T]) -> Deferred[T]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)
