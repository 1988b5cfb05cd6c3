"""A real mail server on a free port of this machine, for tests.

    with MailServer() as server:
        ...
        [message] = server.messages
"""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class _Received:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        refusal = self._server.refusals.get(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = BytesParser(_class=EmailMessage, policy=policy.SMTP).parsebytes(envelope.content)
        self._server.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        self._server.messages.append(message)
        return "250 OK"


class _AnyPort(Controller):
    "Port 0 is any free one, known as soon as it listens."

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """`messages` and `envelopes` (sender, recipients) are what came in. `refusals` are answers to single recipients.
    With `user` and `password` it takes mails only after a login."""

    def __init__(self, port: int = 0, user: str = "", password: str = "") -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []
        self.refusals: dict[str, str] = {}
        self._login = (user.encode(), password.encode())
        options: dict[str, Any] = {}
        if user:
            options = {"authenticator": self._check, "auth_required": True, "auth_require_tls": False}
        self._controller = _AnyPort(_Received(self), hostname="127.0.0.1", port=port, **options)

    def _check(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == self._login)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
