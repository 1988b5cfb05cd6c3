"""The processes of shell tasks: started, watched and reaped by the starter; killed and reported by us.

A start is expected on the reactor's thread when it is decided, and goes to the starter when it is recorded. Everything
else happens on the reactor's thread and goes out as messages: `StartFailed`, `ProcessStarted` (for a process that lives
longer than a moment), `ProcessEnded`. `deliver` may call `expect` and `kill` again.

When the starter dies, what it has left is ended, its tasks are reported as lost, and another one goes on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import tzinfo
from threading import Lock
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.clocks import wall_of
from netcore.cluster.permit import AlwaysPermitted, StartPermit
from netcore.descriptors import keep_descriptors
from netcore.leftovers import NO_TASK, end_lost
from netcore.log_lines import LogLines
from netcore.run_mark import RunMark
from netcore.spool import Spool
from netcore.starter.connection import Starter
from netcore.starter.deadline import Deadline
from netcore.starter.launches import as_refusal, order_of
from netcore.starter.orders import BEGAN, REFUSED, Ended, Surroundings
from netcore.starter.wire import Messages
from netcore.watched import Watched, word_of_end
from scheduler.actions import Kill, Launch, TaskLogLine
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed
from scheduler.task.usage import Usage

#: seconds before a starter that died soon after its begin is followed by another one
PAUSE = 1.0


class _Process:
    "A task's process, as far as the engine knows it."

    __slots__ = ("_lock", "_waiting_signals", "launch", "spoken", "starter")

    def __init__(self, launch: Launch, lock: Lock) -> None:
        self.launch = launch
        #: whom the start was sent to; None: nobody yet
        self.starter: Starter | None = None
        #: the engine has written into its log
        self.spoken = False
        self._lock = lock
        self._waiting_signals: list[int] = []

    def signal_group(self, number: int) -> None:
        with self._lock:
            if self.starter is not None:
                self.starter.signal(self.launch.task_id, number)
            else:
                self._waiting_signals.append(number)

    def send(self, starter: Starter) -> None:
        "The lock is held. A signal that has come before takes the task back."
        self.starter = starter
        starter.start_task(order_of(self.launch))
        for number in self._waiting_signals:
            starter.signal(self.launch.task_id, number)


class Processes:
    """`base_environment` is what every process gets: the engine's own environment. `mark` names this run of the engine,
    `zone` is the time zone of the lines in task logs. `running` are the ids of tasks that have a process or wait
    for their start. Nothing starts while `permit` does not hold; `proved` is to be called when it was renewed.
    Messages that come at once are delivered within one `together()`.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        spool: Spool,
        deliver: Callable[[Message], None],
        base_environment: Mapping[str, str],
        mark: RunMark,
        zone: tzinfo | None = None,
        permit: StartPermit | None = None,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
        gathers: float = 0.0,
    ) -> None:
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._spool = spool
        self._deliver_to: Callable[[Message], None] | None = deliver
        self._lines = LogLines(zone)
        self._mark = mark
        self._permit = permit or AlwaysPermitted()
        self._together = together
        #: process groups that a dead starter has not left: those of task servers
        self.spared: Callable[[], Collection[int]] = frozenset
        self._surroundings = Surroundings(
            spool.log_dir, spool.run_dir, mark.scheduler_id, mark.token, getattr(zone, "key", ""),
            dict(base_environment), gathers,
        )  # fmt: skip
        #: over `_starter`, `_recorded` and to whom a start was sent
        self._lock = Lock()
        self._watched: dict[int, Watched[_Process]] = {}
        #: recorded starts that wait for a starter
        self._recorded: list[_Process] = []
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._deadline = Deadline.make()
        self.proved()
        keep_descriptors()
        self._born = 0.0
        self._again: Any = None
        self._starter: Starter | None = self._new_starter()

    @property
    def running(self) -> set[int]:
        return {*self._watched}

    def _new_starter(self) -> Starter:
        self._born = self._reactor.seconds()
        starter = Starter(
            self._reactor, self._surroundings, self._spool, self._deadline, self._null, self._told, self._died
        )
        starter.start()
        return starter

    # -- start

    def expect(self, action: Launch) -> None:
        "A start is decided, and `launch` will be called when it is recorded."
        if self._deliver_to is not None:
            self._watched[action.task_id] = Watched(_Process(action, self._lock))

    def launch(self, action: Launch) -> None:
        "Start an expected task's process. Any thread."
        watched = self._watched.get(action.task_id)
        if watched is None:
            return
        with self._lock:
            if self._starter is not None:
                watched.process.send(self._starter)
            else:
                self._recorded.append(watched.process)

    def proved(self) -> None:
        "The right to work was proved. Any thread."
        self._deadline.move(self._permit.until())

    # -- kill

    def kill(self, action: Kill) -> None:
        "End a task's processes as the action says. A task that has no process any more is left alone."
        watched = self._watched.get(action.task_id)
        if watched is not None:
            self._say(watched.process, word_of_end(action.grace, action.reason))
            watched.end(self._reactor, action.grace, self._grace_is_over)

    def _grace_is_over(self, process: _Process) -> None:
        self._say(process, "SIGKILL: the task did not end in time after SIGTERM")
        process.signal_group(signal.SIGKILL)

    def kill_all(self) -> None:
        "Kill every process at once; their ends are reported as usual."
        for task_id in self.running:
            self.kill(Kill(task_id, 0))

    def stop(self) -> None:
        """The end of this object: what still runs is killed, nothing is reported any more, nothing stays open.

        Logs and return values of those tasks stay where they are, as after a crash.
        """
        self._deliver_to = None
        with self._lock:
            starter, self._starter = self._starter, None
            self._recorded.clear()
        if starter is not None:
            starter.stop()
        if self._again is not None and self._again.active():
            self._again.cancel()
        for watched in self._watched.values():
            watched.cancel()
        self._watched.clear()
        if self._null >= 0:
            os.close(self._null)
            self._deadline.close()
            self._null = -1

    # -- what the starter tells

    def _told(self, messages: Messages) -> None:
        with self._together():
            for message in messages:
                self._take(*message)

    def _take(self, kind: str, *values: Any) -> None:
        if self._deliver_to is None or values[0] not in self._watched:
            return
        if kind == BEGAN:
            self._deliver(ProcessStarted(*values))
        elif kind == REFUSED:
            task_id, code, reasons = values
            self._watched.pop(task_id).cancel()
            self._deliver(StartFailed(task_id, as_refusal(code, reasons).problem))
        else:
            self._ended(Ended(*values))

    def _ended(self, ended: Ended) -> None:
        watched = self._watched.pop(ended.task_id)
        watched.cancel()
        launch = watched.process.launch
        if ended.log is not None and not watched.process.spoken:
            self._spool.keep_log(launch.log_file, ended.log)
        if launch.joins:  # whoever it has joined may have ended before
            self._spool.reread_log(launch.log_file)
        log_for_job = self._open_log(launch) if launch.job_log and not launch.joins else -1
        self._deliver(ProcessEnded(
            ended.task_id, ended.exit_code, ended.first_line, ended.return_values, ended.pid, ended.stderr,
            usage=Usage(*ended.used) if ended.used is not None else None,
        ))  # fmt: skip
        if log_for_job >= 0:
            self._reactor.callInThread(self._spool.append_to_job_log, launch.job_log, log_for_job)

    def _open_log(self, launch: Launch) -> int:
        "Now, because the file goes when its content is recorded."
        try:
            return self._spool.join_log(launch.log_file)
        except (OSError, ValueError):
            return -1

    # -- the death of the starter

    def _died(self) -> None:
        with self._lock:
            starter, self._starter = self._starter, None
        if starter is None:
            return
        lost = [task_id for task_id, watched in self._watched.items() if watched.process.starter is not None]
        self._log.error("The starter has died; {count} tasks are lost, and begin again", count=len(lost))
        cleared = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._clear_up, starter, lost)
        cleared.addErrback(self._not_cleared)
        cleared.addCallback(lambda _: self._go_on(lost))

    def _clear_up(self, starter: Starter, lost: Collection[int]) -> None:
        "In a thread: when this returns nothing of it runs any more."
        starter.reap()
        end_lost(self._mark, self._spool, {NO_TASK, *lost}, self.spared())

    def _not_cleared(self, failure: Failure) -> None:
        self._log.failure("What the starter has left could not be ended", failure=failure)

    def _go_on(self, lost: Collection[int]) -> None:
        for task_id in lost:
            watched = self._watched.pop(task_id, None)
            if watched is None:  # stopped meanwhile
                continue
            watched.cancel()
            self._say(watched.process, "The process is lost: the engine's starter has died", "error")
            self._deliver(ProcessEnded(task_id, -signal.SIGKILL, lost=True))
        if self._deliver_to is None:
            return
        young = self._reactor.seconds() - self._born < PAUSE
        self._again = self._reactor.callLater(PAUSE if young else 0, self._start_again)

    def _start_again(self) -> None:
        if self._deliver_to is None:
            return
        try:
            starter = self._new_starter()
        except OSError:
            self._log.failure("There is no starter, so no task can start")
            self._again = self._reactor.callLater(PAUSE, self._start_again)
            return
        with self._lock:
            self._starter = starter
            recorded, self._recorded = self._recorded, []
            for process in recorded:
                process.send(starter)

    # -- rim

    def log(self, action: TaskLogLine) -> None:
        "A line for the log of a task that runs or has just ended."
        watched = self._watched.get(action.task_id)
        if watched is not None:
            self._say(watched.process, action.text, action.level)
        elif action.log_file:
            self._spool.append_log(action.log_file, self._line(action.level, action.text, action.title))

    def _say(self, process: _Process, text: str, level: str = "warn") -> None:
        "The starter's copy of the log may miss this line, so it does not count any more."
        process.spoken = True
        launch = process.launch
        self._spool.append_log(launch.log_file, self._line(level, text, launch.title))

    def _line(self, level: str, text: str, title: str) -> bytes:
        return self._lines.line(self._wall(), level, text, f"Task {title}")

    def _deliver(self, message: Message) -> None:
        if self._deliver_to is None:
            return
        try:
            self._deliver_to(message)
        except Exception:
            self._log.failure("A message about a process was not taken: {message}", message=message)
