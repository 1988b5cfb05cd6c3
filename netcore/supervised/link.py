"""The way to one supervisor, as `scheduler.supervisor.linking` lays it down.

    data      hello, authenticate, register; then we ask
    control   the same with the same token; then the supervisor commands and we say when a batch is done

Whatever is lost ends both, and two seconds later everything begins anew (a little less or more, so that many workers do
not come back at the same instant). Who is refused waits longer.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger

from netcore.supervised.channel import Broken, Channel, Opening, RemoteRefusal
from scheduler.errors import Code
from scheduler.supervisor import classic, messages
from scheduler.supervisor.addresses import Address
from scheduler.supervisor.authentication import is_proved, proof
from scheduler.supervisor.linking import LinkEvent, LinkState, after
from scheduler.supervisor.settings import AsWorker
from scheduler.supervisor.silence import Silence
from scheduler.xml.element import Element
from scheduler.xml.write import element

#: seconds for each answer on the way to the registration
ANSWER_WITHIN = 20.0
#: a supervisor that is there but too busy to register us is given more and more time, up to so many pauses
BUSY_PAUSES = 8
#: so many times the usual pause after a refusal
REFUSED_PAUSE = 5
#: answers of supervisors that do not know our protocol
_UNKNOWN_COMMAND = ("SCHEDULER-105", "SCHEDULER-113", "Z-JAVA-105", "LIBXML2")


@dataclass(frozen=True, slots=True)
class Facts:
    "What a worker says about itself."

    scheduler_id: str
    name: str
    version: str
    hostname: str
    pid: int
    tcp_port: int
    udp_port: int
    is_cluster_member: bool = False


class Owner(Protocol):
    "Whom a link tells what happens; `netcore.supervised.worker.Worker`."

    def link_ready(self, link: Link) -> None:
        "The link is paired, or registered the classic way."

    def link_failed(self, link: Link) -> None:
        "It is lost, or has not come about; it will try again."

    def commanded(self, link: Link, command: messages.Command) -> None:
        "A command of the active supervisor."

    def highest_term(self, supervisor_id: str) -> int:
        "Of all members of this supervisor that are connected and say that they work."


class Link:
    """`applied` gives the number of the version in use, `tls` makes the creator of TLS connections to a host.

    `supervisor_id` is known once it is greeted. `active`: this supervisor is the one that works.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        address: Address,
        facts: Facts,
        settings: Callable[[], AsWorker],
        owner: Owner,
        applied: Callable[[], int],
        tls: Callable[[str], Any],
    ) -> None:
        self.address = address
        self.state = LinkState.IDLE
        self.active = False
        self.term = 0
        self.supervisor_id = ""
        self.problem = ""
        #: rises whenever the connections end
        self.losses = 0
        self._reactor = reactor
        self._facts = facts
        self._settings = settings
        self._owner = owner
        self._applied = applied
        self._tls = tls
        self._data: Channel | None = None
        self._control: Channel | None = None
        self._attempt: Deferred[None] | None = None
        self._timer: Any = None
        self._loss = 10.0
        self._heartbeat = 3.0
        self._silence = Silence(0.0)
        self._said = ""
        #: attempts in a row that broke off after the connection was there
        self._broken_off = 0

    @property
    def ready(self) -> bool:
        return self.state in (LinkState.PAIRED, LinkState.CLASSIC)

    @property
    def is_classic(self) -> bool:
        return self.state is LinkState.CLASSIC

    # -- life

    def start(self) -> None:
        "Connect now."
        if self._step(LinkEvent.CONNECT):
            self._attempt = self._connect()
            self._attempt.addCallbacks(self._arrived, self._failed)

    def stop(self) -> None:
        "Nothing is tried any more; what is waited for is given up at once."
        self._step(LinkEvent.STOP)
        self._clear()
        if self._attempt is not None:
            self._attempt.cancel()

    def _step(self, event: LinkEvent) -> bool:
        following = after(self.state, event)
        if following is not None:
            self.state = following
        return following is not None

    def _clear(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self.losses += 1
        channels, self._data, self._control = (self._data, self._control), None, None
        for channel in channels:
            if channel is not None:
                channel.end()

    def _arrived(self, _: object) -> None:
        self._attempt = None
        ended = next((each for each in (self._data, self._control) if each is not None and each.ended), None)
        if ended is not None:
            self._lose("one of its connections has ended already", False)
            return
        self._said = self.problem = ""
        self._broken_off = 0
        if self.ready:
            self._owner.link_ready(self)

    def _failed(self, failure: Any) -> None:
        self._attempt = None
        if failure.check(TypeError, AttributeError, LookupError, AssertionError):
            self._log.failure("The way to supervisor {address} broke down", failure, address=str(self.address))
        refused = failure.check(RemoteRefusal) and failure.value.code != Code.ALREADY_CONNECTED.code
        self._lose(_reason(failure), bool(refused))

    def _lost(self, channel: Channel, reason: str) -> None:
        if channel in (self._data, self._control) and self._attempt is None:
            self._lose(reason, False)

    def _lose(self, reason: str, refused: bool) -> None:
        was_ready = self.ready
        self._broken_off += not was_ready and self.state is not LinkState.CONNECTING
        if not self._step(LinkEvent.LOST) or self.state is LinkState.STOPPED:
            return
        self.active = False
        self._clear()
        self.problem = reason
        if reason != self._said or was_ready:
            self._said = reason
            word = "The connection to" if was_ready else "No connection to"
            self._log.warn("{word} supervisor {address}{lost}: {reason}", word=word, address=str(self.address),
                           lost=" is lost" if was_ready else "", reason=reason)  # fmt: skip
        pauses = REFUSED_PAUSE if refused else min(2 ** max(0, self._broken_off - 1), BUSY_PAUSES)
        # the longer the pause, the wider it is spread, so that a crowd does not come back as one
        spread = random.uniform(0.9, 1.1) if pauses == 1 else random.uniform(0.5, 1.1)  # noqa: S311
        self._timer = self._reactor.callLater(self._settings().reconnect * pauses * spread, self.start)
        self._owner.link_failed(self)

    # -- the way

    @inlineCallbacks
    def _connect(self) -> Any:
        settings = self._settings()
        self._data = yield self._open()
        self._step(LinkEvent.CONNECTED)
        if settings.key or settings.certificate:
            token = secrets.token_hex(16)
            known = yield self._introduce(self._data, "data", token, settings)
            if known:
                self._control = yield self._open()
                yield self._introduce(self._control, "control", token, settings)
                self._step(LinkEvent.CONTROL_REGISTERED)
                self._log.info("Connected with supervisor {id} at {address}", id=self.supervisor_id,
                               address=str(self.address))  # fmt: skip
                self._silence = Silence(self._reactor.seconds())
                self._beat()
                return
            self._log.warn("Supervisor {address} speaks the classic protocol only: it has not proved who it is",
                           address=str(self.address))  # fmt: skip
        if not settings.classic:
            raise Broken("supervisor.ini does not allow the classic protocol")
        yield self._register_classic(self._data)

    def _open(self) -> Deferred[Channel]:
        channel = Channel(self._heard, self._lost)
        tls = self._tls(self.address.host) if self.address.scheme == "tls" else None
        return Opening(channel).connect(self._reactor, self.address.host, self.address.port, tls)

    @inlineCallbacks
    def _introduce(self, channel: Channel, kind: str, token: str, settings: AsWorker) -> Any:
        "False: the supervisor does not know our protocol. Raises RemoteRefusal, Broken."
        facts, nonce = self._facts, secrets.token_hex(16)
        try:
            hello = messages.Hello(version=messages.VERSION, name=facts.name, nonce=nonce)
            challenge = yield self._ask(channel, hello, messages.Challenge)
        except RemoteRefusal as refusal:
            if kind == "data" and refusal.code.startswith(_UNKNOWN_COMMAND):
                self._step(LinkEvent.UNKNOWN_HERE)
                return False
            raise
        self._step(LinkEvent.CHALLENGED)
        parts = (facts.name, challenge.nonce, nonce)
        proved = messages.Authenticate(proof=proof(settings.key, "worker", *parts) if settings.key else "")
        answered = yield self._ask(channel, proved, messages.Authenticated)
        if settings.key and not is_proved(answered.proof, settings.key, "supervisor", *parts):
            raise Broken("the supervisor does not know our key")
        self._step(LinkEvent.AUTHENTICATED)
        registered = yield self._ask(channel, self._registration(kind, token), messages.Registered)
        self._step(LinkEvent.REGISTERED)
        self.supervisor_id, self.term = challenge.supervisor_id, registered.term
        self.active = registered.role == "active"
        self._heartbeat, self._loss = float(registered.heartbeat), float(registered.loss)
        return True

    def _registration(self, channel: str, token: str) -> messages.Register:
        facts = self._facts
        return messages.Register(
            channel=channel, token=token, scheduler_id=facts.scheduler_id, version=facts.version,
            hostname=facts.hostname, pid=facts.pid, tcp_port=facts.tcp_port, udp_port=facts.udp_port,
            is_cluster_member=facts.is_cluster_member, applied=self._applied(),
        )  # fmt: skip

    @inlineCallbacks
    def _register_classic(self, channel: Channel) -> Any:
        facts = self._facts
        attributes = [
            ("scheduler_id", facts.scheduler_id), ("tcp_port", facts.tcp_port), ("udp_port", facts.udp_port or None),
            ("is_cluster_member", "yes" if facts.is_cluster_member else None), ("version", facts.version),
        ]  # fmt: skip
        answered = channel.ask(element(classic.REGISTER, attributes))
        found = yield answered.addTimeout(ANSWER_WITHIN, self._reactor)
        if found.tag != "ok":
            raise Broken(f"<{found.tag}> instead of <ok>")
        self._step(LinkEvent.CLASSIC_REGISTERED)
        self.active = True
        self._log.info("SCHEDULER-950  Registered with supervisor {address}", address=str(self.address))

    @inlineCallbacks
    def _ask(self, channel: Channel, message: Any, expected: type[Any]) -> Any:
        found = yield channel.ask(messages.written(message)).addTimeout(ANSWER_WITHIN, self._reactor)
        answered = messages.read(found)
        if not isinstance(answered, expected):
            raise Broken(f"<{found.tag}> instead of <{expected.TAG}>")
        return answered

    # -- when it stands

    def ask(self, document: str) -> Deferred[Element]:
        "Over the data connection. Fails as `Channel.ask` does."
        if self._data is None:
            raise Broken("there is no connection")
        return self._data.ask(document)

    def say(self, message: messages.Message, losses: int | None = None) -> None:
        """Over the control connection. With `losses`: only over the one that was there after so many; the end of a
        command that came over an earlier one would be taken for that of another command."""
        if self._control is not None and losses in (None, self.losses):
            self._control.say(messages.written(message))

    def _heard(self, found: Element) -> None:
        "Something on the control connection."
        message = messages.read(found)
        if isinstance(message, messages.Role):
            was_active, self.active, self.term = self.active, message.active, message.term
            if self.active and not was_active and self.ready:
                self._owner.link_ready(self)
        elif isinstance(message, messages.Command):
            self._commanded(message)
        elif not isinstance(message, messages.Heartbeat):
            raise Broken(f"<{found.tag}> is no command")

    def _commanded(self, command: messages.Command) -> None:
        "Of one that is not the active one, or was it before another, nothing is taken."
        if not self.active or command.term < max(self.term, self._owner.highest_term(self.supervisor_id)):
            problem = "only the active supervisor may command"
            self.say(messages.Done(number=command.number, version=self._applied(), problem=problem))
        else:
            self.term = command.term
            self._owner.commanded(self, command)

    def _beat(self) -> None:
        if self._control is None:
            return
        self._silence = self._silence.beat(self._reactor.seconds(), self._control.heard_at, self._heartbeat)
        if self._silence.seconds > self._loss:
            self._lose(f"nothing was heard for {self._silence.seconds:.0f} s", False)
            return
        self.say(messages.Heartbeat())
        self._timer = self._reactor.callLater(self._heartbeat, self._beat)


def _reason(failure: Any) -> str:
    text = failure.getErrorMessage()
    return text or failure.type.__name__
