"Makes the process of one task: opening the log, the file for return values, the start itself."

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import time

from netcore.log_lines import LogLines, is_shown
from netcore.run_mark import VARIABLE, RunMark
from netcore.running_process import RunningProcess, pidfd_of
from netcore.spawn import Spawner, variable
from netcore.spool import Spool
from netcore.starter.log_files import LogFiles
from netcore.starter.orders import NotMade, Order


class ProcessMaker:
    """`environment` is what every process gets, `null` a descriptor of /dev/null. For one thread."""

    def __init__(self, spool: Spool, environment: Mapping[str, str], mark: RunMark, lines: LogLines, null: int) -> None:
        self._spool = spool
        self._environment = {name: variable(name, value) for name, value in environment.items()}
        self._mark = mark
        self._lines = lines
        self._spawner = Spawner(null)
        self._logs = LogFiles(spool)

    def make(self, order: Order) -> RunningProcess:
        "Raises NotMade, and leaves nothing open then; the log stays and says why."
        title = f"Task {order.title}"
        header = b""
        if is_shown("info", order.log_level) and not order.joins:
            header = self._lines.line(time(), "info", f"Task {order.task_id} of job {order.job} starts", title)
        log = self._open_log(order, header)
        errors = -1
        try:
            errors = self._spool.open_errors(order.log_file, order.task_id, apart=order.stderr_level != "info")
            written = os.fstat(log).st_size if order.joins else len(header)
            pid = self._spawn(order, log, errors)
            process = RunningProcess(order, pid, pidfd_of(pid), log, written, errors)
            self._set_priority(process)
            return process
        except (OSError, ValueError) as error:
            refusal, text = not_started(error)
            with suppress(OSError):
                os.write(log, self._lines.line(time(), "error", text, title))
            os.close(log)
            if errors >= 0:
                os.close(errors)
            self._logs.give_back(order.log_file, False)
            self._spool.take_returns(order.task_id, 0)
            raise refusal from error

    def give_back(self, log_file: str, short: bool) -> None:
        "The log of a process that has ended, and is read."
        self._logs.give_back(log_file, short)

    def close(self) -> None:
        "Nothing is started any more."
        self._logs.close()

    def _open_log(self, order: Order, header: bytes) -> int:
        try:
            log = self._spool.join_log(order.log_file) if order.joins else self._logs.open(order.log_file)
            try:
                if os.write(log, header) < len(header):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                os.close(log)
                self._logs.give_back(order.log_file, False)
                raise
        except (OSError, ValueError) as error:
            raise NotMade("NO_LOG", file=order.log_file, problem=_reason(error)) from error
        return log

    def _spawn(self, order: Order, log: int, errors: int) -> int:
        own = {
            **order.environment,
            "SCHEDULER_RETURN_VALUES": self._spool.make_returns(order.task_id),
            VARIABLE: self._mark.of_task(order.task_id),
        }
        entries = {**self._environment, **{name: variable(name, value) for name, value in own.items()}}
        try:
            return self._start(order, entries.values(), log, errors)
        except OSError as error:
            if error.errno == errno.E2BIG:
                raise TooLarge(entries) from error
            raise

    def _start(self, order: Order, environment: Iterable[bytes], log: int, errors: int) -> int:
        script = self._spool.script(order.script)
        if not order.script.startswith("#!"):
            return self._spawner.start(["/bin/sh", script], environment, log, errors)
        try:
            return self._spawner.start([script], environment, log, errors)
        except OSError as error:
            if error.errno not in (errno.ETXTBSY, errno.ENOENT, errno.ENOEXEC, errno.EACCES):
                raise
        # Written anew it is nobody else's open file. What is wrong then (no such interpreter) the shell says
        # in the log, with the exit codes 126 and 127 that users know from it.
        self._spool.write_script(order.script)
        return self._spawner.start(["/bin/sh", "-c", script], environment, log, errors)

    def _set_priority(self, process: RunningProcess) -> None:
        "That of the whole group: what the job has started by now belongs to it. Without it the task runs all the same."
        if process.order.priority is None:
            return
        try:
            os.setpriority(os.PRIO_PGRP, process.pid, process.order.priority)
        except OSError as error:
            text = f"Priority {process.order.priority} is not possible: {_reason(error)}"
            process.write(self._lines.line(time(), "warn", text, f"Task {process.title}"))


class TooLarge(ValueError):
    "The system says no more than that the environment is too large; this says which variable it is."

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        name = max(entries, key=lambda each: len(entries[each]))
        size, total = len(entries[name]), sum(map(len, entries.values()))
        super().__init__(f"The environment is too large: {name} has {size} bytes, all have {total}")
        self.refusal = NotMade("ENVIRONMENT_TOO_LARGE", name=name, size=size, total=total)


def not_started(error: Exception) -> tuple[NotMade, str]:
    "The refusal for what went wrong, and a line for the log."
    if isinstance(error, TooLarge):
        return error.refusal, str(error)
    reason = _reason(error)
    return NotMade("NOT_STARTED", problem=reason), f"The process could not be started: {reason}"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
