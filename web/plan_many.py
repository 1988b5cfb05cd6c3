"""Changes of many starts of the plan at once: which ones, and what each of them is to be. Nothing is sent here.

An entry that was ticked is named `KIND INSTANT OBJECT`: the instant as the run time plans it, the object as in the
plan (of an order: chain, comma, id).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.plan.override import OverrideAction, OverrideState
from scheduler.run_time.clock import instant_of
from web.words import N_

_BY = re.compile(r"([+-]?)(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_VERBS = {
    OverrideAction.SKIP: "skip-start", OverrideAction.MOVE: "move-start", OverrideAction.HOLD: "hold-start",
    OverrideAction.PARAMS: "change-start", OverrideAction.ADD: "add-start",
}  # fmt: skip
#: word of the button -> what becomes of each start that was ticked
DEEDS: dict[str, OverrideAction] = {
    "skip": OverrideAction.SKIP, "hold": OverrideAction.HOLD, "move": OverrideAction.MOVE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StartChange:
    "`kind` and `verb` name the action; `skipped`: why it is left out, empty: it is not."

    kind: str
    object: str
    verb: str
    planned_at: datetime | None
    start_at: datetime | None = None
    params: tuple[tuple[str, str], ...] = ()
    skipped: str = ""

    @property
    def keys(self) -> dict[str, str]:
        chain, _, order_id = self.object.partition(",")
        return {"path": self.object} if self.kind == "job" else {"chain": chain, "order_id": order_id}

    @property
    def values(self) -> list[tuple[str, str]]:
        "What the form of the action would be given."
        instants = (("planned", self.planned_at), ("start", self.start_at))
        found = [(name, instant_text(instant)) for name, instant in instants if instant is not None]
        for name, value in self.params:
            found += [("param_name", name), ("param_value", value)]
        return found


def instant_text(moment: datetime) -> str:
    "As forms and the engine read it; nothing is cut off."
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def name_of(kind: str, planned_at: datetime, path: str, order_id: str = "") -> str:
    return f"{kind} {instant_text(planned_at)} {path}{',' if order_id else ''}{order_id}"


def offset_of(text: str) -> timedelta | None:
    "Of `+0:30` or `-1:00:00`, hours first; None: that is none."
    found = _BY.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None:
        return None
    sign, hours, minutes, seconds = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset


def of_names(names: Iterable[str], action: OverrideAction, by: timedelta, now: datetime) -> list[StartChange]:
    "`by`: how much later a moved start is. Names that say nothing are left out."
    found = []
    for name in names:
        kind, _, rest = name.partition(" ")
        planned, _, object_ = rest.partition("Z ")
        try:
            planned_at = datetime.fromisoformat(planned).replace(tzinfo=UTC)
        except ValueError:
            continue
        if kind not in ("job", "order") or not object_:
            continue
        start_at = planned_at + by if action is OverrideAction.MOVE else None
        over = _over(planned_at, start_at, now)
        found.append(StartChange(kind, object_, _VERBS[action], planned_at, start_at, skipped=over))
    return found


def of_day(overrides: Sequence[Any], day: date, target: date, zone: ZoneInfo, now: datetime) -> list[StartChange]:
    "The changes of a plan day (rows of the store, the newest first), at the same local times of another one."
    days = (target - day).days
    found = []
    for row in reversed(overrides):
        if row.state == OverrideState.WITHDRAWN:
            continue
        planned_at, start_at = (shifted(each, days, zone) for each in (row.planned_at, row.start_at))
        if row.action == OverrideAction.PARAMS:
            start_at = None
        found.append(
            StartChange(
                row.kind, row.object, _VERBS[row.action], planned_at, start_at, tuple(row.params.pairs()),
                _over(planned_at, start_at, now),
            )
        )  # fmt: skip
    return found


def shifted(instant: datetime | None, days: int, zone: ZoneInfo) -> datetime | None:
    "The same local time so many days later."
    if instant is None:
        return None
    local = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return instant_of(local, zone)


def _over(planned_at: datetime | None, start_at: datetime | None, now: datetime) -> str:
    if planned_at is not None and planned_at <= now:
        return N_("its time has come already")
    return N_("it would lie in the past") if start_at is not None and start_at <= now else ""
