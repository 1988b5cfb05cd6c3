"The last rows of the journal, so that whoever follows the engine needs no database."

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from scheduler.events.happening import Happening


class Ring:
    "Rows without a gap that together weigh at most `size`. It belongs to one thread at a time."

    def __init__(self, last: int, size: int = 10_000) -> None:
        self._rows: deque[Happening] = deque()
        self._size = size
        self._weight = 0
        #: the number of the newest row, whether it is kept or not
        self.last = last

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[Happening]) -> None:
        "Rows that follow each other. If others have written in between, what was kept is let go."
        if not rows:
            return
        if rows[0].id != self.last + 1:
            self.skip_to(rows[0].id - 1)
        self._rows.extend(rows)
        self._weight += sum(row.weight for row in rows)
        while self._weight > self._size:
            self._weight -= self._rows.popleft().weight
        self.last = rows[-1].id

    def skip_to(self, last: int) -> None:
        "The rows up to this number are known to be there, but are not kept."
        self._rows.clear()
        self._weight = 0
        self.last = last

    def after(self, number: int, limit: int) -> list[Happening] | None:
        "At most `limit` rows after a number; None when the first of them is not kept."
        if number >= self.last:
            return []
        if not self._rows or number + 1 < self._rows[0].id:
            return None
        begin = number + 1 - self._rows[0].id
        if begin <= len(self._rows) // 2:
            return list(islice(self._rows, begin, begin + limit))
        # a deque is walked from its nearer end
        left = len(self._rows) - begin
        tail = list(islice(reversed(self._rows), left))
        tail.reverse()
        return tail[:limit]
