"""Logs of tasks that an earlier life of this engine has left in its log directory, stored when their tasks have ended.

Who takes over from a dead member closes its tasks, but the logs lie with the dead one. When that comes back it brings
them in:

    the task has ended, no log is stored       it is stored, and the file goes
    the same log is stored already             the file goes; the engine died between the two
    another log is stored                      both stay
    the task has not ended                     it is looked at again later, until nothing is left
    the task is unknown, or has another file   no business of ours: several engines may share the directory

A thread of its own, which ends when nothing is left, and takes its time: nobody waits for it.
"""

from __future__ import annotations

from threading import Event, Thread

from twisted.logger import Logger

from models.connect import Engine as Store
from models.connect import create, reading, writing
from models.errors import Unreachable
from models.left_logs import LogOwner, add_log, log_owners
from models.merge import TaskLog
from netcore.spool import Spool

#: seconds before the next turn: the usual, and when only tasks are left that have not ended, or after a loss of the
#: database
PAUSE, LONG_PAUSE = 0.2, 5.0
#: files that a turn asks about, and logs that it stores
ASKED_MOST, STORED_MOST = 100, 5

_Left = tuple[int, str]


class LeftLogs:
    "`spool` is the one with which logs of ended tasks are stored. `start` and `stop` may be called again; any thread."

    _log = Logger()

    def __init__(self, database_url: str, scheduler_id: str, spool: Spool) -> None:
        self._url = database_url
        self._scheduler_id = scheduler_id
        self._spool = spool
        #: to be asked about, and those whose tasks had not ended
        self._left: list[_Left] = []
        self._open: list[_Left] = []
        self._stored = 0
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="left-logs", daemon=True)

    def start(self) -> None:
        "Once it is told that the engine works, or waits."
        if self._thread.ident is None and not self._stopped.is_set():
            self._thread.start()

    def stop(self) -> None:
        "What is left then is left to the next start."
        self._stopped.set()

    # -- in the thread

    def _run(self) -> None:
        try:
            self._left = list(self._spool.left_over_logs())
            if self._left:
                self._store_all()
        except Exception:
            self._log.failure("Logs that an earlier run has left cannot be stored")

    def _store_all(self) -> None:
        store = create(self._url, "services")
        pause = PAUSE
        try:
            while (self._left or self._open) and not self._stopped.wait(pause):
                pause = self._turn(store)
        finally:
            store.dispose()

    def _turn(self, store: Store) -> float:
        "Seconds until the next one."
        if not self._left:
            self._left, self._open = self._open, []
        try:
            self._portion(store)
        except Unreachable:
            return LONG_PAUSE
        if self._left:
            return PAUSE
        if self._stored:
            self._log.info("{number} logs of tasks that an earlier run left are stored", number=self._stored)
            self._stored = 0
        return LONG_PAUSE

    def _portion(self, store: Store) -> None:
        "What was dealt with is not left any more; when this fails, the rest still is."
        asked = self._left[:ASKED_MOST]
        with reading(store) as connection:
            owners = log_owners(connection, self._scheduler_id, [task_id for task_id, _ in asked])
        room = STORED_MOST
        for left in asked:
            owner = self._owner(owners, left)
            if owner is not None and owner.ended:
                if not room:
                    return
                room -= 1
                self._bring_in(store, left, owner)
            elif owner is not None and self._spool.read_log(left[1], limit=1) is not None:
                self._open.append(left)
            self._left.pop(0)

    def _owner(self, owners: dict[int, LogOwner], left: _Left) -> LogOwner | None:
        task_id, file = left
        owner = owners.get(task_id)
        same = owner is not None and owner.log_file and self._spool.same_log(owner.log_file, file)
        return owner if same else None

    def _bring_in(self, store: Store, left: _Left, owner: LogOwner) -> None:
        task_id, file = left
        content = self._spool.take_log(file)
        if content is None:
            return
        size = owner.stored
        if size is None:
            with writing(store) as connection:
                size = add_log(connection, self._scheduler_id, TaskLog(task_id, content))
            self._stored += size is not None
        if size == len(content):
            self._spool.discard(file)
