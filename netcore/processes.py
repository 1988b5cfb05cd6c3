"""The processes of tasks: started, watched, killed, and reported when they have ended.

Everything happens on the reactor's thread and goes out as messages: `ProcessStarted`, `StartFailed`, `ProcessEnded`.
`deliver` is called from inside `launch` and `kill` too, and may call them again.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import tzinfo
from typing import Any

from twisted.logger import Logger

from netcore.descriptors import keep_descriptors
from netcore.log_lines import LogLines
from netcore.run_mark import VARIABLE, RunMark
from netcore.running_process import ProcessWatch, RunningProcess, start, text_of, watched
from netcore.spool import Spool
from scheduler.actions import Kill, Launch
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed

#: a start holds the thread for up to half a millisecond: so many in a row, then the reactor has a turn
STARTS_IN_A_ROW = 8
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
        self._environment = dict(base_environment)
        self._mark = mark
        self._lines = LogLines(zone)
        self._waiting: dict[int, Launch] = {}
        self._watches: dict[int, ProcessWatch] = {}
        self._in_a_row = 0
        self._turn: Any = None
        keep_descriptors()
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    @property
    def running(self) -> set[int]:
        return {*self._watches, *self._waiting}

    # -- start

    def launch(self, action: Launch) -> None:
        "Start a task's process now, or in a few moments when many are started at once."
        if self._deliver_to is None:
            return
        self._waiting[action.task_id] = action
        if self._turn is None:
            self._start_waiting()

    def _next_turn(self) -> None:
        self._turn = None
        self._in_a_row = 0
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and self._turn is None:
            if self._in_a_row >= STARTS_IN_A_ROW:
                self._turn = self._reactor.callLater(0, self._next_turn)
                return
            self._in_a_row += 1
            self._start(self._waiting.pop(next(iter(self._waiting))))

    def _start(self, action: Launch) -> None:
        try:
            process = self._process(action)
        except WorkloadError as refusal:
            self._deliver(StartFailed(action.task_id, refusal.problem))
        except Exception as error:
            self._log.failure("Task {task} could not be started", task=action.task_id)
            self._deliver(StartFailed(action.task_id, _not_started(error).problem))
        else:
            watch = ProcessWatch(process, self._ended)
            self._watches[process.task_id] = watch
            self._reactor.addReader(watch)
            self._deliver(ProcessStarted(process.task_id, process.pid))

    def _process(self, action: Launch) -> RunningProcess:
        "Raises NO_LOG or NOT_STARTED, and leaves nothing open then; the log stays and says why."
        log, header = self._open_log(action)
        try:
            pid = self._spawn(action, log)
            return RunningProcess(action.task_id, action.title, pid, watched(pid), log, header)
        except (OSError, ValueError) as error:
            refusal = _not_started(error)
            with suppress(OSError):
                os.write(log, self._line("error", str(refusal), action.title))
            os.close(log)
            self._spool.take_returns(action.task_id, 0)
            raise refusal from error

    def _open_log(self, action: Launch) -> tuple[int, int]:
        header = self._line("info", f"Task {action.task_id} of job {action.job} starts", action.title)
        try:
            log = self._spool.open_log(action.log_file)
            try:
                if os.write(log, header) < len(header):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                os.close(log)
                raise
        except (OSError, ValueError) as error:
            raise WorkloadError(Code.NO_LOG, file=action.log_file, problem=_reason(error)) from error
        return log, len(header)

    def _spawn(self, action: Launch, log: int) -> int:
        environment = {
            **self._environment,
            **action.environment,
            "SCHEDULER_RETURN_VALUES": self._spool.make_returns(action.task_id),
            VARIABLE: self._mark.of_task(action.task_id),
        }
        script = self._spool.script(action.script.text)
        if not action.script.text.startswith("#!"):
            return start(["/bin/sh", script], environment, log, self._null)
        try:
            return start([script], environment, log, self._null)
        except OSError as error:
            if error.errno not in (errno.ETXTBSY, errno.ENOENT, errno.ENOEXEC, errno.EACCES):
                raise
        # Written anew it is nobody else's open file. What is wrong then (no such interpreter) the shell says
        # in the log, with the exit codes 126 and 127 that users know from it.
        self._spool.write_script(action.script.text)
        return start(["/bin/sh", "-c", script], environment, log, self._null)

    # -- kill

    def kill(self, action: Kill) -> None:
        "End a task's processes as the action says. A task that has no process any more is left alone."
        if self._waiting.pop(action.task_id, None) is not None:
            self._deliver(ProcessEnded(action.task_id, -signal.SIGKILL if action.grace == 0 else -signal.SIGTERM))
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
        self._waiting.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        for watch in self._watches.values():
            self._reactor.removeReader(watch)
            watch.cancel()
            watch.process.signal_group(signal.SIGKILL)
            with suppress(OSError):
                watch.process.reap()
            watch.process.close()
        self._watches.clear()
        if self._null >= 0:
            os.close(self._null)
            self._null = -1

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


def _not_started(error: Exception) -> WorkloadError:
    return WorkloadError(Code.NOT_STARTED, problem=_reason(error))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"was ended by signal {-exit_code}"
