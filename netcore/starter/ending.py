"What is to be told of a process that has ended: its exit code, its return values, its log."

from __future__ import annotations

import signal
from contextlib import suppress
from time import time

from netcore.log_lines import LogLines, is_shown
from netcore.running_process import ERROR_LINE_LENGTH, RunningProcess, first_line_of, text_of
from netcore.spool import Spool
from netcore.starter.orders import Ended

RETURN_VALUES_MAX = 1 << 20
#: of a process whose exit status somebody else has taken: all that is known is that it is gone
UNKNOWN_EXIT_CODE = 255
_NUL = dict.fromkeys([0], "\ufffd")


def end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"was ended by signal {-exit_code}"


def finished(process: RunningProcess, exit_code: int, spool: Spool, lines: LogLines) -> Ended:
    "Its files are read, its log gets its last lines, and nothing of it stays open."
    return_values = _return_values(process, spool, lines)
    errors = process.read_errors()
    last = _errors(process, lines, True) + _last_line(process, exit_code, lines)
    first_line, log = process.finish_log(last, exit_code != 0)
    process.close()
    stderr = first_line_of(errors.lstrip().encode("utf-8", "replace"), ERROR_LINE_LENGTH) if errors else ""
    kept = None if process.order.joins else log
    return Ended(process.task_id, process.pid, exit_code, first_line, return_values, stderr, kept, process.used)


def tell_errors(process: RunningProcess, lines: LogLines) -> None:
    "Into the log of a process that runs: what it has written to a standard error of its own since the last time."
    text = _errors(process, lines, False)
    if text:
        process.write(text)


def _errors(process: RunningProcess, lines: LogLines, all_of_it: bool) -> bytes:
    "That, with its level and the mark `[stderr]`. Only whole lines, unless `all_of_it`."
    if not process.errors_apart:
        return b""
    text, order = process.take_errors(all_of_it).strip("\n"), process.order
    if not text.strip() or not is_shown(order.stderr_level, order.log_level):
        return b""
    marked = "\n".join(f"[stderr] {line}" for line in text.splitlines())
    return lines.line(time(), order.stderr_level, marked, f"Task {process.title}")


def _last_line(process: RunningProcess, exit_code: int, lines: LogLines) -> bytes:
    "The engine's last line. Of output in one file it says what of it is standard error."
    if not is_shown("info", process.order.log_level):
        return b""
    text = f"Process {process.pid} {end_of(exit_code)}{process.word_of_streams()}"
    return lines.line(time(), "info", text, f"Task {process.title}")


def _return_values(process: RunningProcess, spool: Spool, lines: LogLines) -> str:
    """The contents of the file. One that is too large is not read; in its place stands a line that is
    no return value, so that the task fails with that reason."""
    content = spool.take_returns(process.task_id, RETURN_VALUES_MAX)
    if content is None:
        text = f"more than {RETURN_VALUES_MAX} bytes, not read"
        process.write(lines.line(time(), "error", f"Return values: {text}", f"Task {process.title}"))
        return text
    return text_of(content).translate(_NUL) if content else ""
