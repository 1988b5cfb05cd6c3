"Notices of the monitor: what is open, who looks at it, who was told, and by which rules."

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from models import notices as store
from scheduler.errors import WorkloadError
from scheduler.monitor.delivery import DeliveryState
from scheduler.monitor.events import WORDS, Event
from scheduler.monitor.notice import STILL, TABLE, Notice, NoticeEvent, NoticeState, by_hand
from web import database, paging, permissions, scope
from web.fragments import page_or_fragment
from web.named import in_sight
from web.pages.me import actor, said
from web.pages.services import noted
from web.states import Family, Look
from web.words import gettext, translated

blueprint = Blueprint("notices", __name__, url_prefix="/s/<scheduler_id>/notices")

#: word in `?state=` -> states
FILTERS: dict[str, tuple[NoticeState, ...]] = {
    "": tuple(STILL), "open": (NoticeState.OPEN,), "acknowledged": (NoticeState.ACKNOWLEDGED,),
    "over": (NoticeState.RECOVERED, NoticeState.CLOSED), "all": (),
}  # fmt: skip
LOOKS = {
    NoticeState.OPEN: Look("bad", "octagon", "open"),
    NoticeState.ACKNOWLEDGED: Look("attention", "person", "acknowledged"),
    NoticeState.RECOVERED: Look("good", "tick", "well again"),
    NoticeState.CLOSED: Look("neutral", "cross", "closed"),
}
SENDING = {
    DeliveryState.WAITING: Look("active", "clock", "is being sent"),
    DeliveryState.SENT: Look("good", "tick", "sent"),
    DeliveryState.GIVEN_UP: Look("bad", "octagon", "given up"),
}
SEVERITY: dict[str, Family] = {"minor": "neutral", "normal": "neutral", "major": "attention", "critical": "bad"}
#: what people can do, in the order of the buttons
VERBS = {
    "acknowledge": (NoticeEvent.ACKNOWLEDGE, "Acknowledge", "Acknowledged: nobody else is told."),
    "reopen": (NoticeEvent.REOPEN, "Give back", "Open again: the next step follows."),
    "close": (NoticeEvent.CLOSE, "Close", "Closed."),
}


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    state, text = (request.args.get(name, "").strip() for name in ("state", "q"))
    state = state if state in FILTERS else ""
    connection = database.read()
    found = store.notices(connection, scheduler_id, FILTERS[state], text, paging.before(), paging.size() + 1)
    rows, pager = paging.keyed(found, "number")
    return page_or_fragment(
        "notices/index.html",
        {"list": "notices/_list.html"},
        rows=rows,
        pager=pager,
        state=state,
        text=text,
        filters=tuple(FILTERS),
        link=paging.address,
        rules=store.rules_in_force(connection, scheduler_id),
        **_words(),
    )


@blueprint.get("/<int:number>")
def page(scheduler_id: str, number: int) -> str:
    scope.enter(scheduler_id)
    notice = _notice(scheduler_id, number)
    return page_or_fragment(
        "notices/page.html",
        {"notice": "notices/_notice.html"},
        notice=notice,
        deliveries=store.deliveries_of(database.read(), scheduler_id, number),
        possible=possible(notice),
        sending=SENDING,
        **_words(),
    )


@blueprint.post("/<int:number>/-/<verb>")
def change(scheduler_id: str, number: int, verb: str) -> Response:
    scope.enter(scheduler_id)
    if verb not in VERBS:
        abort(404)
    notice = _notice(scheduler_id, number)
    permissions.need("notices.change", _path(notice))
    event, _, done = VERBS[verb]
    moment, comment = datetime.now(UTC), request.form.get("comment", "").strip()[:500]
    try:
        after = by_hand(notice, event, actor().name, comment, moment)
    except WorkloadError as error:
        said(error.text, "bad")
        return _back(scheduler_id, number)
    with database.writing() as connection:
        changed = store.change(connection, scheduler_id, notice, after)
        if changed:
            noted(connection, scheduler_id, f"notice.{verb}", f"{number} {notice.object}", moment, comment)
    if changed:
        said(translated(done))
    else:
        said(gettext("It has changed meanwhile; look again."), "bad")
    return _back(scheduler_id, number)


def possible(notice: Notice) -> list[tuple[str, str]]:
    "Verb and word of what this reader may do with it as it stands."
    if not permissions.may("notices.change", _path(notice)):
        return []
    return [(name, word) for name, (event, word, _) in VERBS.items() if (notice.state, event) in TABLE]


def object_page(scheduler_id: str, notice: Notice) -> str:
    "Where the page of the job or order is that it is about; empty: it is about none, or it is out of sight."
    kind = notice.event.value.partition("_")[0]
    path, _, order_id = notice.object.partition(",")
    if kind not in ("job", "order") or not in_sight(kind, path, scheduler_id):
        return ""
    if kind == "job":
        return url_for("jobs.page", scheduler_id=scheduler_id, path=path)
    return url_for("orders.page", scheduler_id=scheduler_id, chain=path, order_id=order_id) if order_id else ""


def _back(scheduler_id: str, number: int) -> Response:
    return redirect(url_for("notices.page", scheduler_id=scheduler_id, number=number), 303)


def _notice(scheduler_id: str, number: int) -> Notice:
    found = store.notice(database.read(), scheduler_id, number) if number < 2**63 else None
    if found is None:
        abort(404)
    return found


def _path(notice: Notice) -> str | None:
    "What folder limits look at; members are in no folder."
    if notice.event in (Event.MEMBER_LOST, Event.HEARTBEAT_MISSED):
        return None
    return notice.object.partition(",")[0]


def _words() -> dict[str, object]:
    return {"looks_of": LOOKS, "severities": SEVERITY, "words": WORDS}
