"""A plan day as the services keep it, made ready for pages: looks of entries, actions on them, counts, rows.

The plan has its own days (see `scheduler.plan.day`); times are shown in the reader's zone all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import Connection, Row

from models import read
from models.plan import QUARTER, summary_of
from models.read.agents import named_agents
from models.read.plan import PlannedDay, changed_after, outlook, rhythms
from models.read.plan_ahead import ahead
from models.read.plan_entries import PlanEntry, Wanted, entries_of_keys, last_runs
from models.read.plan_narrow import IN_CLASSES
from models.sight import sight_of
from scheduler.list_filter import Filter, Token
from scheduler.plan.conflicts import overlapped
from scheduler.plan.override import OverrideAction, OverrideState, PlanKey, plan_key
from scheduler.plan.state import SETTLED, EntryState
from web.actions.offers import Offer, offer
from web.display import now
from web.pictures.hours import NONE, Counts
from web.plan_many import instant_text, name_of
from web.states import Look
from web.words import N_

LOOKS: dict[EntryState, Look] = {
    EntryState.PLANNED: Look("neutral", "circle", "to come"),
    EntryState.SUBMITTED: Look("neutral", "clock", "due"),
    EntryState.STARTED: Look("active", "play", "running"),
    EntryState.FINISHED: Look("good", "tick", "finished"),
    EntryState.FAILED: Look("bad", "octagon", "failed"),
    EntryState.LATE: Look("attention", "triangle", "late"),
    EntryState.OVERDUE: Look("attention", "triangle", "longer than usual"),
    EntryState.SKIPPED: Look("held", "bars", "skipped"),
    EntryState.MISSED: Look("attention", "torn", "missed"),
}
HELD = Look("held", "bars", "held")
#: word in `?state=` -> states of entries
FILTERS: dict[str, tuple[EntryState, ...]] = {
    "": (),
    "planned": (EntryState.PLANNED, EntryState.SUBMITTED),
    "waiting": (EntryState.SUBMITTED,),
    "running": (EntryState.STARTED, EntryState.OVERDUE),
    "done": (EntryState.FINISHED,),
    "failed": (EntryState.FAILED,),
    "late": (),
    "behind": (EntryState.LATE, EntryState.OVERDUE),
    "missed": (EntryState.MISSED,),
    "skipped": (EntryState.SKIPPED,),
}
_COUNTED: dict[EntryState, Counts] = {
    EntryState.FINISHED: Counts(good=1),
    EntryState.FAILED: Counts(failed=1),
    EntryState.STARTED: Counts(running=1),
    EntryState.OVERDUE: Counts(running=1),
    EntryState.SUBMITTED: Counts(planned=1),
    EntryState.PLANNED: Counts(planned=1),
    EntryState.LATE: Counts(planned=1),
    EntryState.MISSED: Counts(missed=1),
    EntryState.SKIPPED: Counts(held=1),
}
_WORDS = {
    OverrideAction.SKIP: N_("skipped"), OverrideAction.MOVE: N_("moved"), OverrideAction.HOLD: N_("held"),
    OverrideAction.PARAMS: N_("other parameters"), OverrideAction.ADD: N_("added"),
}  # fmt: skip


#: what the services have not worked out by then they will not work out: they do not run
_SOON = timedelta(minutes=1)
#: after a day was worked out, until its entries have been counted, too
_COUNTED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Shown:
    "An entry with what the page shows of it. `change` says what somebody has changed of it."

    entry: PlanEntry
    look: Look
    address: str
    change: str
    expected_end: datetime | None
    offers: tuple[tuple[Offer, str], ...]
    #: its name for a change of many; empty: it cannot be one of them
    choice: str = ""
    #: the next start of the object comes before this one is expected to be over
    overlaps: bool = False
    #: what its object did before, where that is asked for
    last: PlanEntry | None = None
    #: where its log is, if it has begun
    log: str = ""


def at_classes(connection: Connection, scheduler_id: str, asked: Filter) -> Filter:
    "With the process classes that name an agent in its place."
    if not any(each.name == "agent" for each in asked.tokens):
        return asked
    agents = named_agents(connection, scheduler_id)

    def known(token: Token) -> Token:
        if token.name != "agent":
            return token
        classes = {agent.process_class.lower() for agent in agents if agent.is_called(token.value)}
        return Token(IN_CLASSES, "\n".join(sorted(classes)), token.excluded)

    return replace(asked, tokens=tuple(map(known, asked.tokens)))


def is_behind(connection: Connection, scheduler_id: str, found: PlannedDay, now: datetime) -> bool:
    "Whether something was changed that the services are about to work out. Days that are over they leave as they are."
    return found.end > now and changed_after(connection, scheduler_id, max(found.computed_at, now - _SOON))


def settles(found: PlannedDay, behind: bool, now: datetime) -> bool:
    "Whether a look in a second will show more than what changes as time goes by."
    return behind or abs(now - found.computed_at) < _COUNTED_WITHIN


def wanted(state: str, asked: Filter, schedule: str = "") -> Wanted:
    "`state` is a word of `FILTERS`. A search that cannot be understood finds everything, and says why."
    tokens = tuple((each.name, each.value, each.excluded) for each in asked.tokens if each.name != "schedule")
    text = " ".join(asked.words)
    return Wanted(FILTERS.get(state, ()), state == "late", text, schedule or asked.value("schedule"), tokens)


def list_of(
    connection: Connection, scheduler_id: str, found: PlannedDay, entries: Sequence[PlanEntry], with_last: bool
) -> list[Shown]:
    "The entries of a page as they are shown. `with_last`: with the run before of each object."
    asked = [entry for entry in entries if entry.expected_seconds and entry.start_at and not entry.is_dense]
    keys = {key_of(entry) for entry in asked}
    around = entries_of_keys(connection, scheduler_id, found.day, keys, _span_of(asked)) if keys else {}
    overlaps = {key: _overlaps(each) for key, each in around.items()}
    last: dict[PlanKey, PlanEntry] = {}
    if with_last and entries:
        keys = {key_of(entry) for entry in entries}
        last = last_runs(connection, scheduler_id, found.day, keys, min(entry.planned_at for entry in entries))
    return [
        replace(
            shown(scheduler_id, entry),
            overlaps=entry.start_at in overlaps.get(key_of(entry), ()),
            last=last.get(key_of(entry)),
        )
        for entry in entries
    ]


def _span_of(entries: Sequence[PlanEntry]) -> tuple[datetime, datetime]:
    "From the first start to the last expected end."
    begins = [entry.start_at for entry in entries if entry.start_at]
    return min(begins), max(begins) + timedelta(seconds=max(entry.expected_seconds or 0 for entry in entries))


def key_of(entry: PlanEntry) -> PlanKey:
    return plan_key(entry.kind, f"{entry.path},{entry.order_id}" if entry.kind == "order" else entry.path)


def _overlaps(entries: Sequence[PlanEntry]) -> set[datetime]:
    "Starts of one object that are not over yet and that its next one overtakes."
    starts = sorted(each.start_at for each in entries if each.start_at is not None and not each.is_dense)
    seconds = next((each.expected_seconds for each in entries if each.expected_seconds), None)
    settled = {each.start_at for each in entries if each.state in SETTLED}
    return overlapped(starts, seconds) - settled


def shown(scheduler_id: str, entry: PlanEntry) -> Shown:
    held = entry.action is OverrideAction.HOLD and entry.start_at is None
    expected = None
    if entry.expected_seconds is not None and entry.start_at is not None and not entry.is_dense:
        expected = (entry.started_at or entry.start_at) + timedelta(seconds=entry.expected_seconds)
    offers = tuple(_offers(entry))
    return Shown(
        entry,
        HELD if held and entry.state is EntryState.SKIPPED else LOOKS[entry.state],
        address_of(scheduler_id, entry),
        _WORDS[entry.action] if entry.action is not None else "",
        expected,
        offers,
        "" if entry.is_dense else name_of(entry.kind, entry.planned_at, entry.path, entry.order_id),
        log=_log_of(scheduler_id, entry),
    )


def _log_of(scheduler_id: str, entry: PlanEntry) -> str:
    if entry.started_at is None or entry.is_dense:
        return ""
    object_ = f"{entry.path},{entry.order_id}" if entry.kind == "order" else entry.path
    at = entry.started_at.isoformat()
    return url_for("plan.log", scheduler_id=scheduler_id, kind=entry.kind, object=object_, at=at)


def _offers(entry: PlanEntry) -> Iterable[tuple[Offer, str]]:
    "What can still be done with it, with the address of its form."
    at = now()
    held = entry.action is OverrideAction.HOLD
    if entry.is_dense or entry.runs or (entry.state in SETTLED and entry.state is not EntryState.SKIPPED):
        return
    keys = {"path": entry.path} if entry.kind == "job" else {"chain": entry.path, "order_id": entry.order_id}
    if entry.override:
        found = offer(entry.kind, "withdraw-change", **keys)
        if found is not None and _is_ahead(entry.planned_at, entry.start_at, at):
            yield found, f"{found.address}?{urlencode({'number': entry.override})}"
        if not held:
            return
    if entry.planned_at < at:  # what the run time says of the past is not changed any more
        return
    planned = urlencode({"planned": instant_text(entry.planned_at)})
    for verb in ("skip-start", "move-start", "hold-start", "change-start"):
        found = offer(entry.kind, verb, **keys)
        if found is not None:
            yield found, f"{found.address}?{planned}"


def withdrawals(changes: Sequence[Row[Any]], now: datetime) -> dict[int, tuple[Offer, str]]:
    "How those changes are taken back for which it is not too late, by their numbers."
    found = {}
    for each in changes:
        if each.state is not OverrideState.OPEN or not _is_ahead(each.planned_at, each.start_at, now):
            continue
        chain, _, order_id = each.object.partition(",")
        keys = {"path": each.object} if each.kind == "job" else {"chain": chain, "order_id": order_id}
        withdraw = offer(each.kind, "withdraw-change", **keys)
        if withdraw is not None:
            found[each.number] = withdraw, f"{withdraw.address}?{urlencode({'number': each.number})}"
    return found


def _is_ahead(planned_at: datetime | None, start_at: datetime | None, now: datetime) -> bool:
    "Whether the start that was changed can still be one; see `models.read.plan.open_changes`."
    return any(at is not None and at >= now for at in (planned_at, start_at))


def address_of(scheduler_id: str, entry: PlanEntry) -> str:
    if entry.kind == "order":
        return url_for("orders.page", scheduler_id=scheduler_id, chain=entry.path, order_id=entry.order_id)
    return url_for("jobs.page", scheduler_id=scheduler_id, path=entry.path)


def hours(
    connection: Connection, scheduler_id: str, found: PlannedDay
) -> tuple[dict[datetime, Counts], dict[str, int]]:
    """Counts by quarters of an hour, and the number of entries by word of `FILTERS`.

    As the services have counted them, for who may see everything; else counted now.
    """
    summary = found.summary
    if summary is None or is_limited(connection):
        summary = summary_of(connection, scheduler_id, found.day, found.begin)
    quarters: dict[datetime, Counts] = {}
    totals = dict.fromkeys(FILTERS, 0)
    for quarter, word, late, count in summary:
        state = EntryState(word)
        place = found.begin + quarter * QUARTER
        many = _COUNTED[state].times(count)
        quarters[place] = quarters[place].plus(many) if place in quarters else many
        totals[""] += count
        totals["late"] += count if late else 0
        for name, states in FILTERS.items():
            totals[name] += count if state in states else 0
    return quarters, totals


def day_counts(
    connection: Connection, scheduler_id: str, first: date, last: date, today: date
) -> tuple[dict[date, Counts], datetime | None]:
    """Starts of plan days: up to `today` what became of them, later ones as the run times say; and when those were
    worked out. That looks at all objects, so who may not see all of them is told of planned days only."""
    worked_out = {each.day: each for each in read.planned_days(connection, scheduler_id, first, last)}
    ahead = {} if is_limited(connection) else outlook(connection, scheduler_id, max(first, today), last)
    found = {day: Counts(planned=each.starts) for day, each in ahead.items() if day > today}
    for day, each in worked_out.items():
        if day not in found:
            quarters, _ = hours(connection, scheduler_id, each)
            found[day] = reduce(Counts.plus, quarters.values(), _of_rhythms(connection, scheduler_id, each))
    return found, max((each.computed_at for each in ahead.values()), default=None)


def _of_rhythms(connection: Connection, scheduler_id: str, found: PlannedDay) -> Counts:
    "What entries that stand for many starts add to a day that counts each of them once, so that all starts count."
    more = Counts(planned=ahead(connection, scheduler_id, found.day.isoformat(), found.begin).more_starts)
    for each in rhythms(connection, scheduler_id, found.day):
        one = _COUNTED[each.state]
        running = one.running * each.entries
        ran = Counts(good=max(0, each.runs - each.failed_runs - running), failed=each.failed_runs, running=running)
        left = 0 if each.state in (EntryState.FINISHED, EntryState.FAILED) else max(0, each.starts - each.runs)
        rest = one if one.held or one.missed else Counts(planned=1)
        more = more.plus(ran).plus(rest.times(left)).plus(one.times(-each.entries))
    return more


def of_schedule(
    connection: Connection, scheduler_id: str, first: date, last: date, text: str
) -> tuple[dict[date, Counts], dict[date, Counts]]:
    """Of a search, by plan day: what became of starts whose schedule it finds, though not their object; and the starts
    of either that were held back."""
    of_schedules: dict[date, Counts] = {}
    held: dict[date, Counts] = {}
    for found in read.plan_days_of(connection, scheduler_id, first, last, text):
        one = _COUNTED[found.state]
        if one.held:
            held[found.day] = held.get(found.day, NONE).plus(Counts(held=found.count))
        elif not found.by_name:
            many = replace(one, planned=0).times(found.count)
            of_schedules[found.day] = of_schedules.get(found.day, NONE).plus(many)
    return of_schedules, held


def is_limited(connection: Connection) -> bool:
    "Whether there are entries that the reader may not see."
    sight = sight_of(connection)
    return sight is not None and sight.places("plan.view") is not None
