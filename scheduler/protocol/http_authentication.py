"""Who asks over HTTP: users with passwords (`Basic`), programs with tokens (`Bearer`).

What the client sends is the password or token itself, only coded, so the way to the port must be a trusted network or
TLS. What the file holds of a password is its MD5, which can be guessed quickly; of a token its SHA-256, which is enough
for something long and random.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler.definitions import HttpToken, HttpUser
from scheduler.protocol.http_limits import HttpRefusal

REALM = "Scheduler"
_CHALLENGE = ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
#: of a user that does not exist, so that it takes as long as for one that does
_NOBODY = "0" * 32


@dataclass(frozen=True, slots=True)
class Grant:
    """What goes with the header. `level`: its word; empty: that of the address counts. `by`: the user or token, such as
    `token deploy`, for the log; empty: neither is asked for."""

    level: str = ""
    by: str = ""


def authorized(header: str, users: Iterable[HttpUser], tokens: Iterable[HttpToken] = ()) -> Grant:
    """What the client may do by what the header says.

    Raises HttpRefusal 401 unless there are neither users nor tokens, or the header names one of them.
    """
    passwords = {user.name: user for user in users}
    digests = tuple(tokens)
    if not passwords and not digests:
        return Grant()
    scheme, _, coded = header.partition(" ")
    if scheme.lower() == "bearer":
        return _of_token(coded.strip(), digests)
    return _of_user(scheme, coded, passwords)


def _of_token(token: str, tokens: tuple[HttpToken, ...]) -> Grant:
    "All are compared, so that the time says nothing."
    digest = hashlib.sha256(token.encode()).hexdigest()
    fitting = [known for known in tokens if hmac.compare_digest(digest, known.sha256)]
    if not fitting:
        raise HttpRefusal(401, headers=[_CHALLENGE])
    return Grant(fitting[0].level, f"token {fitting[0].name}")


def _of_user(scheme: str, coded: str, users: Mapping[str, HttpUser]) -> Grant:
    name, password = _credentials(scheme, coded)
    user = users.get(name)
    expected = user.password_md5.lower() if user is not None else _NOBODY
    # browsers send UTF-8 or ISO-8859-1; the file may have been made from either
    digests = [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in _codings(password)]
    right = [hmac.compare_digest(digest, expected) for digest in digests]
    if not any(right) or user is None:
        raise HttpRefusal(401, headers=[_CHALLENGE])
    return Grant(user.level, f"user {user.name}")


def _credentials(scheme: str, coded: str) -> tuple[str, bytes]:
    if scheme.lower() != "basic":
        raise HttpRefusal(401, headers=[_CHALLENGE])
    try:
        name, separator, password = binascii.a2b_base64(coded.strip(), strict_mode=True).partition(b":")
    except (binascii.Error, ValueError):
        raise HttpRefusal(401, headers=[_CHALLENGE]) from None
    if not separator:
        raise HttpRefusal(401, headers=[_CHALLENGE])
    return _text(name), password


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _codings(password: bytes) -> list[bytes]:
    text = _text(password)
    return [password, text.encode("utf-8"), text.encode("iso-8859-1", "replace")]
