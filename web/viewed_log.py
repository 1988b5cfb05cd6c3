"""Logs as a reader sees them: from the place at which they open, only the lines that are wanted, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import request
from sqlalchemy import Connection

from scheduler.records import Task
from web import engine_log, log_map, log_secrets, log_sieve, log_span, log_text, log_view, paging, task_log
from web.log_channels import Channel, Unmarked
from web.log_secrets import NONE, Secrets
from web.log_sieve import Sieve, Stamps
from web.log_span import Span
from web.log_view import Results
from web.task_log import EMPTY, TaskLog
from web.words import N_, translated

#: windows without a line that is wanted, which one question reads on beyond
MOST_EMPTY = 8
AWAY = N_("The engine does not give its log now.")


class ViewedTask:
    "The log of a task as this reader sees it."

    def __init__(
        self, connection: Connection, scheduler_id: str, task: Task, sieve: Sieve, address: Callable[..., str]
    ) -> None:
        self._at, self._task, self.sieve, self.address = (connection, scheduler_id), task, sieve, address
        self._secrets = log_secrets.of_task(*self._at, task)
        self._unmarked = Unmarked.BOTH if sieve.channel is None else task_log.unmarked(*self._at, task)

    @property
    def together(self) -> bool:
        "Whether both streams stand in the channel that is shown."
        return self.sieve.channel not in (None, Channel.MAIN) and self._unmarked is Unmarked.BOTH

    def opened(self, at: str = "") -> TaskLog:
        "The window at which the log opens, or (`at`) its `end`."
        span = self._span()
        found = log_span.opened(*self._at, self._task, span, at)
        return self._sifted(found, span.stamps)

    def asked(self) -> TaskLog:
        "The window that this request names."
        before, start = paging.number("before"), paging.number("from")
        if before is None and start is None:
            return self.opened(request.args.get("at", ""))
        return self.window(before, start or 0, paging.number("line"))

    def window(self, before: int | None, start: int, line: int | None) -> TaskLog:
        """That which ends at byte `before`, or else begins at byte `start`, which is line `line`, as far as known.

        Where nothing of it is wanted, one of the next that has something, as far as that is found soon.
        """
        stamps = log_span.stamps(*self._at, self._task, self.sieve)
        shown = self._sifted(self._read(before, start, line), stamps)
        for _ in range(MOST_EMPTY):
            goes_on = shown.earlier if before is not None else shown.behind
            if shown.window.lines or not goes_on or shown.problem:
                break
            window = shown.window
            place = None if before is None else window.start
            shown = self._sifted(self._read(place, window.end, window.next_number), stamps)
        return shown

    def results(self) -> Results | None:
        search = log_view.asked()
        if not search.any or search.fault:
            return Results(search) if search.fault else None
        keeps = self.sieve.untimed.keeper(self._unmarked, Stamps())
        span = self._span()
        found = task_log.find(
            *self._at, self._task, search, search.after, log_view.MOST, span.begin, span.end, self._secrets
        )
        return log_view.results(search, found, self.address, log_view.sight(keeps, self._secrets), span.begin)

    def map(self) -> log_map.Map | None:
        "Of the whole log, whatever times are wanted."
        found = task_log.find(*self._at, self._task, log_view.PROBLEMS, 0, log_map.MOST)
        return None if found is None else log_map.of_log(found, self.address)

    def pieces(self, content: Iterator[bytes]) -> Iterator[bytes]:
        "The lines of a download."
        if self.sieve.any:
            stamps = log_span.stamps(*self._at, self._task, self.sieve)
            content = log_sieve.pieces(content, self.sieve.keeper(self._unmarked, stamps))
        return self._secrets.pieces(content)

    def _read(self, before: int | None, start: int, line: int | None) -> TaskLog:
        if before is not None:
            return task_log.read_before(*self._at, self._task, before)
        return task_log.read_log(*self._at, self._task, start, line)

    def _sifted(self, found: TaskLog, stamps: Stamps) -> TaskLog:
        shown = found.in_time(self.sieve, stamps).sifted(self.sieve, self._unmarked, stamps, self._secrets)
        return shown.with_whole(paging.number("whole"))

    def _span(self) -> Span:
        return log_span.of_task(*self._at, self._task, self.sieve)


class ViewedEngine:
    "The engine's own log, or that to which all tasks of a `job` are appended. It never ends, and opens at its end."

    def __init__(
        self, scheduler_id: str, sieve: Sieve, address: Callable[..., str], job: str | None = None,
        secrets: Secrets = NONE,
    ) -> None:  # fmt: skip
        self._id, self.sieve, self.address = scheduler_id, sieve, address
        self._log, self._secrets = job, secrets

    def asked(self) -> TaskLog:
        "The window that this request names."
        before, start = paging.number("before"), paging.number("from")
        if before is not None:
            begin = max(0, before - log_text.WINDOW)
            return self._sifted(self._part(begin, max(1, before - begin), before, last=True), self._stamps())
        if start is None and request.args.get("at") == "start":
            start = self._span().begin
        elif start is None and self.sieve.timed:
            span = self._span()
            start = span.begin if self.sieve.since or span.end is None else max(0, span.end - log_text.WINDOW)
        found = self._part(start, log_text.WINDOW, start or 0)
        if start and not found.problem and found.window.size < start:
            # the log was rotated meanwhile
            found = self._part(0, log_text.WINDOW, 0)
        return self._sifted(found, self._stamps())

    def results(self) -> Results | None:
        search = log_view.asked()
        if not search.any or search.fault:
            return Results(search) if search.fault else None
        keeps = self.sieve.untimed.keeper(Unmarked.BOTH, Stamps())
        span = self._span()
        found = engine_log.search(
            self._id, self._log, search, max(search.after, span.begin), log_view.MOST, self._secrets
        )
        if found is not None and span != Span():
            found = task_log.within(found, span.begin, span.end)
        return log_view.results(search, found, self.address, log_view.sight(keeps, self._secrets), span.begin)

    def map(self) -> log_map.Map | None:
        "Of the whole log, whatever times are wanted."
        found = engine_log.search(self._id, self._log, log_view.PROBLEMS, 0, log_map.MOST)
        return None if found is None else log_map.of_log(found, self.address)

    def pieces(self) -> Iterator[bytes] | None:
        "The lines of a download; None when the engine does not give them."
        content = engine_log.pieces(self._id, self._log)
        if content is None:
            return None
        if self.sieve.any:
            content = log_sieve.pieces(content, self.sieve.keeper(Unmarked.BOTH, self._stamps()))
        return self._secrets.pieces(content)

    def _part(self, offset: int | None, limit: int, place: int, last: bool = False) -> TaskLog:
        window = engine_log.part(self._id, self._log, offset, limit, last)
        if window is not None:
            return TaskLog(window, True)
        return TaskLog(type(EMPTY)([], place, place, place, paging.number("line")), True, translated(AWAY))

    def _sifted(self, found: TaskLog, stamps: Stamps) -> TaskLog:
        shown = found.in_time(self.sieve, stamps).sifted(self.sieve, Unmarked.BOTH, stamps, self._secrets)
        return shown.with_whole(paging.number("whole"))

    def _span(self) -> Span:
        return log_span.of_engine(self._id, self._log, self.sieve)

    def _stamps(self) -> Stamps:
        return log_span.stamps_of_engine(self._id, self._log, self.sieve)
