"Coming starts of a span of time as a list that can be taken away: page, CSV, XML."

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request
from lxml import etree

from web import paging, scope, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.starts import Coming, Start
from web.tables_out import unformula

blueprint = Blueprint("start_times", __name__, url_prefix="/s/<scheduler_id>/start-times")

MOST = 10_000
LONGEST = timedelta(days=732)


@blueprint.get("")
def page(scheduler_id: str) -> str | Response:
    scope.enter(scheduler_id)
    begin, end = _span()
    limit = min(max(paging.number("limit") or 500, 1), MOST)
    text = request.args.get("q", "").strip()
    orders = request.args.get("orders", "yes") != "no"
    coming = starts.between(scheduler_id, begin, end, orders, MOST)
    found = [start for start in coming.starts() if text.lower() in start.name.lower()]
    shown = found[:limit]
    form = request.args.get("format", "")
    if form == "csv":
        return _file(_csv(shown), "start-times.csv", "text/csv; charset=utf-8")
    if form == "xml":
        return _file(_xml(coming, shown), "start-times.xml", "text/xml; charset=utf-8")
    return page_or_fragment(
        "plan/start_times.html",
        {},
        coming=coming,
        starts=shown,
        total=len(found),
        begin=begin.astimezone(zone()),
        end=end.astimezone(zone()),
        limit=limit,
        text=text,
        orders=orders,
        link=paging.address,
    )


def _span() -> tuple[datetime, datetime]:
    begin = _moment("from") or now()
    end = _moment("before") or begin + timedelta(days=7)
    return begin, min(max(end, begin + timedelta(minutes=1)), begin + LONGEST)


def _moment(name: str) -> datetime | None:
    "A field of the form: local time of the reader, or with its own offset."
    try:
        moment = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone())
    return local.astimezone(UTC) if 2000 <= local.year < 2038 else None


def _csv(shown: list[Start]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["start", "kind", "path", "order", "schedule", "why"])
    for each in shown:
        row = [each.at.isoformat(), each.kind, each.path, each.order_id, each.schedule, each.why]
        writer.writerow([unformula(cell) for cell in row])
    return out.getvalue()


def _xml(coming: Coming, shown: list[Start]) -> bytes:
    root = etree.Element("start_times", {"from": coming.begin.isoformat(), "before": coming.end.isoformat()})
    for each in shown:
        about = {"job_chain": each.path, "order": each.order_id} if each.kind == "order" else {"job": each.path}
        entry = etree.SubElement(root, "start", {"at": each.at.isoformat(), **about})
        if each.schedule:
            entry.set("schedule", each.schedule)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _file(content: str | bytes, name: str, kind: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
