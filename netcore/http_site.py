"""What the engine answers over HTTP: who may ask, what is asked for, and where the answer comes from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from netcore.command_connection import Execute
from netcore.http_connection import reply_of
from netcore.http_files import open_file
from netcore.http_logs import HttpLogs
from netcore.http_stream import Reply, Stream, TextStream
from netcore.large_answers import LargeAnswers
from netcore.peer_log import PeerLog, address_of, named
from scheduler import paths
from scheduler.definitions import HttpDirectory, HttpServer
from scheduler.definitions.config import NO_HTTP_SERVER
from scheduler.errors import WorkloadError
from scheduler.protocol.http_authentication import authorized
from scheduler.protocol.http_command import CommandReading, only_reads
from scheduler.protocol.http_files import place_of, type_of
from scheduler.protocol.http_limits import USUAL, HttpLimits, HttpRefusal
from scheduler.protocol.http_log_page import CONTENT_TYPE
from scheduler.protocol.http_request import HttpRequest
from scheduler.protocol.http_routes import (
    Command,
    JobDescription,
    Redirect,
    Route,
    ShowConfig,
    ShowLog,
    StaticFile,
    route,
)
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import USUAL as LIMITS
from scheduler.world import World
from scheduler.xml.element import Element
from scheduler.xml.indent import indented
from scheduler.xml.write import PROLOG, answer_bytes, text

XML = "text/xml; charset=ISO-8859-1"
#: characters of an answer that is indented and sent at once; a larger one goes out in slices
WHOLE_MAX = 64 << 10
#: and that is indented without giving others a turn
INDENTED_AT_ONCE = 16 << 10
_NO_CACHE = ("Cache-Control", "no-cache")
#: where the pages of the classic browser interface were before they were at `/jobscheduler/joc/`
_FORMER_PAGES = ("jobscheduler", "operations_gui")
_DIGEST = re.compile(r"((?:password_md5|sha256)\s*=\s*)([\"'])[^\"']*\2")


class HttpSite:
    """`world` and `logs` None: only commands are answered. Directories of `server` are absolute.

    `config_source` is the start-up file as written, `host` this machine's name. All on the reactor's thread.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        execute: Execute,
        limits: HttpLimits = USUAL,
        *,
        server: HttpServer = NO_HTTP_SERVER,
        world: World | None = None,
        logs: HttpLogs | None = None,
        config_source: str = "",
        host: str = "",
        version: str = "",
        peers: PeerLog | None = None,
        stream_of: Callable[[Element | WorkloadError, Level], Stream | None] = lambda request, level: None,
    ) -> None:
        self._stream_of = stream_of
        self._reactor = reactor
        self._execute = execute
        self._indenting = LargeAnswers(reactor)
        self._users = server.users
        self._tokens = server.tokens
        self._directories = server.directories
        self._world = world
        self._logs = logs
        self._config_source = config_source
        self._host = host
        self._peers = peers or PeerLog(reactor, LIMITS.log_lines)
        self.limits = limits
        #: the Server header
        self.server = f"Stellwerk/{version}" if version else "Stellwerk"

    def close(self) -> None:
        "Give the database connections of logs back."
        if self._logs is not None:
            self._logs.close()

    @inlineCallbacks
    def answer(self, request: HttpRequest, level: Level, peer: str) -> Any:
        "Fires with a Reply. Fails only by a mistake of the program."
        try:
            granted, who = yield self._admit(request, level, peer)
            return (yield self._answer(route(request), request, granted, who))
        except HttpRefusal as refusal:
            return reply_of(refusal)
        except Exception:
            self._log.failure("A request of {peer} broke down", peer=peer)
            return reply_of(HttpRefusal(500))

    @inlineCallbacks
    def _admit(self, request: HttpRequest, level: Level, peer: str) -> Any:
        """Fires with the level that counts (that of the user or token, else `level`), and with the peer as it is called
        from now on.

        Raises HttpRefusal 401 and 403. Wrong credentials are answered late, so that guessing takes its time. A page of
        another site cannot know credentials, so with them it does not matter by which name somebody asks.
        """
        try:
            grant = authorized(request.header("authorization"), self._users, self._tokens)
        except HttpRefusal:
            if request.header("authorization"):
                self._peers.warn(peer, "{peer} gave wrong credentials")
                yield deferLater(self._reactor, self.limits.denial_seconds)
            raise
        if not request.is_of_this_site:
            raise HttpRefusal(403, "requests of other web sites are not accepted")
        if not (self._users or self._tokens) and not request.names_this_machine(address_of(peer), self._host):
            raise HttpRefusal(403, "the Host of this request is no name of this machine")
        if grant.level:
            level = Level.of(grant.level)
        if level < Level.INFO:
            raise HttpRefusal(403)
        return level, named(peer, grant.by)

    @inlineCallbacks
    def _answer(self, asked: Route, request: HttpRequest, level: Level, peer: str) -> Any:
        match asked:
            case Command():
                return (yield self._command(asked, request, level, peer))
            case ShowLog() if self._logs is not None:
                stream = yield self._logs.open(asked)
                return Reply(200, (("Content-Type", CONTENT_TYPE), _NO_CACHE), stream)
            case JobDescription():
                return self._description(asked)
            case ShowConfig() if self._config_source:
                return self._config()
            case StaticFile():
                return (yield self._file(asked, request))
            case Redirect(path):
                return Reply(301, (("Location", path), ("Content-Length", "0"), _NO_CACHE))
        raise HttpRefusal(404)

    @inlineCallbacks
    def _command(self, asked: Command, request: HttpRequest, level: Level, peer: str) -> Any:
        reading = CommandReading(
            asked.body, asked.charset, self.limits.body_bytes, self.limits.depth, self.limits.nodes
        )
        reading.advance()
        while reading.result is None:
            yield deferLater(self._reactor, 0)
            reading.advance()
        document: Element | WorkloadError = reading.result
        if asked.reads_only and isinstance(document, Element) and not only_reads(document):
            raise HttpRefusal(403, "only commands that show something are possible in an address")
        stream = self._stream_of(document, level)
        if stream is not None:
            return Reply(200, (("Content-Type", XML), _NO_CACHE), stream)
        fragment: str = yield self._execute(document, level, peer)
        headers: tuple[tuple[str, str], ...] = (("Content-Type", XML), _NO_CACHE)
        if len(fragment) > WHOLE_MAX:
            return Reply(200, headers, TextStream(PROLOG, fragment))
        if len(fragment) > INDENTED_AT_ONCE:
            fragment = yield self._indenting.make(object(), lambda: indented(fragment))
        else:
            fragment = "".join(indented(fragment))
        body = answer_bytes(fragment)
        if request.version == "1.0":
            headers += (("Content-Length", str(len(body))),)
        return Reply(200, headers, body)

    def _description(self, asked: JobDescription) -> Reply:
        job = self._world.jobs.get(paths.key(asked.job)) if self._world is not None else None
        if job is None or not job.definition.description:
            raise HttpRefusal(404)
        if not asked.as_html:
            body = job.definition.description.encode("iso-8859-1", "replace")
            return Reply(200, (("Content-Type", "text/plain; charset=ISO-8859-1"), _NO_CACHE), body)
        page = (
            '<!DOCTYPE html>\n<html><head><style type="text/css">@import "scheduler.css"; @import "custom.css";</style>'
            f"<title>{text(job.path)}</title></head>\n"
            f'<body id="job_description"><pre>{text(job.definition.description)}</pre></body></html>\n'
        )
        return Reply(200, (("Content-Type", CONTENT_TYPE), _NO_CACHE), page.encode("iso-8859-1", "xmlcharrefreplace"))

    def _config(self) -> Reply:
        "Without the digests of passwords, which could be guessed from."
        source = PROLOG + "\n" + _DIGEST.sub(r"\1\2***\2", self._config_source)
        return Reply(200, (("Content-Type", XML), _NO_CACHE), source.encode("iso-8859-1", "xmlcharrefreplace"))

    @inlineCallbacks
    def _file(self, asked: StaticFile, request: HttpRequest) -> Any:
        try:
            place = place_of(asked.segments, self._directories)
        except HttpRefusal:
            if asked.segments[:2] != _FORMER_PAGES:
                raise
            moved = quote("/".join(("/jobscheduler/joc", *asked.segments[2:])))
            return Reply(301, (("Location", moved), ("Content-Length", "0"), _NO_CACHE))
        stream = yield deferToThreadPool(self._reactor, self._reactor.getThreadPool(), open_file, self._reactor, place)
        headers = [("Content-Length", str(stream.size))]
        media_type = type_of(asked.segments[-1])
        if media_type:
            headers.append(("Content-Type", media_type))
        if "no-cache" in request.header("cache-control"):
            headers.append(_NO_CACHE)
        return Reply(200, tuple(headers), stream)


def with_absolute_directories(server: HttpServer, base: str, html_dir: str = "") -> HttpServer:
    """Directories are relative to `base`, the directory of the start-up file. `html_dir` (empty: none), which is
    relative to the working directory, holds the files of addresses that no other directory has."""
    directories = [replace(one, path=os.path.abspath(os.path.join(base, one.path))) for one in server.directories]
    if html_dir:
        directories.append(HttpDirectory("/", os.path.abspath(html_dir)))
    return replace(server, directories=tuple(directories))
