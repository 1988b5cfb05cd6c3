"""Basic authentication with the users of the start-up file.

What the client sends is the password itself, only coded, and what the file holds is its MD5, which can be guessed
quickly. So this keeps honest people apart; against others the way to the port must be a trusted network or TLS.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Iterable

from scheduler.definitions import HttpUser
from scheduler.protocol.http_limits import HttpRefusal

REALM = "Scheduler"
_CHALLENGE = ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
#: of a user that does not exist, so that it takes as long as for one that does
_NOBODY = "0" * 32


def check_authorization(header: str, users: Iterable[HttpUser]) -> None:
    "Raises HttpRefusal 401 unless there are no users at all or the header names one of them with his password."
    known = {user.name: user.password_md5.lower() for user in users}
    if not known:
        return
    name, password = _credentials(header)
    expected = known.get(name, _NOBODY)
    # browsers send UTF-8 or ISO-8859-1; the file may have been made from either
    digests = [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in _codings(password)]
    right = [hmac.compare_digest(digest, expected) for digest in digests]
    if not any(right) or name not in known:
        raise HttpRefusal(401, headers=[_CHALLENGE])


def _credentials(header: str) -> tuple[str, bytes]:
    scheme, _, coded = header.partition(" ")
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
