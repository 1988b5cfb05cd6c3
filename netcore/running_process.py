"""One process of a task, from its start to the moment when its files are read.

The child leads a session and a process group of its own; its standard input is empty, its standard output and
error are the task's log. A pidfd tells of its end (see `process_ends`): no pipe, no thread and no signal handler.
Starting never forks this process (see `spawn`), so its cost does not depend on the engine's memory.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from netcore.resource_use import Used, used_at_end
from netcore.spool import write_line
from netcore.starter.orders import Order

#: bytes of a standard error of its own that go into the log
ERRORS_MAX = 4 << 20
#: what stands in a state text at most
FIRST_LINE_LENGTH = 100
#: what an error of a task tells of such an output at most
ERROR_LINE_LENGTH = 1000
#: bytes up to which a log is handed on in memory, so that nobody needs to open the file again
SHORT_LOG = 1 << 16
#: what marks lines of a standard error of its own, behind the engine's beginning of a line
ERROR_MARK = b") [stderr] "
#: what the last line of a log says when both streams went to it
ALL_ERRORS, BOTH_STREAMS = "; all of its output is stderr", "; stdout and stderr stand in their sequence"
_UNSHOWN = dict.fromkeys([*range(9), *range(11, 32), 127])


class RunningProcess:
    """A started process. `log` is the open descriptor of its log, in which `header` bytes are the engine's own;
    `errors` that of its standard error: the same file opened again, or a file of its own. `used` is known when it was
    reaped."""

    __slots__ = ("errors", "header", "log", "order", "pid", "pidfd", "taken", "used")

    def __init__(self, order: Order, pid: int, pidfd: int, log: int, header: int, errors: int) -> None:
        self.order = order
        self.pid = pid
        self.pidfd = pidfd
        self.log = log
        self.header = header
        self.errors = errors
        #: bytes of a standard error of its own that stand in the log already
        self.taken = 0
        self.used: Used | None = None

    @property
    def task_id(self) -> int:
        return self.order.task_id

    @property
    def title(self) -> str:
        return self.order.title

    @property
    def log_file(self) -> str:
        return self.order.log_file

    @property
    def errors_apart(self) -> bool:
        "Whether standard error has a file of its own."
        return self.order.stderr_level != "info"

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and its descendants, as long as they are in its group.

        Safe until `reap`: so long even an ended process keeps its number, and its group is its own from the start.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def reap(self) -> int | None:
        """The exit code (negative: the signal) of an ended process; None while it runs.

        What it has left running in its group is killed: a job's background processes end with its task.
        """
        ended = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        self.signal_group(signal.SIGKILL)
        _, status, usage = os.wait4(self.pid, 0)
        self.used = used_at_end(usage)
        return os.waitstatus_to_exitcode(status)

    def read_errors(self) -> str:
        "What was written to a standard error of its own; the beginning of very much."
        if not self.errors_apart:
            return ""
        try:
            return text_of(os.pread(self.errors, ERRORS_MAX, 0))
        except OSError:
            return ""

    def take_errors(self, all_of_it: bool) -> str:
        "What came to a standard error of its own since the last time: whole lines, unless `all_of_it`."
        try:
            data = os.pread(self.errors, ERRORS_MAX - self.taken, self.taken)
        except OSError:
            return ""
        if not all_of_it:
            data = data[: data.rfind(b"\n") + 1]
        self.taken += len(data)
        return text_of(data)

    def word_of_streams(self) -> str:
        "For the last line of the log: what in it is standard error. Empty: nothing, or lines that are marked."
        with suppress(OSError):
            if not self.errors_apart and os.lseek(self.errors, 0, os.SEEK_CUR) > 0:
                return ALL_ERRORS if self._wrote_only_errors() else BOTH_STREAMS
        return ""

    def finish_log(self, line: bytes, failed: bool = False) -> tuple[str, bytes | None]:
        """Append the engine's last lines. Gives the first line of the job's output, and the whole log when it is short.

        The first line is as `first_line_of` gives it; it is empty when there is none. It is that of standard
        output; of a failed task that wrote nothing there, that of standard error.
        """
        try:
            wanted = failed or self.errors_apart or not self._wrote_only_errors()
            size = os.fstat(self.log).st_size
            short = size <= SHORT_LOG
            begin, end = (0, size) if short else (self.header, _bytes_of(FIRST_LINE_LENGTH))
            content = os.pread(self.log, end, begin)
        except OSError:
            return "", None
        if not short:
            self.write(line)
            return self._first_line(content) if wanted else "", None
        if content and not content.endswith(b"\n"):
            line = b"\n" + line
        with suppress(OSError):
            content += line[: os.write(self.log, line)]
        return self._first_line(content[self.header : size]) if wanted else "", content

    def _first_line(self, output: bytes) -> str:
        "Lines of standard error may stand before it."
        if self.taken:
            output = b"\n".join(line for line in output.split(b"\n") if ERROR_MARK not in line)
        return first_line_of(output)

    def _wrote_only_errors(self) -> bool:
        """Both streams append to one file, but through descriptors with positions of their own; each stands behind
        what was written last through it."""
        begin = os.lseek(self.log, 0, os.SEEK_CUR)
        return begin <= self.header and os.lseek(self.errors, 0, os.SEEK_CUR) > 0

    def write(self, line: bytes) -> None:
        "Append a line of the engine to the log, on a line of its own. A full disk is no reason to stop."
        with suppress(OSError):
            write_line(self.log, line)

    def abandon(self) -> None:
        "Kill it, and leave nothing open."
        self.signal_group(signal.SIGKILL)
        with suppress(OSError):
            self.reap()
        self.close()

    def close(self) -> None:
        "Give the descriptors back."
        for descriptor in (self.pidfd, self.log, self.errors):
            with suppress(OSError):
                os.close(descriptor)


def first_line_of(output: bytes, most: int = FIRST_LINE_LENGTH) -> str:
    "Without control characters. Of more than `most` others it ends with an ellipsis, the last of so many."
    line = output[: _bytes_of(most)].partition(b"\n")[0]
    text = text_of(line).translate(_UNSHOWN).strip() if line else ""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _bytes_of(characters: int) -> int:
    "As many as so many characters and a further one may need."
    return 4 * (characters + 1)


def text_of(data: bytes) -> str:
    "Bytes of a job as text: UTF-8, else ISO-8859-1, which knows every byte. A character cut off at the end is dropped."
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
        return data.decode("iso-8859-1")


def pidfd_of(pid: int) -> int:
    "A pidfd for a child just started; when there is none, the child is killed, and OSError is raised."
    try:
        return os.pidfd_open(pid)
    except OSError:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(pid, 0)
        raise
