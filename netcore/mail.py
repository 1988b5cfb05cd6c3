"""Sends mails, in a thread of its own, so that a mail server that is slow or away never holds anybody up.

    queue_dir/<instant>-<n>.eml       a mail that is not sent yet

A mail is a file first and sent afterwards, so it outlives the engine; what an earlier run left is sent, too. While the
server refuses or does not answer, the mails wait and are tried again after longer and longer pauses.
"""

from __future__ import annotations

import gzip
import os
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import formatdate, make_msgid
from threading import Condition, Thread
from time import time

from twisted.logger import Logger

from netcore.folder_files import read_file
from scheduler.mail.message import Mail

#: seconds that one conversation with the server may take without an answer
TIMEOUT = 30.0
#: seconds before a mail that was not taken is tried again: the first time, and at most
RETRY_FIRST, RETRY_MOST = 30.0, 900.0
#: seconds for which a mail is tried
GIVE_UP_AFTER = 5 * 86400.0
#: bytes of a log that is attached as it is; a longer one is compressed
PLAIN_LOG = 100_000
#: bytes of a log that is attached at all: its end
LOG_MAX = 16 << 20
#: mails that wait for the thread; more of them at once are not about single tasks any more
WAITING_MAX = 1000
#: header in the file that says which server is to take the mail; not sent
_SERVER = "X-Mail-Server"


@dataclass(frozen=True, slots=True)
class Post:
    "Where mails wait, and how servers know us. `queue_only`: mails are only put there, and somebody else sends them."

    queue_dir: str
    queue_only: bool = False
    port: int = 25
    user: str = ""
    password: str = ""


class Mailer:
    """`log_of` gives the stored log of an ended task (None: there is none); it is called in the thread.

    `send` in any thread, before `start`, too.
    """

    _log = Logger()

    def __init__(
        self, post: Post, log_of: Callable[[int], bytes | None], *,
        timeout: float = TIMEOUT, retry_first: float = RETRY_FIRST, retry_most: float = RETRY_MOST,
    ) -> None:  # fmt: skip
        self._post = post
        self._log_of = log_of
        self._timeout = timeout
        self._retry_first, self._retry_most = retry_first, retry_most
        self._condition = Condition()
        self._waiting: list[Mail] = []
        self._ending = False
        self._drawn = 0
        self._thread = Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, mail: Mail) -> None:
        with self._condition:
            if len(self._waiting) >= WAITING_MAX:
                self._log.warn("Too many mails at once: {subject} is not sent", subject=mail.subject)
                return
            self._waiting.append(mail)
            self._condition.notify()

    def stop(self, seconds: float = 2.0) -> None:
        "What waits is put into the queue's directory; a server that does not answer is waited for so many seconds."
        with self._condition:
            self._ending = True
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    # -- in the thread

    def _run(self) -> None:
        pause = 0.0  # what an earlier run left is tried at once
        while True:
            mails, ending = self._next(pause)
            for mail in mails:
                self._guarded(self._put, mail)
            if ending:
                return
            if not self._post.queue_only:
                sent = self._send_all()
                pause = self._retry_first if sent else max(self._retry_first, min(pause * 2, self._retry_most))

    def _next(self, pause: float) -> tuple[list[Mail], bool]:
        "What has come; perhaps nothing, when the pause is over that mails in the directory wait for."
        queued = bool(self._queued()) and not self._post.queue_only
        with self._condition:
            if not self._waiting and not self._ending:
                self._condition.wait(pause if queued else None)
            mails, self._waiting = self._waiting, []
            return mails, self._ending

    def _guarded(self, function: Callable[[Mail], None], mail: Mail) -> None:
        try:
            function(mail)
        except Exception:
            self._log.failure("A mail cannot be put into {directory}", directory=self._post.queue_dir)

    def _put(self, mail: Mail) -> None:
        "The mail as a file, whole or not at all."
        message = self._message(mail)
        os.makedirs(self._post.queue_dir, mode=0o700, exist_ok=True)
        self._drawn += 1
        name = os.path.join(self._post.queue_dir, f"{time():.6f}-{os.getpid()}-{self._drawn}.eml")
        with open(os.open(f"{name}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        os.replace(f"{name}.new", name)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = mail.sender
        for header, addresses in (("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc)):
            if addresses:
                message[header] = ", ".join(addresses)
        message["Subject"] = mail.subject
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain="scheduler.local")
        message["Auto-Submitted"] = "auto-generated"
        message[_SERVER] = mail.smtp
        message.set_content(mail.body + "\n")
        if mail.log_of:
            self._attach(message, mail)
        for file in mail.files:
            self._attach_file(message, file)
        return message

    def _attach_file(self, message: EmailMessage, file: str) -> None:
        "A file that a script wants to be sent; one that cannot be read is left out."
        try:
            content, _ = read_file(file)
        except (OSError, ValueError) as error:
            self._log.warn("{file} is not attached to a mail: {error}", file=file, error=_text(error))
            return
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=os.path.basename(file)
        )

    def _attach(self, message: EmailMessage, mail: Mail) -> None:
        log = self._log_of(mail.log_of)
        if log is None:
            return
        if len(log) <= PLAIN_LOG:
            text = log.decode("utf-8", "replace").replace("\0", "\ufffd")
            message.add_attachment(text, filename=mail.log_name or "log.txt")
        else:
            content = gzip.compress(log[-LOG_MAX:])
            message.add_attachment(
                content, maintype="application", subtype="gzip", filename=f"{mail.log_name or 'log.txt'}.gz"
            )

    # -- sending

    def _queued(self) -> list[str]:
        "The files of mails that wait, the oldest first."
        try:
            names = os.listdir(self._post.queue_dir)
        except OSError:
            return []
        return sorted(os.path.join(self._post.queue_dir, name) for name in names if name.endswith(".eml"))

    def _send_all(self) -> bool:
        "False: a server could not be talked to, or has refused a mail for now, so what is left waits for a while."
        all_sent = True
        for file in self._queued():
            if self._ending:
                break
            try:
                with open(file, "rb") as content:
                    self._deliver(BytesParser(_class=EmailMessage, policy=policy.SMTP).parse(content))
                os.unlink(file)
            except (smtplib.SMTPException, OSError) as error:
                if self._is_hopeless(file, error):
                    self._give_up(file, _text(error))
                    continue
                self._log.warn("A mail waits in {file}: {error}", file=file, error=_text(error))
                all_sent = False
                if not isinstance(error, smtplib.SMTPRecipientsRefused):
                    break
            except Exception as mistake:
                self._give_up(file, _text(mistake))
        return all_sent

    def _give_up(self, file: str, reason: str) -> None:
        self._log.error("The mail in {file} is given up: {reason}", file=file, reason=reason)
        with suppress(OSError):
            os.replace(file, f"{file}.failed")

    def _deliver(self, message: EmailMessage) -> None:
        place = str(message[_SERVER] or "localhost")
        del message[_SERVER]
        hand_over(message, place, self._post, self._timeout)

    def _is_hopeless(self, file: str, error: Exception) -> bool:
        "The server will never take it, or it is too old."
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return all(code >= 500 for code, _ in error.recipients.values())
        if isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPAuthenticationError):
            return error.smtp_code >= 500
        with suppress(OSError):
            return time() - os.stat(file).st_mtime > GIVE_UP_AFTER
        return True


def hand_over(message: EmailMessage, place: str, post: Post, timeout: float) -> None:
    "Gives the mail to the server at `place` (`host` or `host:port`). Raises SMTPException or OSError."
    host, _, port = place.partition(":")
    with smtplib.SMTP(host, int(port) if port.isdecimal() else post.port, timeout=timeout) as server:
        server.ehlo_or_helo_if_needed()
        if post.user:
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            server.login(post.user, post.password)
        server.send_message(message)


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
