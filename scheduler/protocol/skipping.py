"""Finding the end of a document that cannot be parsed.

Tags are told apart by their brackets alone. An end tag closes the innermost element of its name with everything in it,
or, when no such element is open, the innermost one; the document ends when nothing is open.
"""

from __future__ import annotations

import re

#: more open elements than this are not followed
MAX_OPEN = 4096
#: what is kept of a long tag or comment: enough for its name, and for seeing its end
_KEPT = 1024

_NAME = re.compile(rb"</?([A-Za-z_:\x80-\xff][^\s/>]*)")
_ENDS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


class Skipper:
    """Takes bytes until `ended`. `lost`: more than `limit` bytes, or too many open elements; there will be no end."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen = 0
        self._tag = bytearray()
        self._open: list[bytes] = []
        self.ended = False
        self.lost = False

    def feed(self, data: bytes, position: int = 0) -> int:
        "Skip from `position`; returns the position behind the document, or the length of `data`."
        begin = position
        while not self.ended and position < len(data):
            position = self._advance(data, position)
        self._seen += position - begin
        self.lost = not self.ended and (self._seen > self._limit or len(self._open) > MAX_OPEN)
        return position

    def _advance(self, data: bytes, position: int) -> int:
        "Up to the next bracket."
        if not self._tag:
            opening = data.find(b"<", position)
            if opening < 0:
                return len(data)
            self._tag += b"<"
            return opening + 1
        closing = data.find(b">", position)
        end = closing + 1 if closing >= 0 else len(data)
        self._tag += data[position:end]
        if closing >= 0 and self._is_complete():
            self._count(bytes(self._tag))
            self._tag.clear()
        elif len(self._tag) > 2 * _KEPT:
            del self._tag[_KEPT:-4]
        return end

    def _is_complete(self) -> bool:
        for opening, closing in _ENDS:
            if self._tag.startswith(opening):
                return self._tag.endswith(closing) and len(self._tag) >= len(opening) + len(closing)
        return True

    def _count(self, tag: bytes) -> None:
        if tag.startswith((b"<?", b"<!")):
            return
        found = _NAME.match(tag)
        name = found[1] if found else b""
        if tag.startswith(b"</"):
            self._close(name)
        elif found and not tag.endswith(b"/>"):
            self._open.append(name)
        self.ended = not self._open

    def _close(self, name: bytes) -> None:
        if name in self._open:
            while self._open.pop() != name:
                pass
        elif self._open:
            self._open.pop()
