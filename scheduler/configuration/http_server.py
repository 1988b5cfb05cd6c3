"""`<http_server>` of the start-up file: who may speak HTTP on the command port, and which files it serves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.configuration.reading import Reading
from scheduler.definitions import HttpDirectory, HttpServer, HttpToken, HttpUser
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.xml.attribute_types import TEXT, choice
from scheduler.xml.declaration import Attribute, Declaration, any_number, optional, unsupported, values
from scheduler.xml.element import Element

_READABLE = "the password crosses the network readably, unless the port with TLS is used"
_INSIDE = "relative to the start-up file; links that lead out of it are not followed"
_WEB_SERVICES = "another program can speak for it: it sends <add_order> to the command port"


@dataclass(frozen=True, slots=True)
class Digest:
    "Raises BAD_VALUE. What was given is not repeated: it may be the secret itself."

    digits: int

    @property
    def word(self) -> str:
        return f"{self.digits} hexadecimal digits"

    def read(self, text: str, attribute: str) -> str:
        if not re.fullmatch(rf"[0-9A-Fa-f]{{{self.digits}}}", text.strip()):
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value="…", expected=self.word)
        return text.strip().lower()


@dataclass(frozen=True, slots=True)
class LevelWord:
    "Raises UNKNOWN_LEVEL."

    word: str = "none | signal | info | no_add | all"

    def read(self, text: str, attribute: str) -> str:
        return Level.of(text).word


@dataclass(frozen=True, slots=True)
class UrlPath:
    "Raises BAD_VALUE."

    word: str = "/path/"

    def read(self, text: str, attribute: str) -> str:
        if not text.startswith("/") or any(part in (".", "..") for part in text.split("/")):
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word)
        return text


HTTP_USER = Declaration(
    "http.user",
    (
        Attribute("name", TEXT, required=True),
        Attribute("password_md5", Digest(32), required=True, doc=_READABLE),
        Attribute("level", LevelWord(), default="", better="ours", doc="instead of the level of the address"),
    ),
)
HTTP_USERS = Declaration("http.users", children=(any_number(HTTP_USER),))
HTTP_TOKEN = Declaration(
    "http.token",
    (
        Attribute("name", TEXT, required=True, better="ours", doc="tells it apart from others"),
        Attribute("sha256", Digest(64), required=True, better="ours", doc="of what the client sends as `Bearer`"),
        Attribute("level", LevelWord(), required=True, better="ours", doc="instead of the level of the address"),
    ),
    better="ours",
)
HTTP_TOKENS = Declaration("http.tokens", children=(any_number(HTTP_TOKEN),), better="ours")
HTTP_AUTHENTICATION = Declaration(
    "http.authentication",
    (Attribute("scheme", choice("basic"), default="basic"),),
    (optional(HTTP_USERS), optional(HTTP_TOKENS)),
)
HTTP_DIRECTORY = Declaration(
    "http_directory",
    (
        Attribute("url_path", UrlPath(), required=True),
        Attribute("path", TEXT, required=True, better=_INSIDE),
    ),
)
HTTP_SERVER = Declaration(
    "http_server",
    children=(any_number(HTTP_AUTHENTICATION, HTTP_DIRECTORY, unsupported("web_service", _WEB_SERVICES)),),
    doc="on the command port",
)


def read_http_server(elements: Iterable[Element], reading: Reading) -> HttpServer:
    "Of several elements the first user or directory of a name counts."
    users: dict[str, HttpUser] = {}
    tokens: dict[str, HttpToken] = {}
    directories: dict[str, HttpDirectory] = {}
    for child in (child for element in elements for child in element.children):
        if child.tag == HTTP_DIRECTORY.tag:
            given = values(child, HTTP_DIRECTORY)
            path = reading.substituted(given["path"])
            if not path:  # of a variable that is not set: it would be the directory of the start-up file
                expected = "a directory"
                raise WorkloadError(
                    Code.BAD_VALUE, child.place, attribute="path", value=child.get("path"), expected=expected
                )
            directories.setdefault(given["url_path"].strip("/"), HttpDirectory(given["url_path"], path))
            continue
        for entry in (entry for holder in child.children for entry in holder.children):
            if entry.tag == HTTP_USER.tag:
                given = values(entry, HTTP_USER)
                users.setdefault(given["name"], HttpUser(given["name"], given["password_md5"], given["level"]))
            else:
                given = values(entry, HTTP_TOKEN)
                tokens.setdefault(given["name"], HttpToken(given["name"], given["sha256"], given["level"]))
    return HttpServer(tuple(users.values()), tuple(directories.values()), tuple(tokens.values()))
