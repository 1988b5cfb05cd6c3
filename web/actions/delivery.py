"""Commands that wait for a member: sent when one comes, withdrawn by whoever ordered them, or expired.

One thread looks after them while there are any; it ends with the last one. Several web processes may do so at the
same time: an operation is claimed by a conditional update, so it is sent once.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

from flask import Flask, current_app, g

from models import accounts, audit, operations, roles
from models.operations import Operation, State
from web import database, engines
from web.actions import kinds
from web.actions.sending import receiver, send
from web.actions.verbs import VERBS
from web.words import N_

log = logging.getLogger(__name__)

#: a command that nobody took for so long is not sent any more: who ordered it does not expect it now
WAITS = timedelta(hours=1)
#: a process that sent a command and died does not come back with its answer
LOST = timedelta(minutes=5)
EVERY_SECONDS = 2.0


class Delivery:
    "The thread of one application."

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def wake(self) -> None:
        "Something waits."
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        thread = self._thread
        if thread is not None:
            thread.join(10)

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            try:
                with self._app.app_context():
                    left = deliver(datetime.now(UTC))
            except Exception:
                log.exception("waiting commands could not be looked at; they are tried again")
                continue
            with self._lock:
                if not left:
                    self._thread = None
                    return


def install(app: Flask) -> None:
    app.extensions["stellwerk_delivery"] = Delivery(app)
    looked = threading.Event()

    @app.before_request
    def look_once() -> None:
        "What waited when the last process ended."
        if not looked.is_set() and "access" in g:
            looked.set()
            if operations.in_state(database.read(), (State.WAITING, State.SENDING), limit=1):
                wake()


def wake() -> None:
    found: Delivery = current_app.extensions["stellwerk_delivery"]
    found.wake()


def deliver(now: datetime) -> int:
    "Tries everything that waits once; returns how much is left."
    waiting = operations.in_state(database.read(), (State.WAITING, State.SENDING))
    database.forget_reads()
    return sum(_still_waits(operation, now) for operation in waiting)


def end(operation: Operation, before: State, after: State, text: str, approver: str = "") -> bool:
    "Ends an operation that was not sent. False: somebody was faster."
    now = datetime.now(UTC)
    with database.writing() as connection:
        moved = operations.move(connection, operation.key, before, after, text=text, approver=approver, ended_at=now)
        if moved:
            audit.finish(connection, operation.entry, after.value, operation.for_audit(text))
    return moved


def _still_waits(operation: Operation, now: datetime) -> bool:
    if operation.state is State.SENDING:
        if now - operation.created_at > WAITS + LOST:
            end(operation, State.SENDING, State.NO_ANSWER, N_("the web process ended while it waited for the answer"))
        return False
    if now - operation.created_at > WAITS:
        end(operation, State.WAITING, State.EXPIRED, N_("no member came in time; the command was not sent"))
        return False
    if not still_allowed(operation):
        end(operation, State.WAITING, State.REJECTED, N_("the permission was taken away meanwhile"))
        return False
    member = receiver(operation, now)
    database.forget_reads()
    if member is None or engines.silent(member, now):
        return True
    return _send(operation)


def _send(operation: Operation) -> bool:
    with database.writing() as connection:
        claimed = operations.move(connection, operation.key, State.WAITING, State.SENDING)
    return claimed and send(operation).state is State.WAITING


def still_allowed(operation: Operation) -> bool:
    "Whether whoever ordered it may still do so."
    connection = database.read()
    account = accounts.by_id(connection, operation.account_id)
    kind, _, name = operation.action.partition(".")
    verb = VERBS.get((kind, name))
    if account is None or account.disabled or verb is None:
        return False
    access = roles.access(connection, account.id)
    return access.may(verb.permission, operation.scheduler_id, kinds.path_of(kind, operation.object))
