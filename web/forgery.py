"""The tokens of forms, masked: each answer shows the same token in other letters.

A token that is the same in many compressed answers could be guessed from their lengths (`web.compression`). So a page
carries random bytes and the token combined with them; only what comes back is put together again.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from flask import g
from flask_wtf.csrf import CSRFProtect, generate_csrf


class MaskedTokens(CSRFProtect):
    "Takes tokens as `token` gives them, in forms and in the header X-CSRFToken."

    def _get_csrf_token(self) -> str | None:
        given: str | None = super()._get_csrf_token()
        return unmasked(given) if given else None


def token() -> str:
    "The token of this session in a form of this answer; the same in all forms of one answer."
    if "masked_token" not in g:
        g.masked_token = masked(generate_csrf())
    text: str = g.masked_token
    return text


def masked(text: str) -> str:
    content = text.encode()
    mask = secrets.token_bytes(len(content))
    return urlsafe_b64encode(mask + _combined(mask, content)).decode()


def unmasked(text: str) -> str:
    "Empty for what `masked` has not made."
    try:
        both = urlsafe_b64decode(text.encode())
    except (Error, ValueError):
        return ""
    half = len(both) // 2
    return _combined(both[:half], both[half : 2 * half]).decode("ascii", "replace")


def _combined(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
