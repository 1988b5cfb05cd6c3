"""What an address asks for, who may ask, and where files come from."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.definitions import HttpDirectory, HttpUser
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.http_authentication import authorized
from scheduler.protocol.http_command import CommandReading
from scheduler.protocol.http_files import Place, place_of, type_of
from scheduler.protocol.http_limits import HttpRefusal
from scheduler.protocol.http_request import HttpRequest
from scheduler.protocol.http_routes import (
    Command,
    JobDescription,
    JobLog,
    MainLog,
    OrderLog,
    Redirect,
    ShowConfig,
    ShowLog,
    StaticFile,
    TaskLog,
    route,
)


def get(target: str, **headers: str):
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return route(HttpRequest("GET", target, headers=named))


def reading(text: str) -> Command:
    return Command(text.encode(), "utf-8", reads_only=True)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/<show_state/>", reading("<show_state/>")),
        ("/%3Cshow_job%20job=%22/a?b%22/%3E", reading('<show_job job="/a?b"/>')),
        ("/%3Cshow_job job='%C3%A4'/>", reading("<show_job job='ä'/>")),
        ("/%3Cshow_job job='%E4'/>", reading("<show_job job='ä'/>")),
        ("/<s/>", reading("<s/>")),
        ("/<s what='folders'/>", reading("<s what='folders'/>")),
        ("/jobscheduler/master/api/command?command=%3Cshow_state/%3E", reading("<show_state/>")),
        ("http://host:4444/<show_state/>", reading("<show_state/>")),
        ("/show_log?", ShowLog(MainLog())),
        ("/x/y/show_log?task=4711", ShowLog(TaskLog(4711))),
        ("/show_log?job=a/b", ShowLog(JobLog("/a/b"))),
        ("/show_log?job=a%20b&base_url=/joc/", ShowLog(JobLog("/a b"), "/joc/")),
        ("/show_log?order=1&job_chain=c", ShowLog(OrderLog("/c", "1"))),
        ("/show_log?order=1&job_chain=/c&history_id=7", ShowLog(OrderLog("/c", "1", 7))),
        ("/jobscheduler/engine-cpp/show_log?task=1", ShowLog(TaskLog(1))),
        # a page of another site must not be able to put its scripts into ours
        ("/show_log?base_url=http://evil/", ShowLog(MainLog())),
        ("/show_log?base_url=//evil/", ShowLog(MainLog())),
        ("/show_log?base_url=/%5Cevil/", ShowLog(MainLog())),
        ("/show_log?base_url=/'x", ShowLog(MainLog())),
        ("/job_description?job=a", JobDescription("/a", False)),
        ("/show_config?", ShowConfig()),
        ("/", StaticFile(("index.html",))),
        ("/x/", StaticFile(("x", "index.html"))),
        ("/x.y/", StaticFile(("x.y", "index.html"))),
        ("/x", Redirect("/x/")),
        ("/a%20b/x", Redirect("/a%20b/x/")),
        ("/x/%2eversion", StaticFile(("x", ".version"))),
        ("/a/b.html?c=d", StaticFile(("a", "b.html"))),
        ("/a%252e%252e/b.c", StaticFile(("a%2e%2e", "b.c"))),
    ],
)
def test_addresses(target, expected):
    assert get(target) == expected


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/<start_job job='a'/>", 403),
        ("/<terminate/>", 403),
        ("/%3Cspooler%3E<terminate/></spooler>", 403),
        ("/command?command=<terminate/>", 403),
        ("/../x", 404),
        ("/x/..", 404),
        ("/%2e%2e/x", 404),
        ("/x%2f..%2fy.z", 404),
        ("/x/%2E./y.z", 404),
        ("/..%5cx.y", 404),
        ("/x/./y.z", 404),
        ("//evil.example/x", 404),
        ("/%2fevil", 404),
        ("/a%00.html", 400),
        ("/a%0d%0aX:y.html", 404),
        ("/nothing.html?", 404),
        ("*", 400),
        ("ftp://host/x", 400),
        ("/show_log?task=x", 400),
        ("/show_log?order=1", 400),
        ("/show_log?job=../../x", 404),
        ("/x?" + "&".join(f"a{n}=b" for n in range(60)) + "&command=", 400),
    ],
)
def test_addresses_that_lead_nowhere(target, status):
    with pytest.raises(HttpRefusal) as refused:
        get(target if status != 400 or "&" not in target else target.replace("/x?", "/command?"))
    assert refused.value.status == status


def test_a_description_as_a_page():
    assert get("/job_description?job=a", accept="text/html,*/*") == JobDescription("/a", True)


def test_a_post_is_a_command_wherever_it_goes():
    request = HttpRequest("POST", "/jobscheduler/engine/command/", headers=(("content-type", 'x/y; Charset="LATIN1"'),),
                          body=b"<a/>")  # fmt: skip
    assert route(request) == Command(b"<a/>", "latin1")
    with pytest.raises(HttpRefusal):
        route(HttpRequest("POST", "/a/../b"))


@given(st.text(alphabet="/.%25ef\\cC0x ab~", max_size=40))
def test_no_address_leads_out_of_a_directory(text):
    try:
        found = route(HttpRequest("GET", "/" + text))
    except HttpRefusal:
        return
    if isinstance(found, StaticFile):
        for segment in found.segments:
            assert segment not in ("", ".", "..")
            assert not set(segment) & set("/\\\0\r\n")
    elif isinstance(found, Redirect):
        assert not found.path.startswith("//")


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),
        ({"origin": "http://a:4444", "host": "a:4444"}, True),
        ({"origin": "http://a", "host": "a"}, True),
        ({"origin": "http://A", "host": "a:80"}, True),
        ({"origin": "https://a", "host": "a:443"}, True),
        ({"origin": "https://a", "host": "inside:4444", "x-forwarded-host": "a"}, True),
        ({"origin": "http://evil", "host": "a:4444"}, False),
        ({"origin": "http://a:4445", "host": "a:4444"}, False),
        ({"origin": "null", "host": "a"}, False),
        ({"origin": "http://[", "host": "a"}, False),
        ({"origin": "http://a:4444"}, False),
        ({"sec-fetch-site": "cross-site", "host": "a"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://a", "host": "a"}, True),
    ],
)
def test_pages_of_other_sites_may_not_ask(headers, good):
    assert HttpRequest("POST", "/", headers=tuple(headers.items())).is_of_this_site is good


@pytest.mark.parametrize(
    ("peer", "asked", "good"),
    [
        ("127.0.0.1", "127.0.0.1:4444", True),
        ("127.0.0.1", "localhost:4444", True),
        ("::1", "[::1]:4444", True),
        ("127.0.0.1", "Box.example.org", True),
        ("127.0.0.1", "", True),
        ("127.0.0.1", "evil.example:4444", False),
        ("::1", "evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "[", False),
        ("10.1.2.3", "scheduler.example.org", True),
    ],
)
def test_on_this_machine_a_strange_name_is_that_of_another_site(peer, asked, good):
    headers = (("host", asked),) if asked else ()
    assert HttpRequest("POST", "/", headers=headers).names_this_machine(peer, "box") is good


def test_a_machine_without_a_name_of_its_own_has_no_name_but_localhost():
    for host in ("", "localhost"):
        request = HttpRequest("GET", "/", headers=(("host", "localhost.evil.example"),))
        assert not request.names_this_machine("127.0.0.1", host)


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


USERS = (
    HttpUser("anna", hashlib.md5(b"a:b", usedforsecurity=False).hexdigest()),
    HttpUser("börje", hashlib.md5("ä".encode("iso-8859-1"), usedforsecurity=False).hexdigest().upper()),
)


@pytest.mark.parametrize("header", [basic(b"anna:a:b"), basic("börje:ä".encode()), basic("börje:ä".encode("latin-1"))])
def test_a_user_with_his_password_is_let_in(header):
    authorized(header, USERS)
    authorized(header.replace("Basic", "bAsIc"), USERS)


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic x", "Basic !!!!", "Bearer abc", basic(b"anna"), basic(b"anna:"), basic(b"anna:a:c"),
     basic(b"Anna:a:b"), basic(b":"), basic(b"nobody:a:b"), basic("börje:ö".encode())],
)  # fmt: skip
def test_everybody_else_is_not(header):
    with pytest.raises(HttpRefusal) as refused:
        authorized(header, USERS)
    assert refused.value.status == 401
    assert refused.value.headers[0][0] == "WWW-Authenticate"


def test_a_user_that_does_not_exist_has_no_password():
    # the digest that unknown names are compared with must not be one that somebody could find
    with pytest.raises(HttpRefusal):
        authorized(basic(b"nobody:x"), [HttpUser("anna", "0" * 32)])


def test_without_users_nobody_is_asked():
    authorized("", ())


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
def test_strange_credentials_are_wrong_credentials(text):
    for header in (text, f"Basic {text}"):
        with pytest.raises(HttpRefusal):
            authorized(header, USERS)


def test_the_longest_address_of_a_directory_counts():
    directories = (HttpDirectory("/", "/html"), HttpDirectory("/x/", "/ex"), HttpDirectory("/x/y", "/why"))
    assert place_of(("a",), directories) == Place("/html", ("a",))
    assert place_of(("x", "a"), directories) == Place("/ex", ("a",))
    assert place_of(("x", "y", "a"), directories) == Place("/why", ("a",))
    assert place_of(("xy", "a"), directories) == Place("/html", ("xy", "a"))
    with pytest.raises(HttpRefusal):
        place_of(("a",), directories[1:])


def test_types():
    assert [type_of(name) for name in ("a.HTML", "a.tar.xsl", ".version", "a.b", "js")] == [
        "text/html", "text/xml", "", "", "text/javascript"]


def read(body: bytes, charset: str = ""):
    reading = CommandReading(body, charset)
    while reading.result is None:
        reading.advance()
    return reading.result.code if isinstance(reading.result, WorkloadError) else reading.result


@pytest.mark.parametrize(
    ("body", "charset", "name"),
    [
        ("<a n='ä'/>".encode(), "", "ä"),
        ("<a n='ä'/>".encode("latin-1"), "", "ä"),
        ("<a n='ä'/>".encode("latin-1"), "utf-8", "ä"),
        ("<a n='€'/>".encode("windows-1252"), "windows-1252", "€"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?><a n='\xc3\xa4'/>", "utf-8", "Ã¤"),
        (b"<?xml version='1.0' encoding='utf-8'?><a n='\xc3\xa4'/>", "iso-8859-1", "ä"),
        (b"\r\n <a n='x'/> \r\n\0", "", "x"),
        (b"<a n='x'>" + b"<b/>" * 30_000 + b"</a>", "", "x"),
        (b"<a n='x'/>" + b" " * 100_000 + b"<!-- -->", "", "x"),
    ],
)
def test_bodies_are_decoded_as_they_or_the_request_say(body, charset, name):
    assert read(body, charset).get("n") == name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.MALFORMED),
        (b"x", Code.MALFORMED),
        (b"<a>", Code.MALFORMED),
        (b"<a/><b/>", Code.MALFORMED),
        (b"<a/>" + b" " * 40_000 + b"<b/>", Code.MALFORMED),
        (b"<!DOCTYPE a><a/>", Code.DOCTYPE),
        (b"<a>" * 200, Code.TOO_DEEP),
    ],
)
def test_bodies_that_are_no_command(body, code):
    assert read(body) is code


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "iso-8859-1", "utf-7", "x"]))
def test_any_body_gets_a_verdict(body, charset):
    read(body, charset)
    read(b"<a>" + body, charset)
