"""Answers that may be large are made in slices, so that nobody else has to wait for them.

All of them together get one slice in each turn of the reactor. A new question gets its first slice before those that
need many go on, so a small answer never waits for large ones; of the others the oldest is finished first, so that few
are half made. Equal questions of which no slice has been made are answered together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

#: seconds of a slice
SLICE = 0.005
#: seconds that everything may take that is made at once, without waiting for the next turn
AT_ONCE = 0.001

#: what makes the fragments of an answer; called when its first slice is due
Begin = Callable[[], Iterator[str]]


class _Answer:
    "One that is being made, or told to those who wait for it."

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._parts: Iterator[str] | None = None
        self._fragments: list[str] = []
        self._whole = ""
        self.is_made = False
        self.waiting: deque[Deferred[str]] = deque()

    def make(self, seconds: Callable[[], float]) -> bool:
        "One slice. True when the answer is complete."
        until = seconds() + SLICE
        if self._parts is None:
            self._parts = self._begin()
        for fragment in self._parts:
            self._fragments.append(fragment)
            if seconds() >= until:
                return False
        self._whole = "".join(self._fragments)
        self._fragments.clear()
        self.is_made = True
        return True

    def tell(self, seconds: Callable[[], float]) -> bool:
        "One slice: what somebody does with a large answer takes its time, too. True when everybody has been told."
        until = seconds() + SLICE
        while self.waiting:
            self.waiting.popleft().callback(self._whole)
            if seconds() >= until:
                break
        return not self.waiting

    def fail(self, failure: Failure) -> None:
        while self.waiting:
            self.waiting.popleft().errback(failure)


class LargeAnswers:
    """All on the reactor's thread. `settled` is asked when an answer is made; it is told as soon as that fires, because
    what it says has to be true for everybody by then."""

    def __init__(self, reactor: Any, settled: Callable[[], Deferred[None]] = lambda: succeed(None)) -> None:
        self._reactor = reactor
        self._settled = settled
        self._new: dict[Hashable, _Answer] = {}
        self._begun: deque[_Answer] = deque()
        self._turn: Any = None
        self._new_is_next = True

    def make(self, question: Hashable, begin: Begin) -> Deferred[str]:
        "Fires with the whole answer, or fails as `begin` and its iterator do. Questions are equal that compare so."
        waiting: Deferred[str] = Deferred()
        answer = self._new.get(question)
        if answer is not None:
            answer.waiting.append(waiting)
            return waiting
        answer = _Answer(begin)
        answer.waiting.append(waiting)
        if self._turn is not None:
            self._new[question] = answer
        else:
            self._at_once(answer)
        return waiting

    def _at_once(self, answer: _Answer) -> None:
        "A slice without waiting for the next turn, unless that has been done in this one."
        began = self._reactor.seconds()
        self._slice(answer, self._begun.append)
        if self._turn is None and (self._begun or self._reactor.seconds() - began > AT_ONCE):
            self._turn = self._reactor.callLater(0, self._next)

    def _next(self) -> None:
        "One slice, and another turn as long as something is left."
        self._turn = None
        if not self._new and not self._begun:
            return
        # set before the slice: who gets an answer may ask again at once
        self._turn = self._reactor.callLater(0, self._next)
        if self._new and (self._new_is_next or not self._begun):
            self._new_is_next = False
            self._slice(self._new.pop(next(iter(self._new))), self._begun.append)
        else:
            self._new_is_next = True
            self._slice(self._begun.popleft(), self._begun.appendleft)

    def _slice(self, answer: _Answer, put_back: Callable[[_Answer], None]) -> None:
        try:
            if answer.is_made:
                if not answer.tell(self._reactor.seconds):
                    put_back(answer)
            elif answer.make(self._reactor.seconds):
                self._settled().addCallbacks(self._made, answer.fail, callbackArgs=(answer,))
            else:
                put_back(answer)
        except Exception:
            answer.fail(Failure())

    def _made(self, _: object, answer: _Answer) -> None:
        if self._turn is not None:
            self._begun.appendleft(answer)
        else:
            self._at_once(answer)
