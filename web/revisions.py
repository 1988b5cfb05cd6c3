"""How far the journal has come as a reader may know it, and the tag that pages carry of it.

Who sees everything gets the number of the last change. Who sees some folders only is told nothing of the others, not
even that something happened there: the number is that of the newest change in sight, and as a tag it is enciphered,
since the numbers between two changes tell how much happened in between.

What is in sight is looked for in what came since anybody with the same sight asked last, so a pulse costs one question
more when something has happened, and none when not.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s

from flask import current_app
from sqlalchemy import Connection

from models import read
from models.sight import sight_of

#: changes among which the newest in sight is looked for, so that a long journal is not read for it
MOST_READ = 20_000
#: kinds of readers beyond which all are forgotten
MOST_KNOWN = 1000
_EXTENSION = "stellwerk_revisions"
_ROUNDS = 4

#: scheduler id, and the folders in sight
_Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Revision:
    """`latest`: the number of the last change. `newest`: of the last one that the reader may see, 0 when none of late
    is. `veiled`: the reader may not see all, and gets tags that tell no number."""

    latest: int
    newest: int
    veiled: bool = False

    @property
    def tag(self) -> str:
        return f"{_ciphered(self.newest):016x}" if self.veiled else str(self.newest)

    def read(self, tag: str) -> int | None:
        "The number in a tag; None when it is no tag of such a reader, or one of a journal that began anew."
        number: int | None = None
        if self.veiled and len(tag) == 16 and set(tag) <= set("0123456789abcdef"):
            number = _deciphered(int(tag, 16))
        elif not self.veiled and tag.isascii() and tag.isdecimal():
            number = int(tag)
        return number if number is not None and number <= self.latest else None


def of(connection: Connection, scheduler_id: str, latest: int | None = None) -> Revision:
    "As the reader of this connection may know it. `latest`: the number of the last change where it was read already."
    latest = read.last_journal_id(connection, scheduler_id) if latest is None else latest
    folders = _folders(connection, scheduler_id)
    if folders is None:
        return Revision(latest, latest)
    known: dict[_Key, tuple[int, int]] = current_app.extensions.setdefault(_EXTENSION, {})
    key = scheduler_id, folders
    looked, newest = known.get(key, (0, 0))
    if looked < latest:
        begin = max(looked, latest - MOST_READ)
        newest = read.newest_change(connection, scheduler_id, begin, latest, folders) or newest
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[key] = latest, newest
    return Revision(latest, min(newest, latest), veiled=True)


def _folders(connection: Connection, scheduler_id: str) -> tuple[str, ...] | None:
    "Those of which the reader sees what happened; None: of all."
    sight = sight_of(connection)
    places = sight.places("history.view") if sight is not None else None
    if places is None:
        return None
    folders = tuple(folder for of_id, folder in places if of_id in ("", scheduler_id))
    return None if "/" in folders else folders


def _ciphered(number: int) -> int:
    left, right = number >> 32, number & 0xFFFFFFFF
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mixed(turn, right)
    return left << 32 | right


def _deciphered(number: int) -> int:
    left, right = number >> 32, number & 0xFFFFFFFF
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _mixed(turn, left), left
    return left << 32 | right


def _mixed(turn: int, half: int) -> int:
    secret = current_app.secret_key or ""
    key = (secret if isinstance(secret, bytes) else secret.encode())[:32]
    found = blake2s(half.to_bytes(4), key=key, digest_size=4, person=b"tag%d" % turn)
    return int.from_bytes(found.digest())
