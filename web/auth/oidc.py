"""Signing in at an identity provider (OpenID Connect, authorization code with PKCE).

`/login/oidc/<name>` leads there, `/login/oidc/<name>/back` is where the provider leads back to. State, nonce and
signature are checked by the library; who it is, is said by the provider's subject, never by a name or address.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, abort, current_app, redirect, request, session, url_for
from werkzeug.wrappers import Response

from models import roles
from web import database
from web.auth import people
from web.auth.addresses import safe_next
from web.auth.elsewhere import Stranger, admit
from web.auth.identity import Provider
from web.words import gettext

log = logging.getLogger(__name__)

blueprint = Blueprint("oidc", __name__, url_prefix="/login/oidc")

_NEXT = "oidc_next"
Answer = str | Response | tuple[str, int]


def install(app: Flask) -> None:
    "Nothing, when no provider is set."
    known: tuple[Provider, ...] = app.extensions["stellwerk_settings"].providers
    if not known:
        return
    from authlib.integrations.flask_client import OAuth

    clients = OAuth(app)
    for provider in known:
        clients.register(
            provider.name,
            client_id=provider.client_id,
            client_secret=provider.client_secret or None,
            server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": provider.scope, "code_challenge_method": "S256", "timeout": 10},
        )


@blueprint.get("/<name>", endpoint="begin")
def begin(name: str) -> Answer:
    "To the provider."
    provider = _provider(name)
    session[_NEXT] = safe_next(request.args.get("next"), url_for("start.index"))
    back = current_app.extensions["stellwerk_settings"].public_url + url_for("oidc.back", name=provider.name)
    try:
        answer: Response = _client(provider).authorize_redirect(back)
    except Exception as error:  # whatever the network or the provider does, the local door stays open
        return _failed(provider, error, 503)
    return answer


@blueprint.get("/<name>/back", endpoint="back")
def back(name: str) -> Answer:
    "From the provider, with a code."
    provider = _provider(name)
    following = safe_next(session.pop(_NEXT, None), url_for("start.index"))
    try:
        token: dict[str, Any] = _client(provider).authorize_access_token()
    except Exception as error:
        return _failed(provider, error, 401)
    stranger = stranger_of(provider, token.get("userinfo") or {})
    if stranger is None:
        return _failed(provider, ValueError("the answer names nobody"), 401)
    with database.writing() as connection:
        found = admit(connection, stranger, provider.roles, request.remote_addr or "", datetime.now(UTC))
    account = found.account
    if account is None:
        return _door(found.problem), 403
    if not roles.access(database.read(), account.id).interactive:
        return _door(gettext("This account is for programs: none of its roles opens the pages.")), 403
    people.begin_session(account)
    return redirect(following, 303)


def stranger_of(provider: Provider, claims: dict[str, Any]) -> Stranger | None:
    "Who it is; None when the claims name nobody."
    subject = str(claims.get("sub") or "")
    name = str(claims.get(provider.name_claim) or claims.get("email") or subject)
    groups = claims.get(provider.groups_claim) or ()
    if not subject:
        return None
    listed = [groups] if isinstance(groups, str) else list(groups)
    return Stranger(
        f"oidc:{provider.name}", subject, name, str(claims.get("name") or ""), tuple(str(each) for each in listed)
    )


def _provider(name: str) -> Provider:
    known: tuple[Provider, ...] = current_app.extensions["stellwerk_settings"].providers
    return next((each for each in known if each.name == name), None) or abort(404)


def _client(provider: Provider) -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].create_client(provider.name)


def _failed(provider: Provider, error: Exception, status: int) -> tuple[str, int]:
    log.warning("signing in by %s failed: %s", provider.name, error, exc_info=status == 503)
    return _door(
        gettext("Signing in by %(label)s did not succeed. Try again, or ask your administrator.", label=provider.label)
    ), status


def _door(problem: str) -> str:
    from web.auth.login import form

    return form(url_for("start.index"), problem=problem)
