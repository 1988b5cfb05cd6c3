"A mail as data: everything but the log that it carries."

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """`smtp` is the mail server (`host` or `host:port`). `log_of` is the id of the ended task whose log is attached, 0:
    none; `log_name` the name of the attachment."""

    smtp: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    body: str
    log_of: int = 0
    log_name: str = ""
    #: paths of further files to be attached
    files: tuple[str, ...] = ()
