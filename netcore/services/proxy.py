"""Holds the connection to the member at work, sends what waits for it, and passes events on.

    a command that was ordered while no member took commands  -> sent as soon as one does, once
    rows of the journal, when `proxy.event_url` is set        -> posted there as JSON, in order, at least once

Both outlive every process: the commands stand in the store, and so does the number of the last event passed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from apscheduler.triggers.interval import IntervalTrigger

from models import monitor_sources as sources
from models import services, waiting
from models.operations import Operation, State
from netcore.services.engine_connection import EngineConnection, NoAnswer, NotReached
from netcore.services.sending import NotSent, post_json
from netcore.services.service import Service, Surroundings
from scheduler.changes import Kind
from scheduler.monitor.delivery import PAUSES, substituted
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

EVERY = 0.5
#: a command that nobody took for so long is not sent any more: who ordered it does not expect it now
WAITS = timedelta(hours=1)
#: seconds of silence after which the connection is tried
TRY_EVERY = 15.0
#: events in one request, and seconds that it may take
EVENTS, EVENT_TIMEOUT = 100, 10.0
#: characters of an answer that are kept
MADE_MAX = 4000
MARK = "events"


@dataclass(frozen=True, slots=True)
class Forward:
    "Where events go. `kinds`: their first words (order, task …); empty: all. `url` may hold variables."

    url: str
    kinds: tuple[str, ...] = ()


class Proxy(Service):
    name = "proxy"

    def __init__(
        self, around: Surroundings, engine: EngineConnection, forward: Forward | None, environ: Mapping[str, str]
    ) -> None:
        super().__init__(around)
        self._engine = engine
        self._forward = forward
        self._environ = environ
        self.begin()

    def begin(self) -> None:
        self._peer = ""
        self._tried_at = 0.0
        self._failures = 0
        self._again_at = 0.0
        self._forgotten = False

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        told = [self._look(), self._deliver(), self._pass_on()]
        return ", ".join(each for each in told if each)

    # -- the connection

    def _look(self) -> str:
        "Who is at work now, when that has changed."
        member = self._engine.member()
        peer = f"{member.member_id} ({member.host}, process {member.pid})" if member is not None else ""
        if member is not None and (peer != self._peer or monotonic() - self._tried_at > TRY_EVERY):
            try:
                self._engine.execute('<show_state what="none"/>')
            except (NotReached, NoAnswer):
                peer = ""
            self._tried_at = monotonic()
        before, self._peer = self._peer, peer
        if peer == before:
            return ""
        return f"connected with {peer}" if peer else f"lost {before}"

    # -- commands

    def _deliver(self) -> str:
        with self.around.right.reading() as connection:
            found = waiting.waiting(connection, self.around.scheduler_id, (State.WAITING,))
        done: list[str] = []
        for operation in found:
            if self.around.ending.is_set():
                break
            text = self._one(operation)
            done += [text] if text else []
        return "; ".join(done)

    def _one(self, operation: Operation) -> str:
        "What became of it; empty: it goes on waiting."
        now = self.around.now()
        if now - operation.created_at > WAITS:
            text = "no member came in time; the command was not sent"
            return self._end(operation, State.WAITING, State.EXPIRED, text=text)
        if not self._peer:
            return ""
        with self.around.right.writing() as connection:
            if not waiting.still_allowed(connection, operation):
                text = "the permission was taken away meanwhile"
                waiting.end(connection, operation, State.WAITING, State.REJECTED, now, text=text)
                return f"{operation.action} {operation.object}: {text}"
            if not waiting.claim(connection, operation, now):
                return ""
        try:
            answer = self._engine.execute(operation.command)
        except NotReached:
            with self.around.right.writing() as connection:
                waiting.give_back(connection, operation)
            return ""
        except NoAnswer as error:
            return self._end(operation, State.SENDING, State.NO_ANSWER, text=str(error))
        return self._settle(operation, answer)

    def _settle(self, operation: Operation, answer: Element) -> str:
        if answer.tag == "ERROR":
            code = answer.get("code")
            text = answer.get("text").removeprefix(code).strip()
            return self._end(operation, State.SENDING, State.REFUSED, code, text)
        made = source_of(answer)[:MADE_MAX] if answer.children else ""
        return self._end(operation, State.SENDING, State.DONE, made=made)

    def _end(
        self, operation: Operation, before: State, after: State, code: str = "", text: str = "", made: str = ""
    ) -> str:
        with self.around.right.writing() as connection:
            moved = waiting.end(connection, operation, before, after, self.around.now(), code, text, made)
        return f"{operation.action} {operation.object}: {after.value}" if moved else ""

    # -- events

    def _pass_on(self) -> str:
        if self._forward is None:
            self._forget_mark()
            return ""
        if monotonic() < self._again_at:
            return ""
        passed = 0
        while not self.around.ending.is_set():
            some, more = self._some(self._forward)
            passed += some
            if not more:
                break
        return f"{passed} events passed on" if passed else ""

    def _some(self, forward: Forward) -> tuple[int, bool]:
        "How many events went, and whether there are more."
        scheduler_id = self.around.scheduler_id
        with self.around.right.reading() as connection:
            last = sources.last_row(connection, scheduler_id)
            mark = services.mark(connection, scheduler_id, MARK)
            mark = last if mark is None or mark > last else mark
            kinds = [kind for kind in Kind if not forward.kinds or kind.value.partition(".")[0] in forward.kinds]
            rows = sources.rows_after(connection, scheduler_id, mark, last, kinds, EVENTS)
        if rows:
            events = [
                {"id": row.id, "time": row.time.isoformat(), "kind": row.kind, "object": row.object, **row.detail}
                for row in rows
            ]
            if not self._post(forward, {"scheduler": scheduler_id, "events": events}):
                return 0, False
        more = len(rows) == EVENTS
        with self.around.right.writing() as connection:
            services.put_mark(connection, scheduler_id, MARK, rows[-1].id if more else last)
        return len(rows), more

    def _post(self, forward: Forward, content: object) -> bool:
        "Raises NotSent the first time, so that it is told; further attempts come after longer and longer pauses."
        headers = {"Content-Type": "application/json"}
        problem = ""
        try:
            url = substituted(forward.url, self._environ)
            status, said = post_json(url, json.dumps(content).encode(), headers, EVENT_TIMEOUT)
            problem = "" if 200 <= status < 300 else f"answered {status} {said}"
        except NotSent as error:
            problem = str(error)
        if not problem:
            self._failures = 0
            return True
        self._again_at = monotonic() + PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        if self._failures == 1:
            raise NotSent(f"events are not passed on: {problem}")
        return False

    def _forget_mark(self) -> None:
        "Nobody wants events: the journal is not kept for them."
        if not self._forgotten:
            with self.around.right.writing() as connection:
                services.forget_mark(connection, self.around.scheduler_id, MARK)
            self._forgotten = True
