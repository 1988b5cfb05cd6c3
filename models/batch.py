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

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import PoolProxiedConnection

from models import schema
from models.bulk import postgres, sqlite
from models.bulk.fence import Fence
from models.connect import create
from models.errors import Unreachable, store_error
from models.lease import Lease, renew_lease, take_lease
from models.members import Member
from models.merge import TaskLog, batch
from scheduler.changes import Change

__all__ = ["TaskLog", "Writer"]


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
        self._write: Callable[[Any, Fence, Any], None] = postgres.write if on_postgres else sqlite.write
        #: the number of the last journal row that is known to be committed
        self.journal_id = 0

    @property
    def epoch(self) -> int:
        "The epoch of our right to write. The writer must be open."
        return self._own_fence().epoch

    def open(self, now: datetime, seen: Lease | None = None) -> Lease:
        """Takes the right to write and connects.

        With `seen`, only if the lease still is what the caller saw. Raises FenceError, Unreachable, SchemaError.
        """
        try:
            with self._engine.begin() as connection:
                schema.require(connection)
                lease = take_lease(connection, self._scheduler_id, self._holder, self._token, now, seen)
        except Exception as error:
            raise self._lost(error) from error
        self._fence = Fence(self._scheduler_id, self._token, lease.epoch)
        self.journal_id = lease.journal_id
        self._connect()
        return lease

    def reopen(self) -> None:
        """A new connection, if the right to write still is ours: raises FenceError if not, Unreachable to try again.

        It has a new epoch, so that a batch which the database may still be working on can no longer come in between.
        """
        self._own_fence()
        self._give_up()
        try:
            with self._engine.begin() as connection:
                schema.require(connection)
                epoch = renew_lease(connection, self._scheduler_id, self._token)
        except Exception as error:
            raise self._lost(error) from error
        self._fence = Fence(self._scheduler_id, self._token, epoch)
        self._connect()

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
        try:
            self._write(self._connection.driver_connection, fence, work)
        except Exception as error:
            raise self._lost(error) from error
        self.journal_id = work.journal_id
        return work.journal_id

    def close(self) -> None:
        "Ends the connection. The lease stays ours until somebody takes it."
        self._give_up()
        self._engine.dispose()

    def _own_fence(self) -> Fence:
        if self._fence is None:
            raise RuntimeError("the writer was never opened")
        return self._fence

    def _connect(self) -> None:
        try:
            self._connection = self._engine.raw_connection()
            if self._engine.dialect.name == "postgresql":
                driver: Any = self._connection.driver_connection
                driver.autocommit = True
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
