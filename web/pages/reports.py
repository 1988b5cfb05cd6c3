"Reports over days, months and years: what failed most, took longest, came late, and how the plan was kept."

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import get_args

from flask import Blueprint, Response, abort, request

from models import reports as store
from models.reports import Figures, Kind, Order
from web import database, paging, scope
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pictures.bars import Bars, bars
from web.tables_out import unformula
from web.words import N_

blueprint = Blueprint("reports", __name__, url_prefix="/s/<scheduler_id>/reports")

#: word in `?span=` -> days, and whether they are drawn by month
SPANS: dict[str, tuple[int, bool]] = {
    "": (30, False), "quarter": (91, False), "year": (365, True), "years": (3650, True),
}  # fmt: skip
SPAN_WORDS = {"": "30 days", "quarter": "3 months", "year": "a year", "years": "ten years"}
KIND_WORDS = {"": "jobs and orders", "job": "jobs", "order": "orders"}
#: table -> its head, and what its numbers are
TABLES: dict[Order, str] = {
    "failed": "Most often failed", "longest": "Longest runs", "late": "Most often late", "runs": "Most runs",
}  # fmt: skip
ROWS, EXPORTED = 10, 5000
#: of a picture
COLUMNS = 400


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    since, until, months = _span()
    kind = _kind()
    over_time = store.by_time(database.read(), scheduler_id, kind, since, until, months)
    periods = _periods(since, until, months)
    return page_or_fragment(
        "reports/page.html",
        {"reports": "reports/_reports.html"},
        runs=_runs(over_time, periods),
        plan=_plan(over_time, periods),
        over_time=over_time,
        total=_total(over_time),
        tables={
            name: store.by_object(database.read(), scheduler_id, kind, since, until, name, ROWS) for name in TABLES
        },
        heads=TABLES,
        first_day=store.first_day(database.read(), scheduler_id),
        since=since,
        until=until,
        months=months,
        spans=SPAN_WORDS,
        span=request.args.get("span", ""),
        kinds=KIND_WORDS,
        kind=kind or "",
        link=paging.address,
    )


@blueprint.get("/<table>.csv")
def export(scheduler_id: str, table: str) -> Response:
    "One of the tables, or `time`: the figures of each day, or month."
    scope.enter(scheduler_id)
    since, until, months = _span()
    if table == "time":
        rows = store.by_time(database.read(), scheduler_id, _kind(), since, until, months)
    elif table in get_args(Order):
        rows = store.by_object(database.read(), scheduler_id, _kind(), since, until, _order(table), EXPORTED)
    else:
        abort(404)
    answer = Response(_csv(rows, table == "time"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="report-{table}-{since}-{until}.csv"'
    return answer


def _csv(rows: Sequence[Figures], over_time: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    names = ["period"] if over_time else ["kind", "object"]
    counted = ["runs", "failed", "seconds", "longest", "planned", "on_time", "late", "missed", "skipped"]
    writer.writerow([*names, *counted, "mean_seconds", "plan_fulfilment"])
    for row in rows:
        values = [unformula(str(getattr(row, name))) for name in names]
        numbers = [getattr(row, name) for name in counted]
        shares = ["" if each is None else f"{each:.4f}" for each in (row.mean, row.fulfilment)]
        writer.writerow([*values, *(f"{each:.3f}" if isinstance(each, float) else each for each in numbers), *shares])
    return out.getvalue()


def _runs(rows: Sequence[Figures], periods: Sequence[str]) -> Bars:
    found = {
        row.period: (("good", row.runs - row.failed, N_("finished")), ("failed", row.failed, N_("failed")))
        for row in rows
    }
    return bars([(period, found.get(period, ())) for period in periods])


def _plan(rows: Sequence[Figures], periods: Sequence[str]) -> Bars:
    found = {row.period: _kept(row) for row in rows}
    return bars([(period, found.get(period, ())) for period in periods])


def _periods(since: str, until: str, months: bool) -> list[str]:
    "All days, or months, of the time, at most as many as can be drawn: the last ones."
    if months:
        first, last = (int(day[:4]) * 12 + int(day[5:7]) - 1 for day in (since, until))
        return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(max(first, last - COLUMNS), last + 1)]
    end = date.fromisoformat(until)
    days = min((end - date.fromisoformat(since)).days, COLUMNS)
    return [(end - timedelta(days=offset)).isoformat() for offset in range(days, -1, -1)]


def _kept(row: Figures) -> tuple[tuple[str, float, str], ...]:
    return ("good", row.on_time, N_("in time")), ("late", row.late, N_("late")), ("failed", row.missed, N_("missed"))


def _total(rows: Sequence[Figures]) -> Figures:
    names = ("runs", "failed", "planned", "on_time", "late", "missed", "skipped")
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    longest = max((row.longest for row in rows), default=0.0)
    return Figures(seconds=sum(row.seconds for row in rows), longest=longest, **sums)


def _span() -> tuple[str, str, bool]:
    "First and last day, and whether months are shown; `from` and `to` in the address beat the span."
    today = now().astimezone(zone()).date()
    days, months = SPANS.get(request.args.get("span", ""), SPANS[""])
    since = _day("from") or today - timedelta(days=days)
    until = _day("to") or today
    return since.isoformat(), until.isoformat(), months or (until - since).days > 120


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _kind() -> Kind | None:
    asked = request.args.get("kind", "")
    return "job" if asked == "job" else "order" if asked == "order" else None


def _order(word: str) -> Order:
    return next(name for name in TABLES if name == word)
