"""Sends one message of the monitor: as a mail, as an HTTP POST with JSON, or through a command. Each has a time limit.

All functions block; they are called in threads that may wait.
"""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from typing import Any
from urllib.parse import urlsplit

from netcore.mail import Post, hand_over
from netcore.settings import Settings
from scheduler.monitor.delivery import Delivery, substituted

#: seconds that a mail server may take for an answer
MAIL_TIMEOUT = 30.0
#: answers that will not change when the same is sent again
HOPELESS = frozenset({400, 405, 410, 413, 415, 422})
#: characters of what a command or a server says that are kept
SAID_MAX = 500


class NotSent(Exception):
    "`hopeless`: it will never be taken."

    def __init__(self, problem: str, hopeless: bool = False) -> None:
        super().__init__(problem)
        self.hopeless = hopeless


def post_office(settings: Settings, smtp: str, sender: str) -> dict[str, str]:
    "Through which server mails go, and from whom: as the rules say, else as the engine's settings say."
    usual = settings.factory.settings
    return {
        "smtp": smtp or usual.smtp or "localhost",
        "sender": sender or usual.log_mail_from or f"scheduler-{settings.scheduler_id}@{settings.host}",
    }


def send(delivery: Delivery, post: Post, environ: Mapping[str, str]) -> None:
    "Raises NotSent."
    if delivery.means == "mail":
        _mail(delivery, post)
    elif delivery.means == "webhook":
        _webhook(delivery, environ)
    else:
        _command(delivery, environ)


def _mail(delivery: Delivery, post: Post) -> None:
    detail = delivery.detail
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = detail["sender"]
    message["To"] = ", ".join(detail["to"])
    if detail["cc"]:
        message["Cc"] = ", ".join(detail["cc"])
    message["Subject"] = " ".join(delivery.subject.split())
    message["Date"] = format_datetime(delivery.made_at)
    # the same for every attempt, so that a mail that comes twice is known
    made = f"{delivery.made_at:%Y%m%d%H%M%S}"
    message["Message-ID"] = f"<notice-{delivery.notice}-{delivery.number}-{made}@scheduler.local>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(delivery.body + "\n")
    try:
        hand_over(message, detail["smtp"], post, MAIL_TIMEOUT)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotSent(_said(error), all(code >= 500 for code in codes)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(_said(error)) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(_said(error), error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_said(error)) from error


def _webhook(delivery: Delivery, environ: Mapping[str, str]) -> None:
    detail = delivery.detail
    url = urlsplit(substituted(detail["url"], environ))
    timeout = float(detail["timeout"])
    headers = {name: substituted(value, environ) for name, value in detail["headers"]}
    headers |= {"Content-Type": "application/json", "Idempotency-Key": f"{delivery.notice}.{delivery.number}"}
    body = json.dumps({**detail["facts"], "subject": delivery.subject}).encode()
    status, said = post_json(url.geturl(), body, headers, timeout)
    if not 200 <= status < 300:
        raise NotSent(f"answered {status} {said}", status in HOPELESS)


def post_json(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> tuple[int, str]:
    "Status and beginning of the answer, all within `timeout` seconds; redirections are not followed. Raises NotSent."
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    options: dict[str, Any] = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    connection = kind(parts.hostname or "", parts.port, timeout=timeout, **options)
    limit: Timer | None = None
    late = Event()
    try:
        connection.connect()
        # a server that answers byte by byte would keep each single wait short
        limit = Timer(timeout, _break_off, (connection.sock, late))
        limit.daemon = True
        limit.start()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        status, said = answer.status, _line(answer.read(SAID_MAX).decode("utf-8", "replace"))
        if late.is_set():  # what was read so far is not the answer
            raise TimeoutError
        return status, said
    except TimeoutError as error:
        raise NotSent(f"no answer within {timeout:g} s") from error
    except (HTTPException, OSError, ValueError) as error:
        raise NotSent(f"no answer within {timeout:g} s" if late.is_set() else _said(error)) from error
    finally:
        if limit is not None:
            limit.cancel()
        connection.close()


def _break_off(opened: socket.socket, late: Event) -> None:
    late.set()
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _command(delivery: Delivery, environ: Mapping[str, str]) -> None:
    "What is told is on its standard input, and as NOTICE_… in its environment."
    detail = delivery.detail
    told = {f"NOTICE_{name.upper()}": str(value) for name, value in detail["facts"].items()}
    told |= {"NOTICE_SUBJECT": delivery.subject, "NOTICE_MESSAGE": str(delivery.number)}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(f"{delivery.body}\n".encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", detail["line"]], stdin=given, stdout=said, stderr=said,
                env={**environ, **{name: value.replace("\0", "") for name, value in told.items()}},
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise NotSent(_said(error)) from error
        try:
            status = process.wait(float(detail["timeout"]))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise NotSent(f"killed after {detail['timeout']:g} s") from None
        if status:
            said.seek(0)
            raise NotSent(f"exit code {status} {_line(said.read(SAID_MAX).decode('utf-8', 'replace'))}".strip())


def _line(text: str) -> str:
    return " ".join(text.split())[:SAID_MAX]


def _said(error: BaseException) -> str:
    return _line(f"{type(error).__name__}: {error}")
