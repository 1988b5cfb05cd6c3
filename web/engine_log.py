"""Parts of the logs that engines have: of tasks that run, of tasks with long logs, of jobs, of the engine itself.

`log` None is the engine's own log. None as an answer: it does not give it, or is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import current_app
from lxml import etree

from scheduler import log_search
from scheduler.log_search import Found, Hit
from web import commands, engines, log_text, scope
from web.commands import LogName
from web.log_secrets import NONE, Secrets
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
    scheduler_id: str, log: LogName, offset: int | None, limit: int, last: bool = False
) -> Window | None:
    """A part of the log of a task, or of the engine's own (None), as the engine gives it; None when it does not.

    Of too many lines it has the first ones; the last ones with `last`, and without an offset.
    """
    answer = _asked(scheduler_id, commands.log_read(log, offset, limit))
    text = (answer.text or "").encode() if answer is not None else b""
    shown = len((log_text.last_lines if last or offset is None else log_text.first_lines)(text))
    if shown < len(text):
        # asked again, because only the engine knows where lines of the file begin
        begin = offset + limit - shown if last and offset is not None else offset
        answer = _asked(scheduler_id, commands.log_read(log, begin, shown))
    names = ("offset", "next_offset", "size", "line")
    numbers = [_number(answer, name) for name in names] if answer is not None else [None]
    if answer is None or any(number is None for number in numbers):
        return None
    begin, following, size, line = (number or 0 for number in numbers)
    window = log_text.window((answer.text or "").encode(), begin, size, line, final=True)
    return replace(window, start=begin, end=following, size=size)


def text_from(scheduler_id: str, log: LogName, offset: int, limit: int = PIECE) -> Text | None:
    "What begins with the first line from a byte on; None when the engine does not give it."
    answer = _asked(scheduler_id, commands.log_read(log, offset, limit))
    if answer is None:
        return None
    begin, end, size = (_number(answer, name) for name in ("offset", "next_offset", "size"))
    if begin is None or end is None or size is None:
        return None
    return Text(log_search.shown(answer.text or "").encode(), begin, end, size)


def pieces(scheduler_id: str, log: LogName) -> Iterator[bytes] | None:
    "The whole log; None when the engine does not give it."
    first = text_from(scheduler_id, log, 0)
    return None if first is None else _pieces(scheduler_id, log, first)


def _pieces(scheduler_id: str, log: LogName, text: Text) -> Iterator[bytes]:
    while True:
        yield text.data
        if text.end >= text.size or not text.data:
            return
        found = text_from(scheduler_id, log, text.end)
        if found is None:
            return
        text = found


def search(
    scheduler_id: str, log: LogName, asked: Search, after: int, most: int, secrets: Secrets = NONE
) -> Found | None:
    """What is found in a log: by the engine; or, as it knows neither patterns
    nor what is secret, here, piece by piece."""
    if not asked.regex:
        found = _by_engine(scheduler_id, log, asked, after, most)
        if found is None or not asked.text:
            return found
        known = _without(found, asked, secrets)
        if known is not None:
            return known
    content = pieces(scheduler_id, log)
    return None if content is None else asked.through(content, most, after, secrets, limited=True)


def _without(found: Found, asked: Search, secrets: Secrets) -> Found | None:
    "Without lines that hold it in what is secret only; None: what the engine has told is not enough to know."
    whole = found.count == len(found.hits) and all(len(hit.text) < log_search.SHOWN for hit in found.hits)
    seen = secrets.reader(asked.finder())
    hits = tuple(hit for hit in found.hits if seen(hit.text))
    if whole:
        return replace(found, hits=hits, count=len(hits))
    return found if len(hits) == len(found.hits) and not secrets.touched_by(asked.text) else None


def _by_engine(scheduler_id: str, log: LogName, asked: Search, after: int, most: int) -> Found | None:
    command = commands.log_search(log, asked.text, asked.case, after, most, asked.warnings)
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
