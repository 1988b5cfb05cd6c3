"""The processes of tasks: started, watched, killed, and reported when they have ended.

Starts are made by the launcher's threads; everything else happens on the reactor's thread and goes out as messages:
`ProcessStarted`, `StartFailed`, `ProcessEnded`. `deliver` may call `launch` and `kill` again.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import tzinfo
from typing import Any

from twisted.logger import Logger

from netcore.descriptors import keep_descriptors
from netcore.launcher import Launcher
from netcore.log_lines import LogLines
from netcore.run_mark import RunMark
from netcore.running_process import ProcessWatch, RunningProcess, text_of
from netcore.spool import Spool
from scheduler.actions import Kill, Launch
from scheduler.errors import WorkloadError
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed

RETURN_VALUES_MAX = 1 << 20
_NUL = dict.fromkeys([0], "\ufffd")


class Processes:
    """`base_environment` is what every process gets: the engine's own environment. `mark` names this run of the engine,
    `zone` is the time zone of the lines in task logs. `running` are the ids of tasks that have a process or wait
    in the queue for their start.
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
    ) -> None:
        self._reactor = reactor
        self._spool = spool
        self._deliver_to: Callable[[Message], None] | None = deliver
        self._lines = LogLines(zone)
        #: tasks whose start is under way, with what was to be done to them meanwhile
        self._launching: dict[int, list[Kill]] = {}
        self._watches: dict[int, ProcessWatch] = {}
        #: what the launcher's threads have made and the reactor has not taken over yet
        self._made: deque[tuple[Launch, RunningProcess | WorkloadError]] = deque()
        keep_descriptors()
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._launcher = Launcher(spool, base_environment, mark, zone, self._null, self._launched_in_thread)

    @property
    def running(self) -> set[int]:
        return {*self._watches, *self._launching}

    # -- start

    def launch(self, action: Launch) -> None:
        "Start a task's process as soon as a thread is free for it."
        if self._deliver_to is None:
            return
        self._launching[action.task_id] = []
        self._launcher.launch(action)

    def _launched_in_thread(self, action: Launch, result: RunningProcess | WorkloadError) -> None:
        self._made.append((action, result))
        self._reactor.callFromThread(self._take_made)

    def _take_made(self) -> None:
        while self._made:
            self._launched(*self._made.popleft())

    def _launched(self, action: Launch, result: RunningProcess | WorkloadError) -> None:
        kills = self._launching.pop(action.task_id, [])
        if isinstance(result, WorkloadError):
            self._deliver(StartFailed(action.task_id, result.problem))
            return
        watch = ProcessWatch(result, self._ended)
        if self._deliver_to is None:
            self._forget(watch)
            return
        self._watches[result.task_id] = watch
        self._reactor.addReader(watch)
        self._deliver(ProcessStarted(result.task_id, result.pid))
        for kill in kills:
            self.kill(kill)

    # -- kill

    def kill(self, action: Kill) -> None:
        "End a task's processes as the action says. A task that has no process any more is left alone."
        if action.task_id in self._launching:
            self._kill_before_start(action)
            return
        watch = self._watches.get(action.task_id)
        if watch is None:
            return
        process = watch.process
        if action.grace == 0:
            self._say(process, "warn", f"SIGKILL: {action.reason}" if action.reason else "SIGKILL")
            process.signal_group(signal.SIGKILL)
            return
        self._say(process, "warn", f"SIGTERM: {action.reason}" if action.reason else "SIGTERM")
        process.signal_group(signal.SIGTERM)
        process.signal_group(signal.SIGCONT)  # a stopped process could not follow
        if action.grace is not None:
            watch.kill_within(self._reactor, action.grace, self._grace_is_over)

    def _kill_before_start(self, action: Kill) -> None:
        "A start that has not begun is taken back; one that is under way is killed when there is something to kill."
        if not self._launcher.take_back(action.task_id):
            self._launching[action.task_id].append(action)
            return
        del self._launching[action.task_id]
        self._deliver(ProcessEnded(action.task_id, -signal.SIGKILL if action.grace == 0 else -signal.SIGTERM))

    def _grace_is_over(self, process: RunningProcess) -> None:
        self._say(process, "warn", "SIGKILL: the task did not end in time after SIGTERM")
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
        self._launcher.stop()
        self._take_made()
        for watch in self._watches.values():
            self._reactor.removeReader(watch)
            self._forget(watch)
        self._watches.clear()
        if self._null >= 0:
            os.close(self._null)
            self._null = -1

    def _forget(self, watch: ProcessWatch) -> None:
        watch.cancel()
        watch.process.signal_group(signal.SIGKILL)
        with suppress(OSError):
            watch.process.reap()
        watch.process.close()

    # -- end

    def _ended(self, watch: ProcessWatch) -> None:
        process = watch.process
        exit_code = self._exit_code(process)
        if exit_code is None:
            return
        self._reactor.removeReader(watch)
        watch.cancel()
        del self._watches[process.task_id]
        first_line = process.first_line()
        return_values = self._return_values(process)
        self._say(process, "info", f"Process {process.pid} {_end_of(exit_code)}")
        process.close()
        self._deliver(ProcessEnded(process.task_id, exit_code, first_line, return_values))

    def _exit_code(self, process: RunningProcess) -> int | None:
        try:
            return process.reap()
        except OSError:
            # Somebody else has taken the exit status: all that is known is that the process is gone.
            self._log.failure("The exit code of task {task} is lost", task=process.task_id)
            return 255

    def _return_values(self, process: RunningProcess) -> str:
        """The contents of the file. One that is too large is not read; in its place stands a line that is
        no return value, so that the task fails with that reason."""
        content = self._spool.take_returns(process.task_id, RETURN_VALUES_MAX)
        if content is None:
            text = f"more than {RETURN_VALUES_MAX} bytes, not read"
            self._say(process, "error", f"Return values: {text}")
            return text
        return text_of(content).translate(_NUL) if content else ""

    # -- rim

    def _say(self, process: RunningProcess, level: str, text: str) -> None:
        process.write(self._line(level, text, process.title))

    def _line(self, level: str, text: str, title: str) -> bytes:
        return self._lines.line(self._reactor.seconds(), level, text, f"Task {title}")

    def _deliver(self, message: Message) -> None:
        if self._deliver_to is None:
            return
        try:
            self._deliver_to(message)
        except Exception:
            self._log.failure("A message about a process was not taken: {message}", message=message)


def _end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"was ended by signal {-exit_code}"
