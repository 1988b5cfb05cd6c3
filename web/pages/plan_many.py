"""Many starts of the plan changed at once, and the changes of one day made on another or withdrawn: what would be done,
then a batch."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from models import read
from models.operations import Batch
from models.read.plan import PlannedDay, overrides_of_day
from web import batches, database, permissions, scope
from web.actions import fields, levels
from web.actions.deeds import Deed, prepare
from web.actions.offers import offer
from web.actions.verbs import REASON, VERBS
from web.auth.addresses import safe_next
from web.display import now
from web.offsets import offset_of
from web.pages import plan_feed
from web.pages.plan import day_given
from web.permissions import Forbidden
from web.plan_many import DEEDS, StartChange, Terms, of_day, of_names, withdrawn
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("plan_many", __name__, url_prefix="/s/<scheduler_id>/plan/-")

WORDS = {
    "now": "Start now", "skip": "Skip the starts", "hold": "Hold the starts", "move": "Move the starts",
    "params": "Change the parameters", "repeat": "Start on another day, too", "copy": "Make the changes",
    "withdraw": "Plan by the rules again",
}  # fmt: skip


@blueprint.post("/many")
def many(scheduler_id: str) -> str | Response | tuple[str, int]:
    "What becomes of the starts that were ticked: a word of DEEDS."
    deed = request.form.get("deed", "")
    if deed not in DEEDS:
        abort(404)
    faults = fields.Faults()
    names = request.form.getlist("object")[: batches.MOST]
    changes = of_names(names, deed, _terms(scheduler_id, deed, faults), now())
    return _confirmed(scheduler_id, deed, changes, faults, names)


def _terms(scheduler_id: str, deed: str, faults: fields.Faults) -> Terms:
    "As the form says."
    by = offset_of(request.form.get("by", "")) or timedelta()
    if deed == "move" and not by:
        faults.add("by", gettext("By how much? Hours and minutes, such as +0:30 or -1:00."))
    params = fields.parameters(request.form, faults) if deed == "params" else ()
    if deed == "params" and not params and not faults:
        faults.add("params", gettext("Which parameters are to be others?"))
    day, target = (day_given(request.form.get(name, "")) for name in ("day", "to"))
    if deed != "repeat" or day is None:
        return Terms(by, tuple(params))
    if target is None or target == day:
        faults.add("to", gettext("To which other day?"))
    found = read.planned_day(database.read(), scheduler_id, day)
    days = (target - day).days if target is not None else 0
    return Terms(days=days, zone=ZoneInfo(found.zone) if found is not None else None)


@blueprint.post("/copy")
def copy(scheduler_id: str) -> str | Response | tuple[str, int]:
    "The changes of a day are made at the same local times of another one."
    found, day = _day(scheduler_id), day_given(request.form.get("day", ""))
    target = day_given(request.form.get("to", ""))
    faults = fields.Faults()
    changes: list[StartChange] = []
    if day is None or target is None or target == day:
        faults.add("to", gettext("To which other day?"))
    else:
        rows = overrides_of_day(database.read(), scheduler_id, found.begin, found.end, batches.MOST)
        changes = of_day(rows, day, target, ZoneInfo(found.zone), now())
    return _confirmed(scheduler_id, "copy", changes, faults, [])


@blueprint.post("/withdraw")
def withdraw(scheduler_id: str) -> str | Response | tuple[str, int]:
    "All changes of a day are taken back: it is planned by the rules again."
    found = _day(scheduler_id)
    rows = overrides_of_day(database.read(), scheduler_id, found.begin, found.end, batches.MOST)
    return _confirmed(scheduler_id, "withdraw", withdrawn(rows), fields.Faults(), [])


def _day(scheduler_id: str) -> PlannedDay:
    "The plan day that the form names."
    day = day_given(request.form.get("day", ""))
    found = read.planned_day(database.read(), scheduler_id, day) if day is not None else None
    if found is None:
        abort(404)
    return found


@blueprint.get("/add")
def add(scheduler_id: str) -> Response:
    "Leads to the form that adds a start of a job, or of an order (chain, comma, id)."
    scope.enter(scheduler_id)
    chain, comma, order_id = request.args.get("object", "").strip().partition(",")
    kind = "order" if comma else "job"
    keys = {"chain": chain, "order_id": order_id.strip()} if comma else {"path": chain}
    found = offer(kind, "add-start", **keys) if chain.startswith("/") and (order_id or not comma) else None
    if found is None:
        words = gettext("A start is added of a job, as /folder/job, or of an order, as /folder/chain,id.")
        flash({"family": "attention", "shape": "triangle", "head": words})  # type: ignore[arg-type]
        return redirect(url_for("plan.page", scheduler_id=scheduler_id), 303)
    return redirect(found.address, 303)


@blueprint.post("/feed")
def feed(scheduler_id: str) -> str | tuple[str, int]:
    permissions.need("plan.view")
    return plan_feed.make(scheduler_id)


def _confirmed(
    scheduler_id: str, deed: str, changes: Sequence[StartChange], faults: fields.Faults, names: Sequence[str]
) -> str | Response | tuple[str, int]:
    scope.enter(scheduler_id)
    permissions.need("plan.change")
    back = safe_next(request.form.get("back"), url_for("plan.page", scheduler_id=scheduler_id))
    if not changes and not faults:
        flash({"family": "attention", "shape": "triangle", "head": gettext("There is nothing to change.")})  # type: ignore[arg-type]
        return redirect(back, 303)
    chosen = [each for each in changes if not each.skipped]
    wanted = request.form.get("confirmed") == "yes"
    needs_reason = any(levels.level(VERBS[each.kind, each.verb]) >= REASON for each in chosen)
    if wanted and needs_reason:
        fields.required(request.form, "reason", faults, gettext("Say why; the reason stands in the audit log."), 500)
    typed = len(chosen) > batches.UNTYPED
    if wanted and typed and request.form.get("typed", "").strip() != str(len(chosen)):
        faults.add("typed", gettext("Type %(number)s to confirm.", number=len(chosen)))
    if wanted and chosen and not faults:
        return redirect(_begin(scheduler_id, chosen), 303)
    page = render_template(
        "plan/many.html", deed=deed, word=WORDS[deed], chosen=chosen, faults=faults.sentences, back=back, typed=typed,
        skipped=[each for each in changes if each.skipped], selected=names, values=request.form,
        key=request.form.get("key") or secrets.token_urlsafe(12), needs_reason=needs_reason, reasons=levels.reasons(),
    )  # fmt: skip
    return (page, 422) if faults and wanted else page


def _begin(scheduler_id: str, chosen: Sequence[StartChange]) -> str:
    "Starts the batch; returns the address of its page. The same form sent twice starts it once."
    given = request.form.get("key", "")[:60]
    key = f"{current_user.account.id}.{given}"
    made = [_deed(scheduler_id, each, key, f"{given}.{number}") for number, each in enumerate(chosen, 1)]
    deeds = [deed for deed in made if deed is not None]
    first = VERBS[chosen[0].kind, chosen[0].verb]
    batches.begin(
        Batch(
            key=key, account_id=current_user.account.id, account=current_user.name, scheduler_id=scheduler_id,
            action=first.action, reason=request.form.get("reason", ""), ticket=request.form.get("ticket", ""),
            state="running", total=len(deeds), work=[], created_at=datetime.now(UTC),
        ),
        deeds,
    )  # fmt: skip
    return url_for("bulk.batch", scheduler_id=scheduler_id, key=key)


def _deed(scheduler_id: str, change: StartChange, batch: str, key: str) -> Deed | None:
    "None: it is not allowed, or cannot be."
    common = [(name, request.form.get(name, "")) for name in ("reason", "ticket")]
    values = MultiDict([*change.values, *common])
    try:
        return prepare(
            change.kind, change.verb, scheduler_id, change.keys, values, key=key, batch=batch, confirmed=True
        )
    except (Forbidden, Refused):
        return None
