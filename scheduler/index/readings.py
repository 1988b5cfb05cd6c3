"""Readings of directories, the files that wait in them, and file orders on the blacklist.

A reading is asked of the rim and comes back as a message. Between the two, orders begin and end; so both are counted,
and a file whose order has left after the reading was asked for does not count as found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.definitions import DirectoryWatch, FileOrderSource
from scheduler.directory.reading import FoundFile, Reader, Reading, file_of, file_path
from scheduler.records import NodeKey, Order, OrderKey, OrderState

_WITH_FILE = (OrderState.RUNNING, OrderState.SUSPENDING)


class _Queue:
    "The files of one reading that wait; everything O(1) in all."

    __slots__ = ("_at", "_out", "_waiting", "emptied")

    def __init__(self, waiting: tuple[FoundFile, ...]) -> None:
        self._waiting = waiting
        self._at = 0
        self._out: set[str] = set()
        #: the last one was taken, by an order and not by another reading
        self.emptied = False

    def first(self, directory: str) -> FoundFile | None:
        waiting = self._waiting
        while self._at < len(waiting):
            file = waiting[self._at]
            if file_path(directory, file.name) not in self._out:
                return file
            self._at += 1
            self.emptied = self._at == len(waiting)
        return None

    def take_out(self, path: str) -> None:
        self._out.add(path)


class Readings:
    "The World's index: readings by reader, files that wait, file orders on the blacklist. It decides nothing."

    def __init__(self) -> None:
        self._readings: dict[Reader, Reading] = {}
        self._queues: dict[Reader, _Queue] = {}
        self._of_owner: dict[tuple[str, str], dict[Reader, None]] = {}
        self._of_directory: dict[str, dict[Reader, None]] = {}
        self._blacklists: dict[str, dict[str, None]] = {}
        #: orders that have left each chain during a reading, with the count at which they did
        self._left: dict[str, dict[str, int]] = {}
        #: counts readings that are asked for and orders that leave
        self.count = 0
        #: keys of the chains that have sources
        self.sources: dict[str, None] = {}
        #: sinks where orders may be due
        self.sinks: dict[NodeKey, None] = {}
        #: file orders at whose files the rim works
        self.at_work: set[OrderKey] = set()
        #: file orders that have come to their end, whose file is to be looked for
        self.ended: dict[OrderKey, None] = {}
        #: at which instant a reader was last woken
        self.woken: dict[Reader, datetime] = {}

    def get(self, reader: Reader, watched: FileOrderSource | DirectoryWatch) -> Reading | None:
        "None: not asked for yet, or under another definition."
        reading = self._readings.get(reader)
        return reading if reading is not None and reading.watched == watched else None

    def known(self, reader: Reader) -> Reading | None:
        return self._readings.get(reader)

    def of(self, kind: str, owner: str) -> list[Reading]:
        return [self._readings[reader] for reader in self._of_owner.get((kind, owner), ())]

    def at(self, directory: str) -> list[Reading]:
        return [self._readings[reader] for reader in self._of_directory.get(directory, ())]

    # -- applying

    def put(self, reading: Reading) -> None:
        reader = reading.reader
        old = self._readings.get(reader)
        if old is not None and old.watched.directory != reading.watched.directory:
            self._forget(reader)
        self._readings[reader] = reading
        self._of_owner.setdefault((reader.kind, reader.owner), {})[reader] = None
        self._of_directory.setdefault(reading.watched.directory, {})[reader] = None
        if reading.asked is not None:
            self.count = max(self.count, reading.asked)
        if old is None or old.waiting is not reading.waiting:
            self._queues[reader] = _Queue(reading.waiting)
        if reader.kind == "job_chain" and all(other.asked is None for other in self.of(*reader[:2])):
            self._left.pop(reader.owner, None)

    def forget(self, kind: str, owner: str) -> None:
        "The chain or job is gone, or looks at nothing any more."
        for reader in list(self._of_owner.get((kind, owner), ())):
            self._forget(reader)
        self._left.pop(owner, None)

    def _forget(self, reader: Reader) -> None:
        reading = self._readings.pop(reader, None)
        self._queues.pop(reader, None)
        self.woken.pop(reader, None)
        self._of_owner.get((reader.kind, reader.owner), {}).pop(reader, None)
        if reading is not None:
            readers = self._of_directory.get(reading.watched.directory, {})
            readers.pop(reader, None)
            if not readers:
                self._of_directory.pop(reading.watched.directory, None)

    def order_came(self, chain: str, order_id: str) -> None:
        "The order is in the chain now: a file of this path waits no longer."
        for reader in self._of_owner.get(("job_chain", chain), ()):
            self._queues[reader].take_out(order_id)

    def order_put(self, order: Order, old: Order | None) -> None:
        key = order.key
        if old is None:
            self.order_came(key.chain, key.id)
        if order.task_id is None and order.state in _WITH_FILE:
            self.at_work.add(key)
        elif self.at_work:
            self.at_work.discard(key)
        blacklisted = order.state is OrderState.BLACKLISTED
        if not blacklisted and (old is None or old.state is not OrderState.BLACKLISTED):
            return
        if blacklisted and file_of(order):
            self._blacklists.setdefault(key.chain, {})[key.id] = None
            if old is None or old.state is not OrderState.BLACKLISTED:
                self.ended[key] = None
        else:
            self._blacklists.get(key.chain, {}).pop(key.id, None)

    def order_left(self, order: Order) -> None:
        chain, order_id = order.key
        self.at_work.discard(order.key)
        self._blacklists.get(chain, {}).pop(order_id, None)
        readings = self._of_owner.get(("job_chain", chain), ())
        if any(self._readings[reader].asked is not None for reader in readings):
            self.count += 1
            self._left.setdefault(chain, {})[order_id] = self.count

    def has_sources(self, chain: str, on: bool) -> None:
        if on:
            self.sources[chain] = None
        else:
            self.sources.pop(chain, None)

    # -- questions

    def next_number(self) -> int:
        "Of the next reading."
        return self.count + 1

    def left_since(self, chain: str, order_id: str, number: int) -> bool:
        "Whether the order left the chain after the reading of that number was asked for."
        return self._left.get(chain, {}).get(order_id, 0) > number

    def first_waiting(self, reading: Reading) -> FoundFile | None:
        "The oldest file that no order has taken since the reading."
        queue = self._queues.get(reading.reader)
        return queue.first(reading.watched.directory) if queue is not None else None

    def emptied(self, reading: Reading) -> bool:
        "Whether orders have taken all files that the last reading found."
        queue = self._queues.get(reading.reader)
        return queue is not None and queue.first(reading.watched.directory) is None and queue.emptied

    def blacklisted(self, chain: str, directory: str) -> Iterator[str]:
        "Ids of the file orders on the blacklist of a chain whose file lies in that directory."
        folder = directory.rstrip("/")
        return (path for path in self._blacklists.get(chain, ()) if path.rpartition("/")[0] == folder)
