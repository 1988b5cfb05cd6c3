"When task servers are to be looked at: one noted instant for each, however many steps it makes."

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scheduler.records import Task


class ServerLooks:
    """`wake_at` notes an instant for a task, which comes back as `due`; `long_due` says when its step has taken too
    long.

    Every step has a timeout of its own, and every rest an idle time; noting all of them would fill the memory with
    instants that mean nothing any more. When the noted one comes too early, because steps have moved it on, it is
    noted anew.
    """

    def __init__(
        self, wake_at: Callable[[datetime, int], None], long_due: Callable[[Task], datetime | None]
    ) -> None:
        self._wake_at = wake_at
        self._long_due = long_due
        self._noted: dict[int, datetime] = {}

    def put(self, task: Task) -> None:
        look_at = self._look_at(task)
        noted = self._noted.get(task.id)
        if look_at is not None and (noted is None or look_at < noted):
            self._noted[task.id] = look_at
            self._wake_at(look_at, task.id)

    def due(self, task_id: int, task: Task | None, now: datetime) -> None:
        "The noted instant has come; `task` None: it is over."
        self._noted.pop(task_id, None)
        look_at = self._look_at(task) if task is not None else None
        if task is not None and look_at is not None and look_at > now:
            self.put(task)

    def _look_at(self, task: Task) -> datetime | None:
        "The earlier of the server's own instant and the one at which its step has taken too long."
        if task.server is None:
            return None
        own, long = task.server.look_at, self._long_due(task)
        patience = task.server.patience_until
        if patience is not None and (own is None or patience < own):
            own = patience
        return own if long is None or (own is not None and own < long) else long

    def forget(self, task_id: int) -> None:
        self._noted.pop(task_id, None)
