"""Parts of the logs that engines have: of tasks that run, of tasks with long logs, of the engine itself.

`task_id` None is the engine's own log. None as an answer: it does not give it, or is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import current_app
from lxml import etree

from scheduler import log_search
from scheduler.log_search import Found, Hit
from web import commands, engines, log_text, scope
from web.log_text import Window
from web.log_view import Search

#: bytes of a piece of a download
PIECE = 2 << 20


@dataclass(frozen=True, slots=True)
class Text:
    "`begin` and `end` are bytes of the log, whose length is `size`."

    data: bytes
    begin: int
    end: int
    size: int


def part(
    scheduler_id: str, task_id: int | None, offset: int | None, limit: int, last: bool = False
) -> Window | None:
    """A part of the log of a task, or of the engine's own (None), as the engine gives it; None when it does not.

    Of too many lines it has the first ones; the last ones with `last`, and without an offset.
    """
    log = _asked(scheduler_id, commands.log_read(task_id, offset, limit))
    text = (log.text or "").encode() if log is not None else b""
    shown = len((log_text.last_lines if last or offset is None else log_text.first_lines)(text))
    if shown < len(text):
        # asked again, because only the engine knows where lines of the file begin
        begin = offset + limit - shown if last and offset is not None else offset
        log = _asked(scheduler_id, commands.log_read(task_id, begin, shown))
    numbers = [_number(log, name) for name in ("offset", "next_offset", "size", "line")] if log is not None else [None]
    if log is None or any(number is None for number in numbers):
        return None
    begin, following, size, line = (number or 0 for number in numbers)
    window = log_text.window((log.text or "").encode(), begin, size, line, final=True)
    return replace(window, start=begin, end=following, size=size)


def text_from(scheduler_id: str, task_id: int | None, offset: int, limit: int = PIECE) -> Text | None:
    "What begins with the first line from a byte on; None when the engine does not give it."
    log = _asked(scheduler_id, commands.log_read(task_id, offset, limit))
    if log is None:
        return None
    begin, end, size = (_number(log, name) for name in ("offset", "next_offset", "size"))
    if begin is None or end is None or size is None:
        return None
    return Text(log_search.shown(log.text or "").encode(), begin, end, size)


def pieces(scheduler_id: str, task_id: int | None) -> Iterator[bytes] | None:
    "The whole log; None when the engine does not give it."
    first = text_from(scheduler_id, task_id, 0)
    return None if first is None else _pieces(scheduler_id, task_id, first)


def _pieces(scheduler_id: str, task_id: int | None, text: Text) -> Iterator[bytes]:
    while True:
        yield text.data
        if text.end >= text.size or not text.data:
            return
        found = text_from(scheduler_id, task_id, text.end)
        if found is None:
            return
        text = found


def search(scheduler_id: str, task_id: int | None, asked: Search, after: int, most: int) -> Found | None:
    """What is found in the log of a task or in the engine's own (None): by the engine; or, as it knows no patterns,
    here, piece by piece."""
    if asked.regex:
        content = pieces(scheduler_id, task_id)
        return None if content is None else asked.through(content, most, after)
    command = commands.log_search(task_id, asked.text, asked.case, after, most, asked.warnings)
    found = _asked(scheduler_id, command, "log.found")
    if found is None:
        return None
    hits = tuple(
        Hit(_number(hit, "offset") or 0, _number(hit, "line") or 0, (hit.text or "").encode()) for hit in found
    )
    return Found(hits, _number(found, "count") or 0, _number(found, "lines") or 0, _number(found, "size") or 0)


def _asked(scheduler_id: str, command: etree._Element, tag: str = "log") -> etree._Element | None:
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    outcome = engines.send(address, command, timeout)
    if outcome.answer is None:
        return None
    return outcome.answer if outcome.answer.tag == tag else outcome.answer.find(tag)


def _number(element: etree._Element, name: str) -> int | None:
    value = element.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() else None
