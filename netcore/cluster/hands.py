"""What a member of an active cluster does beside the leading one: it starts the processes that are assigned to it.

    assignments are heard of by word of mouth, right after they are recorded, and looked for when the bell rings and
    four times a second
    -> every new one is carried out, as long as the membership was proved a moment ago (see `permit`)
    -> what becomes of it is reported (see `reports`)

All that this run of the member has taken is kept in mind for a while after its row has gone, so that neither a look
that was under way nor a late word begins it again.
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
from netcore.cluster.reports import Reports
from netcore.cluster.talks import Talks
from netcore.preparation import Opened
from netcore.processes import Processes
from netcore.settings import Settings
from netcore.spool import Spool
from netcore.task_servers import TaskServers
from scheduler.actions import Kill
from scheduler.cluster.assignment import Assignment, AssignmentKey, Wanted
from scheduler.cluster.wire import action_of, assignments_from_words
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed

#: seconds between looks when no bell rings, and after a loss of the database
LOOK_EVERY, RETRY = 0.25, 0.2
#: seconds for which the end of a step waits for those of others that have just begun
GATHER = 0.005
#: seconds without work after which nothing more is assigned to a member that leaves: the leading one has seen its row
QUIET = 1.2
#: seconds for which an assignment is kept in mind that is not in the database any more: no datagram is under way longer
_REMEMBER = 60.0


def hands_spool(settings: Settings) -> Spool:
    "Apart from that of the engine, which clears its own when it begins to work in the same process."
    return Spool(settings.log_dir, os.path.join(settings.run_dir, "hands"), settings.stored_log_max)


class Hands:
    """`proved_at` gives the instant at which the membership was proved last. `tell` sends words to the leading member,
    or only rings, and says whether words went. `lost` is called when it turns out that this run of the member was
    declared dead; both on the reactor's thread."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        opened: Opened,
        environ: Mapping[str, str],
        proved_at: Callable[[], float],
        tell: Callable[[bytes], bool],
        lost: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._member = opened.member
        self._line = SharingLine(settings.database_url, settings.scheduler_id)
        self._tell = tell
        self._lost = lost
        self._permit = StartPermit(proved_at)
        self._spool = hands_spool(settings)
        self._spool.prepare()
        self._wake = Event()
        self._reports = Reports(opened.member, self._line, self._spool, tell, self._wake.set)
        zone = ZoneInfo(settings.time_zone)
        self._processes = Processes(
            reactor, self._spool, self._hear, environ, opened.mark, zone, self._permit, self._reports.together, GATHER
        )
        self._talks = Talks(
            opened.member, self._line, self._spool, self._permit, tell, self._wake.set, reactor.callFromThread
        )
        self._servers = self._talks.servers = TaskServers(
            reactor, self._spool, self._talks.hear, environ, opened.mark, zone, None, self._permit
        )
        self._processes.spared = self._servers.groups
        self._talks.processes = self._processes
        #: when each was heard of last (`boot_seconds`)
        self._taken: dict[AssignmentKey, float] = {}
        #: how many there were after the last time that old ones were forgotten
        self._remembered = 0
        self._lock = Lock()
        #: when there was something to do last (`boot_seconds`)
        self._busy_at = 0.0
        #: since when `finish` waits
        self._leaving_at = 0.0
        #: the database is not there
        self._problem = False
        self._stopped = False
        self._thread = Thread(target=self._run, name="hands", daemon=True)

    def start(self) -> None:
        self._busy_at = boot_seconds()
        self._thread.start()

    def look_now(self) -> None:
        "Any thread."
        self._wake.set()

    def listen(self, said: list[bytes]) -> None:
        "What the leading member says that it has assigned."
        run = self._member.run_token
        wanted = [each for words in said for each in assignments_from_words(words, run)]
        self._begin(self._new([each for each in wanted if each.wanted is not Wanted.CALL], boot_seconds()))
        self._talks.call([each for each in wanted if each.wanted is Wanted.CALL])

    @property
    def idle_since(self) -> float | None:
        "Since when nothing runs and nothing is to be reported (`boot_seconds`); None: something is."
        if self._processes.running or self._reports.open or self._talks.open:
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
        self._servers.stop()
        self._wake.set()

    def _hear(self, message: Message) -> None:
        "On the reactor's thread."
        assert isinstance(message, ProcessStarted | StartFailed | ProcessEnded)  # noqa: S101  (of shell processes)
        if self._reports.expects(message.task_id):
            self._reports.hear(message)
        else:
            self._talks.hear_shell(message)

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
        if self._reports.write() | self._talks.write():
            self._reactor.callFromThread(self._tell, b"")
        asked_at = boot_seconds()
        wanted = self._line.assignments(self._member.run_token)
        if new := self._new([each for each in wanted if each.wanted is not Wanted.CALL], asked_at):
            self._reactor.callFromThread(self._begin, new)
        assigned = {each.task_id for each in wanted if each.wanted is Wanted.LAUNCH}
        self._talks.find([each for each in wanted if each.wanted is Wanted.CALL])
        self._talks.settle(assigned, asked_at)
        self._reports.settle(assigned, asked_at)

    # -- either thread

    def _new(self, wanted: list[Assignment], now: float) -> list[Assignment]:
        "Those that are not taken yet; now they are."
        with self._lock:
            new = [assignment for assignment in wanted if assignment.key not in self._taken]
            self._taken.update((assignment.key, now) for assignment in wanted)
            if len(self._taken) > 2 * self._remembered + 100:
                self._taken = {key: at for key, at in self._taken.items() if at > now - _REMEMBER}
                self._remembered = len(self._taken)
        return new

    # -- on the reactor's thread

    def _begin(self, assignments: list[Assignment]) -> None:
        if self._stopped:
            return
        self._busy_at = boot_seconds()
        for assignment in assignments:
            action = action_of(assignment)
            if isinstance(action, Kill):
                self._processes.kill(action)
                self._servers.kill(action)
            elif action.begin is not None:
                self._talks.begin(action)
            else:
                self._reports.expect(action.task_id, action.log_file)
                self._processes.expect(action)
                self._processes.launch(action)
