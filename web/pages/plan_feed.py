"""Coming starts as a calendar feed for other programs: its address has a token in it, which can be revoked.

Addresses get around, so only a token that may see the plan and nothing else is taken here; and a feed is bounded: the
planned days from today on, and not more than so many events.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_login import current_user

from models import read
from models.read.plan import day_at
from models.read.plan_entries import PlanEntry, Wanted
from web import database, permissions, scope
from web.auth import administration
from web.auth.people import FEED_PERMISSIONS
from web.calendar_file import calendar_file
from web.display import now
from web.pages.me import actor
from web.planned import FILTERS
from web.refusal import Refused

blueprint = Blueprint("plan_feed", __name__)

#: days that a token for it lasts
DAYS = 365
#: events of a feed, days that it looks ahead, and seconds for which an answer may be kept
MOST, AHEAD, KEPT = 2000, 60, 300


@blueprint.get("/feeds/plan/<token:secret>/<scheduler_id>.ics")
def feed(secret: str, scheduler_id: str) -> Response:
    "`?q=` and `?schedule=` narrow it down. 404 for whoever must not see it, whatever the reason."
    if not current_user.is_authenticated:
        abort(404)
    known = permissions.visible_schedulers(read.scheduler_ids(database.read()))
    if scheduler_id not in known or not permissions.may("plan.view", scheduler_id=scheduler_id):
        abort(404)
    text, schedule = (request.args.get(name, "").strip() for name in ("q", "schedule"))
    entries = coming(scheduler_id, Wanted(FILTERS["planned"], False, text, schedule))
    content = calendar_file(scheduler_id, entries, now())
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = f"private, max-age={KEPT}"
    return answer


def make(scheduler_id: str) -> str | tuple[str, int]:
    "A new address for the reader; it is on the answer, and nowhere else."
    scope.enter(scheduler_id)
    now_ = datetime.now(UTC)
    name = f"calendar of {scheduler_id}, {now_:%Y-%m-%d %H:%M:%S}"[:100]
    try:
        with database.writing() as connection:
            made, secret = administration.make_token(
                connection, actor(), now_, current_user.account, name,
                permissions=FEED_PERMISSIONS, expires_at=now_ + timedelta(days=DAYS),
            )  # fmt: skip
    except Refused as refused:
        return render_template("plan/feed.html", faults=refused.faults, address="", made=None), 422
    address = url_for("plan_feed.feed", secret=secret, scheduler_id=scheduler_id, _external=True)
    return render_template("plan/feed.html", faults={}, address=address, made=made)


def coming(scheduler_id: str, wanted: Wanted) -> list[PlanEntry]:
    "Of today and the planned days after it, in order of time."
    connection = database.read()
    today = day_at(connection, scheduler_id, datetime.now(UTC))
    if today is None:
        return []
    found: list[PlanEntry] = []
    for day in read.planned_days(connection, scheduler_id, today.day, today.day + timedelta(days=AHEAD)):
        page = read.plan_entries(connection, scheduler_id, day.day, wanted, 0, MOST - len(found))
        found += [_seen(scheduler_id, entry) for entry in page.rows if entry.start_at is not None]
        if len(found) >= MOST:
            break
    return found


def _seen(scheduler_id: str, entry: PlanEntry) -> PlanEntry:
    "Without a schedule of folders whose plan the token does not show: it may see plans and nothing else."
    seen = not entry.schedule or permissions.may("plan.view", entry.schedule, scheduler_id)
    return entry if seen else replace(entry, schedule="")
