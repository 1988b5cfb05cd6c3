"""`<http_server>` of the start-up file."""

import hashlib

from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import HttpDirectory, HttpServer, HttpUser

DIGEST = hashlib.md5(b"x", usedforsecurity=False).hexdigest()


def server(content: str, environ=None) -> HttpServer:
    return read_scheduler_xml(f"<spooler><config>{content}</config></spooler>".encode(), "", environ or {}).http_server


def test_users_and_directories():
    found = server(
        "<http_server><http_directory url_path='/x/' path='$HTML/x'/><http.authentication scheme='basic'><http.users>"
        f"<http.user name='a' password_md5='{DIGEST.upper()}'/><http.user name='b' password_md5='{DIGEST}'/>"
        "</http.users></http.authentication><http_directory url_path='/x' path='second'/></http_server>",
        {"HTML": "/srv"},
    )
    assert found == HttpServer((HttpUser("a", DIGEST), HttpUser("b", DIGEST)), (HttpDirectory("/x/", "/srv/x"),))


def test_without_it_there_are_neither_users_nor_files():
    assert server("") == server("<http_server/>") == HttpServer()
