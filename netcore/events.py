"""The feed of events: committed rows of the journal for those who follow.

The scribe tells what it has committed; the last rows are kept in memory as soon as somebody has asked once. Whoever
asks says after which number, and gets what is there: from memory, or from the database when it is older. When there
is nothing, the question waits, and costs nothing but its place. Nobody has a queue of his own, so a slow client holds
no memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, inlineCallbacks
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from models.merge import as_json
from scheduler.changes import Change
from scheduler.commands.questions import NewEvents
from scheduler.errors import Code, WorkloadError
from scheduler.events.choice import is_wanted
from scheduler.events.happening import Happening, Portion
from scheduler.events.ring import Ring

#: rows that are looked at in one turn, from memory and from the database; how many read the database at the same time;
#: and what those together weigh at most that are given at once
SLICE, OLD_SLICE, OLD_READERS, PORTION_WEIGHT = 500, 100, 2, 1000

#: what is the same in the database
_PLAIN = frozenset({str, int, bool, float, type(None)})
#: rows after a number, at most so many, from the database; called in a thread. Fails with a StoreError.
ReadJournal = Callable[[int, int], Sequence[Happening]]


class EventFeed:
    """`last` is the number of the last committed row. All calls on the reactor's thread, but for `committed`."""

    def __init__(self, reactor: Any, last: int, read_journal: ReadJournal) -> None:
        self._reactor = reactor
        self._read_journal = read_journal
        self._lock = Lock()
        self._ring = Ring(last)
        self._keeps = False
        #: who waits, by the kinds that he wants, with the number up to which he has seen everything
        self._waiting: dict[frozenset[str], dict[Deferred[int], int]] = {}
        #: whom something has come for that the reactor's thread was told of, with the number before it
        self._ripe: dict[frozenset[str], int] = {}
        self._readers = DeferredSemaphore(OLD_READERS)
        self._stopped = False

    # -- what the scribe tells, in its thread

    def committed(self, last: int, changes: Sequence[Change], now: datetime) -> None:
        "These changes are in the journal; the last of them has the number `last`."
        with self._lock:
            if not self._keeps:
                self._ring.skip_to(last)
                return
            before = self._ring.last
            self._ring.add([
                Happening(number, now, change.kind, change.object, _as_stored(change.detail))
                for number, change in enumerate(changes, last - len(changes) + 1)
            ])  # fmt: skip
            come = {change.kind for change in changes}
            ripe = [
                kinds for kinds in self._waiting
                if kinds not in self._ripe and any(is_wanted(kind, kinds) for kind in come)
            ]  # fmt: skip
            told = bool(self._ripe)
            self._ripe |= dict.fromkeys(ripe, before)
        if ripe and not told:
            self._reactor.callFromThread(self._wake)

    # -- what followers ask

    @inlineCallbacks
    def look_up(self, question: NewEvents) -> Any:
        """Fires with the answers to a question: what is there, or what comes within the time.

        Fails with EVENTS_LOST or a StoreError.
        """
        until = self._reactor.seconds() + question.timeout
        portion = yield self.portion(question.after, question.limit, question.kinds)
        while not portion.happenings and not self._stopped:
            left = until - self._reactor.seconds()
            if left <= 0:
                break
            seen = portion.last
            if seen >= self.last:
                seen = yield self.wait(left, seen, question.kinds)
            portion = yield self.portion(seen, question.limit, question.kinds)
        return {"events": portion}

    @inlineCallbacks
    def portion(self, after: int | None, limit: int, kinds: frozenset[str]) -> Any:
        """Fires with a `Portion` of what is there after a number (None: after now, which is nothing yet).

        It looks at so many rows that others have their turns; that it holds nothing does not mean that nothing
        follows. Fails with EVENTS_LOST or a StoreError.
        """
        self._keeps = True
        if after is None or after == self.last:
            return Portion((), self.last)
        rows = yield self._rows(after, SLICE if kinds else min(limit, SLICE))
        wanted = [row for row in rows if is_wanted(row.kind, kinds)]
        taken = _together(wanted[:limit])
        return Portion(tuple(taken), taken[-1].id if len(taken) < len(wanted) else rows[-1].id)

    @property
    def last(self) -> int:
        "The number of the last committed row."
        return self._ring.last

    @property
    def stopped(self) -> bool:
        return self._stopped

    def wait(self, seconds: float, after: int, kinds: frozenset[str]) -> Deferred[int]:
        """Fires when something of these kinds has come after number `after`, when the time is over, or when the engine
        ends. It may be cancelled: then it fires at once.

        It fires with a number: up to there nothing is wanted.
        """
        waiting: Deferred[int] = Deferred()
        with self._lock:
            if self._stopped or self._ring.last > after:
                waiting.callback(after)
                return waiting
            self._waiting.setdefault(kinds, {})[waiting] = after
        timer = self._reactor.callLater(seconds, waiting.cancel)

        def over(seen: int) -> int:
            if timer.active():
                timer.cancel()
            return seen

        return waiting.addErrback(self._given_up, waiting, after, kinds).addCallback(over)

    def _given_up(self, failure: Failure, waiting: Deferred[int], after: int, kinds: frozenset[str]) -> int:
        "Nothing that was wanted has come, unless it came just now."
        failure.trap(CancelledError)
        with self._lock:
            group = self._waiting.get(kinds, {})
            if waiting not in group:
                return after
            del group[waiting]
            if not group:
                del self._waiting[kinds]
            return max(after, self._ripe.get(kinds, self._ring.last))

    def stop(self) -> None:
        "Who waits gets what there is."
        with self._lock:
            self._stopped = True
            self._ripe |= {kinds: self._ring.last for kinds in self._waiting if kinds not in self._ripe}
        self._wake()

    # --

    def _wake(self) -> None:
        with self._lock:
            ripe, self._ripe = self._ripe, {}
            woken = [(self._waiting.pop(kinds, {}), before) for kinds, before in ripe.items()]
        for group, before in woken:
            for waiting, after in group.items():
                waiting.callback(max(after, before))

    @inlineCallbacks
    def _rows(self, after: int, limit: int) -> Any:
        "At least one row; raises EVENTS_LOST."
        with self._lock:
            kept, last = self._ring.after(after, limit), self._ring.last
        if after > last:
            raise WorkloadError(Code.EVENTS_LOST, after=after, known=f"the last one is {last}")
        if kept is not None:
            return kept
        pool = self._reactor.getThreadPool()
        rows = yield self._readers.run(
            deferToThreadPool, self._reactor, pool, self._read_journal, after, min(limit, OLD_SLICE)
        )
        rows = [row for row in rows if row.id <= last]
        if not rows or rows[0].id != after + 1:
            known = f"the first one that is kept is {rows[0].id}" if rows else f"the last one is {last}"
            raise WorkloadError(Code.EVENTS_LOST, after=after, known=known)
        return rows


def _together(rows: list[Happening]) -> list[Happening]:
    "As many of the first ones as may be given at once, but one at least."
    weight = 0
    for index, row in enumerate(rows):
        weight += row.weight
        if weight > PORTION_WEIGHT and index:
            return rows[:index]
    return rows


def _as_stored(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    "What the database gives back for it."
    if _PLAIN.issuperset(map(type, detail.values())):
        return detail
    stored: dict[str, Any] = json.loads(json.dumps(dict(detail), default=as_json))
    return stored
