"""Asking for permissions: before a page is shown, when it is rendered, when a form is opened, when it is executed.

One rule (`models.access`) answers all of them.
"""

from __future__ import annotations

from flask import Flask, abort, request
from flask_login import current_user
from werkzeug.exceptions import Forbidden as Refusal
from werkzeug.wrappers import Response

from models import accounts, roles
from models.access import Access
from models.permissions import PERMISSIONS, Reach
from web import database
from web.auth.people import ALWAYS, OPEN, access
from web.endpoints import ANY, VIEWS
from web.words import gettext, translated


class Forbidden(Refusal):
    "The person may not do this; `permission` is what is missing."

    def __init__(self, permission: str, text: str) -> None:
        super().__init__(text)
        self.permission = permission


def scheduler() -> str | None:
    "The scheduler that the address of this request names."
    found: str | None = (request.view_args or {}).get("scheduler_id")
    return found


def may(permission: str, path: str | None = None, scheduler_id: str | None = None) -> bool:
    """Whether the person of this request may.

    `path` None: for some object of the scheduler. `scheduler_id` None: that of the address, else some scheduler.
    """
    return access().may(permission, scheduler_id or scheduler(), path)


def folders(permission: str) -> list[str]:
    """The folders of this scheduler to which an OBJECT permission is limited; empty: to none, it counts everywhere, or
    not at all."""
    given = access().places(permission)
    here = [folder for scheduler_id, folder in given or () if scheduler_id in ("", scheduler())]
    return [] if "/" in here else sorted(set(here))


def need(permission: str, path: str | None = None, scheduler_id: str | None = None) -> None:
    "Raises Forbidden unless the person may."
    if not may(permission, path, scheduler_id):
        raise Forbidden(permission, missing(permission, path, scheduler_id or scheduler()))


def missing(permission: str, path: str | None, scheduler_id: str | None) -> str:
    "What the page says to somebody who may not: the permission, and who can grant it."
    known = PERMISSIONS[permission]
    place = " " + gettext("for %(path)s", path=path) if path and known.reach is Reach.OBJECT else ""
    place += (
        " " + gettext("in %(scheduler)s", scheduler=scheduler_id)
        if scheduler_id and known.reach is not Reach.EVERYWHERE
        else ""
    )
    words = gettext(
        "This needs the permission %(permission)s (%(words)s)%(place)s.",
        permission=permission,
        words=translated(known.words),
        place=place,
    )
    return f"{words} {who_grants()}"


def who_grants() -> str:
    "A sentence; empty when there is nobody."
    connection = database.read()
    found = [accounts.by_id(connection, account_id) for account_id in roles.administrators(connection)[:5]]
    names = sorted(account.name for account in found if account is not None)
    return gettext("It can be granted by %(names)s.", names=", ".join(names)) if names else ""


def of_endpoint(endpoint: str) -> str | None:
    """The permission to look at a page; ANY: every signed-in person may.

    What is named nowhere is for administrators: a page that was forgotten is closed, not open.
    """
    blueprint = endpoint.rpartition(".")[0]
    return VIEWS.get(endpoint, VIEWS.get(blueprint, "settings.manage"))


def install(app: Flask) -> None:
    "Ask before each page. After `people.install`: who it is has to be known."

    @app.before_request
    def allowed() -> Response | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in OPEN or endpoint in ALWAYS or not current_user.is_authenticated:
            return None
        scheduler_id = scheduler()
        if scheduler_id is not None and not access().schedulers([scheduler_id]):
            abort(404)
        permission = of_endpoint(endpoint)
        if permission is not ANY:
            need(permission)
        return None

    app.jinja_env.globals.update(may=may)


def visible_schedulers(known: list[str]) -> list[str]:
    "Those of which the person may see anything."
    found: Access = access()
    return found.schedulers(known)
