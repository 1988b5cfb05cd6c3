"`/admin/identity`: where people may sign in, which roles their groups have, and who would get what (tried dry)."

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request, url_for

from models import accounts, roles
from web import database
from web.auth import ldap
from web.auth.administration import assignment_text
from web.auth.elsewhere import GroupRoles, Stranger
from web.auth.identity import Directory
from web.words import gettext

blueprint = Blueprint("identity", __name__, url_prefix="/admin/identity")


@dataclass(frozen=True, slots=True)
class Source:
    "A place where people are known. `facts`: words and values; secrets are not among them."

    key: str
    name: str
    facts: tuple[tuple[str, str], ...]
    roles: GroupRoles


@dataclass(frozen=True, slots=True)
class Trial:
    "What would happen at a sign-in. `stranger` None: nobody of that name is known there."

    source: Source
    stranger: Stranger | None
    roles: tuple[str, ...] = ()
    outcome: str = ""


@blueprint.get("")
def page() -> str:
    "`?source=` with `name` (the directory is asked) or `groups` shows what somebody would get; nothing is changed."
    sources = _sources()
    chosen = next((each for each in sources if each.key == request.args.get("source")), None)
    return render_template(
        "identity/page.html",
        sources=sources,
        role_text=assignment_text,
        trial=_tried(chosen) if chosen else None,
        given={name: request.args.get(name, "").strip()[:500] for name in ("source", "name", "groups")},
    )


def _sources() -> list[Source]:
    settings = current_app.extensions["stellwerk_settings"]
    found = [
        Source(
            f"oidc:{each.name}",
            each.label or each.name,
            (
                (gettext("Issuer"), each.issuer),
                (gettext("Client"), each.client_id),
                (gettext("Secret"), gettext("set") if each.client_secret else gettext("none")),
                (gettext("Leads back to"), settings.public_url + url_for("oidc.back", name=each.name)),
                (gettext("Name from"), each.name_claim),
                (gettext("Groups from"), each.groups_claim),
                (gettext("Asks for"), each.scope),
            ),
            each.roles,
        )
        for each in settings.providers
    ]
    directory: Directory | None = settings.directory
    return [*found, *([_of_directory(directory)] if directory else [])]


def _of_directory(directory: Directory) -> Source:
    facts = (
        (gettext("Address"), directory.url),
        (gettext("Base"), directory.base),
        (gettext("Filter"), directory.filter),
        (gettext("Asks as"), directory.bind_dn or gettext("nobody")),
        (
            gettext("Connection"),
            gettext("secured by StartTLS") if directory.start_tls else gettext("as the address says"),
        ),
        (gettext("Name from"), directory.name),
        (gettext("Full name from"), directory.full_name),
        (gettext("Groups from"), directory.groups),
    )
    return Source(ldap.SOURCE, gettext("Directory (LDAP)"), facts, directory.roles)


def _tried(source: Source) -> Trial:
    name = request.args.get("name", "").strip()[:100]
    groups = tuple(each.strip() for each in request.args.get("groups", "")[:500].split(",") if each.strip())
    stranger: Stranger | None = Stranger(source.key, "", name, groups=groups)
    if source.key == ldap.SOURCE and not groups:
        directory = current_app.extensions["stellwerk_settings"].directory
        try:
            stranger = ldap.look_up(directory, name)
        except ldap.DirectoryAway as problem:
            return Trial(source, None, outcome=gettext("The directory cannot be asked: %(problem)s", problem=problem))
    if stranger is None:
        return Trial(source, None, outcome=gettext("Nobody, or more than one, is known there under this name."))
    known = roles.all_roles(database.read())
    given = [each for each in source.roles.of(stranger.groups) if each.role in known]
    return Trial(source, stranger, tuple(assignment_text(each) for each in given), _outcome(stranger, bool(given)))


def _outcome(stranger: Stranger, any_role: bool) -> str:
    "What the door would do."
    connection = database.read()
    account = accounts.by_subject(connection, stranger.source, stranger.subject) if stranger.subject else None
    if account is not None and account.disabled:
        return gettext("Would be refused: the account %(name)s is shut.", name=account.name)
    if not any_role:
        return gettext("Would be refused: none of the groups has a role here.")
    if account is not None:
        return gettext("Would come in as %(name)s.", name=account.name)
    taken = accounts.find(connection, stranger.name) if stranger.name else None
    if taken is not None and taken.source != stranger.source:
        return gettext("Would be refused: the name %(name)s belongs to another account here.", name=stranger.name)
    return gettext("Would come in; the account is made at the first sign-in.")
