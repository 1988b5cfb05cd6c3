"""One connection of a worker, from its first word on.

    classic   <register_remote_scheduler …/> as the first document: registered at once, other commands go on as usual
    ours      hello -> authenticate -> register: then it is the data or the control connection of that worker

It takes the place of the dialogue of the command port and has the same handles as `http_connection`. Nobody is thrown
out for being silent once he is registered; before that he has a few seconds. Every refusal on the way ends the
connection.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from scheduler.errors import Code, WorkloadError
from scheduler.protocol.envelope import answer, refusal
from scheduler.protocol.framing import Document, Framer, Received, Refused
from scheduler.protocol.levels import Level
from scheduler.supervisor import classic, messages
from scheduler.supervisor.authentication import is_proved, proof
from scheduler.supervisor.settings import KnownWorker
from scheduler.xml.element import Element
from scheduler.xml.write import answer_bytes

if TYPE_CHECKING:
    from netcore.command_connection import CommandConnection
    from netcore.supervisor.service import Supervisor
    from netcore.supervisor.session import Session

#: seconds from the first word to the registration
REGISTER_WITHIN = 30.0
#: bytes of a document, such as the list of what a worker has
DOCUMENT_MAX = 32 << 20


class Stage(StrEnum):
    NEW = "new"
    GREETED = "greeted"
    AUTHENTICATED = "authenticated"
    DATA = "data"
    CONTROL = "control"
    CLASSIC = "classic"


class Conversation:
    """`level` is what the peer's address may do. `name` is whom it claims to be, and is when `stage` is far enough."""

    _log = Logger()

    def __init__(self, connection: CommandConnection, level: Level, supervisor: Supervisor, reactor: Any) -> None:
        self.connection = connection
        self.level = level
        self._supervisor = supervisor
        self._reactor = reactor
        self._framer = Framer(DOCUMENT_MAX)
        self._received: deque[Received] = deque()
        self._executing = False
        self._closed = False
        self._at_end = False
        self._choked = False
        self._patience = reactor.callLater(REGISTER_WITHIN, self._too_late)
        self._hello: messages.Hello | None = None
        self._known: KnownWorker | None = None
        self._nonce = ""
        self.stage = Stage.NEW
        self.name = ""
        self.session: Session | None = None
        self.heard_at = reactor.seconds()
        #: nobody looks whether it is idle
        self.idle_since: float | None = None

    @property
    def peer(self) -> str:
        return self.connection.peer

    def begin(self, request: Element, early: Iterable[Received]) -> None:
        "The first document, which has made this connection a worker's, and what has come behind it."
        self._received.append(Document(request))
        self._received.extend(early)
        self._next()

    # -- handles for the connection

    def received(self, data: bytes) -> None:
        self.heard_at = self._reactor.seconds()
        self._received.extend(self._framer.feed(data))
        self.connection.hold(self._framer.held if self.stage in (Stage.NEW, Stage.GREETED) else 0)
        if len(self._received) > 100:
            self.connection.read(False)
        self._next()

    def input_ended(self) -> None:
        self._at_end = True
        self._next()

    def choke(self) -> None:
        self._choked = True

    def unchoke(self) -> None:
        self._choked = False
        self._next()

    def lost(self) -> None:
        "The connection is gone."
        if self._closed:
            return
        self._closed = True
        self._framer.drop()
        self._received.clear()
        if self._patience.active():
            self._patience.cancel()
        self._supervisor.conversation_lost(self)

    def abort(self) -> None:
        "Cut it now."
        self.connection.abort()
        self.lost()

    def _too_late(self) -> None:
        self._log.warn("{peer} has not registered in time and is cut off", peer=self.peer)
        self.abort()

    # -- one document after the other

    def _next(self) -> None:
        while self._received and not self._executing and not self._closed and not self._choked:
            got = self._received.popleft()
            if isinstance(got, Document):
                self._execute(got.element)
            elif isinstance(got, Refused):
                self._refused(got.error)
            else:
                self._end()
        if not self._received and not self._closed:
            self.connection.read(True)
            if self._at_end and not self._executing:
                self._end()

    def _execute(self, request: Element) -> None:
        self._executing = True
        maybeDeferred(self._answer_to, request).addCallback(self._reply).addErrback(self._failed)

    def _reply(self, fragment: str | None) -> None:
        self._executing = False
        if fragment is not None and not self._closed:
            if not fragment.startswith("<spooler"):
                fragment = answer(self._supervisor.now(), [fragment])
            self.connection.send(answer_bytes(fragment) + b"\0")
        self._next()

    def _failed(self, failure: Failure) -> None:
        self._executing = False
        if failure.check(WorkloadError):
            self._refused(failure.value)
            return
        self._log.failure("A request of {peer} broke down", failure=failure, peer=self.peer)
        self.abort()

    def _refused(self, error: WorkloadError) -> None:
        "What is refused before the registration ends the connection; a registered worker may ask for something else."
        self._reply(refusal(error, self._supervisor.now()))
        if self.stage in (Stage.NEW, Stage.GREETED, Stage.AUTHENTICATED):
            self._log.warn("{peer} is not registered: {refusal}", peer=self.peer, refusal=str(error))
            self._supervisor.refused(self.name, error)
            self._end()

    def _end(self) -> None:
        if not self._closed:
            self.connection.close()
            self.lost()

    def send(self, message: messages.Message) -> None:
        "Something that is no answer, on the control connection."
        if not self._closed:
            self.connection.send(messages.written(message).encode("ascii", "xmlcharrefreplace") + b"\0")

    # -- what it says

    def _answer_to(self, request: Element) -> Deferred[str | None] | str | None:
        if self.stage is Stage.CLASSIC:
            return self._classic(request)
        if self.stage is Stage.NEW and request.tag == classic.REGISTER:
            return self._register_classic(request)
        if not messages.is_message(request.tag):
            raise WorkloadError(Code.NOT_AUTHENTICATED if self.session is None else Code.WRONG_CHANNEL,
                                request.place, command=request.tag, channel=self.stage.value)  # fmt: skip
        return self._ours(messages.read(request))

    def _ours(self, message: messages.Message) -> Deferred[str | None] | str | None:
        match self.stage, message:
            case Stage.NEW, messages.Hello():
                return self._greet(message)
            case Stage.GREETED, messages.Authenticate():
                return self._authenticate(message)
            case Stage.AUTHENTICATED, messages.Register():
                return self._register(message)
            case Stage.DATA, messages.Fetch():
                return self._supervisor.fetch(self.name, message)
            case Stage.DATA, messages.Contents():
                return self._supervisor.contents(self.name, message)
            case Stage.CONTROL, messages.Done() if self.session is not None:
                self.session.done(message)
                return None
            case Stage.CONTROL, messages.Heartbeat():
                return None
        tag = type(message).TAG
        if self.session is None:
            raise WorkloadError(Code.NOT_AUTHENTICATED, command=tag)
        raise WorkloadError(Code.WRONG_CHANNEL, command=tag, channel=self.stage.value)

    # -- ours: who is it?

    def _greet(self, hello: messages.Hello) -> str:
        self.name, self._hello, self._nonce = hello.name, hello, secrets.token_hex(16)
        self.stage = Stage.GREETED
        supervisor = self._supervisor
        return messages.written(
            messages.Challenge(
                version=min(hello.version, messages.VERSION), supervisor_id=supervisor.scheduler_id, nonce=self._nonce,
                role="active" if supervisor.is_active() else "standby",
            )
        )  # fmt: skip

    def _authenticate(self, message: messages.Authenticate) -> str:
        "Raises UNKNOWN_WORKER, NOT_THIS_WORKER."
        hello, known = self._hello, self._supervisor.known_worker(self.name)
        if known is None or hello is None:
            raise WorkloadError(Code.UNKNOWN_WORKER, name=self.name)
        if not known.may_come_from(self.peer):
            raise WorkloadError(Code.NOT_THIS_WORKER, name=self.name, reason=f"it may not come from {self.peer}")
        ours = ""
        if known.key and is_proved(message.proof, known.key, "worker", hello.name, self._nonce, hello.nonce):
            ours = proof(known.key, "supervisor", hello.name, self._nonce, hello.nonce)
        elif not known.certificate or known.certificate != self._certificate_name():
            raise WorkloadError(Code.NOT_THIS_WORKER, name=self.name, reason="its key or certificate is wrong")
        self._known = known
        self.stage = Stage.AUTHENTICATED
        return messages.written(messages.Authenticated(proof=ours))

    def _certificate_name(self) -> str | None:
        "The common name of the certificate that the peer has shown; None without one."
        shown = getattr(self.connection.transport, "getPeerCertificate", lambda: None)()
        return shown.get_subject().commonName if shown is not None else None

    def _register(self, message: messages.Register) -> str:
        "Raises ALREADY_CONNECTED."
        registered = self._supervisor.register(self, message)
        self.stage = Stage(message.channel)
        self._has_registered()
        return messages.written(registered)

    def _has_registered(self) -> None:
        "Nothing is too late from now on."
        if self._patience.active():
            self._patience.cancel()

    # -- classic

    def _register_classic(self, request: Element) -> str:
        "Raises NOT_PERMITTED, NOT_THIS_WORKER and the codes of the command."
        if self.level < Level.NO_ADD:
            raise WorkloadError(
                Code.NOT_PERMITTED, command=request.tag, needed=Level.NO_ADD.word, level=self.level.word
            )
        self.name = self._supervisor.register_classic(self, request)
        self.stage = Stage.CLASSIC
        self._has_registered()
        return '<ok recommended="supervisor.configuration.fetch"/>'

    def _classic(self, request: Element) -> Deferred[str | None] | str:
        if request.tag == classic.FETCH_OVER_TCP:
            inventory = classic.inventory_of(request.children)
            return self._supervisor.fetch_classic(self.name, inventory)
        if request.tag == classic.REGISTER:
            return self._register_classic(request)
        return self._supervisor.execute(request, self.level, self.peer)
