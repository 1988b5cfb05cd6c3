"""Parts of logs: files that may have hundreds of megabytes, or stored contents. Called in threads; blocking.

What is looked at is read block by block, so that memory stays small and other threads get their turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler import log_search
from scheduler.commands.questions import LogSearch
from scheduler.log_search import BLOCK, Found, blocks_of


@dataclass(frozen=True, slots=True)
class Log:
    "`path` of a file, or else the content."

    content: bytes = b""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    "`offset` and `following` are bytes of the log; `line` is the number of the first line, from 1."

    text: str
    offset: int
    following: int
    size: int
    line: int


def part(log: Log, offset: int | None, limit: int) -> Part:
    "At most `limit` bytes from `offset`, or the last ones. Whole lines, where there are any."
    size = _size(log)
    begin = max(0, size - limit) if offset is None else min(offset, size)
    data = _read(log, begin, limit)
    if begin and data and not _begins_line(log, begin):
        skipped = data.find(b"\n") + 1
        begin, data = begin + skipped, data[skipped:]
    whole = data[: data.rfind(b"\n") + 1]
    # a line that is longer than the part, and the last one of a log, are given as far as they go
    if not whole or begin + len(data) >= size:
        whole = data
    line = 1 + log_search.lines_before(_blocks(log, begin)) if begin else 1
    return Part(log_search.pictured(whole.decode("utf-8", "replace")), begin, begin + len(whole), size, line)


def search(log: Log, question: LogSearch) -> Found:
    if question.text:
        find = log_search.text_finder(question.text, question.case)
    else:
        find = log_search.level_finder(question.warnings)
    return log_search.search(_blocks(log, None), find, question.limit, question.after)


def _begins_line(log: Log, offset: int) -> bool:
    return _read(log, offset - 1, 1) == b"\n"


def _size(log: Log) -> int:
    if not log.path:
        return len(log.content)
    try:
        return os.stat(log.path).st_size
    except OSError:
        return 0


def _read(log: Log, offset: int, limit: int) -> bytes:
    if not log.path:
        return log.content[offset : offset + limit]
    try:
        with open(log.path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), limit, offset)
    except OSError:
        return b""


def _blocks(log: Log, end: int | None) -> Iterator[bytes]:
    "The log up to byte `end`, or all of it."
    if not log.path:
        yield from blocks_of(log.content if end is None else log.content[:end])
        return
    try:
        with open(log.path, "rb", buffering=0) as file:
            offset = 0
            while end is None or offset < end:
                block = os.pread(file.fileno(), BLOCK if end is None else min(BLOCK, end - offset), offset)
                if not block:
                    return
                yield block
                offset += len(block)
    except OSError:
        return
