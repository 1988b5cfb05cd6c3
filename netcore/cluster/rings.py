"""What the leading member says of what it has assigned: to each member in one breath, once it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from netcore.cluster.bell import ASSIGNED, WORDS_MOST
from scheduler.actions import RingMember
from scheduler.cluster.wire import assignment_in_words, together_in_words


class Rings:
    "`ring` is that of a `Bell`. Any thread."

    def __init__(self, ring: Callable[[str, bytes, bytes], bool]) -> None:
        self._ring = ring
        self._lock = Lock()
        #: by the run of the member
        self._gathered: dict[str, list[RingMember]] = {}

    def gather(self, action: RingMember) -> None:
        with self._lock:
            self._gathered.setdefault(action.member_run, []).append(action)

    def say(self) -> None:
        "All that is gathered."
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        for run, actions in gathered.items():
            self._say(run, actions)

    def _say(self, run: str, actions: list[RingMember]) -> None:
        "What has no words only rings, and so does what is too long for a datagram."
        portion: list[bytes] = []
        size = 0
        for action in actions:
            words = assignment_in_words(action.assignment) if action.assignment is not None else b""
            if not words or len(words) > WORDS_MOST - 2:
                self._ring(run, ASSIGNED, b"")
                continue
            if size + len(words) > WORDS_MOST - 2:
                self._ring(run, ASSIGNED, together_in_words(portion))
                portion, size = [], 0
            portion.append(words)
            size += len(words) + 1
        if portion:
            self._ring(run, ASSIGNED, together_in_words(portion))
