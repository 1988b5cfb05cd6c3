"""What jobs print of secret parameters, and is not to be shown: their values, wherever they stand, and what stands
behind a name such as `DB_PASSWORD=`. Nor does a search find a line by them. Pure but for `of_task` and `of_order`.

Values of fewer than four characters are left as they are: to mask each `1` of a log would tell the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from models import read
from scheduler.log_search import Find, Seen
from scheduler.records import Run, Task
from web.commands import MASK, SECRET_WORDS, is_secret
from web.log_text import Window, plain

SHORTEST = 4
#: of a job whose tasks write into one log
LAST_TASKS = 500
#: an assignment as shells print it
_NAMED = re.compile(rf"(?i)\b(\w*(?:{'|'.join(SECRET_WORDS)})=)(?:\"[^\"]*\"|'[^']*'|[^\s\"']+)")


_WORDS = re.compile("|".join(SECRET_WORDS).encode(), re.IGNORECASE)


class Secrets:
    "Hides values in text."

    def __init__(self, values: Iterable[str] = ()) -> None:
        lines = {line for value in values for line in value.splitlines() if len(line.strip()) >= SHORTEST}
        known = sorted(lines, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        self._values = tuple(line.lower() for line in known)

    def hide(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _NAMED.sub(rf"\1{MASK}", text) if "=" in text else text

    def reader(self, find: Find) -> Seen:
        "Whether what `find` finds in a line is also found when the line is shown: a search guesses no value."

        def seen(line: bytes) -> bool:
            if self._known is None and _WORDS.search(line) is None:
                return True
            text = plain(line)
            hidden = self.hide(text)
            return hidden == text or find(hidden.encode(), 0) >= 0

        return seen

    def touched_by(self, text: str) -> bool:
        "Whether a part of a value that is known begins, ends or is in the text, in whatever letters."
        wanted = text.lower()
        return any(_overlap(wanted, value) for value in self._values)

    def window(self, window: Window) -> Window:
        "The same without what is secret. A line that had something loses its colours."
        lines = list(window.lines)
        for place, line in enumerate(lines):
            hidden = self.hide(line.text)
            if hidden != line.text:
                lines[place] = replace(line, text=hidden, pieces=())
        return replace(window, lines=lines, number_at_start=window.number_at_start)

    def pieces(self, content: Iterable[bytes]) -> Iterator[bytes]:
        "Of a log that comes in pieces."
        rest = b""
        for piece in content:
            whole, line_feed, torn = (rest + piece).rpartition(b"\n")
            if line_feed:
                yield self._bytes(whole) + line_feed
            rest = torn
        if rest:
            yield self._bytes(rest)

    def _bytes(self, text: bytes) -> bytes:
        decoded = text.decode("utf-8", "surrogateescape")
        return self.hide(decoded).encode("utf-8", "surrogateescape")


#: of logs of which no value is known
NONE = Secrets()


def _overlap(one: str, other: str) -> bool:
    if one in other or other in one:
        return True
    sizes = range(1, min(len(one), len(other)))
    return any(one.endswith(other[:size]) or other.endswith(one[:size]) for size in sizes)


def of_task(connection: Connection, scheduler_id: str, task: Task) -> Secrets:
    "Those of its parameters, of its environment, and of the order that it serves, as far as the order still has them."
    return Secrets([*_of_task(task), *_of_order(connection, scheduler_id, task.chain, task.order_id)])


def of_order(connection: Connection, scheduler_id: str, run: Run, tasks: Iterable[Task]) -> Secrets:
    values = [value for task in tasks for value in _of_task(task)]
    return Secrets([*values, *_of_order(connection, scheduler_id, run.chain, run.order_id)])


def of_job(connection: Connection, scheduler_id: str, path: str) -> Secrets:
    "Those of its own parameters, and of its last tasks: more than these hardly anybody reads."
    detail = read.job(connection, scheduler_id, path)
    own = [] if detail is None else [value for name, value in detail.params.pairs() if is_secret(name)]
    tasks = read.tasks(connection, scheduler_id, job=path, limit=LAST_TASKS)
    return Secrets([*own, *(value for task in tasks for value in _of_task(task))])


def _of_task(task: Task) -> list[str]:
    return [value for name, value in [*task.params.pairs(), *task.environment] if is_secret(name)]


def _of_order(connection: Connection, scheduler_id: str, chain: str, order_id: str) -> list[str]:
    order = read.order(connection, scheduler_id, chain, order_id) if chain else None
    return [] if order is None else [value for name, value in order.order.params.pairs() if is_secret(name)]
