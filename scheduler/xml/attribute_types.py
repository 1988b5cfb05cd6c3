"""Types of attributes: from the text of an attribute to a value of Python.

A type is data: `word` names it in references and `read` turns a text that is not empty into the value. An empty
attribute counts as absent, so no type ever sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from scheduler.errors import Code, WorkloadError

_YES = frozenset({"yes", "true", "1", "y", "on"})
_NO = frozenset({"no", "false", "0", "n", "off"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")
#: about a hundred years; what is added to an instant must not lead out of the calendar
MOST_SECONDS = 3_200_000_000.0
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?")


class AttributeType(Protocol):
    @property
    def word(self) -> str:
        "What the attribute holds, for references and messages."

    def read(self, text: str, attribute: str) -> Any:
        "The value; raises WorkloadError without a place."


@dataclass(frozen=True, slots=True)
class Text:
    "Any text, as written."

    word: str = "text"

    def read(self, text: str, attribute: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Name:
    "The name of an object: no slash. Raises BAD_NAME."

    word: str = "name"

    def read(self, text: str, attribute: str) -> str:
        if "/" in text:
            raise WorkloadError(Code.BAD_NAME, name=text)
        return text


@dataclass(frozen=True, slots=True)
class Path:
    "The path of an object, as written: what it is relative to, only the reader knows."

    word: str = "path"

    def read(self, text: str, attribute: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class YesNo:
    "bool. Raises BAD_BOOLEAN."

    word: str = "yes | no"

    def read(self, text: str, attribute: str) -> bool:
        lowered = text.strip().lower()
        if lowered in _YES:
            return True
        if lowered in _NO:
            return False
        raise WorkloadError(Code.BAD_BOOLEAN, attribute=attribute, value=text)


@dataclass(frozen=True, slots=True)
class Integer:
    "int between `least` and `most`, both included. Raises BAD_NUMBER, OUT_OF_RANGE."

    least: int = -(2**31)
    most: int = 2**31 - 1

    @property
    def word(self) -> str:
        return "number"

    def read(self, text: str, attribute: str) -> int:
        stripped = text.strip()
        if not _INTEGER.fullmatch(stripped):
            raise WorkloadError(Code.BAD_NUMBER, attribute=attribute, value=text)
        number = int(stripped)
        if not self.least <= number <= self.most:
            raise WorkloadError(
                Code.OUT_OF_RANGE, attribute=attribute, value=text, least=self.least, most=self.most
            )
        return number


@dataclass(frozen=True, slots=True)
class Seconds:
    """float seconds, written as such or as HH:MM[:SS]. The word `instead` (never, stop), if any, is read as None.

    Raises BAD_DURATION, OUT_OF_RANGE.
    """

    instead: str = ""

    @property
    def word(self) -> str:
        return f"seconds | HH:MM[:SS] | {self.instead}" if self.instead else "seconds | HH:MM[:SS]"

    def read(self, text: str, attribute: str) -> float | None:
        stripped = text.strip()
        if self.instead and stripped == self.instead:
            return None
        if _SECONDS.fullmatch(stripped):
            return self._bounded(float(stripped), text, attribute)
        clock = _CLOCK.fullmatch(stripped)
        if clock is None:
            raise WorkloadError(Code.BAD_DURATION, attribute=attribute, value=text, expected=self.word)
        return float(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0))

    @staticmethod
    def _bounded(seconds: float, text: str, attribute: str) -> float:
        if seconds > MOST_SECONDS:
            raise WorkloadError(Code.OUT_OF_RANGE, attribute=attribute, value=text, least=0, most=int(MOST_SECONDS))
        return seconds


@dataclass(frozen=True, slots=True)
class Choice:
    "One of some words, in their case. Raises BAD_CHOICE."

    words: tuple[str, ...]

    @property
    def word(self) -> str:
        return " | ".join(self.words)

    def read(self, text: str, attribute: str) -> str:
        stripped = text.strip()
        if stripped not in self.words:
            raise WorkloadError(Code.BAD_CHOICE, attribute=attribute, value=text, expected=", ".join(self.words))
        return stripped


TEXT = Text()
NAME = Name()
PATH = Path()
YES_NO = YesNo()
SECONDS = Seconds()
SECONDS_OR_NEVER = Seconds("never")


def integer(least: int = -(2**31), most: int = 2**31 - 1) -> Integer:
    return Integer(least, most)


def choice(*words: str) -> Choice:
    return Choice(words)
