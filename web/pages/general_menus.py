"Menus of rows that belong to no scheduler: accounts, roles, tokens, saved views and operations."

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flask import Blueprint, abort, render_template, request, url_for
from flask_login import current_user

from models import accounts, keys, roles, views
from web import audit_words, database, shared_views
from web.actions.kinds import Target
from web.fragments import wants_fragment
from web.pages import operations
from web.pages.menu_ways import Menu, Way
from web.permissions import may, need
from web.words import N_, gettext, translated

blueprint = Blueprint("general_menus", __name__, url_prefix="/menu")


@blueprint.get("/<kind>")
def menu(kind: str) -> str:
    """`name` is that of an account, the key of a role or of an operation, the number of a view or of one's own token.

    404: there is none, or none that this reader may know.
    """
    found = _KINDS[kind](request.args.get("name", "")) if kind in _KINDS else None
    if found is None:
        abort(404)
    return render_template(
        "actions/_menu.html" if wants_fragment() else "actions/menu.html",
        target=found.target, found=found.found, ways=found.ways, log="", channels={}, again="", clearing="",
    )  # fmt: skip


def _target(kind: str, name: str, page: str, parent: str) -> Target:
    return Target("", kind, {}, name, name, None, page, parent)


def _number(name: str) -> int:
    "0, which nothing has, for what is none."
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0


def _of_account(name: str) -> Menu | None:
    "What changes it stands on its page, where the password is asked for again."
    need("users.manage")
    account = accounts.find(database.read(), name)
    if account is None:
        return None
    page, myself = url_for("accounts.page", name=account.name), account.id == current_user.account.id
    ways = [
        Way(gettext("Name and roles"), f"{page}#h-roles"),
        Way(gettext("Explain access"), f"{page}#h-why"),
        Way(gettext("Sessions") if myself else gettext("Sessions, password, shut or open"), f"{page}#h-facts"),
        Way(gettext("API tokens"), f"{page}#h-tokens"),
    ]
    if may("audit.view"):
        ways.append(Way(gettext("What it did"), url_for("audit.estate", account=account.name)))
    if not myself:
        ways.append(Way(gettext("Remove"), f"{page}#h-remove"))
    return Menu(_target(N_("account"), account.name, page, url_for("accounts.index")), (), ways)


def _of_role(key: str) -> Menu | None:
    need("users.manage")
    role = roles.all_roles(database.read()).get(key)
    if role is None:
        return None
    page = url_for("roles.page", key=key)
    ways = [
        Way(gettext("Accounts with it"), f"{page}#h-having"),
        Way(gettext("Copy"), url_for("roles.new", **{"from": key})),  # type: ignore[arg-type]
    ]
    if not role.shipped:
        ways.append(Way(gettext("Remove"), f"{page}#h-remove"))
    name = translated(role.name) if role.shipped else role.name
    return Menu(_target(N_("role"), name, page, url_for("roles.index")), (), ways)


def _of_token(name: str) -> Menu | None:
    "One's own: those of others are revoked on the page of their account."
    own = keys.tokens_of(database.read(), current_user.account.id)
    token = next((each for each in own if each.id == _number(name)), None)
    if token is None:
        return None
    ways = [Way(gettext("What can be done with it"), url_for("api_help.page"))]
    if may("audit.view"):
        ways.append(Way(gettext("What it did"), url_for("audit.estate", account=current_user.name, token=token.name)))
    ways.append(Way(gettext("Revoke"), url_for("tokens.revoke", token_id=token.id), press=True))
    page = url_for("tokens.index")
    return Menu(_target(N_("token"), token.name, f"{page}#token-{token.id}", page), (), ways)


def _of_view(name: str) -> Menu | None:
    found = views.by_id(database.read(), _number(name))
    mine = found is not None and found.account_id == current_user.account.id
    if found is None or not (found.shared or mine) or not shared_views.shown(found):
        return None
    ways = [
        Way(gettext("As first page"), url_for("views.start", view_id=found.id), press=True),
        Way(gettext("Wall display"), url_for("views.wall", view_id=found.id)),
    ]
    if mine:
        ways.append(Way(gettext("Remove"), url_for("views.remove", view_id=found.id), press=True))
    page = f"{found.page}?{found.query}" if found.query else found.page
    return Menu(_target(N_("saved view"), found.name, page, url_for("views.index")), (), ways)


def _of_operation(key: str) -> Menu | None:
    "Whoever is asked to agree does so on its page, where what would be sent is seen."
    found = operations.known(key)
    if found is None:
        return None
    ways = [Way(gettext("Page of its object"), page)] if (page := audit_words.page_of(found)) else []
    if operations.withdrawable(found):
        ways.append(Way(gettext("Withdraw"), url_for("operations.withdraw", key=key), press=True))
    verb = operations.verb_of(found)
    name = f"{translated(verb.word) if verb else found.action} {found.object or found.scheduler_id}"
    page = url_for("operations.page", key=key)
    return Menu(_target(N_("operation"), name, page, url_for("operations.index")), (), ways)


_KINDS: Mapping[str, Callable[[str], Menu | None]] = MappingProxyType(
    {"account": _of_account, "role": _of_role, "token": _of_token, "view": _of_view, "operation": _of_operation}
)
