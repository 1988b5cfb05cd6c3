"""Regular expressions for searching logs that can never take longer than the log is long. Pure.

The usual matchers try one way after the other, and some patterns have more ways than there is time. Here all ways are
followed at once: a pattern becomes a small machine over bytes, whose states are made when they are first needed and
thrown away when there are too many. So each byte is looked at once, whatever the pattern.

Known are texts, `.`, `[a-z]`, `[^a-z]`, `\\d \\w \\s` and their opposites, `|`, groups, `* + ? {2,5}`, and `^` and `$`
for the ends of a line. There are no references back and no looking around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scheduler.pattern_reader import Any, Branch, Node, Repeat, Row, Start, Stop, read

#: states of the machine that are kept
MOST_STATES = 1500
#: steps of a pattern after repetitions are written out; more would make each new state slow
MOST_STEPS = 400

_NEWLINE, _RETURN = 10, 13


class Unusable(Exception):
    "The pattern cannot be used; the text says why."


class OutOfTime(Exception):
    "The search was given up."


@dataclass(slots=True)
class _Step:
    "Bytes that lead from one place of the pattern to another; None: without any byte, `line_start` only there."

    bytes: frozenset[int] | None
    to: int
    line_start: bool = False


@dataclass(slots=True)
class _State:
    places: frozenset[int]
    found: bool
    next: list[_State | None] = field(default_factory=lambda: [None] * 256)


class Machine:
    """Finds lines that a pattern fits. Raises Unusable. `case`: capitals count.

    `out_of_time` is asked now and then while it works. Belongs to one thread.
    """

    def __init__(self, pattern: str, case: bool, out_of_time: Callable[[], bool] = lambda: False) -> None:
        self._case = case
        self._out_of_time = out_of_time
        self._steps: list[list[_Step]] = []
        begin, self._end = self._new(), self._new()
        try:
            self._build(read(pattern), begin, self._end)
        except (ValueError, RecursionError) as problem:
            raise Unusable(str(problem)) from problem
        self._begin = begin
        self._states: dict[frozenset[int], _State] = {}
        self._first = self._state(self._closed([begin], True))

    def find(self, data: bytes, at: int) -> int:
        "A position in the next line that fits, from `at` on, where a line begins; -1: there is none."
        state, first = self._first, self._first
        if first.found:
            return at if at < len(data) else -1
        for place, byte in enumerate(memoryview(data)[at:], at):
            following = state.next[byte]
            if following is None:
                following = self._follow(state, byte)
            if following.found:
                return place if byte != _NEWLINE else max(at, place - 1)
            state = first if byte == _NEWLINE else following
        if not data.endswith(b"\n") and self._follow(state, _NEWLINE).found:
            return len(data) - 1
        return -1

    # -- the machine

    def _follow(self, state: _State, byte: int) -> _State:
        if self._out_of_time():
            raise OutOfTime
        reached = [
            step.to
            for place in state.places
            for step in self._steps[place]
            if step.bytes is not None and byte in step.bytes
        ]
        # a match may begin behind every byte
        following = self._state(self._closed([*reached, self._begin], False))
        state.next[byte] = following
        return following

    def _state(self, places: frozenset[int]) -> _State:
        found = self._states.get(places)
        if found is None:
            if len(self._states) >= MOST_STATES:
                self._states = {}
                for byte in range(256):
                    self._first.next[byte] = None
            found = self._states[places] = _State(places, self._end in places)
        return found

    def _closed(self, places: Iterable[int], at_line_start: bool) -> frozenset[int]:
        "The places, and those that are reached from them without any byte."
        known, left = set(places), list(places)
        while left:
            for step in self._steps[left.pop()]:
                if step.bytes is None and step.to not in known and (at_line_start or not step.line_start):
                    known.add(step.to)
                    left.append(step.to)
        return frozenset(known)

    # -- from the pattern to its steps

    def _new(self) -> int:
        if len(self._steps) >= MOST_STEPS:
            raise Unusable("The pattern is too long when its repetitions are written out.")
        self._steps.append([])
        return len(self._steps) - 1

    def _build(self, node: Node, begin: int, end: int) -> None:
        match node:
            case Any(choices):
                self._steps[begin].append(_Step(self._folded(choices), end))
            case Row(parts):
                for part in parts[:-1]:
                    middle = self._new()
                    self._build(part, begin, middle)
                    begin = middle
                if parts:
                    self._build(parts[-1], begin, end)
                else:
                    self._steps[begin].append(_Step(None, end))
            case Branch(ways):
                for way in ways:
                    self._build(way, begin, end)
            case Repeat():
                self._repeat(node, begin, end)
            case Start():
                self._steps[begin].append(_Step(None, end, line_start=True))
            case Stop():
                self._steps[begin].append(_Step(frozenset((_NEWLINE, _RETURN)), end))

    def _repeat(self, node: Repeat, begin: int, end: int) -> None:
        for _ in range(node.least):
            middle = self._new()
            self._build(node.part, begin, middle)
            begin = middle
        if node.most is None:
            loop = self._new()
            self._steps[begin].append(_Step(None, loop))
            back = self._new()
            self._build(node.part, loop, back)
            self._steps[back].append(_Step(None, loop))
            begin = loop
        else:
            for _ in range(node.most - node.least):
                self._steps[begin].append(_Step(None, end))
                middle = self._new()
                self._build(node.part, begin, middle)
                begin = middle
        self._steps[begin].append(_Step(None, end))

    def _folded(self, choices: frozenset[int]) -> frozenset[int]:
        if self._case:
            return choices
        letters = bytes(choices)
        return choices | frozenset(letters.lower()) | frozenset(letters.upper())
