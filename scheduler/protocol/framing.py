r"""Bytes of a connection -> documents.

    C: <show_state/>            a document ends where its root element ends; nothing else is needed
    C: <add_order job_chain="a" id="1"/>\r\n
                                white space behind a document is skipped; CR LF asks for indented answers from now on
    C: show_state\n             a line without < is an element: <show_state/>
    C: \n                       an empty line
    C: \x04                     Ctrl-D: the client wants to leave
    C: GET / HTTP/1.1           a capital letter as the very first byte: HTTP from here on

What comes is divided in the same way however it is chunked. Bytes that come early are documents of their own. A
document that is refused (malformed, too large, too deep) is reported once and then skipped up to its end, as far as an
end can be made out; so no part of it is ever taken for a command.
"""

from __future__ import annotations

from scheduler.errors import Code, Place, WorkloadError
from scheduler.frozen import frozen
from scheduler.protocol.skipping import Skipper, name_at
from scheduler.xml.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_TAG, TreeBuilder, parse
from scheduler.xml.element import Element

_CTRL_D, _NEWLINE, _LESS, _UPPER_A, _UPPER_Z = b"\x04\n<AZ"
#: between documents these mean nothing: white space, NUL, and the byte order mark of UTF-8
_BLANKS = b" \t\r\0\xef\xbb\xbf"
#: how much is given to the parser at once, so that many small documents in one chunk stay cheap
_SLICE = 8192
#: memory of an element or attribute, roughly
_NODE_BYTES = 300


@frozen
class Document:
    element: Element


@frozen
class Refused:
    "A document that cannot be read; the connection goes on."

    error: WorkloadError


@frozen
class Blank:
    "An empty line."


@frozen
class Close:
    "The client wants to leave, or cannot be understood any more. Nothing follows."


@frozen
class HttpBegins:
    "The connection speaks HTTP; `data` are its first bytes. Nothing follows, further bytes belong to somebody else."

    data: bytes


Received = Document | Refused | Blank | Close | HttpBegins


class Framer:
    """Divides the bytes of one connection. It holds at most `max_bytes` and the last chunk.

    `crlf`: the client ends its lines with CR LF, so its answers are indented. `pending`: a document has begun but not
    ended.
    """

    def __init__(
        self, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, max_nodes: int = MAX_NODES
    ) -> None:
        self._max_bytes = max_bytes
        self._max_depth = max_depth
        self._max_nodes = max_nodes
        self._max_line = min(max_bytes, MAX_TAG)
        self._received: list[Received] = []
        self._undecided = True
        self._ended = False
        self._after_document = False
        self._builder: TreeBuilder | None = None
        self._skipper: Skipper | None = None
        self._line: bytearray | None = None
        self._overlong = False
        self.crlf = False

    @property
    def pending(self) -> bool:
        return self._builder is not None or self._skipper is not None or self._line is not None

    @property
    def held(self) -> int:
        "How much memory the document that has begun takes, roughly in bytes."
        if self._builder is not None:
            return 2 * len(self._builder.received) + _NODE_BYTES * self._builder.nodes
        return len(self._line) if self._line is not None else 0

    def feed(self, data: bytes) -> list[Received]:
        "What the bytes complete, in their sequence. Never raises."
        if data[-2:-1] == b"\r":
            self.crlf = True
        position = 0
        while position < len(data) and not self._ended:
            if self._builder is not None:
                position = self._feed_document(self._builder, data, position)
            elif self._skipper is not None:
                position = self._skip(self._skipper, data, position)
            elif self._line is not None:
                position = self._feed_line(self._line, data, position)
            else:
                position = self._begin(data, position)
        received, self._received = self._received, []
        return received

    def _begin(self, data: bytes, position: int) -> int:
        "Between documents: the first byte that is no blank decides what follows."
        byte = data[position]
        if byte in _BLANKS:
            return position + 1
        if byte == _NEWLINE:
            # the line that a document ended on is not empty
            if not self._after_document:
                self._received.append(Blank())
            self._after_document = False
            return position + 1
        if byte == _CTRL_D:
            self._end(Close())
            return position + 1
        if self._undecided and _UPPER_A <= byte <= _UPPER_Z:
            self._end(HttpBegins(data[position:]))
            return len(data)
        self._undecided = False
        if byte == _LESS:
            self._builder = TreeBuilder(
                max_bytes=self._max_bytes, max_depth=self._max_depth, max_nodes=self._max_nodes
            )
        else:
            self._line = bytearray()
        return position

    def _feed_document(self, builder: TreeBuilder, data: bytes, position: int) -> int:
        piece = data[position : position + _SLICE]
        held = len(builder.received)
        try:
            builder.feed(piece)
        except WorkloadError as error:
            builder.release()
            self._received.append(_refused(error))
            if builder.root is None:
                return position - held + self._begin_to_skip(builder)
        else:
            if builder.root is None:
                return position + len(piece)
            builder.release()
            self._received.append(Document(builder.root))
        self._builder = None
        self._after_document = True
        return position - held + builder.consumed

    def _begin_to_skip(self, builder: TreeBuilder) -> int:
        "The position in what the builder has received behind the document, or behind everything."
        understood, opened = builder.broken_off
        self._builder = None
        self._skipper = Skipper(4 * self._max_bytes, [name_at(builder.received, start) for start in opened])
        return self._skip(self._skipper, bytes(builder.received), understood)

    def _skip(self, skipper: Skipper, data: bytes, position: int) -> int:
        end = skipper.feed(data, position)
        if skipper.ended:
            self._skipper = None
            self._after_document = True
        elif skipper.lost:
            self._end(Close())
        return end

    def _feed_line(self, line: bytearray, data: bytes, position: int) -> int:
        newline = data.find(b"\n", position)
        end = newline if newline >= 0 else len(data)
        if self._overlong:
            line.clear()
        else:
            line += data[position:end]
            if len(line) > self._max_line:
                self._overlong = True
                self._received.append(Refused(WorkloadError(Code.TOO_LARGE, Place(1, 1), limit=self._max_line)))
        if newline < 0:
            return end
        if not self._overlong:
            self._received.append(_element_of(bytes(line)))
        self._line = None
        self._overlong = False
        return newline + 1

    def drop(self) -> None:
        "The connection has ended: nothing more is fed. An unfinished document would otherwise stay in a circle."
        if self._builder is not None:
            self._builder.release()
        self._builder = self._skipper = self._line = None
        self._ended = True

    def _end(self, last: Close | HttpBegins) -> None:
        self._received.append(last)
        self._builder = self._skipper = self._line = None
        self._ended = True


def _element_of(line: bytes) -> Document | Refused:
    "What somebody typed: a line of bare words is an element without its brackets."
    words = line.replace(b"\0", b"").strip()
    try:
        return Document(parse(words if b"<" in words else b"<" + words + b"/>"))
    except WorkloadError as error:
        return _refused(error)


def _refused(error: WorkloadError) -> Refused:
    "Without the traceback, which would keep the parser alive as long as the refusal, and in a circle with it."
    error.__traceback__ = error.__context__ = None
    return Refused(error)
