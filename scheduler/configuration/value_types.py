"""Types of attributes that only configuration files have; see `scheduler.xml.attribute_types`."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from scheduler import posix_regex
from scheduler.definitions import DurationLimit, PortAddress
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import SECONDS, Choice

PRIORITY_WORDS = {"idle": 19, "below_normal": 6, "normal": 0, "above_normal": -6, "high": -16}
LOG_LEVELS = ("none", "fatal", "error", "warn", "info", "debug", *(f"debug{number}" for number in range(1, 10)))

_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*%")
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_HOST_AND_PORT = re.compile(rf"({_HOST}):([0-9]{{1,5}})")
_HOST_ALONE = re.compile(_HOST)
_URL = re.compile(rf"https?://{_HOST}(?::([0-9]{{1,5}}))?(?:/[^\s]*)?")
_PORT = re.compile(rf"(?:({_HOST}):)?([0-9]{{1,5}})")


@dataclass(frozen=True, slots=True)
class Priority:
    "int: a nice value, or the one of a word. Raises BAD_VALUE, OUT_OF_RANGE."

    word: str = "-20 … 20 | idle | below_normal | normal | above_normal | high"

    def read(self, text: str, attribute: str) -> int:
        stripped = text.strip()
        if stripped in PRIORITY_WORDS:
            return PRIORITY_WORDS[stripped]
        if not _INTEGER.fullmatch(stripped):
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word)
        if not -20 <= int(stripped) <= 20:
            raise WorkloadError(Code.OUT_OF_RANGE, attribute=attribute, value=text, least=-20, most=20)
        return int(stripped)


@dataclass(frozen=True, slots=True)
class Limit:
    "DurationLimit: seconds, HH:MM[:SS], or percent of the average. Raises BAD_DURATION."

    word: str = "seconds | HH:MM[:SS] | N%"

    def read(self, text: str, attribute: str) -> DurationLimit:
        percent = _PERCENT.fullmatch(text.strip())
        if percent is not None:
            return DurationLimit(float(percent[1]), percent=True)
        try:
            return DurationLimit(SECONDS.read(text, attribute) or 0.0)
        except WorkloadError as refusal:
            if refusal.code is not Code.BAD_DURATION:
                raise
        raise WorkloadError(Code.BAD_DURATION, attribute=attribute, value=text, expected=self.word)


@dataclass(frozen=True, slots=True)
class Regex:
    "str, as written, when it can be understood. Raises BAD_REGEX."

    word: str = "regular expression"

    def read(self, text: str, attribute: str) -> str:
        posix_regex.compiled(text)
        return text


@dataclass(frozen=True, slots=True)
class Steps:
    "int: a number of steps; yes is 1, no is 0. Raises BAD_VALUE."

    word: str = "number | yes | no"

    def read(self, text: str, attribute: str) -> int:
        stripped = text.strip().lower()
        if stripped in ("yes", "true", "on"):
            return 1
        if stripped in ("no", "false", "off"):
            return 0
        if not stripped.isascii() or not stripped.isdigit() or len(stripped) > 9:
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word)
        return int(stripped)


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    "str: a URL, or with `classic` also `host:port` or `host`. Raises BAD_VALUE."

    classic: bool = True

    @property
    def word(self) -> str:
        return "http[s]://host:port | host:port | host" if self.classic else "http[s]://host:port"

    def read(self, text: str, attribute: str) -> str:
        stripped = text.strip()
        url = _URL.fullmatch(stripped)
        found = _HOST_AND_PORT.fullmatch(stripped) if self.classic else None
        if url is not None:
            port = url[1]
        elif found is not None:
            port = found[2]
        elif self.classic and _HOST_ALONE.fullmatch(stripped):
            return stripped
        else:
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word)
        if port is not None and not 0 < int(port) <= 65535:
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected="a port up to 65535")
        return stripped


@dataclass(frozen=True, slots=True)
class Port:
    "PortAddress: `port` or `interface:port`. Raises BAD_VALUE."

    word: str = "port | interface:port"

    def read(self, text: str, attribute: str) -> PortAddress:
        found = _PORT.fullmatch(text.strip())
        if found is None or int(found[2]) > 65535:
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word)
        return PortAddress(int(found[2]), found[1] or "")


PRIORITY = Priority()
LIMIT = Limit()
REGEX = Regex()
STEPS = Steps()
LOG_LEVEL = Choice(LOG_LEVELS)


def signal_number(name: str) -> int | None:
    "The number of `SIGTERM`, `TERM` or `15`; None when this platform has no such signal."
    upper = name.upper()
    if upper.isascii() and upper.isdigit():
        number = int(upper)
        return number if number in signal.valid_signals() else None
    found = signal.Signals.__members__.get(upper if upper.startswith("SIG") else f"SIG{upper}")
    return None if found is None else int(found)
