"""Where to go after signing in: only to a page of this site."""

from __future__ import annotations


def safe_next(address: str | None, default: str) -> str:
    """`address` when it is a path of this site, else `default`.

    Browsers read `//host`, `/\\host` and control characters as the way to another site.
    """
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return default
    if "\\" in address or any(ord(letter) < 32 for letter in address):
        return default
    return address
