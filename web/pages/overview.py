"`/s/<id>/`: is it alive, what is broken, what runs, what happened."

from __future__ import annotations

from flask import Blueprint

from models import read
from scheduler.records import OrderState
from web import database, engines, journal_words, scope
from web.display import now
from web.fragments import page_or_fragment
from web.strip import look_of

blueprint = Blueprint("overview", __name__, url_prefix="/s/<scheduler_id>")

HELD = (OrderState.SETBACK, OrderState.SUSPENDED, OrderState.BLACKLISTED)


@blueprint.get("/")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    connection = database.read()
    members = read.members(connection, scheduler_id)
    return page_or_fragment(
        "overview/page.html",
        {"now": "overview/_now.html"},
        counts=read.overview(connection, scheduler_id, now()),
        members=[(member, look_of(member, engines.silent(member, now()))) for member in members],
        running=read.tasks(connection, scheduler_id, view="open", limit=12),
        failed=read.tasks(connection, scheduler_id, view="failed", limit=8),
        held=read.orders(connection, scheduler_id, states=HELD, limit=8),
        faulty=read.files_with_problems(connection, scheduler_id, limit=20),
        activity=read.recent_activity(connection, scheduler_id, limit=12),
        words=journal_words,
    )
