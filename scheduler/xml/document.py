"""XML documents as trees of elements with positions.

The parser takes bytes in any pieces and tells where the root element ends, so it serves files and connections alike.
It is bounded in size and depth and refuses document type declarations; so there are no entities but the five of XML.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from encodings import normalize_encoding
from encodings.aliases import aliases
from xml.parsers import expat

from scheduler.errors import Code, Place, WorkloadError
from scheduler.xml.element import Element, Origin

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "MAX_TAG", "Element", "TreeBuilder", "parse"]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100
#: elements and attributes; in memory one takes up to a hundred times its bytes
MAX_NODES = 200_000
#: of a tag or comment that comes in pieces, because its beginning is parsed again with each piece
MAX_TAG = 1024 * 1024

#: so much text is parsed at once, whether a tag follows or not
_TEXT_PIECE = 4096

#: encodings that are tried in turn; None is the one that the document declares, without declaration UTF-8
_ENCODINGS = (None, "utf-8", "iso-8859-1")
_BYTE_ERRORS = frozenset(
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_INVALID_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR)
)
#: where the end of the element that is open was expected
_END_ERRORS = frozenset(
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_TAG_MISMATCH, expat.errors.XML_ERROR_NO_ELEMENTS)
)
_DECLARATION_ERRORS = frozenset(
    expat.errors.codes[text]
    for text in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
#: codecs of Python that are no character sets of documents
_NO_CHARACTER_SETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"})
#: Python keeps every other name that it is asked for, for good
_KNOWN = frozenset(aliases) | frozenset(aliases.values()) | {"cp720", "cp737", "cp874", "cp1006", "koi8_t", "koi8_u"}


class TreeBuilder:
    """Builds the tree of one document from bytes in any pieces.

    `feed` says whether the root element has ended. Then `root` is the tree, `consumed` the number of bytes that belong
    to the document, and what was fed beyond them is left in `rest`. Every refusal is a WorkloadError with a place
    (MALFORMED, TOO_LARGE, TOO_MANY_NODES, TOO_DEEP, DOCTYPE), after which the builder is of no use; `received` still
    holds all bytes, and `broken_off` says how far they were understood.

    Bytes that do not fit the declared encoding are read as UTF-8, and if they do not fit that either, as ISO-8859-1.
    With an `encoding`, that one is used and nothing else is tried.
    """

    def __init__(
        self,
        *,
        max_bytes: int = MAX_BYTES,
        max_depth: int = MAX_DEPTH,
        max_nodes: int = MAX_NODES,
        source: str = "",
        encoding: str = "",
    ) -> None:
        self._max_bytes = max_bytes
        self._max_depth = max_depth
        self._max_nodes = max_nodes
        self._encodings = iter((encoding,) if encoding else _ENCODINGS)
        self._source = source
        self.received = bytearray()
        self._begin(next(self._encodings))

    def _begin(self, encoding: str | None) -> None:
        "Start over with the received bytes."
        self._parser = expat.ParserCreate(encoding, "}")
        self._parser.buffer_text = True
        self._parser.buffer_size = 65536
        self._parser.StartElementHandler = self._start_element
        self._parser.EndElementHandler = self._end_element
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        # a complete document must not wait inside the parser for more bytes
        set_deferral = getattr(self._parser, "SetReparseDeferralEnabled", None)
        if set_deferral is not None:
            set_deferral(False)
        self._parsed = 0
        self._origin = Origin(self._source, self.received, encoding or "utf-8")
        self._overridden = encoding is not None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._lengths: list[int] = []
        self._trailing: WorkloadError | None = None
        self._understood = 0
        self.nodes = 0
        self.root: Element | None = None
        self.consumed = 0

    @property
    def rest(self) -> bytes:
        "What was fed beyond the end of the root element."
        return bytes(self.received[self.consumed :])

    @property
    def broken_off(self) -> tuple[int, list[int]]:
        "The position between tags up to which all was understood, and where the elements that are open there begin."
        starts = [element.start for element in self._open if element.start < self._understood]
        return self._understood, starts

    def feed(self, data: bytes) -> bool:
        "True when the root element has ended."
        self.received += data
        if self.root is not None:
            return True
        end = self._worth_parsing(data)
        if end > self._parsed:
            self._parse(end)
            if self.root is None and self._parsed - self._parser.CurrentByteIndex > MAX_TAG:
                raise self._refusal(Code.TOO_LARGE, limit=MAX_TAG)
        size = self.consumed if self.root is not None else len(self.received)
        if size > self._max_bytes:
            raise self._refusal(Code.TOO_LARGE, limit=self._max_bytes)
        return self.root is not None

    def _worth_parsing(self, data: bytes) -> int:
        """Up to where to parse, now that `data` have come.

        Only `>` ends a tag. What the parser has not understood yet it looks at again from its beginning, so without a
        `>` it gets more only when that has doubled; of text, which it understands in any pieces, nothing is left.
        """
        size = len(self.received)
        end = data.rfind(b">") + 1
        if end:
            return size - len(data) + end
        left = self._parsed - self._parser.CurrentByteIndex if self._parsed else 0
        return size if size - self._parsed >= max(_TEXT_PIECE, left) else 0

    def close(self) -> Element:
        "The tree, when nothing but white space, comments and processing instructions followed the root element."
        self._parse(len(self.received), final=True)
        if self._trailing is not None:
            raise self._trailing
        if self.root is None:
            raise self._refusal(Code.MALFORMED, problem="no element found")
        return self.root

    def release(self) -> None:
        "Let go of the parser, which refers to this builder; nothing can be fed afterwards."
        parser = self._parser
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        parser.StartDoctypeDeclHandler = parser.XmlDeclHandler = None
        self._trailing = None

    def _parse(self, end: int, *, final: bool = False) -> None:
        while self._trailing is None:
            if not self._overridden and self.received.startswith(_WIDE):
                raise self._refusal(Code.MALFORMED, problem="UTF-16 is not possible here")
            try:
                self._parser.Parse(bytes(memoryview(self.received)[self._parsed : end]), final)
            except expat.ExpatError as error:
                self._failed(error)
            except (ValueError, LookupError) as error:  # the declared encoding is none, or none of single bytes
                if not self._begin_with_next():
                    raise self._refusal(Code.MALFORMED, problem=str(error)) from None
            else:
                self._parsed = end
                return

    def _failed(self, error: expat.ExpatError) -> None:
        "Keep an error behind the root element; try another encoding if that can help; else raise."
        if self.root is not None:
            self._trailing = self._malformed(error)
        elif not (self._speaks_of_encoding(error.code) and self._begin_with_next()):
            # raised without a name: the name would be in the traceback, and the traceback in what it names
            raise self._malformed(error) from None

    def _malformed(self, error: expat.ExpatError) -> WorkloadError:
        place = Place(error.lineno, error.offset + 1, self._source)
        problem = expat.ErrorString(error.code) or "malformed"
        if error.code in _END_ERRORS and self._open:
            begun = self._open[-1]
            problem += f": </{begun.tag.rpartition('}')[2]}> of line {begun.line} was expected"
        return WorkloadError(Code.MALFORMED, place, problem=problem)

    def _speaks_of_encoding(self, error: int) -> bool:
        return error in _DECLARATION_ERRORS or (error in _BYTE_ERRORS and not self.received.isascii())

    def _begin_with_next(self) -> bool:
        encoding = next(self._encodings, None)
        if encoding is None:
            return False
        self._begin(encoding)
        return True

    def _refusal(self, code: Code, **values: object) -> WorkloadError:
        place = Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1, self._source)
        return WorkloadError(code, place, **values)

    # Events of the parser

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and not self._overridden:
            if not _is_known(encoding):
                raise LookupError(f"unknown encoding {encoding[:40]!r}")
            self._origin.encoding = encoding

    def _doctype(self, *declaration: object) -> None:
        raise self._refusal(Code.DOCTYPE)

    def _start_element(self, tag: str, attributes: dict[str, str]) -> None:
        if self.root is not None:
            return
        if len(self._open) >= self._max_depth:
            raise self._refusal(Code.TOO_DEEP, limit=self._max_depth)
        self.nodes += 1 + len(attributes)
        if self.nodes > self._max_nodes:
            raise self._refusal(Code.TOO_MANY_NODES, limit=self._max_nodes)
        parser = self._parser
        if "}" in tag:
            tag = "{" + tag
        for name in attributes:
            if "}" in name:
                attributes = {"{" + key if "}" in key else key: value for key, value in attributes.items()}
                break
        element = Element(tag, attributes, None, "", parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        self._understood = element.start = parser.CurrentByteIndex
        element.origin = self._origin
        if self._open:
            element.offset = self._lengths[-1]
            self._open[-1].children.append(element)
        self._open.append(element)
        self._texts.append([])
        self._lengths.append(0)

    def _text(self, text: str) -> None:
        if self._open:
            self._texts[-1].append(text)
            self._lengths[-1] += len(text)

    def _end_element(self, tag: str) -> None:
        if self.root is not None:
            return
        element = self._open.pop()
        texts = self._texts.pop()
        self._lengths.pop()
        if texts:
            element.text = texts[0] if len(texts) == 1 else "".join(texts)
        self._understood = element.end = self._end_of(element)
        if not self._open:
            self.consumed = element.end
            self.root = element

    def _end_of(self, element: Element) -> int:
        """Where the element's bytes end.

        The parser stands behind an empty-element tag, but before an end tag; nothing can stand between a start tag and
        an end tag that looks like the end of an empty-element tag, except text and children.
        """
        position = self._parser.CurrentByteIndex
        is_empty_tag = not element.children and not element.text and self.received[position - 2 : position] == b"/>"
        return position if is_empty_tag else self.received.index(b">", position) + 1


def parse(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, source: str = "", charset: str = ""
) -> Element:
    """The root element of a whole document; `source` names it in messages.

    The encoding is that of the byte order mark or declaration, else `charset`, else UTF-8; bytes that do not fit are
    read as UTF-8, and as ISO-8859-1 if they do not fit that. Raises WorkloadError with a place: MALFORMED, TOO_LARGE,
    TOO_DEEP, DOCTYPE. The number of nodes is bounded by the size alone.
    """
    if len(data) > max_bytes:
        raise WorkloadError(Code.TOO_LARGE, Place(1, 1, source), limit=max_bytes)
    text = _decoded(data, charset).encode()
    size = max(max_bytes, len(text))
    builder = TreeBuilder(max_bytes=size, max_depth=max_depth, max_nodes=size, source=source, encoding="utf-8")
    try:
        builder.feed(text)
        return builder.close()
    finally:
        builder.release()


def _decoded(data: bytes, charset: str) -> str:
    for encoding, beginning in _candidates(data, charset):
        try:
            if _is_known(encoding) and codecs.lookup(encoding).name not in _NO_CHARACTER_SETS:
                text = data.decode(encoding).removeprefix("\ufeff")
                text.encode()
                if text.startswith(beginning):
                    return text
        except (ValueError, LookupError):
            continue
    return data.decode("iso-8859-1")


def _is_known(encoding: str) -> bool:
    return len(encoding) < 40 and normalize_encoding(encoding).lower() in _KNOWN


def _candidates(data: bytes, charset: str) -> Iterator[tuple[str, str]]:
    "Encodings to try, and how the document must begin when decoded."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16", ""
    elif data.startswith(b"<\0"):
        yield "utf-16-le", "<"
    elif data.startswith(b"\0<"):
        yield "utf-16-be", "<"
    declared = _DECLARED.match(data[:1024])
    if declared:
        yield declared[1].decode("ascii"), "<?xml"
    elif charset:
        yield charset, ""
    yield "utf-8", ""
