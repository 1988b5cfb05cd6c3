"""Coming starts, as the engine tells them: it knows every run time, also those that were changed by command.

The answer to `<show_calendar>` names periods and single starts of jobs and orders. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from flask import current_app, url_for
from lxml import etree

from web import commands, engines, scope
from web.named import shown
from web.permissions import may
from web.words import gettext

#: entries of one answer
MOST = 5000
#: single starts of one repeat in one span of time; beyond them it is told as a rhythm
MOST_REPEATS = 2000

Kind = Literal["job", "order"]


@dataclass(frozen=True, slots=True)
class Start:
    """One coming start. `kind` tells whether `path` is a job or a chain (then with `order_id`).

    `schedule`: the named schedule that it comes from, or empty. `why`: `queued`, `setback`, `given` (of an order, by a
    command or a change of the plan), `repeat`, or empty: the run time says so.
    """

    at: datetime
    kind: Kind
    path: str
    order_id: str = ""
    schedule: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        return f"{self.path},{self.order_id}" if self.kind == "order" else self.path


@dataclass(frozen=True, slots=True)
class Rhythm:
    "From `begin` to `end` something starts every `seconds`; `exact` on a grid, else counted from the end of a run."

    begin: datetime
    end: datetime
    seconds: float
    exact: bool
    kind: Kind
    path: str
    order_id: str = ""
    schedule: str = ""

    @property
    def name(self) -> str:
        return f"{self.path},{self.order_id}" if self.kind == "order" else self.path

    def starts(self, begin: datetime, end: datetime) -> Iterator[Start]:
        "Those with `begin` <= t < `end`, as if runs took no time; at most `MOST_REPEATS`."
        step = timedelta(seconds=max(self.seconds, 0.001))
        first = max(0, -(-(begin - self.begin) // step))
        moment = self.begin + first * step
        for _ in range(MOST_REPEATS):
            if moment >= min(end, self.end):
                return
            yield Start(moment, self.kind, self.path, self.order_id, self.schedule, "repeat")
            moment += step


@dataclass(frozen=True, slots=True)
class Coming:
    """What is to come between two instants. `cut`: there may be more than the engine told.

    `problem`: a sentence when nothing is known.
    """

    begin: datetime
    end: datetime
    singles: tuple[Start, ...] = ()
    rhythms: tuple[Rhythm, ...] = ()
    cut: bool = False
    problem: str = ""

    def starts(self) -> list[Start]:
        "All starts in order of time, those of rhythms too."
        found = [start for start in self.singles if self.begin <= start.at < self.end]
        for rhythm in self.rhythms:
            found += rhythm.starts(self.begin, self.end)
        return sorted(found, key=lambda start: (start.at, start.path, start.order_id))

    def only(self, path: str, order_id: str | None = None) -> Coming:
        "Of one job or chain, or of one order."

        def wanted(each: Start | Rhythm) -> bool:
            return each.path.lower() == path.lower() and order_id in (None, each.order_id)

        return Coming(
            self.begin,
            self.end,
            tuple(filter(wanted, self.singles)),
            tuple(filter(wanted, self.rhythms)),
            self.cut,
            self.problem,
        )


def between(scheduler_id: str, begin: datetime, end: datetime, orders: bool = True, most: int = MOST) -> Coming:
    "What the engine says, as far as the reader may see it; never raises."
    return readable(_asked(scheduler_id, begin, end, orders, most))


def readable(found: Coming) -> Coming:
    "Without the jobs and orders that are out of the reader's sight, and without schedules that are."
    seen: dict[tuple[Kind, str], bool] = {}

    def may_see(each: Start | Rhythm) -> bool:
        key = each.kind, each.path
        if key not in seen:
            seen[key] = may("jobs.view" if each.kind == "job" else "orders.view", each.path)
        return seen[key]

    singles, rhythms = filter(may_see, found.singles), filter(may_see, found.rhythms)
    return replace(
        found,
        singles=tuple(replace(each, schedule=shown("schedule", each.schedule)) for each in singles),
        rhythms=tuple(replace(each, schedule=shown("schedule", each.schedule)) for each in rhythms),
    )


def _asked(scheduler_id: str, begin: datetime, end: datetime, orders: bool, most: int) -> Coming:
    address = scope.reachable(scheduler_id)
    if address is None:
        return Coming(begin, end, problem=gettext("The engine is not reachable; what is to come is not known now."))
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    outcome = engines.send(address, commands.show_calendar(begin, end, most, orders), timeout)
    if outcome.answer is None:
        said = f"{outcome.code} {outcome.text}".strip() or str(outcome.result)
        return Coming(begin, end, problem=gettext("The engine does not tell what is to come: %(said)s", said=said))
    return coming(outcome.answer, begin, end, most)


def remembered(scheduler_id: str, begin: datetime, end: datetime) -> Coming:
    "As `between`, but asked once a minute at most: for a picture that many pages show."
    known: dict[str, tuple[datetime, Coming]] = current_app.extensions.setdefault("stellwerk_coming", {})
    at, found = known.get(scheduler_id, (None, None))
    if found is None or at is None or begin - at > timedelta(minutes=1) or found.end != end:
        found = _asked(scheduler_id, begin, end, True, MOST)
        known[scheduler_id] = begin, found
    return readable(replace(found, begin=begin))


def of_job(scheduler_id: str, path: str) -> Coming:
    "Of the next seven days."
    begin = datetime.now(UTC)
    return between(scheduler_id, begin, begin + timedelta(days=7), orders=False).only(path)


def of_chain(scheduler_id: str, path: str, order_id: str | None = None) -> Coming:
    "Of the next seven days: the orders of a chain, or one of them."
    begin = datetime.now(UTC)
    return between(scheduler_id, begin, begin + timedelta(days=7)).only(path, order_id)


def coming(answer: etree._Element, begin: datetime, end: datetime, most: int = MOST) -> Coming:
    "The answer to `commands.show_calendar`, read."
    singles: list[Start] = []
    rhythms: list[Rhythm] = []
    entries = list(_entries(answer))
    for entry in entries:
        kind, path, order_id = _object(entry)
        schedule = entry.get("schedule", "")
        if (single := _instant(entry.get("at") or entry.get("single_start"))) is not None:
            singles.append(Start(single, kind, path, order_id, schedule, _why(entry)))
            continue
        since, until = _instant(entry.get("begin")), _instant(entry.get("end"))
        if since is None or until is None:
            continue
        for attribute, exact in (("absolute_repeat", True), ("repeat", False)):
            seconds = _seconds(entry.get(attribute, ""))
            if seconds:
                rhythms.append(Rhythm(since, until, seconds, exact, kind, path, order_id, schedule))
    return Coming(begin, end, tuple(singles), tuple(rhythms), len(entries) >= most)


def address_of(scheduler_id: str, start: Start | Rhythm) -> str:
    "The page of what starts."
    if start.kind == "order":
        return url_for("orders.page", scheduler_id=scheduler_id, chain=start.path, order_id=start.order_id)
    return url_for("jobs.page", scheduler_id=scheduler_id, path=start.path)


def _entries(answer: etree._Element) -> Iterable[etree._Element]:
    return (each for each in answer.iter("at", "period") if isinstance(each.tag, str))


def _why(entry: etree._Element) -> str:
    "See `Start`."
    if entry.get("task"):
        return "queued"
    if entry.get("setback") == "true":
        return "setback"
    return "given" if entry.tag == "at" and entry.get("job_chain") else ""


def _object(entry: etree._Element) -> tuple[Kind, str, str]:
    if entry.get("job_chain"):
        return "order", "/" + entry.get("job_chain", "").lstrip("/"), entry.get("order", "")
    return "job", "/" + entry.get("job", "").lstrip("/"), ""


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
