"""One client of the port with TLS: the same dialogue, once the keys are agreed upon.

    handshake   cut when it takes too long
    certificate says the level, where clients must show one and levels are given to certificates
    address     says it otherwise

TLS knows no half-close: a client that says that it sends nothing more does not want an answer either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netcore.certificate_levels import CertificateLevels, name_of
from netcore.command_connection import CommandConnection
from netcore.peer_log import named
from scheduler.protocol.levels import Level

if TYPE_CHECKING:
    from netcore.command_port import CommandPort


@implementer(IHandshakeListener)
class TlsConnection(CommandConnection):
    "`certificates` None: the address alone counts."

    def __init__(self, port: CommandPort, certificates: CertificateLevels | None) -> None:
        super().__init__(port)
        self._certificates = certificates
        self._ready = False

    def rate(self) -> Level:
        "Nothing is received before the handshake, which says more."
        return super().rate() if self._certificates is None else Level.INFO

    def handshakeCompleted(self) -> None:
        if self._closed:
            return
        self._ready = True
        if self._certificates is not None and not self._rate_certificate(self._certificates):
            self._close()
            return
        self._heard()

    def _rate_certificate(self, certificates: CertificateLevels) -> bool:
        certificate = self.transport.getHandle().get_peer_certificate(as_cryptography=True)
        self._level = certificates.level_of(certificate) if certificate is not None else Level.NONE
        subject = name_of(certificate) if certificate is not None else "none"
        if self._level >= Level.INFO:
            self.caller = named(self.peer, f"certificate {subject}")
            return True
        self._port.peers.warn(
            self.peer, "SCHEDULER-287  The connection of {peer} with certificate {subject} is refused", subject=subject
        )
        return False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self._ready and not self._closed:
            problem = str(reason.value)[:200]
            self._port.peers.info(self.peer, "{peer} does not get through the handshake: {problem}", problem=problem)
        super().connectionLost(reason)

    def end_sending(self) -> None:
        "There is no half-close: the goodbye goes out behind the last answer, and nothing is read any more."
        # while a producer is registered, TLS would wait for it to end
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _lose(self) -> None:
        self.end_sending()
        # nobody has to wait for the client's goodbye
        self.transport.transport.loseConnection()
