"Saved views: a list with its filter under a name; told, shown on a wall, taken elsewhere."

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import audit, read, views, watched_views
from models.read import listings
from scheduler.list_filter import parse
from scheduler.monitor.reading import ADDRESS
from web import chosen, classic_settings, database, paging, preferences, shared_views, view_file
from web.auth.addresses import safe_next
from web.display import now
from web.pages.me import TABS, actor, said
from web.permissions import may, need, visible_schedulers
from web.view_file import MOST_NAME, PAGES, NewView, lasting, with_density
from web.words import gettext, ngettext

blueprint = Blueprint("views", __name__)

#: mail addresses of one view
MOST_ADDRESSES = 5
#: seconds that a screen shows a view, unless said otherwise
USUAL = 30
#: the number of one in an address; none has a number that the database cannot hold
_VIEW = "<int(max=9223372036854775807):view_id>"


@blueprint.get("/me/views")
def index() -> str:
    return page()


def page(link: str = "", faults: dict[str, str] | None = None, not_taken: Sequence[str] = ()) -> str:
    "`link`: of a screen that was made just now. `not_taken`: what is wrong with entries of a document."
    connection = database.read()
    seen = visible_schedulers(read.scheduler_ids(connection))
    found = shared_views.page_of(paging.offset(), paging.size(), schedulers=seen)
    return render_template(
        "views/index.html",
        views=found.rows,
        pager=paging.numbered(found),
        tabs=TABS,
        link=link,
        faults=faults or {},
        not_taken=not_taken,
        usual=USUAL,
        schedulers=seen,
        watchable={view.id for view in found.rows if watched_views.asked(view.page, view.query) is not None},
    )


@blueprint.post("/me/views")
def save() -> Response:
    "Keeps the address one came from under a name."
    back = safe_next(request.form.get("back"), url_for("views.index"))
    name = request.form.get("name", "").strip()[:MOST_NAME]
    parts = urlsplit(back)
    if not name or not PAGES.fullmatch(parts.path):
        said(gettext("A view needs a name and a list that can be saved."), "attention")
        return redirect(back, 303)
    shared = request.form.get("shared") == "yes" and may("views.share")
    query = lasting(parts.query)
    if (density := request.form.get("density")) is not None and density in ("", *preferences.DENSITIES):
        query = with_density(query, density)
    with database.writing() as connection:
        views.save(connection, current_user.account.id, name, parts.path, query, shared, datetime.now(UTC))
    said(gettext("Saved: %(name)s.", name=name))
    return redirect(back, 303)


@blueprint.get("/me/views/export.json")
def export() -> Response:
    "One's own views as a document."
    mine = [view for view in views.of_account(database.read(), current_user.account.id) if _mine(view)]
    answer = Response(view_file.written(mine), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="views.json"'
    return answer


@blueprint.post("/me/views/import")
def take() -> Response:
    """Views of a document, or of the settings file of the classic interface, with what a reader chose there (then for
    the pages of one `scheduler`) and, with `everybody`, what it says for everybody; what is wrong with others is told
    for each."""
    file = request.files.get("file")
    data = file.read() if file is not None else b""
    classic = [] if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")) else classic_settings.given(data)
    preferred: Mapping[str, str] = {}
    changed = False
    found: Sequence[NewView]
    faults: list[str]
    if classic:
        everybody = request.form.get("everybody") == "yes" and may("settings.manage")
        settings = classic_settings.taken(classic, _scheduler_of_form(), everybody=everybody)
        found, preferred, faults = settings.views, settings.chosen, list(settings.faults)
        if settings.for_all is not None:
            for_all, left_out = classic_settings.with_more(chosen.settings(), settings.for_all)
            changed = chosen.change(for_all, actor())
            faults += left_out
    else:
        found, faults = view_file.understood(data)
    unusable = {view: fault for view in found if (fault := _unusable(view))}
    faults += [f"{view.name}: {fault}" for view, fault in unusable.items()]
    good = [view for view in found if view not in unusable]
    with database.writing() as connection:
        for view in good:
            shared = view.shared and may("views.share")
            views.save(
                connection, current_user.account.id, view.name, view.page, view.query, shared, datetime.now(UTC)
            )
    taken = ngettext("%(num)s view taken over.", "%(num)s views taken over.", len(good))
    if preferred:
        taken = f"{taken} {ngettext('%(num)s setting, too.', '%(num)s settings, too.', len(preferred))}"
    if changed:
        taken = f"{taken} {gettext('What applies to everybody was changed.')}"
    if faults:
        answer: Response = make_response(page(not_taken=[taken, *faults]), 422)
    else:
        said(taken)
        answer = redirect(url_for("views.index"), 303)
    preferences.keep(answer, dict(preferred))
    return answer


def _scheduler_of_form() -> str:
    "The one that is chosen; else the first one that the reader may see."
    known = visible_schedulers(read.scheduler_ids(database.read()))
    asked = request.form.get("scheduler", "")
    if not known:
        abort(403)
    return asked if asked in known else known[0]


@blueprint.post(f"/me/views/{_VIEW}/watch")
def watch(view_id: int) -> Response | tuple[str, int]:
    "From now on its owner is told when the list is not empty; with `off` no longer."
    view = views.by_id(database.read(), view_id)
    if view is None or not _mine(view):
        abort(404)
    need("notices.view", None, _scheduler(view.page))
    told_to: str | None = ",".join(each.strip() for each in request.form.get("told_to", "").split(",") if each.strip())
    if "off" in request.form:
        told_to = None
    elif fault := _cannot_watch(view, told_to or ""):
        return page(faults={"watch": f"{view.name}: {fault}"}), 422
    with database.writing() as connection:
        watched_views.watch(connection, view.account_id, view_id, told_to)
        who = actor()
        action = "view.unwatch" if told_to is None else "view.watch"
        audit.note(
            connection, now(), who.name, who.address, action, f"{view.name}, {view.page}?{view.query}",
            command=told_to or "", token=who.token,
        )  # fmt: skip
    said(
        gettext("Nobody is told any more.")
        if told_to is None
        else gettext("You are told when this list is not empty.")
    )
    return redirect(url_for("views.index"), 303)


def _cannot_watch(view: views.View, told_to: str) -> str:
    asked = watched_views.asked(view.page, view.query)
    if asked is None:
        return gettext("Only lists of jobs, orders, chains and history can be watched.")
    addresses = [each for each in told_to.split(",") if each]
    wrong = next((each for each in addresses if not ADDRESS.fullmatch(each)), None)
    if wrong is not None:
        return gettext("“%(wrong)s” is no mail address.", wrong=wrong)
    if len(addresses) > MOST_ADDRESSES:
        return gettext("At most %(most)s mail addresses are possible.", most=MOST_ADDRESSES)
    return asked.fault


def _unusable(view: NewView) -> str:
    "Why a view of a document cannot be taken over."
    if not visible_schedulers([_scheduler(view.page)]):
        return gettext("you may see nothing of the scheduler %(scheduler)s.", scheduler=_scheduler(view.page))
    asked = watched_views.asked(view.page, view.query)
    if asked is None:
        return ""
    found = parse(asked.text, asked.listing.tokens)
    try:
        listings.conditions(database.read(), asked.scheduler_id, asked.listing, found, now())
    except listings.Unfit as unfit:
        return str(unfit)
    return found.fault


def _scheduler(address: str) -> str:
    return address.split("/")[2]


def _mine(view: views.View) -> bool:
    return bool(view.account_id == current_user.account.id)


@blueprint.post(f"/me/views/{_VIEW}/remove")
def remove(view_id: int) -> Response:
    with database.writing() as connection:
        gone = views.remove(connection, current_user.account.id, view_id)
    said(gettext("Removed.")) if gone else said(gettext("It is not yours."), "attention")
    return redirect(url_for("views.index"), 303)


@blueprint.post(f"/me/views/{_VIEW}/start")
def start(view_id: int) -> Response:
    "From now on this reader begins with the view."
    found = views.by_id(database.read(), view_id)
    if found is None or not (found.shared or _mine(found)) or not shared_views.shown(found):
        abort(404)
    answer = redirect(url_for("views.index"), 303)
    preferences.keep(answer, {"start": f"{found.page}?{found.query}" if found.query else found.page})
    said(gettext("You begin with: %(name)s.", name=found.name))
    return answer


@blueprint.get(f"/wall/{_VIEW}")
def wall(view_id: int) -> Response:
    "The page of the view in large type and without navigation; it goes on refreshing itself."
    found = views.by_id(database.read(), view_id)
    if found is None or not (found.shared or _mine(found)) or not shared_views.shown(found):
        abort(404)
    return redirect(f"{found.page}?{found.query}{'&' if found.query else ''}wall=yes")
