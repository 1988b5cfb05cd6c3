"""What a member of an active cluster does beside the leading one: it starts the processes that are assigned to it.

    assignments are looked for when the bell rings, and four times a second
    -> every new one is carried out, as long as the membership was proved a moment ago (see `permit`)
    -> what becomes of it is reported, all that has gathered in one transaction, which proves the membership once more

All that this run of the member has taken or reported is kept in mind by the keys, so a transaction of which nobody
knows whether it was committed is simply made again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.logger import Logger

from models.batch import boot_seconds
from models.errors import FenceError, Unreachable
from models.sharing_line import SharingLine
from netcore.cluster.permit import StartPermit
from netcore.preparation import Opened
from netcore.processes import Processes
from netcore.settings import Settings
from netcore.spool import Spool
from scheduler.actions import Kill, Launch
from scheduler.cluster.assignment import AssignmentKey
from scheduler.cluster.wire import Told, action_of, report_of
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed

#: seconds between looks when no bell rings, and after a loss of the database
LOOK_EVERY, RETRY = 0.25, 0.2
#: seconds without work after which nothing more is assigned to a member that leaves: the leading one has seen its row
QUIET = 1.2
#: reports in one transaction
_MOST = 200


def hands_spool(settings: Settings) -> Spool:
    "Apart from that of the engine, which clears its own when it begins to work in the same process."
    return Spool(settings.log_dir, os.path.join(settings.run_dir, "hands"), settings.stored_log_max)


class Hands:
    """`proved_at` gives the instant at which the membership was proved last, `reported` is called when something was,
    `lost` when it turns out that this run of the member was declared dead; both in the reactor's thread."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        opened: Opened,
        environ: Mapping[str, str],
        proved_at: Callable[[], float],
        reported: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._member = opened.member
        self._line = SharingLine(settings.database_url, settings.scheduler_id)
        self._reported = reported
        self._lost = lost
        self._permit = StartPermit(proved_at)
        self._spool = hands_spool(settings)
        self._spool.prepare()
        self._processes = Processes(
            reactor, self._spool, self._hear, environ, opened.mark, ZoneInfo(settings.time_zone), self._permit
        )
        self._taken: set[AssignmentKey] = set()
        self._logs: dict[int, str] = {}
        self._lock = Lock()
        self._news: list[Told] = []
        #: when there was something to do last (`boot_seconds`)
        self._busy_at = 0.0
        #: since when `finish` waits
        self._leaving_at = 0.0
        #: the database is not there
        self._problem = False
        self._wake = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="hands", daemon=True)

    def start(self) -> None:
        self._busy_at = boot_seconds()
        self._thread.start()

    def look_now(self) -> None:
        "Any thread."
        self._wake.set()

    @property
    def idle_since(self) -> float | None:
        "Since when nothing runs and nothing is to be reported (`boot_seconds`); None: something is."
        if self._processes.running or self._news:
            self._busy_at = boot_seconds()
            return None
        return self._busy_at

    @inlineCallbacks
    def finish(self, timeout: float | None) -> Any:
        """Fires when nothing has run for a while, so that nobody will assign anything any more to a member whose row
        says that it leaves; or after `timeout` seconds. Without database there is nothing to wait for."""
        self._leaving_at = boot_seconds()
        until = self._leaving_at + timeout if timeout is not None else float("inf")
        while not self._stopped and not self._problem and boot_seconds() < until:
            idle_since = self.idle_since
            if idle_since is not None and boot_seconds() >= max(idle_since, self._leaving_at) + QUIET:
                return
            yield deferLater(self._reactor, 0.05)

    def stop(self) -> None:
        "What still runs is killed, and its end is not reported: those steps begin again at another member."
        if self._stopped:
            return
        self._stopped = True
        self._permit.stop()
        self._processes.stop()
        self._wake.set()

    def _hear(self, message: Message) -> None:
        "On the reactor's thread."
        assert isinstance(message, ProcessStarted | StartFailed | ProcessEnded)  # noqa: S101  (of shell tasks only)
        with self._lock:
            self._news.append(message)
        self._wake.set()

    # -- in the thread

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._turn()
                self._problem = False
                self._wake.wait(LOOK_EVERY)
                self._wake.clear()
            except Unreachable:
                self._problem = True
                self._wake.wait(RETRY)
            except FenceError as error:
                self._log.error("SCHEDULER-378  {error}", error=str(error))
                self._reactor.callFromThread(self._lost)
                break
            except Exception:
                self._log.failure("This member cannot run steps for others")
                self._reactor.callFromThread(self._lost)
                break
        self._line.close()

    def _turn(self) -> None:
        self._processes.proved()
        self._report()
        wanted = self._line.assignments(self._member.run_token)
        new = [assignment for assignment in wanted if assignment.key not in self._taken]
        self._taken = {assignment.key for assignment in wanted}
        if new:
            self._reactor.callFromThread(self._begin, [action_of(assignment) for assignment in new])

    def _report(self) -> None:
        while news := self._news[:_MOST]:
            logs = {each.task_id: self._log_of(each) for each in news if not isinstance(each, ProcessStarted)}
            run = self._member.run_token
            reports = [
                report_of(each, run, None if isinstance(each, ProcessStarted) else logs[each.task_id]) for each in news
            ]
            try:
                self._line.put(self._member, reports)
            except Unreachable:
                for task_id, log in logs.items():
                    if log is not None:  # it is taken once more with the next attempt
                        self._spool.keep_log(self._logs[task_id], log)
                raise
            with self._lock:
                del self._news[: len(news)]
            for task_id in logs:
                self._spool.discard(self._logs.pop(task_id, ""))
            self._reactor.callFromThread(self._reported)

    def _log_of(self, message: StartFailed | ProcessEnded) -> bytes | None:
        return self._spool.take_log(self._logs.get(message.task_id, ""))

    # -- on the reactor's thread

    def _begin(self, actions: list[Launch | Kill]) -> None:
        if self._stopped:
            return
        self._busy_at = boot_seconds()
        for action in actions:
            if isinstance(action, Kill):
                self._processes.kill(action)
            else:
                self._logs[action.task_id] = action.log_file
                self._processes.expect(action)
                self._processes.launch(action)
