"""Lines of the task log, in the form that readers of job logs know.

`2024-01-31 10:20:30.123+0100 [WARN]   (Task a/b:4711) text`: local time with its offset (`Z` for UTC), level, object,
text. Each line of a text has the prefix. What a script prints goes to the same file as it is.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import TextIO

    from taskserver.messages import Level, LogFields

FATAL, ERROR, WARN, INFO = 3, 2, 1, 0
LEVELS = {"fatal": FATAL, "error": ERROR, "warn": WARN, "info": INFO, "debug": -1}
LEVELS |= {f"debug{n}": -n for n in range(1, 10)}
NAMES: dict[int, Level] = {FATAL: "fatal", ERROR: "error", WARN: "warn"}

_MARKS = {FATAL: "[FATAL]  ", ERROR: "[ERROR]  ", WARN: "[WARN]   ", INFO: "[info]   ", -1: "[debug]  "}
_MARKS |= {-n: f"[debug{n}] " for n in range(2, 10)}


class LogWriter:
    "Writes to standard output. What was the worst of a call is kept until `take`."

    def __init__(self, fields: LogFields) -> None:
        self.file = fields.get("file", "")
        self.level = fields.get("level", INFO)
        self._title = f"({title}) " if (title := fields.get("title", "")) else ""
        self._zone = fields.get("time_zone", "")
        self._second = -1
        self._stamp = self._offset = ""
        self._stream: TextIO = sys.stdout
        #: the greatest level since `take`
        self.highest = INFO
        self._error_line = ""
        #: the latest line of each level, also of those that are not written
        self.last: dict[int, str] = {}

    def write(self, level: int, text: str) -> None:
        "Nothing is written when the level is below the log's own."
        self.last[level] = text
        if level > self.highest:
            self.highest = level
        if level >= ERROR and not self._error_line:
            self._error_line = text.partition("\n")[0] or "error"
        if level >= self.level:
            prefix = self._prefix(level)
            self.plain("".join(f"{prefix}{line}\n" for line in text.splitlines() or [""]))

    def plain(self, text: str) -> None:
        """As it is. A script that closed standard output does not close the log. What a full disk does not take is
        lost: the task is more important than its log."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except ValueError:
            self._directly(text.encode("utf-8", "backslashreplace"))
        except OSError:
            return

    def _directly(self, text: bytes) -> None:
        try:
            os.write(1, text)
        except OSError:
            return

    def take(self) -> tuple[int, str]:
        "The greatest level and the first error line since the last time."
        taken = self.highest, self._error_line
        self.highest, self._error_line = INFO, ""
        return taken

    def end(self) -> int:
        "The size of the log with everything that was printed; 0 when it is no file."
        for stream in (self._stream, sys.stdout, sys.stderr):
            _flush(stream)
        try:
            return os.fstat(1).st_size
        except OSError:
            return 0

    def _prefix(self, level: int) -> str:
        second, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
        if second != self._second:
            self._second = second
            self._stamp, self._offset = self._local(second)
        mark = _MARKS.get(level) or _MARKS[max(-9, min(FATAL, level))]
        return f"{self._stamp}.{milliseconds:03d}{self._offset} {mark}{self._title}"

    def _local(self, second: int) -> tuple[str, str]:
        "Date and time, and the offset."
        if not self._zone:
            local = time.localtime(second)
            return time.strftime("%Y-%m-%d %H:%M:%S", local), _offset(time.strftime("%z", local))
        from datetime import datetime

        moment = datetime.fromtimestamp(second, self._tzinfo())
        return moment.strftime("%Y-%m-%d %H:%M:%S"), _offset(moment.strftime("%z"))

    def _tzinfo(self) -> tzinfo:
        from datetime import UTC

        if self._zone.upper() == "UTC":
            return UTC
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(self._zone)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except Exception:  # a script may have put anything there
        return


def _offset(written: str) -> str:
    return "Z" if written == "+0000" else written[:5]
