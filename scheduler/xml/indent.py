"""Indentation of a document for people who read it at a prompt: in slices, because it may be large."""

from __future__ import annotations

import re
from collections.abc import Iterator

INDENT = "    "
#: tags and texts that are looked at for one slice
SLICE = 400

#: comments and instructions; character data; ends; starts, in whose attributes any character may stand; text
_TOKEN = re.compile(
    r"""(?P<aside><!--.*?-->|<\?.*?\?>)|(?P<data><!\[CDATA\[.*?\]\]>)|(?P<end></[^>]*>)"""
    r"""|(?P<start><[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>)|(?P<text>[^<]+)""",
    re.DOTALL,
)


def indented(fragment: str) -> Iterator[str]:
    """A well-formed document in pieces: each element in a line of its own, 4 blanks deeper than its parent.

    Where an element has text that is not blank nothing is added behind it, so that no text becomes another one.
    """
    lines = _Lines()
    for number, found in enumerate(_TOKEN.finditer(fragment), 1):
        lines.add(found.lastgroup or "", found[0])
        if number % SLICE == 0:
            yield lines.taken()
    yield lines.taken()


class _Lines:
    "What is written so far, and where we are in the document."

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._line = "\n"
        #: of the open elements, whether they or those around them have text
        self._texts = [False]
        #: the start tag of an element was the last that was written; then the blanks behind it
        self._is_open = False
        self._blanks = ""

    def taken(self) -> str:
        whole = "".join(self._pieces)
        self._pieces.clear()
        return whole

    def add(self, kind: str, token: str) -> None:
        if kind == "start":
            self._own_line(token)
            if not token.endswith("/>"):
                self._open()
        elif kind == "end":
            self._end(token)
        elif kind == "aside":
            self._own_line(token)
        elif kind == "text" and token.isspace() and not self._texts[-1]:
            self._blanks = token if self._is_open else ""
        else:
            self._pieces += self._blanks, token
            self._texts[-1] = True
            self._forget()

    def _own_line(self, token: str) -> None:
        self._pieces.append(token if self._texts[-1] else self._line + token)
        self._forget()

    def _open(self) -> None:
        self._texts.append(self._texts[-1])
        self._line += INDENT
        self._is_open = True

    def _end(self, token: str) -> None:
        self._line = self._line[: -len(INDENT)]
        if self._is_open:
            self._pieces += self._blanks, token
            self._forget()
        else:
            self._own_line(token)
        self._texts.pop()

    def _forget(self) -> None:
        self._is_open = False
        self._blanks = ""
