"""An element of a document, with its position and the way back to its source text."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.errors import Place


class Origin:
    "The document that elements come from: its bytes, how to decode them, and the name for messages."

    __slots__ = ("data", "encoding", "source")

    def __init__(self, source: str, data: bytes | bytearray, encoding: str) -> None:
        self.source = source
        self.data = data
        self.encoding = encoding


class Element:
    """An element.

    `tag` and the names of `attributes` are `{uri}name` when they have a namespace. `text` is all own text and CDATA in
    one. `offset` says how many characters of the parent's text come before the element. `line` and `column` are
    1-based, `start` and `end` are positions in the bytes of the origin.
    """

    __slots__ = ("attributes", "children", "column", "end", "line", "offset", "origin", "start", "tag", "text")

    def __init__(
        self,
        tag: str,
        attributes: dict[str, str] | None = None,
        children: list[Element] | None = None,
        text: str = "",
        line: int = 0,
        column: int = 0,
    ) -> None:
        self.tag = tag
        self.attributes = {} if attributes is None else attributes
        self.children = [] if children is None else children
        self.text = text
        self.line = line
        self.column = column
        self.offset = 0
        self.start = 0
        self.end = 0
        self.origin: Origin | None = None

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attributes}>"

    @property
    def place(self) -> Place:
        return Place(self.line, self.column, self.origin.source if self.origin else "")

    def get(self, name: str, default: str = "") -> str:
        "The attribute as written."
        return self.attributes.get(name, default)

    def child(self, tag: str) -> Element | None:
        "The first child of that name."
        return next(self.each(tag), None)

    def each(self, tag: str) -> Iterator[Element]:
        "The children of that name."
        return (child for child in self.children if child.tag == tag)

    def content(self) -> Iterator[str | Element]:
        "Own text and children, in the sequence of the document."
        position = 0
        for child in self.children:
            if child.offset > position:
                yield self.text[position : child.offset]
                position = child.offset
            yield child
        if position < len(self.text):
            yield self.text[position:]
