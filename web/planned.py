"""A plan day as the services keep it, made ready for pages: looks of entries, actions on them, counts, rows.

The plan has its own days (see `scheduler.plan.day`); times are shown in the reader's zone all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import Connection

from models import read
from models.plan import QUARTER, summary_of
from models.read.plan import PlannedDay, PlannedPeak, outlook
from models.read.plan_entries import PlanEntry, Wanted, entries_of_keys
from models.sight import sight_of
from scheduler.plan.conflicts import overlapped
from scheduler.plan.override import OverrideAction, PlanKey, plan_key
from scheduler.plan.state import SETTLED, EntryState
from web.actions.offers import Offer, offer
from web.display import zone
from web.pictures.hours import NONE, Counts
from web.pictures.timeline import Clash, Kind, Row, Span, clash
from web.plan_many import instant_text, name_of
from web.states import Look
from web.words import N_, duration, gettext, translated

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
    EntryState.MISSED: Counts(failed=1),
    EntryState.SKIPPED: Counts(),
}
_SPANS: dict[EntryState, Kind] = {
    EntryState.FINISHED: "done", EntryState.FAILED: "failed", EntryState.STARTED: "running",
    EntryState.OVERDUE: "running", EntryState.SUBMITTED: "queued", EntryState.LATE: "queued",
    EntryState.SKIPPED: "held", EntryState.MISSED: "failed",
}  # fmt: skip
_WORDS = {
    OverrideAction.SKIP: N_("skipped"), OverrideAction.MOVE: N_("moved"), OverrideAction.HOLD: N_("held"),
    OverrideAction.PARAMS: N_("other parameters"), OverrideAction.ADD: N_("added"),
}  # fmt: skip


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


def wanted(state: str, text: str, schedule: str) -> Wanted:
    "`state` is a word of `FILTERS`."
    return Wanted(FILTERS.get(state, ()), state == "late", text, schedule)


def list_of(connection: Connection, scheduler_id: str, found: PlannedDay, entries: Sequence[PlanEntry]) -> list[Shown]:
    "The entries of a page as they are shown."
    keys = {key_of(entry) for entry in entries if entry.expected_seconds and not entry.is_dense}
    around = entries_of_keys(connection, scheduler_id, found.day, keys) if keys else {}
    overlaps = {key: _overlaps(each) for key, each in around.items()}
    return [
        replace(shown(scheduler_id, entry), overlaps=entry.start_at in overlaps.get(key_of(entry), ()))
        for entry in entries
    ]


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
        name_of(entry.kind, entry.planned_at, entry.path, entry.order_id) if len(offers) > 1 else "",
    )


def _offers(entry: PlanEntry) -> Iterable[tuple[Offer, str]]:
    "What can still be done with it, with the address of its form."
    held = entry.action is OverrideAction.HOLD
    if entry.is_dense or entry.runs or (entry.state in SETTLED and entry.state is not EntryState.SKIPPED):
        return
    keys = {"path": entry.path} if entry.kind == "job" else {"chain": entry.path, "order_id": entry.order_id}
    if entry.override:
        found = offer(entry.kind, "withdraw-change", **keys)
        if found is not None:
            yield found, f"{found.address}?{urlencode({'number': entry.override})}"
        if not held:
            return
    for verb in ("skip-start", "move-start", "hold-start", "change-start"):
        found = offer(entry.kind, verb, **keys)
        if found is not None:
            yield found, f"{found.address}?{urlencode({'planned': instant_text(entry.planned_at)})}"


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
        one = _COUNTED[state]
        many = Counts(one.good * count, one.failed * count, one.running * count, one.planned * count)
        quarters[place] = quarters[place].plus(many) if place in quarters else many
        totals[""] += count
        totals["late"] += count if late else 0
        for name, states in FILTERS.items():
            totals[name] += count if state in states else 0
    return quarters, totals


def rows(scheduler_id: str, entries: Sequence[PlanEntry]) -> list[Row]:
    "Rows of a timeline, one for each job and order."
    found: dict[tuple[str, str], list[PlanEntry]] = {}
    for entry in entries:
        found.setdefault((entry.path, entry.order_id), []).append(entry)
    return [
        Row(each[0].name, address_of(scheduler_id, each[0]), tuple(_span(scheduler_id, entry) for entry in each))
        for each in found.values()
    ]


def clashes(peaks: Iterable[PlannedPeak], begin: datetime, end: datetime) -> list[Clash]:
    "What is in each other's way from `begin` to `end`, for the top edge of a timeline."
    found = (clash(each.begin, each.end, each.most, _clash_words(each), (begin, end)) for each in peaks)
    return [each for each in found if each is not None]


def _clash_words(peak: PlannedPeak) -> str:
    begin, end = (f"{moment.astimezone(zone()):%H:%M}" for moment in (peak.begin, peak.end))
    what = "lock" if peak.of_lock else "process class"
    return gettext(
        "%(begin)s to %(end)s: %(most)s tasks want the %(what)s, %(allowed)s at once may have it",
        begin=begin,
        end=end,
        most=peak.most,
        what=f"{translated(what)} {peak.path}".rstrip(),
        allowed=peak.allowed,
    )


def _span(scheduler_id: str, entry: PlanEntry) -> Span:
    begin = entry.started_at or entry.start_at or entry.planned_at
    words = [f"{begin.astimezone(zone()):%H:%M:%S} {translated(LOOKS[entry.state].word)}"]
    if entry.is_dense:
        words.append(gettext("every %(duration)s", duration=duration(entry.every)))
        words.append(gettext("%(runs)s of %(count)s started", runs=entry.runs, count=entry.count))
        words.append(gettext("%(number)s failed", number=entry.failed_runs))
    elif entry.ended_at is not None:
        words.append(gettext("took %(duration)s", duration=duration((entry.ended_at - begin).total_seconds())))
    elif entry.expected_seconds:
        words.append(gettext("usually %(duration)s", duration=duration(entry.expected_seconds)))
    expected = begin + timedelta(seconds=entry.expected_seconds) if entry.expected_seconds else None
    if entry.is_dense:
        expected = entry.until
    span = _SPANS.get(entry.state, "planned")
    late = entry.start_at if entry.late and entry.started_at and not entry.is_dense else None
    if late is not None:
        words.append(gettext("planned for %(time)s", time=f"{late.astimezone(zone()):%H:%M:%S}"))
    ended = entry.ended_at if entry.state in SETTLED and not entry.is_dense else None
    if span in ("held", "failed", "done") and ended is None:
        ended = begin
    return Span(begin, ended, span, ", ".join(words), address_of(scheduler_id, entry), expected, late)


def day_counts(
    connection: Connection, scheduler_id: str, first: date, last: date, today: date
) -> tuple[dict[date, Counts], datetime | None]:
    """Of plan days: up to `today` what became of their entries, later ones as the run times say; and when those were
    worked out. That looks at all objects, so who may not see all of them is told of planned days only."""
    worked_out = {each.day: each for each in read.planned_days(connection, scheduler_id, first, last)}
    ahead = {} if is_limited(connection) else outlook(connection, scheduler_id, max(first, today), last)
    found = {day: Counts(planned=each.starts) for day, each in ahead.items() if day > today}
    for day, each in worked_out.items():
        if day not in found:
            quarters, _ = hours(connection, scheduler_id, each)
            found[day] = reduce(Counts.plus, quarters.values(), NONE)
    return found, max((each.computed_at for each in ahead.values()), default=None)


def is_limited(connection: Connection) -> bool:
    "Whether there are entries that the reader may not see."
    sight = sight_of(connection)
    return sight is not None and sight.places("plan.view") is not None
