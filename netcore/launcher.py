"""Makes the processes of tasks, in threads: opening the log, the file for return values, the start itself.

All of these wait for the kernel, the start on a busy machine for milliseconds; the reactor does not.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import tzinfo
from threading import Condition, Thread
from time import time

from twisted.logger import Logger

from netcore.cluster.permit import AlwaysPermitted, StartPermit
from netcore.log_lines import LogLines, is_shown
from netcore.run_mark import VARIABLE, RunMark
from netcore.running_process import RunningProcess, pidfd_of
from netcore.spawn import Spawner, variable
from netcore.spool import Spool
from scheduler.actions import Launch
from scheduler.errors import Code, WorkloadError

#: one waits for its exec while the other prepares; more would only fill the machine with starts
THREADS = 2

#: called in a thread of the launcher with the process, or with the reason why there is none
Launched = Callable[[Launch, RunningProcess | WorkloadError], None]


class Launcher:
    """`environment` is what every process gets, `null` a descriptor of /dev/null. Nothing starts while `permit` does
    not hold. Methods in any thread."""

    _log = Logger()
    threads = THREADS

    def __init__(
        self,
        spool: Spool,
        environment: Mapping[str, str],
        mark: RunMark,
        zone: tzinfo | None,
        null: int,
        launched: Launched,
        permit: StartPermit | None = None,
    ) -> None:
        self._spool = spool
        self._environment = {name: variable(name, value) for name, value in environment.items()}
        self._mark = mark
        self._zone = zone
        self._launched = launched
        self._permit = permit or AlwaysPermitted()
        self._spawner = Spawner(null)
        self._condition = Condition()
        self._waiting: dict[int, Launch] = {}
        self._ended = False
        self._threads = [Thread(target=self._run, name=f"launcher {n + 1}", daemon=True) for n in range(self.threads)]
        for thread in self._threads:
            thread.start()

    def launch(self, action: Launch) -> None:
        "After `stop` nothing is started any more."
        with self._condition:
            if self._ended:
                return
            self._waiting[action.task_id] = action
            self._condition.notify()

    def take_back(self, task_id: int) -> bool:
        "True when the start has not begun; then it never will, and `launched` is not called."
        with self._condition:
            return self._waiting.pop(task_id, None) is not None

    def stop(self) -> None:
        "What waits is forgotten; when this returns no start is under way."
        with self._condition:
            self._ended = True
            self._waiting.clear()
            self._condition.notify_all()
        for thread in self._threads:
            thread.join()

    # -- in the threads

    def _run(self) -> None:
        lines = LogLines(self._zone)
        while (action := self._next()) is not None and self._permit.wait():
            result: RunningProcess | WorkloadError
            try:
                result = self._process(action, lines)
            except WorkloadError as refusal:
                result = refusal
            except Exception as error:
                self._log.failure("Task {task} could not be started", task=action.task_id)
                result = _not_started(error)
            self._launched(action, result)

    def _next(self) -> Launch | None:
        with self._condition:
            while not self._waiting and not self._ended:
                self._condition.wait()
            return None if self._ended else self._waiting.pop(next(iter(self._waiting)))

    def _process(self, action: Launch, lines: LogLines) -> RunningProcess:
        "Raises NO_LOG or NOT_STARTED, and leaves nothing open then; the log stays and says why."
        title = f"Task {action.title}"
        header = b""
        if is_shown("info", action.log_level) and not action.joins:
            header = lines.line(time(), "info", f"Task {action.task_id} of job {action.job} starts", title)
        log = self._open_log(action, header)
        errors = -1
        try:
            errors = self._spool.open_errors(action.log_file, action.task_id, apart=action.stderr_level != "info")
            pid = self._spawn(action, log, errors)
            written = os.fstat(log).st_size if action.joins else len(header)
            process = RunningProcess(action, pid, pidfd_of(pid), log, written, errors)
            _set_priority(process, lines)
            return process
        except (OSError, ValueError) as error:
            refusal = _not_started(error)
            with suppress(OSError):
                os.write(log, lines.line(time(), "error", str(refusal), title))
            os.close(log)
            if errors >= 0:
                os.close(errors)
            self._spool.take_returns(action.task_id, 0)
            raise refusal from error

    def _open_log(self, action: Launch, header: bytes) -> int:
        try:
            log = self._spool.join_log(action.log_file) if action.joins else self._spool.open_log(action.log_file)
            try:
                if os.write(log, header) < len(header):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                os.close(log)
                raise
        except (OSError, ValueError) as error:
            raise WorkloadError(Code.NO_LOG, file=action.log_file, problem=_reason(error)) from error
        return log

    def _spawn(self, action: Launch, log: int, errors: int) -> int:
        own = {
            **action.environment,
            "SCHEDULER_RETURN_VALUES": self._spool.make_returns(action.task_id),
            VARIABLE: self._mark.of_task(action.task_id),
        }
        entries = {**self._environment, **{name: variable(name, value) for name, value in own.items()}}
        try:
            return self._start(action, entries.values(), log, errors)
        except OSError as error:
            if error.errno == errno.E2BIG:
                raise _TooLarge(entries) from error
            raise

    def _start(self, action: Launch, environment: Iterable[bytes], log: int, errors: int) -> int:
        script = self._spool.script(action.script.text)
        if not action.script.text.startswith("#!"):
            return self._spawner.start(["/bin/sh", script], environment, log, errors)
        try:
            return self._spawner.start([script], environment, log, errors)
        except OSError as error:
            if error.errno not in (errno.ETXTBSY, errno.ENOENT, errno.ENOEXEC, errno.EACCES):
                raise
        # Written anew it is nobody else's open file. What is wrong then (no such interpreter) the shell says
        # in the log, with the exit codes 126 and 127 that users know from it.
        self._spool.write_script(action.script.text)
        return self._spawner.start(["/bin/sh", "-c", script], environment, log, errors)


def _set_priority(process: RunningProcess, lines: LogLines) -> None:
    "That of the whole group: what the job has started by now belongs to it. The task runs, whether it works or not."
    if process.launch.priority is None:
        return
    try:
        os.setpriority(os.PRIO_PGRP, process.pid, process.launch.priority)
    except OSError as error:
        text = f"Priority {process.launch.priority} is not possible: {_reason(error)}"
        process.write(lines.line(time(), "warn", text, f"Task {process.title}"))


class _TooLarge(ValueError):
    "The system says no more than that the environment is too large; this says which variable it is."

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        name = max(entries, key=lambda each: len(entries[each]))
        size, total = len(entries[name]), sum(map(len, entries.values()))
        super().__init__(name, size, total)
        self.refusal = WorkloadError(Code.ENVIRONMENT_TOO_LARGE, name=name, size=size, total=total)


def _not_started(error: Exception) -> WorkloadError:
    if isinstance(error, _TooLarge):
        return error.refusal
    return WorkloadError(Code.NOT_STARTED, problem=_reason(error))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
