"""Datagrams between members that say more than "look": who cannot read the database can neither write nor alter one.

The key stands in the row of the right to work, so members know it as long as they can see the database, and it changes
with the member that leads. The receiver's run is part of what is sealed: a datagram is worth nothing to anybody else.
What a datagram says is acted upon once, however often it comes (see `hands`, `intake`).
"""

from __future__ import annotations

import hmac
from hashlib import blake2b

_SIZE = 16
#: bytes for which the hash does not give up the interpreter; to get it back takes longer than all the rest
_BRIEF = 2047


def sealed(key: str, run: str, kind: bytes, words: bytes) -> bytes:
    "For the run of a member that is to read it. `kind` is one byte."
    return kind + _mark(key, run, kind, words) + words


def unsealed(key: str, run: str, datagram: bytes) -> bytes | None:
    "The words; None: it was not sealed with that key for that run."
    kind, mark, words = datagram[:1], datagram[1 : 1 + _SIZE], datagram[1 + _SIZE :]
    return words if hmac.compare_digest(mark, _mark(key, run, kind, words)) else None


def _mark(key: str, run: str, kind: bytes, words: bytes) -> bytes:
    mark = blake2b(b"\0".join((run.encode(), kind, b"")), key=key.encode()[: blake2b.MAX_KEY_SIZE], digest_size=_SIZE)
    for start in range(0, len(words), _BRIEF):
        mark.update(words[start : start + _BRIEF])
    return mark.digest()
