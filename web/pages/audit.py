"Who did what, and what came of it."

from __future__ import annotations

from flask import Blueprint, render_template, request

from models import audit
from web import database, paging, scope

blueprint = Blueprint("audit", __name__, url_prefix="/s/<scheduler_id>/audit")


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    name = request.args.get("object", "").strip()
    found = audit.entries(
        database.read(),
        scheduler_id,
        object=name or None,
        before=paging.before(),
        limit=paging.SIZE + 1,
    )
    entries, pager = paging.keyed(found, "id")
    return render_template("audit/page.html", entries=entries, pager=pager, object=name, pending=audit.PENDING)
