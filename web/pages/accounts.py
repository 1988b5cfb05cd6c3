"`/admin/accounts`: who may sign in, with which roles, where; and why somebody may do something."

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from models import accounts, keys, read, roles
from models.access import Explanation
from models.accounts import Account
from models.permissions import PERMISSIONS
from models.roles import Assignment
from web import database, paging
from web.auth import administration, confirm, people
from web.pages.me import actor, said
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("accounts", __name__, url_prefix="/admin/accounts")

#: empty rows of the form for roles
MORE = 2
Answer = str | Response | tuple[str, int]


@blueprint.get("")
def index() -> str:
    connection, text = database.read(), request.args.get("q", "").strip()
    found = accounts.page_of_accounts(connection, text, paging.offset(), paging.size())
    return render_template(
        "accounts/index.html",
        accounts=found,
        pager=paging.numbered(found),
        text=text,
        whole=0 if found.rows else accounts.page_of_accounts(connection, "", 0, 1).total,
        link=paging.address,
        given=roles.assignments_of_all(connection, [each.id for each in found.rows]),
        known=roles.all_roles(connection),
    )


@blueprint.get("/new")
def new() -> str:
    return _form(None, {})


@blueprint.post("/new", endpoint="create")
def create() -> Answer:
    "The generated password is on the answer to this form, and nowhere else."
    name, full_name = request.form.get("name", ""), request.form.get("full_name", "")
    try:
        _confirmed()
        with database.writing() as connection:
            made, password = administration.create_account(
                connection, actor(), datetime.now(UTC), name, _roles_in_form(), full_name=full_name
            )
    except Refused as refused:
        return _form(None, refused.faults), 422
    return _page(made.name, password=password)


@blueprint.get("/<name>")
def page(name: str) -> str:
    return _page(name)


@blueprint.post("/<name>", endpoint="save")
def save(name: str) -> Answer:
    account = _known(name)

    def change(connection: Connection, now: datetime) -> None:
        if request.form.get("full_name", "").strip() != account.full_name:
            administration.set_full_name(connection, actor(), now, account, request.form.get("full_name", ""))
        wanted = _roles_in_form()
        if set(wanted) != set(roles.assignments(connection, account.id)):
            administration.set_roles(connection, actor(), now, account, wanted)

    return _changed(account, change, gettext("Saved."))


@blueprint.post("/<name>/disable")
def disable(name: str) -> Answer:
    account = _known(name)
    wanted = request.form.get("disabled") == "yes"
    if wanted and account.id == current_user.account.id:
        return _page(name, faults={"disabled": gettext("You cannot shut yourself out.")}), 422
    words = (
        gettext("The account is shut: its sessions have ended.") if wanted else gettext("The account is open again.")
    )
    return _changed(
        account,
        lambda connection, now: administration.disable(connection, actor(), now, account, wanted),
        words,
    )


@blueprint.post("/<name>/password")
def password(name: str) -> Answer:
    "A one-time password, on the answer to this form and nowhere else."
    account = _known(name)
    try:
        _confirmed()
        with database.writing() as connection:
            chosen = administration.reset_password(connection, actor(), datetime.now(UTC), account)
    except Refused as refused:
        return _page(name, faults=refused.faults), 422
    return _page(name, password=chosen)


@blueprint.post("/<name>/end-sessions")
def end_sessions(name: str) -> Answer:
    account = _known(name)
    return _changed(
        account,
        lambda connection, now: administration.end_sessions(connection, actor(), now, account),
        gettext("All sessions of the account have ended."),
    )


@blueprint.post("/<name>/tokens/<int:token_id>/revoke")
def revoke(name: str, token_id: int) -> Answer:
    account = _known(name)
    found = [each for each in keys.tokens_of(database.read(), account.id) if each.id == token_id]
    if not found:
        abort(404)
    return _changed(
        account,
        lambda connection, now: administration.revoke_token(connection, actor(), now, found[0], account.name),
        gettext("The token %(name)s does not work any more.", name=found[0].name),
    )


@blueprint.post("/<name>/remove")
def remove(name: str) -> Answer:
    account = _known(name)
    if account.id == current_user.account.id:
        return _page(name, faults={"typed": gettext("You cannot remove yourself.")}), 422
    if request.form.get("typed", "").strip() != account.name:
        return _page(name, faults={"typed": gettext("Type %(name)s to confirm.", name=account.name)}), 422
    return _changed(
        account,
        lambda connection, now: administration.remove(connection, actor(), now, account),
        gettext("The account %(name)s is removed.", name=account.name),
        url_for("accounts.index"),
    )


def _changed(account: Account, change: Callable[[Connection, datetime], object], words: str, to: str = "") -> Answer:
    try:
        _confirmed()
        with database.writing() as connection:
            change(connection, datetime.now(UTC))
    except Refused as refused:
        return _page(account.name, faults=refused.faults), 422
    said(words)
    return redirect(to or url_for("accounts.page", name=account.name), 303)


def _confirmed() -> None:
    if not people.fresh():
        confirm.again(request.form)


def _known(name: str) -> Account:
    return accounts.find(database.read(), name) or abort(404)


def _roles_in_form() -> list[Assignment]:
    columns = (request.form.getlist(name) for name in ("role", "scheduler", "folder"))
    rows = zip(*columns, strict=False)
    return [Assignment(role, scheduler.strip(), folder.strip() or "/") for role, scheduler, folder in rows if role]


def _form(account: Account | None, faults: dict[str, str]) -> str:
    connection = database.read()
    return render_template(
        "accounts/new.html",
        account=account,
        faults=faults,
        values=request.form,
        rows=[*(_roles_in_form() if faults else []), *[Assignment("")] * MORE],
        known=roles.all_roles(connection),
        schedulers=read.scheduler_ids(connection),
        ask_password=not people.fresh(),
    )


def _page(name: str, *, faults: dict[str, str] | None = None, password: str = "") -> str:
    account = _known(name)
    connection = database.read()
    given = roles.assignments(connection, account.id)
    return render_template(
        "accounts/page.html",
        account=account,
        password=password,
        faults=faults or {},
        rows=[*given, *[Assignment("")] * MORE],
        known=roles.all_roles(connection),
        schedulers=read.scheduler_ids(connection),
        sessions=keys.sessions_of(connection, account.id),
        tokens=keys.tokens_of(connection, account.id),
        permissions=PERMISSIONS,
        asked={each: request.args.get(each, "").strip() for each in ("permission", "scheduler", "path")},
        explanation=_explanation(connection, account),
        ask_password=not people.fresh(),
        myself=account.id == current_user.account.id,
    )


def _explanation(connection: Connection, account: Account) -> Explanation | None:
    "Why the account may what the address asks about, or why not."
    permission = request.args.get("permission", "")
    if permission not in PERMISSIONS:
        return None
    scheduler_id, path = (request.args.get(name, "").strip() or None for name in ("scheduler", "path"))
    found = roles.access(connection, account.id).explain(permission, scheduler_id, path)
    return Explanation(False, gettext("the account is shut")) if account.disabled else found
