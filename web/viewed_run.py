"The log of a run of an order as a reader sees it: the steps that are wanted, their lines, without secrets."

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from flask import request
from sqlalchemy import Connection

from models import read
from models.read.orders import StepRow
from scheduler.records import Run, Task
from web import log_map, log_secrets, log_sieve, log_span, log_text, log_view, order_log, order_search, paging
from web.fragments import wants_fragment
from web.log_channels import Unmarked
from web.log_secrets import Secrets
from web.log_sieve import Sieve, Stamps
from web.log_span import Span
from web.log_view import Results, Search, Sight
from web.order_log import OrderLog, Part, Place, Steps, length
from web.task_log import TaskLog


@dataclass(frozen=True, slots=True)
class Source:
    "What a reader may choose: a node, or a task of the run. `word`: as in `?source=`."

    word: str
    name: str


class ViewedRun:
    "`now` is aware, UTC. It asks the database for each step at most once."

    def __init__(
        self, connection: Connection, scheduler_id: str, run: Run, sieve: Sieve, now: datetime,
        address: Callable[..., str],
    ) -> None:  # fmt: skip
        self._connection, self._id, self._run, self.sieve, self.address = connection, scheduler_id, run, sieve, address
        self._all = read.order_steps(connection, scheduler_id, run.history_id)
        self.rows = sieve.steps(self._all)
        self._over = sieve.until is not None and sieve.until <= now
        self._known: dict[int, Task | None] = {}
        self._kinds: dict[int, Unmarked] = {}
        self._spans: dict[int, Span] = {}
        self._hidden: Secrets | None = None
        self._steps = Steps(connection, scheduler_id, self.rows, run.ended_at is None, self._span)

    @property
    def sources(self) -> list[Source]:
        "Nodes in the sequence in which the order came to them, then tasks."
        nodes = dict.fromkeys(row.step.node for row in self._all)
        tasks = {row.step.task_id: row.job for row in self._all}
        found = [Source(f"node:{node}", node) for node in nodes]
        return found + [Source(f"task:{task}", f"{job}:{task}") for task, job in tasks.items()]

    def asked(self) -> OrderLog:
        "The part of the log that this request names."
        before_step, step = paging.number("before_step"), paging.number("step")
        if before_step is not None:
            found = self._steps.read_before(before_step, paging.number("before"))
        elif step is not None:
            offset = paging.number("from")
            place = Place(step, offset, paging.number("line") if offset else 1)
            top = None if wants_fragment() else place
            found = replace(self._steps, top=top).read_from(place)
        else:
            found = self._opened(request.args.get("at", ""))
        if self._over:
            found = replace(found, open=False)
        return found.each(self._sifted).with_whole(paging.number("whole"))

    def results(self) -> Results | None:
        search = log_view.asked()
        return self._find(search, log_view.MOST) if search.any else None

    def map(self) -> log_map.Map | None:
        found = self._find(log_view.PROBLEMS, log_map.MOST)
        places = ((hit.place, hit.text, hit.label, hit.address) for hit in found.hits)
        return log_map.Map(log_map.marks(places), found.count, found.following is None) if found.known else None

    @property
    def size(self) -> int:
        "Bytes of the logs of all steps, as far as they are known."
        return sum(length(row) for row in self.rows)

    def share(self, part: Part) -> tuple[float, float]:
        "Where what is shown of a step lies in the whole log, from 0 to 100."
        total = self.size or 1
        begun = sum(length(row) for row in self.rows if row.step.step < part.row.step.step) - part.row.step.log_begin
        window = part.log.window
        begin, end = (100 * min(1.0, max(0.0, (begun + at) / total)) for at in (window.start, window.end))
        return round(begin, 2), round(end, 2)

    def pieces(self) -> Iterator[bytes]:
        "The lines of a download. The database is not asked any more later."
        found = [
            log_sieve.pieces(content, self._keeps(row))
            for row in self.rows
            if (content := order_log.pieces(self._connection, self._id, row)) is not None
        ]
        return self.secrets.pieces(chain.from_iterable(found))

    @property
    def secrets(self) -> Secrets:
        if self._hidden is None:
            tasks = [task for row in self._all if (task := self._task(row)) is not None]
            self._hidden = log_secrets.of_order(self._connection, self._id, self._run, tasks)
        return self._hidden

    def _opened(self, at: str) -> OrderLog:
        "At the end while the run goes on, at the first error when it has failed, else at the beginning."
        if self._run.ended_at is None or at == "end" or not self.rows:
            return self._steps.at_end()
        first = Place(self.rows[0].step.step)
        short = self.size <= log_text.WINDOW // 4
        if at == "start" or short or not self._run.failed:
            return self._steps.read_from(first)
        return self._at_error()

    def _at_error(self) -> OrderLog:
        for row in self.rows:
            task = self._task(row)
            if task is None:
                continue
            span = self._span(row, task)
            found = log_span.first_error(self._connection, self._id, task, span)
            if found is not None:
                place = Place(row.step.step, None if found <= span.begin else found, None)
                return replace(self._steps, top=place).read_from(place)
        return self._steps.at_end()

    def _find(self, search: Search, most: int) -> Results:
        return order_search.find(
            self._connection, self._id, self.rows, search, self.address, self._sight, self.secrets, most
        )

    def _sight(self, row: StepRow) -> Sight:
        keeps = self.sieve.untimed.keeper(self._unmarked(row), Stamps())
        return log_view.sight(keeps, self.secrets)

    def _sifted(self, part: Part) -> TaskLog:
        stamps = self._stamps(part.row)
        log = part.log.in_time(self.sieve, stamps)
        return log.sifted(self.sieve, self._unmarked(part.row), stamps, self.secrets)

    def _keeps(self, row: StepRow) -> log_sieve.Keeps:
        return self.sieve.keeper(self._unmarked(row), self._stamps(row))

    def _stamps(self, row: StepRow) -> Stamps:
        task = self._task(row)
        return Stamps() if task is None else log_span.stamps(self._connection, self._id, task, self.sieve)

    def _span(self, row: StepRow, task: Task) -> Span:
        step = row.step
        if step.step not in self._spans:
            whole = Span(step.log_begin, step.log_end)
            inside = self.sieve.holds(step.started_at, step.ended_at)
            found = whole if inside else log_span.of_task(self._connection, self._id, task, self.sieve, whole)
            self._spans[step.step] = found
        return self._spans[step.step]

    def _unmarked(self, row: StepRow) -> Unmarked:
        number = row.step.task_id
        if self.sieve.channel is None:
            return Unmarked.BOTH
        if number not in self._kinds:
            self._kinds[number] = order_log.unmarked(self._connection, self._id, number)
        return self._kinds[number]

    def _task(self, row: StepRow) -> Task | None:
        number = row.step.task_id
        if number not in self._known:
            self._known[number] = read.task(self._connection, self._id, number)
        return self._known[number]
