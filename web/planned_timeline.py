"The rows of a timeline of a plan day as the services keep it, and what is in each other's way."

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from models.read.plan import PlannedPeak
from models.read.plan_entries import PlanEntry
from scheduler.plan.state import SETTLED, EntryState
from web.display import zone
from web.pictures.timeline import Clash, Kind, Row, Span, clash
from web.planned import LOOKS, address_of
from web.words import duration, gettext, translated

_SPANS: dict[EntryState, Kind] = {
    EntryState.FINISHED: "done", EntryState.FAILED: "failed", EntryState.STARTED: "running",
    EntryState.OVERDUE: "running", EntryState.SUBMITTED: "queued", EntryState.LATE: "queued",
    EntryState.SKIPPED: "held", EntryState.MISSED: "failed",
}  # fmt: skip


def rows(scheduler_id: str, entries: Sequence[PlanEntry], holding_up: Mapping[tuple[str, str], str]) -> list[Row]:
    "One for each job and order. `holding_up`: by kind and path, who waits for the object, in words."
    found: dict[tuple[str, str], list[PlanEntry]] = {}
    for entry in entries:
        found.setdefault((entry.path, entry.order_id), []).append(entry)
    return [
        _row(scheduler_id, each, holding_up.get((each[0].kind, each[0].path.lower()), "")) for each in found.values()
    ]


def _row(scheduler_id: str, entries: Sequence[PlanEntry], holds_up: str) -> Row:
    first = entries[0]
    address = address_of(scheduler_id, first)
    folder, _, name = first.path.rpartition("/")
    spans = tuple(_span(entry, address, bool(holds_up)) for entry in entries)
    if first.kind == "order":
        name = f"{name}, {first.order_id}"
    object_ = f"{first.path},{first.order_id}" if first.kind == "order" else first.path
    return Row(name, address, spans, folder=folder or "/", kind=first.kind, object=object_, holds_up=holds_up)


def _span(entry: PlanEntry, address: str, holds_up: bool) -> Span:
    begin = entry.started_at or entry.start_at or entry.planned_at
    expected = begin + timedelta(seconds=entry.expected_seconds) if entry.expected_seconds else None
    span = _SPANS.get(entry.state, "planned")
    ended = entry.ended_at if entry.state in SETTLED and not entry.is_dense else None
    if span in ("held", "failed", "done") and ended is None:
        ended = entry.until if entry.is_dense else begin
    return Span(
        begin, ended, span, partial(_words, entry, begin), address, entry.until if entry.is_dense else expected,
        _late_from(entry), entry.is_dense, holds_up,
    )  # fmt: skip


def _late_from(entry: PlanEntry) -> datetime | None:
    return entry.start_at if entry.late and entry.started_at and not entry.is_dense else None


def _words(entry: PlanEntry, begin: datetime) -> str:
    words = [f"{begin.astimezone(zone()):%H:%M:%S} {translated(LOOKS[entry.state].word)}"]
    if entry.is_dense:
        words.append(gettext("every %(duration)s", duration=duration(entry.every)))
        good = entry.runs - entry.failed_runs
        words.append(gettext("%(good)s ok, %(failed)s failed", good=good, failed=entry.failed_runs))
        words.append(gettext("%(number)s planned", number=entry.count))
    elif entry.ended_at is not None:
        words.append(gettext("took %(duration)s", duration=duration((entry.ended_at - begin).total_seconds())))
    elif entry.expected_seconds:
        words.append(gettext("usually %(duration)s", duration=duration(entry.expected_seconds)))
    late = _late_from(entry)
    if late is not None:
        words.append(gettext("planned for %(time)s", time=f"{late.astimezone(zone()):%H:%M:%S}"))
    return ", ".join(words)


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
