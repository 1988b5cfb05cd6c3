"""The writer: one connection, one thread, one transaction per batch, the fence first.

How a batch goes::

    write(changes) --> committed: the number of the last journal row
                   --> Unreachable: nobody knows whether it was committed.
                         reopen() until it succeeds (it checks the fence), then write(the same changes) again:
                         the journal numbers are given here and rise only with a known commit, so the
                         second time meets its own rows and changes nothing.
                   --> FenceError: somebody else writes. Stop at once.
                   --> anything else: a mistake in the program. Nothing of the batch is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, PoolProxiedConnection, text
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.bulk import postgres, sqlite
from models.bulk.fence import Fence
from models.connect import create
from models.errors import Unreachable, store_error
from models.lease import AS_IT_STANDS, Lease, Seen, leave_lease, renew_lease, take_lease
from models.members import Member
from models.merge import TaskLog, batch
from scheduler.changes import Change
from scheduler.cluster.standing import Standing

__all__ = ["TaskLog", "Writer", "boot_seconds", "session_name"]

#: held by a writer's session on PostgreSQL as long as that lasts
SESSION_LOCK = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")


def session_name(token: str, epoch: int) -> str:
    "The name of the lock that a writer's session holds for an epoch."
    return f"{token}/{epoch}"


def boot_seconds() -> float:
    "Seconds on a clock that nobody sets and that goes on while the machine sleeps."
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Writer:
    """Writes for one scheduler as one holder. All methods belong to one thread.

    `open` first. After Unreachable the connection is gone; `reopen` makes a new one.
    """

    def __init__(self, url: str, scheduler_id: str, holder: str) -> None:
        self._engine = create(url, "writer")
        self._scheduler_id = scheduler_id
        self._holder = holder
        self._token = uuid4().hex
        self._fence: Fence | None = None
        self._connection: PoolProxiedConnection | None = None
        on_postgres = self._engine.dialect.name == "postgresql"
        self._on_postgres = on_postgres
        self._write: Callable[[Any, Fence, Any], None] = postgres.write if on_postgres else sqlite.write
        #: when our right to write was last proved: an instant before a transaction that succeeded (`boot_seconds`)
        self.proved_at = 0.0
        #: what `close` says of the right; None: nothing, as after a sudden end
        self.leave_as: Standing | None = None
        #: the member that `close` leaves the right to; empty: to any
        self.leave_to = ""
        #: the number of the last journal row that is known to be committed
        self.journal_id = 0

    @property
    def token(self) -> str:
        "What names this writer in the row of the right."
        return self._token

    @property
    def epoch(self) -> int:
        "The epoch of our right to write. The writer must be open."
        return self._own_fence().epoch

    def open(self, now: datetime, seen: Seen = AS_IT_STANDS) -> Lease:
        """Takes the right to write and connects.

        With `seen`, only if the lease still is what the caller saw (None: there was none). Raises FenceError,
        Unreachable, SchemaError.
        """
        began = boot_seconds()
        try:
            with self._engine.begin() as connection:
                schema.require(connection)
                lease = take_lease(connection, self._scheduler_id, self._holder, self._token, now, seen)
                self._hold_session(connection, lease.epoch)
        except Exception as error:
            raise self._lost(error) from error
        self._fence = Fence(self._scheduler_id, self._token, lease.epoch)
        self.journal_id = lease.journal_id
        self._connect()
        self.proved_at = began
        return lease

    def reopen(self) -> None:
        """A new connection, if the right to write still is ours: raises FenceError if not, Unreachable to try again.

        A database that has forgotten what it had committed, as a standby may that was promoted too early, is not the
        one that we know: then it raises LostChanges.
        It has a new epoch, so that a batch which the database may still be working on can no longer come in between.
        """
        self._own_fence()
        self._give_up()
        began = boot_seconds()
        try:
            with self._engine.begin() as connection:
                schema.require(connection)
                epoch = renew_lease(connection, self._scheduler_id, self._token, self.journal_id)
                self._hold_session(connection, epoch)
        except Exception as error:
            raise self._lost(error) from error
        self._fence = Fence(self._scheduler_id, self._token, epoch)
        self._connect()
        self.proved_at = began

    def write(
        self,
        changes: Sequence[Change],
        logs: Sequence[TaskLog] = (),
        *,
        now: datetime,
        member: Member | None = None,
    ) -> int:
        """Writes everything in one transaction and returns the number of the last journal row.

        Without changes it is a heartbeat. `member` is the row about ourselves, when it is to be written too.
        """
        fence = self._own_fence()
        work = batch(changes, logs, now, self.journal_id, member)
        if self._connection is None:
            raise Unreachable("the connection to the database is lost")
        began = boot_seconds()
        try:
            self._write(self._connection.driver_connection, fence, work)
        except Exception as error:
            raise self._lost(error) from error
        self.journal_id = work.journal_id
        self.proved_at = began
        return work.journal_id

    def close(self) -> None:
        "Ends the connection, with a last word about the right if `leave_as` has one."
        if self.leave_as is not None and self._connection is not None:
            self._leave(self._connection, self.leave_as)
        self._give_up()
        self._engine.dispose()

    def _leave(self, connection: PoolProxiedConnection, standing: Standing) -> None:
        fence = self._own_fence()
        driver: Any = connection.driver_connection
        if not self._on_postgres:
            sqlite.restore(driver)
        connection.close()
        self._connection = None
        with suppress(SQLAlchemyError), self._engine.begin() as last:
            leave_lease(last, self._scheduler_id, fence.token, fence.epoch, standing, self.leave_to)

    def _hold_session(self, connection: Connection, epoch: int) -> None:
        """Whoever waits for this lock learns at once when our session ends. The session outlives this transaction.

        Nobody knows the epoch before the commit, so nobody has the lock.
        """
        if self._on_postgres:
            connection.execute(SESSION_LOCK, {"name": session_name(self._token, epoch)})

    def _own_fence(self) -> Fence:
        if self._fence is None:
            raise RuntimeError("the writer was never opened")
        return self._fence

    def _connect(self) -> None:
        try:
            self._connection = self._engine.raw_connection()
            driver: Any = self._connection.driver_connection
            if self._on_postgres:
                driver.autocommit = True
            else:
                sqlite.prepare(driver)
        except Exception as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> Exception:
        "The error as its kind; the connection is given up when it may be broken."
        known = store_error(error)
        if isinstance(known, Unreachable):
            self._give_up()
        return known or error

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None
