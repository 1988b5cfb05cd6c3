"""The wire between engine and starter: each frame is its length and a list of messages, as `marshal` writes it.

Both ends are the same interpreter, and nobody else can write to the socket pair.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from struct import Struct
from typing import Any

_LENGTH = Struct("<I")

Messages = list[tuple[Any, ...]]


def frame(messages: Messages) -> bytes:
    "Tuples of plain values. Raises ValueError for anything else."
    content = marshal.dumps(messages)
    return _LENGTH.pack(len(content)) + content


class Frames:
    "Takes bytes in any portions."

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> Iterator[Messages]:
        "The messages of each frame that is complete now."
        data = self._bytes + data if self._bytes else data
        start = 0
        while len(data) >= start + _LENGTH.size:
            end = start + _LENGTH.size + _LENGTH.unpack_from(data, start)[0]
            if end > len(data):
                break
            yield marshal.loads(memoryview(data)[start + _LENGTH.size : end])  # noqa: S302  (from our own process)
            start = end
        self._bytes = data[start:]
