"""Finding the end of a document that cannot be parsed.

Tags are told apart by their brackets alone. An end tag closes the innermost element of its name with everything in it,
or, when no such element is open, the innermost one; the document ends when nothing is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: more open elements than this are not followed
MAX_OPEN = 4096
#: what is kept of a long tag or comment: enough for its name, and for seeing its end
_KEPT = 1024

_NAME = re.compile(rb"</?([A-Za-z_:\x80-\xff][^\s/>]*)")
#: the next tag, when it is one with a name and all of it is there; the quick way
_WHOLE = re.compile(rb"[^<]*+<(/?+)([A-Za-z_:\x80-\xff][^\s/>]*+)([^>]*+)>")
_TAG = (b"<", b">")
_ENDS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


def name_at(data: bytes | bytearray, position: int) -> bytes:
    "The name in the tag that begins there, as written; empty when it has none."
    found = _NAME.match(data, position)
    return bytes(found[1]) if found else b""


class Skipper:
    """Takes bytes until `ended`. `opened`: the names of the elements that are open already, as written.

    `lost`: more than `limit` bytes, or too many open elements; there will be no end.
    """

    def __init__(self, limit: int, opened: Iterable[bytes] = ()) -> None:
        self._limit = limit
        self._seen = 0
        self._tag = bytearray()
        self._open = list(opened)
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
        "Up to the next bracket, or behind the next tag."
        if not self._tag:
            whole = _WHOLE.match(data, position)
            if whole is not None:
                closes, name, rest = whole.groups()
                self._count(name, bool(closes), rest.endswith(b"/"))
                return whole.end()
            opening = data.find(b"<", position)
            if opening < 0:
                return len(data)
            self._tag += b"<"
            return opening + 1
        _, closing = self._brackets()
        found = self._find(closing, data, position)
        end = found if found >= 0 else len(data)
        self._tag += data[position:end]
        if found >= 0 and self._is_complete():
            self._end_tag(bytes(self._tag))
            self._tag.clear()
        elif len(self._tag) > 2 * _KEPT:
            del self._tag[_KEPT:-4]
        return end

    def _brackets(self) -> tuple[bytes, bytes]:
        "How what has begun begins, as far as it is known, and how it will end."
        if not self._tag.startswith((b"<!", b"<?")):
            return _TAG
        return next((ends for ends in _ENDS if self._tag.startswith(ends[0])), _TAG)

    def _find(self, closing: bytes, data: bytes, position: int) -> int:
        "The position behind the next `closing`, which may have begun in earlier data; -1 when there is none."
        kept = len(closing) - 1
        if kept:
            before = bytes(self._tag[-kept:])
            straddling = (before + data[position : position + kept]).find(closing)
            if straddling >= 0:
                return position + straddling + len(closing) - len(before)
        found = data.find(closing, position)
        return found + len(closing) if found >= 0 else -1

    def _is_complete(self) -> bool:
        opening, closing = self._brackets()
        return self._tag.endswith(closing) and len(self._tag) >= len(opening) + len(closing)

    def _end_tag(self, tag: bytes) -> None:
        if not tag.startswith((b"<?", b"<!")):
            self._count(name_at(tag, 0), tag.startswith(b"</"), tag.endswith(b"/>"))

    def _count(self, name: bytes, closes: bool, is_empty: bool) -> None:
        if closes:
            self._close(name)
        elif name and not is_empty:
            self._open.append(name)
        self.ended = not self._open

    def _close(self, name: bytes) -> None:
        if name in self._open:
            while self._open.pop() != name:
                pass
        elif self._open:
            self._open.pop()
