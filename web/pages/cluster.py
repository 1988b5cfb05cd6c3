"The members of a scheduler."

from __future__ import annotations

from flask import Blueprint

from models import read
from web import database, engines, scope
from web.display import now
from web.fragments import page_or_fragment
from web.strip import look_of

blueprint = Blueprint("cluster", __name__, url_prefix="/s/<scheduler_id>/cluster")


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    members = read.members(database.read(), scheduler_id)
    return page_or_fragment(
        "cluster/page.html",
        {"members": "cluster/_members.html"},
        members=[(member, look_of(member, engines.silent(member, now()))) for member in members],
        responsible=engines.responsible(members),
    )
