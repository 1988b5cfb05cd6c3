"""The wall clock of one member, which a test sets: forward, back, while the member works or waits.

    clock = FalseClock(tmp_path / "clock")      # raises NoFaketime
    member.environ |= clock.environ
    clock.set(3600)                             # an hour fast from now on

It is a library that the member's processes load before all others. What only counts goes on as always, and so do the
times of files.
"""

from __future__ import annotations

import glob
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1",
           "/usr/lib64/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")


class NoFaketime(Exception):
    "The library is not on this machine; the text says what to install."


def library() -> str:
    "Raises NoFaketime."
    for place in _PLACES:
        for found in glob.glob(place):
            return found
    raise NoFaketime("clocks cannot be set here: the library of the package libfaketime is missing")


class FalseClock:
    "`ahead`: seconds by which it is fast."

    def __init__(self, file: Path) -> None:
        self._library = library()
        self._file = file
        self.ahead = 0
        self.set(0)

    def set(self, ahead: int) -> None:
        self.ahead = ahead
        half_done = self._file.with_name(f"{self._file.name}.new")
        half_done.write_text(f"{ahead:+d}\n")
        half_done.replace(self._file)

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            "LD_PRELOAD": self._library, "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }  # fmt: skip


def main() -> int:
    "The engine, without the one call of Python that the library breaks: it takes its argument for a time of day."
    import time

    from netcore.__main__ import main as engine

    time.sleep = lambda seconds: Event().wait(seconds) and None  # type: ignore[assignment]
    return engine(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
