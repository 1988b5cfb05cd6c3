"""The endless answer of `<events.get/>`: events as they happen, for one client.

    C: <events.get/>
    S: <events>
    S: <event id="4711" …/>           one in each line; an empty line after a while without any
    S: </events>                      when the engine ends, or the client its sending; then the connection ends

The stream remembers a number and nothing else: it looks for more only when the client has taken what was written. One
that reads slowly, or not at all, holds no memory.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater

from models.errors import StoreError
from netcore.clocks import wall_of
from netcore.events import SLICE, EventFeed
from netcore.http_stream import AnswerStream
from scheduler.commands.events_get import EventsGet
from scheduler.commands.registry import declaration_of
from scheduler.errors import Code, WorkloadError
from scheduler.events.choice import kinds_of
from scheduler.events.document import event_lines
from scheduler.events.happening import Portion
from scheduler.protocol.envelope import refusal
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of, is_list
from scheduler.xml.element import Element

#: seconds without an event after which an empty line says that both sides are still there
QUIET_SECONDS = 30.0


class EventStream:
    "`after` None: what happens from now on."

    def __init__(self, reactor: Any, feed: EventFeed, after: int | None, kinds: frozenset[str]) -> None:
        self._reactor = reactor
        self._feed = feed
        self._after = feed.last if after is None else after
        self._kinds = kinds

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        "Fires when everything is written; fails with Gone."
        yield out.write(b"<events>\n")
        try:
            more = True
            while more and not self._feed.stopped:
                more = yield self._some(out)
        except (WorkloadError, StoreError) as error:
            now = datetime.fromtimestamp(wall_of(self._reactor)(), UTC)
            yield out.write(_bytes(f"{refusal(_as_refusal(error), now)}\n"))
        yield out.write(b"</events>")

    def close(self) -> None:
        "Nobody wants it."

    @inlineCallbacks
    def _some(self, out: AnswerStream) -> Any:
        """What is there now; when there is nothing, it is waited for. Fires with whether to go on: a client that does
        not follow gets what is there already."""
        portion: Portion = yield self._feed.portion(self._after, SLICE, self._kinds)
        before, self._after = self._after, portion.last
        if portion.happenings:
            yield out.write(_bytes(event_lines(portion.happenings)))
        elif portion.last > before:
            yield deferLater(self._reactor, 0)
        elif out.following:
            yield self._wait(out)
        else:
            return False
        return True

    @inlineCallbacks
    def _wait(self, out: AnswerStream) -> Any:
        waiting = self._feed.wait(QUIET_SECONDS, self._after, self._kinds)
        out.on_end = waiting.cancel
        self._after = yield waiting
        out.on_end = None
        if self._feed.last == self._after and out.following and not self._feed.stopped:
            yield out.write(b"\n")


class EventStreams:
    "Which requests are answered by a stream."

    def __init__(self, reactor: Any, feed: EventFeed) -> None:
        self._reactor = reactor
        self._feed = feed

    def stream_of(self, request: Element | WorkloadError, level: Level) -> EventStream | None:
        "None: the request has one answer, be it a refusal."
        try:
            if isinstance(request, WorkloadError) or is_list(request):
                return None
            (element,) = commands_of(request)
            declaration = declaration_of(element)
            if declaration.cls is not EventsGet or level < declaration.level:
                return None
            command: EventsGet = declaration.decode(element, {})
            kinds = kinds_of(command.kinds)
        except WorkloadError:
            return None
        return EventStream(self._reactor, self._feed, command.after, kinds) if command.is_stream else None


def _bytes(fragment: str) -> bytes:
    "There is no prolog that would name an encoding."
    return fragment.encode("ascii", "xmlcharrefreplace")


def _as_refusal(error: WorkloadError | StoreError) -> WorkloadError:
    return error if isinstance(error, WorkloadError) else WorkloadError(Code.NO_HISTORY, problem=str(error))
