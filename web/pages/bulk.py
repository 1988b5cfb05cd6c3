"""One action on many objects: what would be done, and the page of a batch with its progress and each result.

`/order/temporary?chain=…` is the same for all orders of a chain that are not permanent.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import operations, read
from models.operations import Batch, State
from models.read.listings import CHAINS, JOBS, ORDERS, Listing
from scheduler.errors import WorkloadError
from scheduler.records import OrderOrigin
from scheduler.times import parse_at, time_text
from web import batches, database, lists, permissions, scope
from web.actions import fields, levels
from web.actions.deeds import prepare
from web.actions.fields import Input
from web.actions.jobs import UNTIL
from web.actions.verbs import NOTE, REASON, TYPED, VERBS, Verb
from web.auth import confirm as confirm_again
from web.auth import people
from web.auth.addresses import safe_next
from web.batches import Candidate
from web.clock_times import clock_of, with_day
from web.fragments import page_or_fragment
from web.pages.moments import engine_zone, here
from web.pages.operations import LOOKS
from web.pages.services import noted
from web.permissions import Forbidden
from web.refusal import Refused
from web.sayings import as_known
from web.words import gettext

blueprint = Blueprint("bulk", __name__, url_prefix="/s/<scheduler_id>/bulk")

#: kind -> the page that lists its objects
LISTS = {"job": "jobs", "order": "orders", "chain": "chains", "node": "chains"}
#: what is not permanent
TEMPORARY = (OrderOrigin.AD_HOC, OrderOrigin.FILE_ORDER)


@blueprint.post("/<kind>")
def confirm(scheduler_id: str, kind: str) -> str | Response | tuple[str, int]:
    "What would be done, and what would be left out. With `confirmed` it is done."
    verb = _verb(kind, request.form.get("verb", ""))
    permissions.need(verb.permission)
    scope.enter(scheduler_id)
    candidates, cut = _candidates(scheduler_id, kind, request.form["verb"])
    back = safe_next(request.form.get("back"), url_for(f"{LISTS[kind]}.index", scheduler_id=scheduler_id))
    if not candidates:
        flash({"family": "attention", "shape": "triangle", "head": gettext("Nothing was selected.")})  # type: ignore[arg-type]
        return redirect(back, 303)
    return _confirmed(scheduler_id, kind, verb, candidates, cut, back)


@blueprint.route("/order/temporary", methods=("GET", "POST"))
def temporary(scheduler_id: str) -> str | Response | tuple[str, int]:
    "Which orders of a chain would leave it, and which ones are permanent and stay. With `confirmed` they leave it."
    scope.enter(scheduler_id)
    found = read.chain(database.read(), scheduler_id, request.args.get("chain", ""))
    if found is None:
        abort(404)
    path, verb = found.chain.path, _verb("order", "remove")
    permissions.need(verb.permission, path)
    page = read.orders(
        database.read(), scheduler_id, chain=path, origins=TEMPORARY, limit=batches.MOST
    )
    staying = read.orders(
        database.read(), scheduler_id, chain=path, origins=(OrderOrigin.PERMANENT,), limit=batches.MOST
    )
    candidates = [batches.of_order(verb.name, row) for row in page.rows]
    candidates += [batches.staying(row) for row in staying.rows]
    back = url_for("chains.page", scheduler_id=scheduler_id, chain=path)
    return _confirmed(scheduler_id, "order", verb, candidates, page.more, back, path)


def _confirmed(
    scheduler_id: str,
    kind: str,
    verb: Verb,
    candidates: Sequence[Candidate],
    cut: bool,
    back: str,
    cleared: str = "",
) -> str | Response | tuple[str, int]:
    "The form, or what follows it. `cleared`: the chain whose temporary orders leave it."
    chosen = [each for each in candidates if not each.skipped]
    faults: dict[str, str] = {}
    asked = tuple(each for each in verb.inputs if each == UNTIL)
    ask_password = levels.level(verb) >= TYPED and not people.fresh()
    if request.form.get("confirmed") == "yes" and chosen:
        faults = _faults(scheduler_id, verb, len(chosen), asked)
        if ask_password and not faults:
            faults = _password_again()
        if not faults:
            return redirect(_begin(scheduler_id, verb, chosen), 303)
    page = render_template(
        "bulk/confirm.html",
        kind=kind,
        verb=verb,
        asked_verb=request.form.get("verb", verb.name),
        chosen=chosen,
        skipped=[each for each in candidates if each.skipped],
        cut=cut,
        most=batches.MOST,
        back=back,
        key=request.form.get("key") or secrets.token_urlsafe(12),
        faults=faults,
        values=request.form,
        selected=request.form.getlist("object"),
        needs_reason=levels.level(verb) >= REASON,
        asked=asked,
        ask_password=ask_password,
        engine_zone=engine_zone(scheduler_id) if asked else None,
        takes_note=levels.level(verb) >= NOTE,
        typed=_typed(verb, len(chosen)),
        cleared=cleared,
        reasons=levels.reasons(),
    )
    return (page, 422) if faults else page


@blueprint.get("/batch/<key>")
def batch(scheduler_id: str, key: str) -> str:
    "Progress and results; it refreshes itself while the batch runs."
    scope.enter(scheduler_id)
    found = _batch(scheduler_id, key)
    parts = batches.latest(operations.of_batch(database.read(), key))
    verb = VERBS.get((found.action.partition(".")[0], found.action.partition(".")[2]))
    over = sum(1 for part in parts if part.state is not State.SENDING)
    alive = batches.running(key)
    return page_or_fragment(
        "bulk/batch.html",
        {"batch": "bulk/_batch.html"},
        batch=found,
        results=parts[-500:],
        word=verb.word if verb else found.action,
        over=over,
        failed=batches.failed(parts),
        alive=alive,
        interrupted=found.state == "running" and not alive,
        looks_of=LOOKS,
        counts=_counts(parts),
    )


@blueprint.post("/batch/<key>/<deed>")
def change(scheduler_id: str, key: str, deed: str) -> Response:
    "`stop` it, `continue` what was stopped or interrupted, or `retry` what failed."
    found = _batch(scheduler_id, key)
    if found.account_id != current_user.account.id:
        permissions.need("settings.manage")
    if deed not in ("stop", "continue", "retry"):
        abort(404)
    moment = datetime.now(UTC)
    with database.writing() as connection:  # the commands are its owner's, whoever lets them go on
        noted(connection, scheduler_id, f"batch.{deed}", key, moment)
        if deed == "stop":
            operations.stop_batch(connection, key, moment)
    if deed == "continue":
        batches.proceed(found)
    elif deed == "retry":
        batches.proceed(found, batches.failed(batches.latest(operations.of_batch(database.read(), key))))
    return redirect(url_for("bulk.batch", scheduler_id=scheduler_id, key=key), 303)


def _verb(kind: str, name: str) -> Verb:
    found = batches.verb_of(kind, name)
    if found is None:
        abort(404)
    return found


def _batch(scheduler_id: str, key: str) -> Batch:
    found = operations.batch(database.read(), key)
    if found is None or found.scheduler_id != scheduler_id:
        abort(404)
    if found.account_id != current_user.account.id:
        permissions.need("audit.view", "/")  # its objects may be in any folder
    return found


def _candidates(scheduler_id: str, kind: str, verb: str) -> tuple[list[Candidate], bool]:
    "The objects that were ticked, or all that the filter of the list gives; and whether there were more."
    connection, names = database.read(), request.form.getlist("object")[: batches.MOST]
    everything = request.form.get("all") == "yes"
    if kind == "job":
        if everything:
            page = read.jobs(connection, scheduler_id, where=_where(scheduler_id, JOBS), limit=batches.MOST)
            return [batches.of_job(verb, row) for row in page.rows], page.more
        details = [detail for name in names if (detail := read.job(connection, scheduler_id, name))]
        return [batches.of_job(verb, detail.job) for detail in details], False
    if kind == "chain":
        if everything:
            found = read.chains(connection, scheduler_id, where=_where(scheduler_id, CHAINS), limit=batches.MOST)
            return [batches.of_chain(verb, row) for row in found.rows], found.more
        chosen = [known for name in names if (known := read.chain(connection, scheduler_id, name))]
        return [batches.of_chain(verb, known.chain) for known in chosen], False
    if kind == "node":
        return batches.once(_nodes(scheduler_id, verb, names)), False
    return _orders(scheduler_id, verb, names, everything)


def _nodes(scheduler_id: str, verb: str, names: Sequence[str]) -> Iterator[Candidate]:
    "A chain is read once for all of its nodes."
    known: dict[str, read.ChainDetail | None] = {}
    for name in names:
        path, _, state = name.partition(",")
        if path not in known:
            known[path] = read.chain(database.read(), scheduler_id, path)
        if (chain := known[path]) is not None:
            yield from (batches.of_node(verb, chain.chain.path, node) for node in chain.nodes if node.state == state)


def _orders(scheduler_id: str, verb: str, names: Sequence[str], everything: bool) -> tuple[list[Candidate], bool]:
    connection = database.read()
    if everything:
        chain = request.args.get("chain", "")
        where = _where(scheduler_id, ORDERS)
        page = read.orders(connection, scheduler_id, chain=chain, where=where, limit=batches.MOST)
        return [batches.of_order(verb, row) for row in page.rows], page.more
    pairs = [name.partition(",")[::2] for name in names]
    rows = [row for chain, order_id in pairs if (row := read.order(connection, scheduler_id, chain, order_id))]
    return [batches.of_order(verb, row) for row in rows], False


def _where(scheduler_id: str, listing: Listing) -> list[lists.Condition]:
    "A filter with a fault must not become everything."
    found = lists.narrowed(scheduler_id, listing)
    if found.filter.fault:
        abort(400)
    return found.where


def _faults(scheduler_id: str, verb: Verb, number: int, asked: Sequence[Input]) -> dict[str, str]:
    "`asked`: what is asked for besides, once for all."
    faults = fields.Faults()
    fields.read(asked, request.form, faults, partial(here, scheduler_id))
    if asked and UNTIL.name not in faults.sentences:
        try:
            _same_for_all(scheduler_id, request.form.get(UNTIL.name, ""), datetime.now(UTC))
        except WorkloadError as fault:
            faults.add(UNTIL.name, as_known(str(fault)))
    if levels.level(verb) >= REASON:
        fields.required(request.form, "reason", faults, gettext("Say why; the reason stands in the audit log."), 500)
    if _typed(verb, number) and request.form.get("typed", "").strip() != str(number):
        faults.add("typed", gettext("Type %(number)s to confirm.", number=number))
    return faults.sentences


def _password_again() -> dict[str, str]:
    "What is wrong with it."
    try:
        confirm_again.again(request.form)
    except Refused as refused:
        return dict(refused.faults)
    return {}


def _typed(verb: Verb, number: int) -> bool:
    "Whether their number has to be typed: where the name of one would have to be, and where they are many."
    return number > batches.UNTYPED or levels.level(verb) >= TYPED


def _begin(scheduler_id: str, verb: Verb, chosen: Sequence[Candidate]) -> str:
    "Starts the batch; returns the address of its page. The same form sent twice starts it once."
    key = f"{current_user.account.id}.{request.form.get('key', '')[:60]}"
    values = request.form.copy()
    if UNTIL in verb.inputs:
        values[UNTIL.name] = _same_for_all(scheduler_id, values.get(UNTIL.name, ""), datetime.now(UTC))
    deeds = []
    for number, each in enumerate(chosen, 1):
        try:
            part = f"{request.form.get('key', '')[:60]}.{number}"
            deeds.append(
                prepare(verb.kind, verb.name, scheduler_id, each.keys, values, key=part, batch=key, confirmed=True)
            )
        except (Forbidden, Refused):
            continue
    batch = Batch(
        key=key,
        account_id=current_user.account.id,
        account=current_user.name,
        scheduler_id=scheduler_id,
        action=verb.action,
        reason=request.form.get("reason", ""),
        ticket=request.form.get("ticket", ""),
        state="running",
        total=len(deeds),
        work=[],
        created_at=datetime.now(UTC),
    )
    batches.begin(batch, deeds)
    return url_for("bulk.batch", scheduler_id=scheduler_id, key=key)


def _same_for_all(scheduler_id: str, text: str, now: datetime) -> str:
    """An end that counts from now, or has no day: one instant, however long the batch takes and whenever it is
    continued. Raises BAD_TIME."""
    clock, known = clock_of(text), here(scheduler_id)
    if clock is not None and known is not None:
        return with_day(clock, known)
    if not "".join(text.split()).startswith("now+"):
        return text
    instant = parse_at("".join(text.split()), now, ZoneInfo("UTC"))
    return time_text(instant) if instant is not None else text


def _counts(parts: Sequence[Any]) -> list[tuple[State, int]]:
    found: dict[State, int] = {}
    for part in parts:
        found[part.state] = found.get(part.state, 0) + 1
    return sorted(found.items())
