"""What is known of a directory that a job chain or a job looks at. Nothing of it is stored: a directory can be read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from scheduler.definitions import DirectoryWatch, FileOrderSource
from scheduler.errors import Problem
from scheduler.frozen import frozen

if TYPE_CHECKING:
    from scheduler.records import Order

#: the parameter that makes an order a file order
FILE_PARAM = "scheduler_file_path"


class FoundFile(NamedTuple):
    "`written_at`: seconds since the epoch."

    name: str
    written_at: float


class BadFile(NamedTuple):
    "A file that cannot become an order."

    path: str
    problem: Problem


class Reader(NamedTuple):
    "Who looks at a directory: the key of a `job_chain` or a `job`, and which of its directories (from 0)."

    kind: str
    owner: str
    position: int


@frozen
class Reading:
    """A directory as its reader knows it.

    `asked`: the number of the reading that is under way. `files`: of the last good reading, the oldest first.
    `waiting`: those that could become orders. `again_from`: from then on it may be read again, if there is reason to.
    `good_until`: so long are `waiting` taken to be there. `problem`: why it cannot be read now.
    """

    reader: Reader
    watched: FileOrderSource | DirectoryWatch
    asked: int | None = None
    asked_at: datetime | None = None
    read_at: datetime | None = None
    again_from: datetime | None = None
    good_until: datetime | None = None
    files: tuple[FoundFile, ...] = ()
    waiting: tuple[FoundFile, ...] = ()
    bad: tuple[BadFile, ...] = ()
    problem: Problem | None = None
    #: the system says that something has happened there since
    hinted: bool = False
    #: of a job: a start is due
    changed: bool = False
    #: of a job: it became unreadable, and is not looked at any more
    ended: bool = False

    @property
    def key(self) -> Reader:
        return self.reader


def file_path(directory: str, name: str) -> str:
    "The path of a file, as orders and parameters show it."
    return f"{directory.rstrip('/')}/{name}"


def file_of(order: Order) -> str:
    "The path of the file of a file order; empty for other orders. A job may have given it another one."
    return order.params[FILE_PARAM] if order.params and FILE_PARAM in order.params else ""
