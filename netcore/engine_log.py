"""The engine's own log: one JSON line per event on stdout, and `scheduler.log` in the form that operators know."""

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

_WORDS = {LogLevel.critical: "error", LogLevel.error: "error", LogLevel.warn: "warn", LogLevel.info: "info"}
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
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def __call__(self, event: Any) -> None:
        word = _WORDS.get(event.get("log_level"), "debug")
        twisted = event.get("log_namespace", "").startswith("twisted")
        if not is_shown(word, self._least) or (twisted and word == "info"):
            return
        text = formatEvent(event)
        failure = event.get("log_failure")
        if failure is not None:
            text = f"{text}\n{failure.getTraceback()}"
        self.write(word, text[:TEXT_MAX], event.get("log_time", 0.0))

    def write(self, level: str, text: str, seconds: float) -> None:
        if not is_shown(level, self._least):
            return
        line = self._lines.line(seconds, level, text)
        with contextlib.suppress(OSError):
            os.write(self._file, line)
        if self._echo is not None:
            with contextlib.suppress(OSError, ValueError):
                self._echo.write(line.decode("utf-8", "replace"))
                self._echo.flush()
        self.event("log", seconds, level=level, text=text)

    def event(self, event: str, seconds: float, **fields: Any) -> None:
        "One line of JSON on stdout."
        instant = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        with contextlib.suppress(OSError, ValueError):
            print(json.dumps({"event": event, "time": instant, **fields}), file=self._stream, flush=True)

    def begin(self) -> None:
        "From now on all events of the program come here."
        globalLogBeginner.beginLoggingTo([self], redirectStandardIO=False, discardBuffer=False)

    def close(self) -> None:
        os.close(self._file)
