"""Changes of many starts of the plan at once: which ones, and what each of them is to be. Nothing is sent here.

An entry that was ticked is named `KIND INSTANT OBJECT`: the instant as the run time plans it, the object as in the
plan (of an order: chain, comma, id).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.plan.override import OverrideAction, OverrideState
from scheduler.run_time.clock import instant_of
from web.words import N_

_VERBS = {
    OverrideAction.SKIP: "skip-start", OverrideAction.MOVE: "move-start", OverrideAction.HOLD: "hold-start",
    OverrideAction.PARAMS: "change-start", OverrideAction.ADD: "add-start",
}  # fmt: skip
#: word of the button -> what becomes of each start that was ticked
DEEDS: dict[str, OverrideAction] = {
    "now": OverrideAction.MOVE, "skip": OverrideAction.SKIP, "hold": OverrideAction.HOLD, "move": OverrideAction.MOVE,
    "params": OverrideAction.PARAMS, "repeat": OverrideAction.ADD,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StartChange:
    """`kind` and `verb` name the action; `skipped`: why it is left out, empty: it is not. `at_once`: it starts when the
    engine gets to it. `number`: of the change that is withdrawn."""

    kind: str
    object: str
    verb: str
    planned_at: datetime | None
    start_at: datetime | None = None
    params: tuple[tuple[str, str], ...] = ()
    skipped: str = ""
    at_once: bool = False
    number: int = 0

    @property
    def keys(self) -> dict[str, str]:
        chain, _, order_id = self.object.partition(",")
        return {"path": self.object} if self.kind == "job" else {"chain": chain, "order_id": order_id}

    @property
    def values(self) -> list[tuple[str, str]]:
        "What the form of the action would be given."
        if self.number:
            return [("number", str(self.number))]
        instants = (("planned", self.planned_at), ("start", self.start_at))
        found = [(name, instant_text(instant)) for name, instant in instants if instant is not None]
        if self.at_once:
            found.append(("start", "now"))
        for name, value in self.params:
            found += [("param_name", name), ("param_value", value)]
        return found


def instant_text(moment: datetime) -> str:
    "As forms and the engine read it; nothing is cut off."
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def name_of(kind: str, planned_at: datetime, path: str, order_id: str = "") -> str:
    return f"{kind} {instant_text(planned_at)} {path}{',' if order_id else ''}{order_id}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a form says besides the starts that were ticked: by how much they are moved, their parameters, how many days
    later they are made again by the clock of `zone`."""

    by: timedelta = timedelta()
    params: tuple[tuple[str, str], ...] = ()
    days: int = 0
    zone: ZoneInfo | None = None


def of_names(names: Iterable[str], deed: str, terms: Terms, now: datetime) -> list[StartChange]:
    "`deed` is a word of DEEDS. Names that say nothing are left out."
    found = (_named(name) for name in names)
    return [_change(*each, deed, terms, now) for each in found if each is not None]


def _named(name: str) -> tuple[str, str, datetime] | None:
    kind, _, rest = name.partition(" ")
    planned, _, object_ = rest.partition("Z ")
    try:
        planned_at = datetime.fromisoformat(planned).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (kind, object_, planned_at) if kind in ("job", "order") and object_ else None


def _change(kind: str, object_: str, planned_at: datetime, deed: str, terms: Terms, now: datetime) -> StartChange:
    action = DEEDS[deed]
    verb = _VERBS[action]
    if deed == "repeat":
        start_at = shifted(planned_at, terms.days, terms.zone or ZoneInfo("UTC"))
        return StartChange(kind, object_, verb, None, start_at, skipped=_over(None, start_at, now))
    start_at = planned_at + terms.by if deed == "move" else None
    params = terms.params if deed == "params" else ()
    over = _over(planned_at, start_at, now)
    return StartChange(kind, object_, verb, planned_at, start_at, params, over, at_once=deed == "now")


def withdrawn(overrides: Sequence[Any]) -> list[StartChange]:
    "The changes of a plan day (rows of the store) taken back, the oldest first."
    return [
        StartChange(row.kind, row.object, "withdraw-change", row.planned_at, number=row.number)
        for row in reversed(overrides)
        if row.state == OverrideState.OPEN
    ]


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
