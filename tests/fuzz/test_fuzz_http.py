"Fuzz target: the bytes of a connection that speaks HTTP, from the first line to what is asked for."

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.definitions import HttpDirectory, HttpToken, HttpUser
from scheduler.protocol.http_authentication import authorized
from scheduler.protocol.http_command import CommandReading
from scheduler.protocol.http_exchange import Continue, Exchange, RequestReader
from scheduler.protocol.http_files import place_of
from scheduler.protocol.http_limits import HttpLimits, HttpRefusal
from scheduler.protocol.http_request import HttpRequest
from scheduler.protocol.http_routes import Command, Redirect, ShowLog, StaticFile, route
from tests.support.fuzzing import BRIEFLY, FOR_LONG
from tests.support.mutations import SIZES, damaged, pieces

LIMITS = HttpLimits(target_bytes=400, head_bytes=1500, headers=12, body_bytes=300)
HEADS = b"Host: localhost\r\nAuthorization: Basic YW5uYTphOmI=\r\nCookie: a=b\r\n"
REQUESTS = [
    b"GET / HTTP/1.1\r\n" + HEADS + b"\r\n",
    b"GET /%3Cshow_state/%3E HTTP/1.0\r\n\r\n",
    b"GET /jobscheduler/master/api/command?command=%3Cs/%3E HTTP/1.1\r\nHost: a:1\r\n\r\n",
    b"GET /show_log?order=1&job_chain=/a/b&history_id=3&base_url=/x/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /jobscheduler/engine-cpp/job_description?job=/a/../b HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n",
    b"GET http://h/joc/..%2f..%2fetc/passwd?x HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /joc/%2e%2e/secret.html HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /folder HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\nContent-Type: a/b; charset=iso-8859-1\r\n\r\n<show_state/>",
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<s/>\r\n3;a=b\r\n\xe4\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\nOrigin: http://a\r\n\r\n<s/>",
]
DIRECTORIES = (HttpDirectory("/", "/html"), HttpDirectory("/joc/", "/joc"))
USERS = (HttpUser("anna", "0" * 32),)
TOKENS = (HttpToken("ci", "0" * 64, "all"),)


def conversation(chunks: list[bytes]) -> list[object]:
    "What is understood, each request answered at once; a refusal is its status, and the end."
    reader, seen = RequestReader(LIMITS), list[object]()
    for chunk in chunks:
        reader.receive(chunk)
        while not reader.starved:
            try:
                got = reader.advance()
            except HttpRefusal as refusal:
                return [*seen, refusal.status]
            if isinstance(got, Continue):
                seen.append(got.data)
            elif isinstance(got, Exchange):
                seen.append(got.request)
                got.head(200, (), 0)
                got.end()
                if got.closes:
                    return [*seen, "closed"]
    return seen


@given(damaged(REQUESTS), SIZES)
def any_chunking_gives_the_same(data: bytes, sizes: list[int]) -> None:
    assert conversation(pieces(data, sizes)) == conversation([data])


@given(damaged(REQUESTS))
def a_request_asks_for_something_harmless_or_is_refused(data: bytes) -> None:
    for each in conversation([data]):
        if isinstance(each, HttpRequest):
            with suppress(HttpRefusal):
                asked(each)


def asked(request: HttpRequest) -> None:
    assert len(request.body) <= LIMITS.body_bytes
    _ = (request.charset, request.is_of_this_site, request.names_this_machine("127.0.0.1", "host"))
    match route(request):
        case StaticFile(segments):
            names = place_of(segments, DIRECTORIES).names
            assert not {"", ".", ".."} & set(names)
            assert not any(character in name for name in names for character in "/\\\0\r\n")
        case Redirect(path):
            assert path.startswith("/")
            assert not path.startswith("//")
            assert "\r" not in path
            assert "\n" not in path
        case ShowLog(base_url=base):
            assert not base.startswith("//")
            assert not set(base) & set("\"'<>")
        case Command(body, charset):
            reading = CommandReading(body, charset)
            while reading.result is None:
                reading.advance()


CREDENTIALS = damaged([b"Basic YW5uYTphOmI=", b"Bearer s3cret"]).map(lambda data: data.decode("latin-1"))


@given(st.one_of(st.text(max_size=80), CREDENTIALS))
def strange_credentials_are_wrong(header: str) -> None:
    with pytest.raises(HttpRefusal):
        authorized(header, USERS, TOKENS)


TARGETS = (
    any_chunking_gives_the_same,
    a_request_asks_for_something_harmless_or_is_refused,
    strange_credentials_are_wrong,
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_briefly(target: object) -> None:
    BRIEFLY(target)()  # type: ignore[operator]


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_for_long(target: object) -> None:
    FOR_LONG(target)()  # type: ignore[operator]
