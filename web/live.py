"""The pulse: what has changed since the revision that a page shows? And the fragment of the status strip.

One short query answers most pulses with 304. The revision travels as htmx's polling tag; see `revisions` for who sees
some folders only.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request

from models import read
from web import database, quick_pulse, revisions, scope
from web.revisions import Revision
from web.topics import topics

blueprint = Blueprint("live", __name__, url_prefix="/s/<scheduler_id>")

TAG = "HX-PTag"
#: with more changes than this everything may have changed
_MANY = 500


@blueprint.get("/pulse")
def pulse(scheduler_id: str) -> Response:
    "304: nothing new. 200: the new tag, and the topics that changed as events."
    revision = revisions.of(database.read(), scheduler_id)
    quick_pulse.tell(request.environ, revision)
    return answered(revision.tag, lambda known: changed(scheduler_id, known, revision))


def answered(latest: str, news: Callable[[str], list[str]]) -> Response:
    "The answer to a pulse; `news`: the topics that changed since the tag that the page knows."
    known = request.headers.get(TAG, "")
    if known == latest:
        return Response(status=304)
    answer = Response(status=200)
    answer.headers[TAG] = latest
    answer.headers["HX-Trigger"] = json.dumps({topic: {} for topic in news(known)})
    return answer


def changed(scheduler_id: str, tag: str, revision: Revision) -> list[str]:
    "The topics of a scheduler that changed since the page with this tag; `refresh` stands for all."
    known = revision.read(tag)
    # a journal that was trimmed or begun anew says nothing about what the page missed
    if known is None or revision.newest - known > _MANY:
        return ["refresh"]
    changes = read.changes_since(database.read(), scheduler_id, known, last=revision.newest)
    return topics(((change.kind, change.object) for change in changes), request.args.get("of", ""))


@blueprint.get("/strip")
def strip(scheduler_id: str) -> str:
    if request.headers.get("HX-Request") != "true":
        abort(404)
    scope.enter(scheduler_id)
    return render_template("_strip.html")
