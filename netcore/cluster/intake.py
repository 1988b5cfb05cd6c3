"""How the leading member hears of the steps that others run: reports, and who is there.

Reports come by word of mouth; and they are read when the bell rings and four times a second, and told to the core in
the order in which they belong. A row is dropped by the transaction that records what follows from it; until then its
key is kept in mind, so that it is told once. When a member has gone, the core hears that after all that it recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Any

from twisted.logger import Logger

from models.errors import Unreachable
from models.sharing_line import SharingLine
from netcore.settings import Settings
from scheduler.cluster.assignment import Heard, Mate, Report, ReportKey
from scheduler.cluster.wire import message_of, reports_from_words
from scheduler.messages import CrewSeen, Message, Reported
from scheduler.records import Task

#: seconds between looks when no bell rings, and after a loss of the database
LOOK_EVERY, RETRY = 0.25, 0.2


class Intake:
    """`tell` gives messages to the core, `keep_log` the log of an ended task to the spool, `task` finds a task: all on
    the reactor's thread. `broken` is told there when nothing can be heard any more."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        tell: Callable[[Sequence[Message]], None],
        task: Callable[[int], Task | None],
        keep_log: Callable[[str, bytes], None],
        broken: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._line = SharingLine(settings.database_url, settings.scheduler_id)
        self._tell = tell
        self._task = task
        self._keep_log = keep_log
        self._broken = broken
        #: what a task server has said comes in row after row under one key
        self._told: set[tuple[ReportKey, str]] = set()
        self._lock = Lock()
        self._mates: tuple[Mate, ...] | None = None
        self._wake = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        "Any thread."
        self._wake.set()

    def listen(self, said: list[bytes]) -> None:
        "What other members say that has become of their steps: all of it is told at once. On the reactor's thread."
        self._deliver([report for words in said for report in reports_from_words(words)], recorded=False)

    def see(self, mates: tuple[Mate, ...]) -> None:
        "These live, and no other one can report anything any more. Any thread."
        with self._lock:
            self._mates = mates
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    # -- in the thread

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._turn()
                self._wake.wait(LOOK_EVERY)
                self._wake.clear()
            except Unreachable:
                self._wake.wait(RETRY)
            except Exception:
                self._log.failure("Nothing is heard any more of steps that other members run")
                self._reactor.callFromThread(self._broken)
                break
        self._line.close()

    def _turn(self) -> None:
        with self._lock:
            mates = self._mates
        reports = self._line.reports()
        new = [report for report in reports if (report.key, report.body) not in self._told]
        self._told = {(report.key, report.body) for report in reports}
        if new:
            self._reactor.callFromThread(self._deliver, new)
        if mates is not None:
            self._reactor.callFromThread(self._seen, mates)
            with self._lock:
                self._mates = None if self._mates is mates else self._mates

    # -- on the reactor's thread

    def _deliver(self, reports: Sequence[Report], recorded: bool = True) -> None:
        if self._stopped:
            return
        for report in reports:
            task = self._task(report.task_id)
            mine = task is not None and task.member_run == report.member_run
            if mine and task is not None and report.heard is not Heard.STARTED and report.log is not None:
                self._keep_log(task.log_file, report.log)
        self._tell([Reported(each.key, each.member_run, message_of(each), recorded) for each in reports])

    def _seen(self, mates: tuple[Mate, ...]) -> None:
        if not self._stopped:
            self._tell([CrewSeen(mates)])
