"""The right to host the services, once for a scheduler id.

It is a lease as the engine's own, under a name of its own: whoever takes it gets a new epoch, and a transaction of
whoever had it before fails from then on. Rows of services can be worked out again, so on SQLite their commits
do not wait for the disk: a long wait there would be one of the engine, too. For the same reason they take over what the
write-ahead log holds sooner than the engine does, which would have to do it within one of its commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, event, update

from models import sight
from models.connect import create, reading, writing
from models.errors import FenceError
from models.lease import Lease, leave_lease, read_lease, take_lease
from models.tables import leases
from scheduler.cluster.standing import Standing

#: pages in the write-ahead log; the engine has SQLite's usual limit, 1000
CHECKPOINT_PAGES = 400


def lease_name(scheduler_id: str) -> str:
    return f"{scheduler_id} services"


class Right:
    """`held` None: somebody else has it, or nobody. All methods may be called in any thread, and raise the errors of
    the store."""

    def __init__(self, url: str, scheduler_id: str, holder: str, token: str) -> None:
        self.scheduler_id = scheduler_id
        self.engine: Engine = create(url, "services")
        #: for who stands by, who must soon know why it cannot write
        self.watcher: Engine = create(url, "watcher")
        sight.install(self.engine)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _spare_the_engine)
        self._holder = holder
        self._token = token
        self.held: Lease | None = None

    def look(self, connection: Connection) -> Lease | None:
        return read_lease(connection, lease_name(self.scheduler_id))

    def take(self, seen: Lease | None, now: datetime) -> None:
        "`seen` None: nobody ever had it. Raises FenceError when somebody was faster."
        with writing(self.watcher) as connection:
            self.held = take_lease(
                connection, lease_name(self.scheduler_id), self._holder, self._token, now, seen
            )

    def leave(self) -> None:
        "Anybody else may host them from now on."
        held, self.held = self.held, None
        if held is not None:
            with writing(self.engine) as connection:
                leave_lease(connection, held.scheduler_id, held.token, held.epoch, Standing.FREE)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        "A transaction that is committed only if the right is still ours. Raises FenceError."
        held = self.held
        if held is None:
            raise FenceError("The services are hosted by somebody else")
        with writing(self.engine) as connection:
            self._check(connection, held)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with reading(self.engine) as connection:
            yield connection

    def _check(self, connection: Connection, held: Lease) -> None:
        found = connection.execute(
            update(leases)
            .where(leases.c.scheduler_id == held.scheduler_id)
            .where(leases.c.token == held.token, leases.c.epoch == held.epoch)
            .values(beat_at=datetime.now(UTC))
        )
        if found.rowcount != 1:
            self.held = None
            raise FenceError("The services are hosted by somebody else")

    def close(self) -> None:
        self.engine.dispose()
        self.watcher.dispose()


def _spare_the_engine(connection: object, record: object) -> None:
    for pragma in ("synchronous=NORMAL", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
