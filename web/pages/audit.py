"""Who did what, and what came of it: of one scheduler, or of everything; as a page, or as a file for auditors.

A file carries the checksum of each entry; `stellwerk accounts audit-check` says whether the chain still holds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, render_template, request, stream_with_context

from models import audit, connect, operations
from models.audit import EXPORTED, Filter
from models.sight import limited_to
from web import audit_words, database, news, paging, scope
from web.auth.people import access
from web.display import now, zone
from web.news import News
from web.pages.operations import LOOKS

blueprint = Blueprint("audit", __name__)

RESULTS = ("", "done", "refused", "open")
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
#: what the address may narrow the list down to, as `Filter` names it
GIVEN = ("account", "token", "address", "action", "object", "parameters", "operation")
#: rows that an export reads, and sends, at a time
PART = 1000


@blueprint.get("/s/<scheduler_id>/audit")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    return _page(scheduler_id)


@blueprint.get("/audit")
def estate() -> str:
    "Of all schedulers, with what was done to accounts, roles and settings."
    return _page(None)


@blueprint.get("/audit/export.<ending>")
def export(ending: str) -> Response | tuple[str, int]:
    "Everything that the filter lets through, the newest first."
    if ending not in FORMATS:
        return "csv and jsonl are possible\n", 404
    only = _filter(request.args.get("scheduler_id") or None)
    lines = _csv(_all(only)) if ending == "csv" else _jsonl(_all(only))
    answer = Response(stream_with_context(lines), content_type=FORMATS[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{now():%Y-%m-%d}.{ending}"'
    return answer


def _page(scheduler_id: str | None) -> str:
    "`?part=new&after=` is the line that says how many entries have come since."
    only = _filter(scheduler_id)
    if (after := news.asked()) is not None:
        number = audit.count_after(database.read(), only, after, news.MOST)
        return news.line(News(after, every="30s", number=number))
    found = audit.entries(database.read(), only=only, before=paging.before(), limit=paging.size() + 1)
    entries, pager = paging.keyed(found, "id")
    return render_template(
        "audit/page.html",
        entries=entries,
        pager=pager,
        only=only,
        given={
            name: request.args.get(name, "") for name in (*GIVEN, "result", "q", "from", "to")
        },
        actions=audit_words.offered(),
        results=RESULTS,
        pending=audit.PENDING,
        looks_of=LOOKS,
        open_states=operations.states_of(
            database.read(), {entry.operation for entry in entries if entry.result_code == audit.PENDING} - {""}
        ),
        scope_id=scheduler_id,
        news=News(entries[0].id, every="30s") if entries and paging.before() is None else None,
    )


def _filter(scheduler_id: str | None) -> Filter:
    given = {name: request.args.get(name, "").strip() for name in GIVEN}
    result = request.args.get("result", "")
    return Filter(
        scheduler_id=scheduler_id,
        result=result if result in RESULTS else "",
        text=request.args.get("q", "").strip(),
        since=_day("from"),
        until=_day("to", timedelta(days=1)),
        **given,
    )


def _day(name: str, later: timedelta = timedelta()) -> datetime | None:
    "The beginning of a day in the reader's zone; None when the address holds none."
    try:
        day = datetime.strptime(request.args.get(name, ""), "%Y-%m-%d") + later  # noqa: DTZ007  the zone follows
    except (ValueError, OverflowError):
        return None
    return day.replace(tzinfo=zone()).astimezone(UTC)


def _all(only: Filter) -> Iterator[Sequence[audit.Exported]]:
    "The values of all entries, in parts. With connections of their own, because the answer outlives the request."
    engine = current_app.extensions["stellwerk_engine"]
    before: int | None = None
    while True:
        with connect.reading(engine) as connection:
            limited_to(connection, access())
            found = audit.exported(connection, only, before, PART)
        yield found
        if len(found) < PART:
            return
        before = found[-1][0]


def _jsonl(parts: Iterator[Sequence[audit.Exported]]) -> Iterator[str]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for part in parts:
        yield "".join([encode(dict(zip(EXPORTED, values, strict=True))) + "\n" for values in part])


def _csv(parts: Iterator[Sequence[audit.Exported]]) -> Iterator[str]:
    yield _lines([EXPORTED])
    for part in parts:
        yield _lines([[_harmless(str(value)) for value in values] for values in part])


def _lines(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _harmless(value: str) -> str:
    "Spreadsheets run what begins like a formula."
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
