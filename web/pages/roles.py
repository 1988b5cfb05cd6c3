"`/admin/roles`: what each role may; roles of one's own."

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import accounts, roles
from models.permissions import PERMISSIONS, Role
from web import database, paging
from web.auth import administration, confirm, people
from web.pages.me import actor, said
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("roles", __name__, url_prefix="/admin/roles")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
def index() -> str:
    "The matrix: permissions by roles."
    known = roles.all_roles(database.read())
    return render_template(
        "roles/index.html", roles=list(known.values()), permissions=PERMISSIONS.values(), by_kind=_by_kind()
    )


@blueprint.get("/new")
def new() -> str:
    "A new role; `?from=` begins with the permissions of another one."
    known = roles.all_roles(database.read())
    begin = known.get(request.args.get("from", ""))
    return _form(Role("", "", "", begin.rules if begin else ()), {}, new=True)


@blueprint.post("/new", endpoint="create")
def create() -> Answer:
    key = request.form.get("key", "").strip().lower()
    if key in roles.all_roles(database.read()):
        return _form(_typed(key), {"key": gettext("There is a role %(key)s already.", key=key)}, new=True), 422
    return _save(key, new=True)


@blueprint.get("/<key>")
def page(key: str) -> str:
    return _form(_known(key), {}, new=False)


@blueprint.post("/<key>", endpoint="save")
def save(key: str) -> Answer:
    return _save(_known(key).key, new=False)


@blueprint.post("/<key>/remove")
def remove(key: str) -> Answer:
    role = _known(key)
    try:
        if not people.fresh():
            confirm.again(request.form)
        with database.writing() as connection:
            administration.remove_role(connection, actor(), datetime.now(UTC), role.key)
    except Refused as refused:
        return _form(role, refused.faults, new=False), 422
    said(gettext("The role %(name)s is removed.", name=role.name))
    return redirect(url_for("roles.index"), 303)


def _save(key: str, new: bool) -> Answer:
    typed = _typed(key)
    try:
        if not people.fresh():
            confirm.again(request.form)
        with database.writing() as connection:
            administration.save_role(connection, actor(), datetime.now(UTC), key, typed.name, typed.words, typed.rules)
    except Refused as refused:
        return _form(typed, refused.faults, new), 422
    said(gettext("The role %(name)s is saved.", name=typed.name))
    return redirect(url_for("roles.page", key=key), 303)


def _typed(key: str) -> Role:
    form = request.form
    return Role(key, form.get("name", ""), form.get("words", ""), tuple(form.get("permissions", "").split()))


def _known(key: str) -> Role:
    return roles.all_roles(database.read()).get(key) or abort(404)


def _form(role: Role, faults: dict[str, str], new: bool) -> str:
    having = accounts.page_of_role(database.read(), role.key, paging.offset(), paging.size())
    return render_template(
        "roles/page.html",
        role=role,
        new=new,
        faults=faults,
        granted=role.permissions,
        by_kind=_by_kind(),
        having=having,
        pager=paging.numbered(having),
        ask_password=not people.fresh(),
    )


def _by_kind() -> dict[str, list[str]]:
    "The names of the permissions, grouped by the kind of object."
    found: dict[str, list[str]] = {}
    for name in PERMISSIONS:
        found.setdefault(name.partition(".")[0], []).append(name)
    return found
