"""Where a start comes from that nobody has ordered: told in the place of the client (see `CommandReceived`).

    directory /data/in;/data/out    changes there; a directory has no semicolon that matters
    file /live/load.job.xml         a file of the hot folder that came, changed or went
    catch-up 2030-03-09T06:00:00Z   a start that was missed then
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.times import time_text

DIRECTORY, FILE, CATCH_UP = "directory ", "file ", "catch-up "


def of_directories(names: Iterable[str]) -> str:
    return DIRECTORY + ";".join(dict.fromkeys(names))


def of_file(name: str) -> str:
    return FILE + name


def of_missed(planned: datetime) -> str:
    return CATCH_UP + time_text(planned)
