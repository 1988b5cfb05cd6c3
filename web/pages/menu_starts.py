"What the menu of a row that is about one start of a job or an order offers of it, so that nobody has to type it."

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row

from scheduler.plan.override import OverrideAction
from web.actions.offers import Offer
from web.actions.plan import OF_RULE, changes_of
from web.plan_many import instant_text

WITHDRAW = "withdraw-change"


def of_starts(
    found: Sequence[Offer], kind: str, scheduler_id: str, keys: Mapping[str, str], planned: str, brought: str
) -> list[Offer]:
    """`planned`: the start that the row is about; `brought`: the same of one that is in the queue, which no run time
    gives. Both empty or no instants: it is about none, and offers what it did."""
    at = _instant(planned)
    start_at = at or _instant(brought)
    if kind not in ("job", "order") or start_at is None:
        return list(found)
    return list(_of_one(found, changes_of(kind, scheduler_id, keys), start_at, at is not None))


def _of_one(found: Sequence[Offer], changes: Sequence[Row[Any]], at: datetime, ruled: bool) -> Iterator[Offer]:
    "Of a start that somebody has changed, first the change is withdrawn; only one that is held goes on otherwise, too."
    change = next((each for each in changes if each.planned_at == at), None)
    change = change or next((each for each in changes if each.start_at == at), None)
    for each in found:
        if each.verb == WITHDRAW:
            if change is not None:
                yield replace(each, address=f"{each.address}?{urlencode({'number': change.number})}")
        elif each.verb not in OF_RULE:
            yield each
        elif ruled and (change is None or change.action is OverrideAction.HOLD):
            yield replace(each, address=f"{each.address}?{urlencode({'planned': instant_text(at)})}")


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
