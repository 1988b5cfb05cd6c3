"What the menu of a row that is about one start of a job or an order offers of it, so that nobody has to type it."

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row

from scheduler.plan.override import OverrideAction
from web.actions.offers import Offer
from web.actions.plan import OF_RULE, change_of
from web.display import now
from web.permissions import may
from web.plan_many import instant_text

WITHDRAW = "withdraw-change"


@dataclass(frozen=True, slots=True)
class _Meant:
    """The start as the run time gives it (None: it gives none), and what somebody has changed of it. `known`: the
    reader may see that."""

    planned_at: datetime | None
    change: Row[Any] | None
    known: bool


def of_starts(
    found: Sequence[Offer], kind: str, scheduler_id: str, keys: Mapping[str, str], asked: Mapping[str, str]
) -> list[Offer]:
    """Of what the address asks. `planned`: the start that the row is about; `brought`: the same, to the second, of one
    that no run time gives; `change`: the number of its change, where the row knows it.

    Neither start, or none that is an instant: the row is about none, and offers what it did.
    """
    planned, brought = _instant(asked.get("planned", "")), _instant(asked.get("brought", ""))
    if kind not in ("job", "order") or (planned is None and brought is None):
        return list(found)
    known = may("plan.view", keys["path" if kind == "job" else "chain"], scheduler_id)
    if planned is None:
        change = change_of(kind, scheduler_id, keys, start_at=brought)
        return list(_of_one(found, _Meant(None if change is None else change.planned_at, change, known)))
    number = asked.get("change", "")
    told = number.isascii() and number.isdecimal() and len(number) < 10
    change = change_of(kind, scheduler_id, keys, number=int(number)) if told else None
    change = change or change_of(kind, scheduler_id, keys, planned_at=planned)
    return list(_of_one(found, _Meant(planned, change, known)))


def _of_one(found: Sequence[Offer], start: _Meant) -> Iterator[Offer]:
    "Of a start that somebody has changed, first the change is withdrawn; only one that is held goes on otherwise, too."
    change, at = start.change, start.planned_at
    open_ = at is not None and at >= now() and (change is None or change.action is OverrideAction.HOLD)
    for each in found:
        if each.verb == WITHDRAW:
            if change is not None:
                yield replace(each, address=f"{each.address}?{urlencode({'number': change.number})}")
            elif not start.known:
                yield each
        elif each.verb not in OF_RULE:
            yield each
        elif at is not None and open_:
            yield replace(each, address=f"{each.address}?{urlencode({'planned': instant_text(at)})}")


def _instant(text: str) -> datetime | None:
    "None: the text is none, or one that no clock of ours shows."
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
