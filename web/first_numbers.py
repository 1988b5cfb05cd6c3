"""From which number on runs began at a moment of the past: looked for once, because it does not change any more."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, g

from models.read import statistics
from models.read.statistics import Counted
from web import database
from web.display import now

#: beyond this many, all are forgotten
MOST = 500


def of_span(scheduler_id: str, counted: Counted, begin: datetime) -> int:
    "For what began at `begin` or later, with room for runs that waited before they began."
    since = begin - statistics.MARGIN
    known: dict[object, int] = current_app.extensions.setdefault("stellwerk_first_numbers", {})
    key = scheduler_id, counted, since, g.get("access")
    if key in known:
        return known[key]
    found = statistics.first_since(database.read(), scheduler_id, counted, since)
    if found and since < now():
        if len(known) >= MOST:
            known.clear()
        known[key] = found
    return found
