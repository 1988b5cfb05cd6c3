"Routes about accounts, roles and tokens."

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import abort, request
from flask_login import current_user

from models import accounts, keys, roles
from models.accounts import Account
from models.permissions import Role
from models.roles import Assignment
from web import database
from web.api import answers, rows
from web.api.routes import body, delete, get, post, put
from web.auth import administration
from web.auth.administration import Actor
from web.refusal import Refused
from web.words import N_

MANAGE = "users.manage"


@dataclass(frozen=True, slots=True)
class AccountBody:
    "`password` empty: one is generated."

    name: str
    full_name: str = ""
    password: str = ""
    roles: list[answers.RoleOf] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AccountChange:
    "What is left out, or null, stays as it is."

    full_name: str | None = None
    disabled: bool | None = None
    roles: list[answers.RoleOf] | None = None


@dataclass(frozen=True, slots=True)
class RoleBody:
    name: str
    words: str
    permissions: list[str]


@dataclass(frozen=True, slots=True)
class TokenBody:
    "`permissions` null: all that the account may. `expires_at` null: never."

    name: str
    permissions: list[str] | None = None
    expires_at: datetime | None = None


@get("/accounts", N_("All accounts"), list[answers.Account], MANAGE)
def account_list() -> list[answers.Account]:
    connection = database.read()
    given = roles.assignments_of_all(connection)
    return [_account(each, given.get(each.id, [])) for each in accounts.all_accounts(connection)]


@post("/accounts", N_("Make an account"), answers.NewAccount, MANAGE, AccountBody)
def account_new() -> answers.NewAccount:
    given = _texts(body(), "name", "full_name", "password", "roles")
    with database.writing() as connection:
        made, password = administration.create_account(
            connection,
            _actor(),
            datetime.now(UTC),
            given.get("name", ""),
            _roles_in(given),
            full_name=given.get("full_name", ""),
            password=given.get("password", ""),
        )
    return answers.NewAccount(_account_named(made.name), password)


@get("/accounts/<name>", N_("One account"), answers.Account, MANAGE)
def account_one(name: str) -> answers.Account:
    return _account_named(name)


@put("/accounts/<name>", N_("Change an account"), answers.Account, MANAGE, AccountChange)
def account_change(name: str) -> answers.Account:
    account, actor, now = _stored(name), _actor(), datetime.now(UTC)
    sent = {name: value for name, value in body().items() if value is not None}
    given = _texts(sent, "full_name", "disabled", "roles")
    with database.writing() as connection:
        if "full_name" in given:
            administration.set_full_name(connection, actor, now, account, given["full_name"])
        if "roles" in given:
            administration.set_roles(connection, actor, now, account, _roles_in(given))
        if "disabled" in given:
            administration.disable(connection, actor, now, account, given["disabled"])
    return _account_named(name)


@delete("/accounts/<name>", N_("Remove an account"), MANAGE)
def account_remove(name: str) -> None:
    account = _stored(name)
    with database.writing() as connection:
        administration.remove(connection, _actor(), datetime.now(UTC), account)


@get("/roles", N_("All roles"), list[answers.Role], MANAGE)
def role_list() -> list[answers.Role]:
    return [_role(each) for each in roles.all_roles(database.read()).values()]


@put("/roles/<key>", N_("Make or change a role"), answers.Role, MANAGE, RoleBody)
def role_save(key: str) -> answers.Role:
    given = _texts(body(), "name", "words", "permissions")
    rules = given.get("permissions")
    if not isinstance(rules, list) or not all(isinstance(each, str) for each in rules):
        raise Refused({"permissions": "A list of texts was expected."})
    with database.writing() as connection:
        made = administration.save_role(
            connection, _actor(), datetime.now(UTC), key, given.get("name", key), given.get("words", ""), rules
        )
    return _role(made)


@delete("/roles/<key>", N_("Remove a role, also from everybody who has it"), MANAGE)
def role_remove(key: str) -> None:
    if key not in roles.all_roles(database.read()):
        abort(404, "There is no such role.")
    with database.writing() as connection:
        administration.remove_role(connection, _actor(), datetime.now(UTC), key)


@get("/me/tokens", N_("One's own tokens"), list[answers.Token], None)
def token_list() -> list[answers.Token]:
    return [rows.token(each) for each in keys.tokens_of(database.read(), current_user.account.id)]


@post("/me/tokens", N_("Make a token in one's own name"), answers.NewToken, None, TokenBody)
def token_new() -> answers.NewToken:
    given = _texts(body(), "name", "permissions", "expires_at")
    rules = given.get("permissions")
    if rules is not None and not (isinstance(rules, list) and all(isinstance(each, str) for each in rules)):
        raise Refused({"permissions": "A list of texts, or null, was expected."})
    if current_user.token is not None and current_user.token.permissions is not None:
        raise Refused({"permissions": "A token that is limited makes no tokens."})
    with database.writing() as connection:
        made, secret = administration.make_token(
            connection,
            _actor(),
            datetime.now(UTC),
            current_user.account,
            given.get("name", ""),
            permissions=rules,
            expires_at=_instant(given.get("expires_at")),
        )
    return answers.NewToken(rows.token(made), secret)


@delete("/me/tokens/<int:token_id>", N_("Revoke one of one's own tokens"), None)
def token_revoke(token_id: int) -> None:
    found = [each for each in keys.tokens_of(database.read(), current_user.account.id) if each.id == token_id]
    if not found:
        abort(404, "There is no such token.")
    with database.writing() as connection:
        administration.revoke_token(connection, _actor(), datetime.now(UTC), found[0], current_user.name)


def _actor() -> Actor:
    return Actor(current_user.name, request.remote_addr or "", current_user.token_name)


def _stored(name: str) -> Account:
    return accounts.find(database.read(), name) or abort(404, "There is no such account.")


def _account_named(name: str) -> answers.Account:
    found = _stored(name)
    return _account(found, roles.assignments(database.read(), found.id))


def _account(found: Account, given: list[Assignment]) -> answers.Account:
    return answers.Account(
        name=found.name,
        full_name=found.full_name,
        source=found.source,
        disabled=found.disabled,
        must_change=found.must_change,
        created_at=found.created_at,
        last_login_at=found.last_login_at,
        roles=[answers.RoleOf(each.role, each.scheduler_id, each.folder) for each in given],
    )


def _role(found: Role) -> answers.Role:
    return answers.Role(found.key, found.name, found.words, list(found.rules), found.interactive, found.shipped)


def _texts(given: dict[str, Any], *names: str) -> dict[str, Any]:
    "The body, when it holds nothing but these names, and texts, or a flag, where these belong."
    faults = {name: "There is no such member." for name in given if name not in names}
    for name, value in given.items():
        if name in ("name", "full_name", "password", "words") and not isinstance(value, str):
            faults[name] = "A text was expected."
        if name == "disabled" and not isinstance(value, bool):
            faults[name] = "true or false was expected."
    if faults:
        raise Refused(faults)
    return given


def _roles_in(given: dict[str, Any]) -> list[Assignment]:
    "A member that is misspelt would be a role without its limits: it is refused."
    found = given.get("roles") or []
    if not isinstance(found, list) or not all(_is_role(each) for each in found):
        raise Refused({"roles": "A list of objects with role, scheduler_id and folder, which are texts, was expected."})
    return [Assignment(each["role"], each.get("scheduler_id", ""), each.get("folder", "/")) for each in found]


def _is_role(each: Any) -> bool:
    if not isinstance(each, dict) or "role" not in each or not {"role", "scheduler_id", "folder"}.issuperset(each):
        return False
    return all(isinstance(value, str) for value in each.values())


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused({"expires_at": "An instant with its zone was expected, such as 2027-01-31T00:00:00Z."})
    return found
