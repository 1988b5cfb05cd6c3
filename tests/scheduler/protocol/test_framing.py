import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code
from scheduler.protocol.framing import Blank, Close, Document, Framer, HttpBegins, Refused
from scheduler.xml.document import TreeBuilder
from scheduler.xml.source import source_of

SIZES = [1, 2, 3, 7, 1000]


def shown(received):
    "What was received, as something that can be compared."
    if isinstance(received, Document):
        return source_of(received.element)
    if isinstance(received, Refused):
        return received.error.code
    if isinstance(received, HttpBegins):
        return "HTTP"
    return type(received)


def framed(data: bytes, size: int = 100_000, **limits: int) -> list:
    framer = Framer(**limits)
    return [shown(r) for start in range(0, len(data), size) for r in framer.feed(data[start : start + size])]


CONVERSATIONS = [
    (b"<show_state/>", ["<show_state/>"]),
    (b"<show_state/>\r\n", ["<show_state/>"]),
    (b"<a>\n<b/>\n</a>\n<c/>\n", ["<a>\n<b/>\n</a>", "<c/>"]),
    (b"<a/><b></b><c>x</c>", ["<a/>", "<b></b>", "<c>x</c>"]),
    (b" \0\t\0<a\0", []),
    (b" \0\t\r\0<a>\n</a> <b/>\0<c/>", ["<a>\n</a>", "<b/>", "<c/>"]),
    (b'<?xml version="1.0"?>\n<!-- > -->\n<a b=">">x<![CDATA[</a>]]></a>', ['<a b=">">x<![CDATA[</a>]]></a>']),
    (b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe4</a>', ["<a>ä</a>"]),
    (b"\xef\xbb\xbf<a>\xc3\xa4</a>", ["<a>ä</a>"]),
    (b"<a>\xe4</a><b>\xc3\xa4</b>", ["<a>ä</a>", "<b>ä</b>"]),
    # lines
    (b"s\r\n", ["<s/>"]),
    (b'  show_state what="folders"\r\n<a/>\nshow_jobs\n', ['<show_state what="folders"/>', "<a/>", "<show_jobs/>"]),
    (b"show state\n<a/>", [Code.MALFORMED, "<a/>"]),
    (b"x <a/>\n<b/>", [Code.MALFORMED, "<b/>"]),
    (b"/>\n<b/>", [Code.MALFORMED, "<b/>"]),
    (b"\xff\xfe<\0a\0/\0>\0\n\0<b/>", [Code.MALFORMED, "<b/>"]),
    (b"s", []),
    # empty lines
    (b"\n\r\n \n", [Blank, Blank, Blank]),
    (b"<a/>\n\n", ["<a/>", Blank]),
    (b"s\n\r\n", ["<s/>", Blank]),
    # leaving
    (b"\x04", [Close]),
    (b"<a/>\r\n\x04<b/>", ["<a/>", Close]),
    # HTTP, but only at the very beginning
    (b"GET / HTTP/1.1\r\n\r\n", ["HTTP"]),
    (b"\r\nPOST / HTTP/1.1\r\n", [Blank, "HTTP"]),
    (b"<a/>\nGET\n", ["<a/>", "<GET/>"]),
    (b"get\nGET\n", ["<get/>", "<GET/>"]),
    # what is refused is skipped, with all that belongs to it
    (b"<a b=1></a><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a b=1/><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a><b></a><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a></b><c/>", [Code.MALFORMED, "<c/>"]),
    (b"</a><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<1/><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a>\0", []),
    (b"<a>\0</a><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a>&x;</a><c/>", [Code.MALFORMED, "<c/>"]),
    (b'<a b="x></a>\n<c/>', [Code.MALFORMED, "<c/>"]),
    (b"<commands>\n<x y=1/>\n\n<add_order/>\n</commands>\n<c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a b=1><!-- </a> --><?x </a> ?><![CDATA[</a>]]></a><c/>", [Code.MALFORMED, "<c/>"]),
    (b"<a b=1><!-- > -- > --><![CDATA[ ]> ]] > </a>]]><?x > ?></a><c/>", [Code.MALFORMED, "<c/>"]),
    (b'<a b="/>">\n<b></x>\n<add_order/>\n</a>\n<c/>', [Code.MALFORMED, "<c/>"]),
    (b'<a><b c="</a>"/><b/>&x;</a><c/>', [Code.MALFORMED, "<c/>"]),
    (b'<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>\n<c/>', [Code.DOCTYPE, "<c/>"]),
    (b"<a>" * 20 + b"</a>" * 20 + b"<c/>", [Code.TOO_DEEP, "<c/>"]),
    (b"<a>" + b"x" * 300 + b"</a>\n<c/>", [Code.TOO_LARGE, "<c/>"]),
    (b'<a b="' + b"x" * 300 + b'"/>\n<c/>', [Code.TOO_LARGE, "<c/>"]),
    (b"x" * 300 + b"\n<c/>", [Code.TOO_LARGE, "<c/>"]),
    (b"x" * 300, [Code.TOO_LARGE]),
    (b"<a b=1>" + b"x" * 2000 + b"<c/>", [Code.MALFORMED, Close]),
]


@pytest.mark.parametrize("size", [*SIZES, 100_000])
@pytest.mark.parametrize(("data", "expected"), CONVERSATIONS)
def test_a_conversation_is_divided_in_the_same_way_however_it_is_chunked(data, expected, size):
    assert framed(data, size, max_bytes=250, max_depth=10) == expected


def test_http_gets_all_its_bytes():
    framer = Framer()
    assert framer.feed(b"\r\n") == [Blank()]
    assert framer.feed(b"GET / HTTP/1.1\r\n") == [HttpBegins(b"GET / HTTP/1.1\r\n")]


def test_a_refusal_tells_the_place():
    [refusal] = Framer().feed(b"<a>\n  <b x=1/></a>")
    assert (refusal.error.place.line, refusal.error.place.column) == (2, 8)


def test_lines_that_end_with_cr_lf_are_noticed_for_good():
    framer = Framer()
    framer.feed(b"<a/>\n")
    assert not framer.crlf
    framer.feed(b"<a/>\r\n")
    framer.feed(b"<a/>\n")
    assert framer.crlf


def test_a_document_that_has_begun_is_pending():
    framer = Framer()
    for part, pending in [(b" ", False), (b"<a>", True), (b"</a>", False), (b"s", True), (b"\n", False),
                          (b"<a b=1>", True), (b"x", True), (b"</a>", False)]:  # fmt: skip
        framer.feed(part)
        assert framer.pending is pending, part


def test_many_small_documents_in_one_chunk_all_come():
    assert framed(b"<a/>\n" * 5000, max_bytes=100) == ["<a/>"] * 5000


@pytest.mark.parametrize(
    "piece",
    [b"x" * 1000, b"<a>" * 300, b"</a>", b"<!--" + b"x" * 1000, b'<a b="' + b"x" * 1000, b"<a b=1>", b"\xff\xfe"],
)
def test_an_endless_stream_never_fills_the_memory(piece):
    framer = Framer(max_bytes=10_000, max_depth=50)
    count = 0
    for _ in range(1000):
        count += len(framer.feed(piece))
        held = [framer._builder.received if framer._builder else b"", framer._line or b""]
        if framer._skipper:
            held += [framer._skipper._tag, b"".join(framer._skipper._open)]
        assert sum(map(len, held)) <= 10_000 + 2 * len(piece) + 4096
    assert count <= 1000


@pytest.mark.parametrize(
    "data", [b"</a>", b"<a><b></a>", b"<!DOCTYPE a><a/>", b"words without sense\n", b"<a>" * 20 + b"</a>" * 20]
)
def test_a_refusal_holds_nothing_of_the_parser(data):
    gc.collect()
    gc.disable()
    before = sum(isinstance(thing, TreeBuilder) for thing in gc.get_objects())
    try:
        framer = Framer(max_depth=10)
        refusals = [refusal for _ in range(10) for refusal in framer.feed(data)]
        assert len(refusals) == 10
        assert sum(isinstance(thing, TreeBuilder) for thing in gc.get_objects()) <= before
    finally:
        gc.enable()


def test_what_an_unfinished_document_takes_is_known_and_let_go():
    framer = Framer()
    assert framer.held == 0
    framer.feed(b"<a>" + b"x" * 1000)
    small = framer.held
    framer.feed(b"<b/>" * 1000)
    assert 1000 <= small < framer.held - 4000
    builder = weakref.ref(framer._builder)
    gc.disable()
    try:
        framer.drop()
        assert builder() is None
    finally:
        gc.enable()
    assert (framer.held, framer.pending, framer.feed(b"<c/>")) == (0, False, [])


PIECES = st.sampled_from(
    [b"<a/>", b"<b x='1'>", b"</b>", b"text", b"\n", b"\r\n", b" ", b"\0", b"<!-- c -->", b"<![CDATA[<]]>", b"<", b">",
     b"/>", b"\xe4", b"&", b'"', b"<?xml version='1.0' encoding='utf-8'?>", b"<!DOCTYPE a>", b"G", b"s"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map(b"".join), st.lists(st.integers(1, 20), min_size=1, max_size=40))
def test_any_bytes_give_the_same_however_they_are_chunked(data, sizes):
    whole = framed(data)
    framer = Framer()
    parts, position = [], 0
    while position < len(data):
        size = sizes[position % len(sizes)]
        parts += [shown(r) for r in framer.feed(data[position : position + size])]
        position += size
    assert parts == whole


@given(st.binary(max_size=300))
def test_nothing_raises(data):
    framed(data)
    framed(b"<a>" + data)
    framed(b"<?xml version='1.0' encoding='" + data)


documents = st.recursive(
    st.sampled_from(["<a/>", '<a b="&gt;&#10;/>"/>', "<b>ä &amp; <![CDATA[</b>]]></b>", "<!-- <x> --><c></c>"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "<d>" + "\n".join(parts) + "</d>"),
    max_leaves=6,
)


@given(st.lists(documents, max_size=5), st.sampled_from(["", "\n", "\r\n", " \0"]), st.integers(1, 50))
def test_every_document_of_a_sequence_comes_as_it_was_sent(texts, between, size):
    data = "".join(text + between for text in texts).encode()
    assert framed(data, size) == [text[text.index("<c") :] if text.startswith("<!") else text for text in texts]
