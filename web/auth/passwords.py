"""Passwords: Argon2id, and a generated one for the first account.

Verifying takes 64 MiB and some 50 ms on purpose, so only two run at the same time.
"""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from web.words import gettext

#: shorter ones can be guessed
LEAST = 12
MOST = 200
#: what people take first, and what is made of it
_COMMON = (
    "password", "passwort", "qwerty", "qwertz", "asdfgh", "letmein", "welcome", "stellwerk", "scheduler", "123456",
    "abcdef", "iloveyou", "admin", "changeme",
)

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


def fault(password: str, account: str) -> str:
    """What is wrong with a new password; empty: nothing.

    Long enough, not made of the account's name or of a common one, more than a few different characters. No rule
    about kinds of characters, no date of expiry: both make passwords worse.
    """
    lowered = password.lower()
    if len(password) < LEAST:
        return gettext("A password has at least %(least)s characters.", least=LEAST)
    if len(password) > MOST:
        return gettext("A password has at most %(most)s characters.", most=MOST)
    if len(set(lowered)) < 5:
        return gettext("It repeats the same few characters.")
    rest = lowered
    for common in (account.lower(), *_COMMON):
        rest = rest.replace(common, "") if len(common) > 2 else rest
    if len(rest) < LEAST // 2:
        return gettext("It is made of the account's name or of a common password.")
    return ""
