"""Why a member gives no sign of life: one that has lost its database cannot write that it has, but can still be asked.

It is asked only while its heartbeat is old, shortly, and not by every page: the answer counts for some seconds.
"""

from __future__ import annotations

import threading
from datetime import datetime
from time import monotonic

from flask import current_app

from models.members import Member
from web import commands, engines

#: seconds for which an answer, or that there was none, is believed
KEPT = 5.0
_lock = threading.Lock()
#: address -> the heartbeat after which it was asked, when, and what it said
_said: dict[tuple[str, int], tuple[datetime | None, float, str]] = {}


def database_problem(member: Member) -> str:
    "What keeps the member from its database, by its own words; empty when it says nothing of the kind, or nothing."
    address = engines.address_of(member)
    with _lock:
        beat_at, asked_at, said = _said.get(address, (None, -KEPT, ""))
    if beat_at == member.beat_at and monotonic() - asked_at < KEPT:
        return said
    timeout = current_app.extensions["stellwerk_settings"].why_timeout
    answer = engines.ask(address, commands.show_state(), timeout)
    said = ""
    if answer is not None and answer.get("db_waiting") == "yes":
        said = answer.get("db_error", "")
    with _lock:
        _said[address] = member.beat_at, monotonic(), said
    return said
