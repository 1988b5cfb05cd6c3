"""Learning at once that the session of another writer has ended, on PostgreSQL.

A writer's session holds an advisory lock as long as it lasts (`batch.session_name`). Whoever asks for the same lock,
shared and without blocking anything else, gets it when the session is over.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from models.batch import session_name
from models.connect import postgres_arguments

if TYPE_CHECKING:
    import psycopg

_ASK = b"SELECT pg_advisory_lock_shared(hashtextextended($1, 0))"


class SessionEnd:
    "Waits for the end of one writer's session. On SQLite there are no sessions: `descriptor` is None, `ended` False."

    def __init__(self, database_url: str) -> None:
        self._arguments = postgres_arguments(database_url)
        self._connection: psycopg.Connection[Any] | None = None
        self.ended = False

    @property
    def descriptor(self) -> int | None:
        "Readable when there is something to `read`; None when nothing is being waited for."
        return self._connection.pgconn.socket if self._connection is not None and not self.ended else None

    def wait_for(self, token: str, epoch: int) -> None:
        "Ask, and return at once. Never fails: without a session of one's own one hears nothing."
        self.close()
        if self._arguments is not None:
            with suppress(Exception):
                self._ask(self._arguments, session_name(token, epoch))

    def _ask(self, arguments: dict[str, Any], name: str) -> None:
        import psycopg  # a program on SQLite never imports it

        own = {"connect_timeout": 5, "application_name": "stellwerk watcher"}
        self._connection = connection = psycopg.connect(**{**arguments, **own}, autocommit=True)
        connection.pgconn.send_query_params(_ASK, [name.encode()])
        connection.pgconn.flush()

    def read(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.pgconn.consume_input()
            self.ended = not self._connection.pgconn.is_busy()
        except Exception:  # our own session broke: nothing is known of the other one
            self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        self.ended = False
        if connection is not None:
            with suppress(Exception):
                connection.close()
