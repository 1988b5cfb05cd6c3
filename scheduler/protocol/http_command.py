"""A command document in the body of a request, read in slices, so that a large one does not hold everybody up."""

from __future__ import annotations

import re

from scheduler.errors import WorkloadError
from scheduler.xml.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, TreeBuilder
from scheduler.xml.element import Element

SLICE = 4096
_DECLARED = re.compile(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=")
#: character sets of a Content-Type that are followed when the document itself says nothing
_CHARSETS = ("iso-8859-1", "us-ascii", "windows-1252", "iso-8859-15", "iso-8859-2")


class CommandReading:
    """`advance` until there is a `result`: the document, or why there is none.

    A document that says nothing about its encoding is read as the Content-Type says, else as UTF-8, else as ISO-8859-1.
    """

    def __init__(
        self,
        body: bytes,
        charset: str = "",
        max_bytes: int = MAX_BYTES,
        max_depth: int = MAX_DEPTH,
        max_nodes: int = MAX_NODES,
    ) -> None:
        self._body = body.strip(b" \t\r\n\0")
        encoding = charset if charset in _CHARSETS and not _DECLARED.match(self._body[:1024]) else ""
        self._builder = TreeBuilder(max_bytes=max_bytes, max_depth=max_depth, max_nodes=max_nodes, encoding=encoding)
        self._position = 0
        self.result: Element | WorkloadError | None = None

    def advance(self) -> None:
        piece = self._body[self._position : self._position + SLICE]
        self._position += len(piece)
        try:
            if piece:
                self._builder.feed(piece)
            if self._position >= len(self._body):
                self._end(self._builder.close())
        except WorkloadError as error:
            # its traceback would keep the parser alive, and in a circle with it
            error.__traceback__ = error.__context__ = None
            self._end(error)

    def _end(self, result: Element | WorkloadError) -> None:
        self._builder.release()
        self.result = result


def only_reads(element: Element) -> bool:
    "Whether a command may stand in an address."
    return element.tag == "s" or element.tag.startswith("show_")
