"Commands that were ordered: one with its result, those that wait, and those that need a second person."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from models import audit, operations
from models.operations import Operation, State
from web import database, paging, permissions, several
from web.actions import deeds, delivery, kinds
from web.actions.perform import made_link
from web.actions.sending import send
from web.actions.verbs import VERBS, Verb
from web.states import Look
from web.words import gettext, translated

blueprint = Blueprint("operations", __name__, url_prefix="/operations")

#: those that wait are looked through for what concerns the reader
MOST_WAITING = 5000
LOOKS = {
    State.SENDING: Look("active", "play", "on its way"),
    State.DONE: Look("good", "tick", "done"),
    State.REFUSED: Look("bad", "octagon", "refused"),
    State.NO_ANSWER: Look("attention", "question", "no answer"),
    State.WAITING: Look("attention", "clock", "waits for a member"),
    State.ASKED: Look("attention", "person", "waits for a second person"),
    State.WITHDRAWN: Look("neutral", "circle", "withdrawn"),
    State.REJECTED: Look("held", "slashed", "rejected"),
    State.EXPIRED: Look("neutral", "circle", "expired, not sent"),
}


@blueprint.get("")
def index() -> str:
    connection = database.read()
    waiting = operations.in_state(connection, (State.WAITING, State.ASKED), limit=MOST_WAITING)
    open_ones = paging.part_of([each for each in waiting if _concerns(each)], "waiting")
    mine = operations.page_of_account(connection, current_user.account.id, paging.offset(), paging.size())
    return render_template(
        "operations/index.html",
        open_ones=open_ones.rows,
        pager_open=paging.numbered(open_ones, "waiting"),
        mine=mine.rows,
        pager=paging.numbered(mine),
        looks_of=LOOKS,
        verb_of=verb_of,
    )


@blueprint.get("/<key>")
def page(key: str) -> str:
    operation = _known(key)
    return render_template(
        "operations/page.html",
        operation=operation,
        look=LOOKS[operation.state],
        verb=verb_of(operation),
        mine=_mine(operation),
        may_decide=operation.state is State.ASKED and may_decide(operation),
        parts=[(part.name, several.LOOKS[part.fate]) for part in several.parts(operation)],
        made=made_link(operation.scheduler_id, operation),
        until=operation.created_at + delivery.WAITS,
    )


@blueprint.post("/<key>/withdraw")
def withdraw(key: str) -> Response:
    "By whoever ordered it, as long as it was not sent."
    operation = _known(key)
    if not withdrawable(operation):
        return _back(key, "attention", gettext("It cannot be withdrawn any more."))
    withdrawn = delivery.end(operation, operation.state, State.WITHDRAWN, f"withdrawn by {current_user.name}")
    return (
        _back(key, "good", gettext("Withdrawn."))
        if withdrawn
        else _back(key, "attention", gettext("Too late: it was sent."))
    )


@blueprint.post("/<key>/agree")
def agree(key: str) -> Response:
    "The second person says yes: it is sent now."
    operation = replace(_asked(key), approver=current_user.name)
    with database.writing() as connection:
        claimed = operations.move(connection, key, State.ASKED, State.SENDING, approver=operation.approver)
        if claimed:
            _noted(connection, operation, "operation.agree")
    if not claimed:
        return _back(key, "attention", gettext("Somebody has decided already."))
    done = send(operation)
    return _back(key, LOOKS[done.state].family, gettext("Agreed: %(state)s.", state=translated(LOOKS[done.state].word)))


@blueprint.post("/<key>/reject")
def reject(key: str) -> Response:
    operation = _asked(key)
    if not delivery.end(operation, State.ASKED, State.REJECTED, f"rejected by {current_user.name}", current_user.name):
        return _back(key, "attention", gettext("Somebody has decided already."))
    with database.writing() as connection:
        _noted(connection, operation, "operation.reject")
    return _back(key, "good", gettext("Rejected."))


def _noted(connection: Connection, operation: Operation, action: str) -> None:
    "The word of the second person, under the key of what it is about."
    who = deeds.me()
    entry = audit.begin(
        connection, datetime.now(UTC), operation.scheduler_id, who.account, who.address, action, operation.object,
        operation=operation.key,
    )  # fmt: skip
    audit.finish(connection, entry, "")


def verb_of(operation: Operation) -> Verb | None:
    kind, _, name = operation.action.partition(".")
    return VERBS.get((kind, name))


def may_decide(operation: Operation) -> bool:
    "Somebody else who may do the same."
    return not _mine(operation) and _may(operation)


def _may(operation: Operation) -> bool:
    verb = verb_of(operation)
    path = kinds.path_of(operation.action.partition(".")[0], operation.object)
    return verb is not None and permissions.may(verb.permission, path, operation.scheduler_id)


def _mine(operation: Operation) -> bool:
    return bool(operation.account_id == current_user.account.id)


def _concerns(operation: Operation) -> bool:
    return _mine(operation) or _may(operation)


def known(key: str) -> Operation | None:
    "One that this reader may know."
    operation = operations.find(database.read(), key)
    return operation if operation is not None and _concerns(operation) else None


def withdrawable(operation: Operation) -> bool:
    "Whether this reader may still take it back."
    return _mine(operation) and operation.state in (State.WAITING, State.ASKED)


def _known(key: str) -> Operation:
    return known(key) or abort(404)


def _asked(key: str) -> Operation:
    operation = _known(key)
    if operation.state is not State.ASKED or not may_decide(operation):
        abort(403)
    return operation


def _back(key: str, family: str, head: str) -> Response:
    shape = "tick" if family == "good" else "triangle"
    flash({"family": family, "shape": shape, "head": head})  # type: ignore[arg-type]
    return redirect(url_for("operations.page", key=key), 303)
