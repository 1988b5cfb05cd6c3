"""Passwords: Argon2id, and a generated one for the first account.

Verifying takes 64 MiB and some 50 ms on purpose, so only two run at the same time.
"""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)
#: without letters and digits that are taken for one another
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
#: a hash of nothing anybody knows: an unknown account takes as long as a wrong password
_NOBODY = _HASHER.hash(secrets.token_hex())


def hash_of(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    "Whether the password is right; None (no such account) takes as long and is False."
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def outdated(password_hash: str) -> bool:
    "Whether the hash was made with weaker parameters than today's."
    return _HASHER.check_needs_rehash(password_hash)


def generated() -> str:
    "A random password of four groups, 93 bits: `Kq7d-…`."
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
