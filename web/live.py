"""The pulse: what has changed since the revision that a page shows? And the fragment of the status strip.

One short query answers most pulses with 304. The revision travels as htmx's polling tag.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request

from models import read
from web import database, scope
from web.topics import topics

blueprint = Blueprint("live", __name__, url_prefix="/s/<scheduler_id>")

TAG = "HX-PTag"
#: with more changes than this everything may have changed
_MANY = 500


@blueprint.get("/pulse")
def pulse(scheduler_id: str) -> Response:
    "304: nothing new. 200: the new tag, and the topics that changed as events."
    latest = read.last_journal_id(database.read(), scheduler_id)
    return answered(str(latest), lambda known: changed(scheduler_id, known, latest))


def answered(latest: str, news: Callable[[str], list[str]]) -> Response:
    "The answer to a pulse; `news`: the topics that changed since the tag that the page knows."
    known = request.headers.get(TAG, "")
    if known == latest:
        return Response(status=304)
    answer = Response(status=200)
    answer.headers[TAG] = latest
    answer.headers["HX-Trigger"] = json.dumps({topic: {} for topic in news(known)})
    return answer


def changed(scheduler_id: str, known: str, latest: int) -> list[str]:
    "The topics of a scheduler that changed; `refresh` stands for all."
    # a journal that was trimmed or begun anew says nothing about what the page missed
    if not known.isdecimal() or int(known) > latest or latest - int(known) > _MANY:
        return ["refresh"]
    changes = read.changes_since(database.read(), scheduler_id, int(known))
    return topics(((change.kind, change.object) for change in changes), request.args.get("of", ""))


@blueprint.get("/strip")
def strip(scheduler_id: str) -> str:
    if request.headers.get("HX-Request") != "true":
        abort(404)
    scope.enter(scheduler_id)
    return render_template("_strip.html")
