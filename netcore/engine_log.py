"""The engine's own log: one JSON line per event on stdout, and `scheduler.log` in the form that operators know.

The only thing else on stdout is the answer of `-cmd`; none of its tags begins as a line of JSON does."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import UTC, datetime, tzinfo
from typing import Any, TextIO

from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogBeginner
from zope.interface import implementer

from netcore.log_lines import LogLines, is_shown
from scheduler.log_categories import LogCategories
from scheduler.surroundings import FileProblem

_WORDS = {LogLevel.critical: "error", LogLevel.error: "error", LogLevel.warn: "warn", LogLevel.info: "info"}
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
#: of one event, so that a runaway text cannot fill the disk
TEXT_MAX = 20_000


@implementer(ILogObserver)
class EngineLog:
    """Takes Twisted's log events. `level` is the least important level that is written. `echo` gets the lines of the
    file, too.

    A disk that is full stops the file, not the engine.
    """

    def __init__(
        self, path: str, level: str, zone: tzinfo, stream: TextIO | None = None, echo: TextIO | None = None
    ) -> None:
        self.path = path
        self._least = level
        self._echo = echo
        self._stream = stream or sys.stdout
        self._lines = LogLines(zone)
        self._zone = zone
        #: why the last line could not be written; None: it was
        self.problem: FileProblem | None = None
        #: parts that write debug lines whatever the level; None: none
        self.categories: LogCategories | None = None
        self._file = os.open(path, _APPEND, 0o600)

    def __call__(self, event: Any) -> None:
        word = _WORDS.get(event.get("log_level"), "debug")
        twisted = event.get("log_namespace", "").startswith("twisted")
        usual = is_shown(word, self._least) and not (twisted and word == "info")
        if not usual and not self._is_wanted(event):
            return
        text = formatEvent(event)
        failure = event.get("log_failure")
        if failure is not None:
            text = f"{text}\n{failure.getTraceback()}"
        self._put(word, text[:TEXT_MAX], event.get("log_time", 0.0))

    def _is_wanted(self, event: Any) -> bool:
        if self.categories is None:
            return False
        now = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
        return self.categories.shows(event.get("log_namespace", ""), now)

    def write(self, level: str, text: str, seconds: float) -> None:
        if is_shown(level, self._least):
            self._put(level, text, seconds)

    def _put(self, level: str, text: str, seconds: float) -> None:
        line = self._lines.line(seconds, level, text)
        try:
            os.write(self._file, line)
            self.problem = None
        except OSError as error:
            self.problem = FileProblem(error.errno or 0, error.strerror or str(error), self.path)
        if self._echo is not None:
            with contextlib.suppress(OSError, ValueError):
                self._echo.write(line.decode("utf-8", "replace"))
                self._echo.flush()
        self.event("log", seconds, level=level, text=text)

    def event(self, event: str, seconds: float, **fields: Any) -> None:
        "One line of JSON on stdout."
        instant = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        self._print(json.dumps({"event": event, "time": instant, **fields}))

    def document(self, data: bytes) -> None:
        """An answer document (ISO-8859-1) on stdout, in lines of its own between those of JSON.

        What is not ASCII stands there as numeric references, so that it is the same whatever stdout is taken for.
        """
        text = data.decode("iso-8859-1").encode("ascii", "xmlcharrefreplace").decode("ascii")
        self._print(text)

    def _print(self, text: str) -> None:
        "In one piece with its end: another thread may be about to say something, too."
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def begin(self) -> None:
        "From now on all events of the program come here."
        globalLogBeginner.beginLoggingTo([self], redirectStandardIO=False, discardBuffer=False)

    def rotate(self, seconds: float) -> str:
        """The file goes on in a new one; the old one is called `scheduler-2024-01-31-102030.log` from now on.

        Gives that name. Raises OSError, and then everything is as before. Lines of other threads go to one of the two.
        """
        stem, suffix = os.path.splitext(self.path)
        stamp = datetime.fromtimestamp(seconds, self._zone).strftime("%Y-%m-%d-%H%M%S")
        numbers = ("", *(f".{number}" for number in range(1, 1000)))
        kept = next(name for each in numbers if not os.path.lexists(name := f"{stem}-{stamp}{each}{suffix}"))
        os.link(self.path, kept)
        fresh = os.open(f"{self.path}.new", _APPEND, 0o600)
        os.rename(f"{self.path}.new", self.path)  # readers of the log find a file at any time
        os.dup2(fresh, self._file, inheritable=False)
        os.close(fresh)
        return kept

    def close(self) -> None:
        os.close(self._file)
