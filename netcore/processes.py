"""The processes of tasks: started, watched, killed, and reported when they have ended.

A start is expected on the reactor's thread when it is decided, and made by the launcher's threads when it is recorded.
Everything else happens on the reactor's thread and goes out as messages: `StartFailed`, `ProcessStarted` (for a process
that lives longer than a moment), `ProcessEnded`. `deliver` may call `expect` and `kill` again.
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

from netcore.cluster.permit import StartPermit
from netcore.descriptors import keep_descriptors
from netcore.launcher import Launcher
from netcore.log_lines import LogLines, is_shown
from netcore.process_ends import ProcessEnds
from netcore.run_mark import RunMark
from netcore.running_process import RunningProcess, Watched, first_line_of, text_of, word_of_end
from netcore.spool import Spool
from scheduler.actions import Kill, Launch, TaskLogLine
from scheduler.errors import WorkloadError
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed

RETURN_VALUES_MAX = 1 << 20
#: seconds between looks for processes that have started and still run; longer while nothing starts
LOOK_FIRST, LOOK_MOST = 0.03, 0.2
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
        permit: StartPermit | None = None,
    ) -> None:
        self._reactor = reactor
        self._spool = spool
        self._deliver_to: Callable[[Message], None] | None = deliver
        self._lines = LogLines(zone)
        #: tasks whose start is decided or under way, with what was to be done to them meanwhile
        self._launching: dict[int, list[Kill]] = {}
        self._watched: dict[int, Watched] = {}
        #: by pidfd
        self._tasks: dict[int, int] = {}
        #: processes that the launcher's threads have started and the reactor has not taken over yet, by pidfd
        self._made: dict[int, RunningProcess] = {}
        self._refused: deque[tuple[int, WorkloadError]] = deque()
        self._look: Any = None
        self._look_after = LOOK_FIRST
        keep_descriptors()
        self._ends = ProcessEnds(self._ended)
        reactor.addReader(self._ends)
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._launcher = Launcher(spool, base_environment, mark, zone, self._null, self._launched_in_thread, permit)

    @property
    def running(self) -> set[int]:
        return {*self._watched, *self._launching}

    # -- start

    def expect(self, action: Launch) -> None:
        "A start is decided, and `launch` will be called when it is recorded."
        if self._deliver_to is None:
            return
        self._launching[action.task_id] = []
        if self._look is None:
            self._look_again_after(LOOK_FIRST)

    def launch(self, action: Launch) -> None:
        "Start an expected task's process as soon as a thread is free for it. Any thread."
        self._launcher.launch(action)

    def _launched_in_thread(self, action: Launch, result: RunningProcess | WorkloadError) -> None:
        if isinstance(result, WorkloadError):
            self._refused.append((action.task_id, result))
            self._reactor.callFromThread(self._take_made)
            return
        self._made[result.pidfd] = result
        try:
            self._ends.add(result.pidfd)
        except (OSError, ValueError):
            self._reactor.callFromThread(self._take_made)  # at the end of the engine: `stop` takes it

    def _look_again_after(self, seconds: float) -> None:
        self._look_after = seconds
        self._look = self._reactor.callLater(seconds, self._look_for_started)

    def _look_for_started(self) -> None:
        """Most processes end before anybody wants to know that they have begun, so a start alone wakes nobody."""
        self._look = None
        made = bool(self._made)
        self._take_made()
        if self._launching and self._look is None and self._deliver_to is not None:
            self._look_again_after(LOOK_FIRST if made else min(2 * self._look_after, LOOK_MOST))

    def _take_made(self) -> None:
        while self._refused:
            task_id, refusal = self._refused.popleft()
            self._launching.pop(task_id, None)
            self._deliver(StartFailed(task_id, refusal.problem))
        while self._made:
            watched, kills = self._take(next(iter(self._made)))
            if self._deliver_to is None:
                continue
            self._deliver(ProcessStarted(watched.process.task_id, watched.process.pid))
            for kill in kills:
                self.kill(kill)

    def _take(self, pidfd: int) -> tuple[Watched, list[Kill]]:
        "Take over a process from the launcher's threads."
        process = self._made.pop(pidfd)
        watched = self._watched[process.task_id] = Watched(process)
        self._tasks[pidfd] = process.task_id
        return watched, self._launching.pop(process.task_id, [])

    # -- kill

    def kill(self, action: Kill) -> None:
        "End a task's processes as the action says. A task that has no process any more is left alone."
        self._take_made()
        if action.task_id in self._launching:
            self._kill_before_start(action)
            return
        watched = self._watched.get(action.task_id)
        if watched is None:
            return
        self._say(watched.process, "warn", word_of_end(action.grace, action.reason))
        watched.end(self._reactor, action.grace, self._grace_is_over)

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
        if self._look is not None and self._look.active():
            self._look.cancel()
        self._take_made()
        self._reactor.removeReader(self._ends)
        for watched in self._watched.values():
            watched.abandon()
        self._watched.clear()
        self._tasks.clear()
        self._ends.close()
        if self._null >= 0:
            os.close(self._null)
            self._null = -1

    # -- end

    def _ended(self, pidfd: int) -> None:
        if pidfd in self._made:
            self._take(pidfd)
        watched = self._watched[self._tasks[pidfd]]
        process = watched.process
        exit_code = self._exit_code(process)
        if exit_code is None:
            return
        watched.cancel()
        del self._watched[process.task_id], self._tasks[pidfd]
        self._ends.remove(pidfd)
        return_values = self._return_values(process)
        errors = process.read_errors()
        first_line, log = process.finish_log(self._last_lines(process, errors, exit_code), exit_code != 0)
        if log is not None and not process.launch.joins:
            self._spool.keep_log(process.log_file, log)
        log_for_job = os.dup(process.log) if process.launch.job_log and not process.launch.joins else -1
        process.close()
        stderr = first_line_of(errors.lstrip().encode("utf-8", "replace"))
        self._deliver(ProcessEnded(process.task_id, exit_code, first_line, return_values, process.pid, stderr))
        if log_for_job >= 0:
            self._reactor.callInThread(self._spool.append_to_job_log, process.launch.job_log, log_for_job)

    def _last_lines(self, process: RunningProcess, errors: str, exit_code: int) -> bytes:
        "What the job wrote to a standard error of its own, with its level, and the engine's last line."
        launch = process.launch
        lines = b""
        if errors.strip() and is_shown(launch.stderr_level, launch.log_level):
            lines = self._line(launch.stderr_level, errors.strip("\n"), process.title)
        if is_shown("info", launch.log_level):
            lines += self._line("info", f"Process {process.pid} {end_of(exit_code)}", process.title)
        return lines

    def log(self, action: TaskLogLine) -> None:
        "A line for the log of a task that runs or has just ended."
        line = self._line(action.level, action.text, action.title)
        watched = self._watched.get(action.task_id)
        if watched is not None:
            watched.process.write(line)
        elif action.log_file:
            self._spool.append_log(action.log_file, line)

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


def end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"was ended by signal {-exit_code}"
