"""Security levels of the command protocol, lowest first."""

from __future__ import annotations

from enum import IntEnum

from scheduler.errors import Code, WorkloadError


class Level(IntEnum):
    "What a peer may do; every command needs one of these."

    NONE = 0
    SIGNAL = 1
    INFO = 2
    NO_ADD = 3
    ALL = 4

    @property
    def word(self) -> str:
        "As in `<allowed_host level=…>`."
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Level:
        "Raises UNKNOWN_LEVEL."
        for level in cls:
            if level.word == word:
                return level
        raise WorkloadError(Code.UNKNOWN_LEVEL, level=word)
