"""Bytes of a connection as requests: what is understood, what is refused, and that pieces make no difference."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.protocol.http_exchange import Continue, Exchange, RequestReader
from scheduler.protocol.http_limits import HttpLimits, HttpRefusal

LIMITS = HttpLimits(target_bytes=200, head_bytes=1000, headers=10, body_bytes=100)


def conversation(data: bytes, size: int = 100_000, limits: HttpLimits = LIMITS):
    "What is understood, as comparable data; a refusal is its status, and the end. Every exchange is answered at once."
    reader, seen = RequestReader(limits), []
    for start in range(0, len(data), size):
        reader.receive(data[start : start + size])
        while not reader.starved:
            try:
                got = reader.advance()
            except HttpRefusal as refusal:
                return [*seen, refusal.status]
            if isinstance(got, Continue):
                seen.append(got.data)
            elif isinstance(got, Exchange):
                request = got.request
                assert request is not None
                got.head(200, (), 0)
                got.data(b"x")
                got.end()
                seen.append((request.method, request.target, request.body))
                if got.closes:
                    return [*seen, "closed"]
            assert reader.held <= limits.head_bytes + limits.body_bytes + len(data)
    return seen


def head(*lines: str, first: str = "GET / HTTP/1.1") -> bytes:
    return "\r\n".join([first, "Host: a", *lines, "", ""]).encode()


def post(*lines: str) -> bytes:
    return head(*lines, first="POST /p HTTP/1.1")


GET = ("GET", "/", b"")
CHUNKED = "Transfer-Encoding: chunked"

UNDERSTOOD = [
    (head(), [GET]),
    (head() + head(), [GET, GET]),
    (b"GET / HTTP/1.0\r\n\r\n", [GET, "closed"]),
    (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [GET, "closed"]),
    (head("Connection: close") + head(), [GET, "closed"]),
    (head(first="HEAD /x?y HTTP/1.1"), [("HEAD", "/x?y", b"")]),
    (post("Content-Length: 4") + b"<a/>", [("POST", "/p", b"<a/>")]),
    (post("Content-Length: 0"), [("POST", "/p", b"")]),
    (post("content-length:4  ") + b"<a/>" + head(), [("POST", "/p", b"<a/>"), GET]),
    # one line end too many behind a body
    (post("Content-Length: 4") + b"<a/>\r\n" + head(), [("POST", "/p", b"<a/>"), GET]),
    (head("Content-Length: 3") + b"xyz" + head(), [("GET", "/", b"xyz"), GET]),
    # in chunks; then the connection ends, because servers disagree about where that was
    (post(CHUNKED) + b"3\r\n<a/\r\n1;x=y\r\n>\r\n0\r\n\r\n" + head(), [("POST", "/p", b"<a/>"), "closed"]),
    (post("Content-Length: 4", "Expect: 100-continue") + b"<a/>",
     [b"HTTP/1.1 100 Continue\r\n\r\n", ("POST", "/p", b"<a/>")]),
    (head("Upgrade: h2c", "Connection: upgrade") + head(), [GET, GET]),
    # not complete
    (head()[:-1], []),
    (post("Content-Length: 4") + b"<a/", []),
    (b"", []),
]

REFUSED = [
    (b"GET /\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"\r\n\r\n" + head(), 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (head("Host: b"), 400),
    (head("no colon"), 400),
    (head("Blank : x"), 400),
    (head("X: a\x00b"), 400),
    (head("X: a\rb"), 400),
    # line ends without CR
    (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    # folded lines
    (head("X: a", " b"), 400),
    (head("X: a", "\tContent-Length: 3"), 400),
    # lengths about which two programs could disagree
    (post("Content-Length: 4", "Content-Length: 4") + b"<a/>", 400),
    (post("Content-Length: 4", "Content-Length: 0") + b"<a/>", 400),
    (post("Content-Length: 4, 4") + b"<a/>", 400),
    (post("Content-Length: +4") + b"<a/>", 400),
    (post("Content-Length: 0x4") + b"<a/>", 400),
    (post("Content-Length: -1"), 400),
    (post("Content-Length:"), 400),
    (post("Content-Length: 4", CHUNKED) + b"0\r\n\r\n", 400),
    (post(CHUNKED, "Content-Length: 4") + b"0\r\n\r\n", 400),
    (post(CHUNKED, CHUNKED) + b"0\r\n\r\n", 400),
    (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (post("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n", 501),
    (post("Transfer-Encoding: xchunked") + b"0\r\n\r\n", 501),
    (post("Transfer-Encoding: chunked, identity") + b"0\r\n\r\n", 501),
    # chunks
    (post(CHUNKED) + b"x\r\n", 400),
    (post(CHUNKED) + b"3\r\nabcde\r\n0\r\n\r\n", 400),
    (post(CHUNKED) + b"0\r\nX: y\r\n\r\n", 400),
    # the rest
    (head(first="OPTIONS * HTTP/1.1"), 405),
    (head(first="DELETE / HTTP/1.1"), 405),
    (head(first="CONNECT a:1 HTTP/1.1"), 405),
    (head(first="GET / HTTP/2.0"), 505),
    (head(first="GET / HTTP/1.2"), 505),
    (head(first="GET / HTTP/0.9"), 505),
    (post(), 411),
    (b"POST / HTTP/1.0\r\n\r\n", 411),
    (post("Content-Length: 101"), 413),
    (post("Content-Length: 9999999999999999999"), 413),
    (post(CHUNKED) + b"60\r\n" + b"x" * 96 + b"\r\n60\r\n" + b"x" * 96, 413),
    (head(first=f"GET /{'x' * 200} HTTP/1.1"), 414),
    (b"GET /" + b"x" * 300, 414),
    (head(*(f"X{n}: y" for n in range(10))), 431),
    (head("X: " + "y" * 1000), 431),
    (b"GET / HTTP/1.1\r\nX: " + b"y" * 1000, 431),
    (post("Content-Length: 4", "Expect: 200-maybe"), 417),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
@pytest.mark.parametrize(("data", "expected"), UNDERSTOOD)
def test_requests_are_understood_in_any_pieces(data, expected, size):
    assert conversation(data, size) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
@pytest.mark.parametrize(("data", "status"), REFUSED)
def test_what_could_be_understood_in_two_ways_is_refused(data, status, size):
    assert conversation(data + head(), size) == [status]
    assert conversation(head() + data, size)[:1] == [GET]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\r\nHost: a\n", b"GET / HTTP/1.1\n\n"])
def test_a_bare_line_feed_is_refused_at_once(data):
    "Nobody waits for the end of a head that cannot be a good one."
    assert conversation(data) == [400]


def test_every_refusal_has_one_clear_line():
    for status in {status for _, status in REFUSED}:
        assert HttpRefusal(status, "because").text.endswith(": because")
        assert "\n" not in HttpRefusal(status).text
        exchange = RequestReader().refusal()
        answer = exchange.head(status, [("Content-Length", "2")], 0, last=True) + exchange.data(b"no") + exchange.end()
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"Connection: close\r\n" in answer
        assert exchange.closes


def answered(request: bytes, headers=(), pieces=(b"abc", b"", b"de")) -> tuple[bytes, bool]:
    reader = RequestReader()
    reader.receive(request)
    exchange = reader.advance()
    assert isinstance(exchange, Exchange)
    answer = exchange.head(200, headers, 0) + b"".join(exchange.data(piece) for piece in pieces) + exchange.end()
    return answer.partition(b"\r\n\r\n")[2], exchange.closes


def test_the_answer_is_framed_as_the_client_understands_it():
    assert answered(head()) == (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", False)
    assert answered(head(), [("Content-Length", "5")]) == (b"abcde", False)
    assert answered(b"GET / HTTP/1.0\r\n\r\n") == (b"abcde", True)
    assert answered(head(first="HEAD / HTTP/1.1"), [("Content-Length", "5")]) == (b"", False)
    assert answered(head(first="HEAD / HTTP/1.1")) == (b"", False)


LINES = st.sampled_from([
    "GET / HTTP/1.1", "POST /x HTTP/1.1", "HEAD / HTTP/1.0", "PUT / HTTP/1.1", "Host: a", "Content-Length: 3",
    "Content-Length: 0", CHUNKED, "Connection: close", "Expect: 100-continue", " folded", "X: " + "y" * 90, "", "",
    "abc", "3", "0", "<a/>", "GET /" + "x" * 150,
])  # fmt: skip
ENDS = st.sampled_from(["\r\n"] * 20 + ["\n", "\r", ""])
TALK = st.lists(st.tuples(LINES, ENDS), max_size=30).map(
    lambda parts: "".join(line + end for line, end in parts).encode("iso-8859-1")
)
WHOLE = st.lists(
    st.sampled_from([data for data, _ in UNDERSTOOD] + [data for data, _ in REFUSED]), max_size=6
).map(b"".join)


def pieces_of(data: bytes, cuts: list[int]) -> list[int]:
    return sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})


@given(st.one_of(WHOLE, TALK), st.lists(st.integers(0, 5000), max_size=8))
def test_any_pieces_give_the_same_conversation(data, cuts):
    places = pieces_of(data, cuts)
    reader, seen, ended = RequestReader(LIMITS), [], False
    for start, end in pairwise(places):
        reader.receive(data[start:end])
        while not reader.starved and not ended:
            try:
                got = reader.advance()
            except HttpRefusal as refusal:
                seen.append(refusal.status)
                ended = True
                break
            if isinstance(got, Continue):
                seen.append(got.data)
            elif isinstance(got, Exchange):
                got.head(200, (), 0)
                got.data(b"x")
                got.end()
                seen.append((got.request.method, got.request.target, got.request.body))
                if got.closes:
                    seen.append("closed")
                    ended = True
        if ended:
            break
    assert seen == conversation(data)


@given(st.binary(max_size=4000))
def test_garbage_is_refused_or_waited_for_and_never_more(data):
    for beginning in (b"", b"GET / HTTP/1.1\r\n", head("Content-Length: 50"), post(CHUNKED)):
        conversation(beginning + data, 97)


def test_many_tiny_chunks_are_taken_in_pieces():
    reader = RequestReader(HttpLimits())
    reader.receive(post(CHUNKED) + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n")
    turns = 0
    while reader.advance() is None:
        turns += 1
    assert turns >= 14
