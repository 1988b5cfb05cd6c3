"""Managing accounts, roles and tokens: the rules that pages, interface and command line share.

Each function works in the caller's transaction, refuses what must not be, and leaves an audit entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from models import accounts, audit, keys, roles
from models.access import folder_of
from models.accounts import LOCAL, Account, NameTaken
from models.keys import Token
from models.permissions import SHIPPED, Role, expand, unknown_rules
from models.roles import Assignment
from web.auth import passwords
from web.refusal import Refused
from web.words import gettext

_NAME = re.compile(r"[\w][\w.@+-]{0,63}")
_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Actor:
    "Who manages, as the audit names it."

    name: str
    address: str = ""
    token: str = ""


def create_account(
    connection: Connection,
    actor: Actor,
    now: datetime,
    name: str,
    given: Sequence[Assignment],
    *,
    full_name: str = "",
    password: str = "",
    must_change: bool = True,
) -> tuple[Account, str]:
    "The account, and the password that was generated when none was given. Raises Refused."
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise Refused(
            {"name": gettext("A name has up to 64 letters, digits and . _ @ + -, and begins with a letter or digit.")}
        )
    wanted = _checked(connection, given)
    drawn = "" if password else passwords.generated()
    if password and (fault := passwords.fault(password, name)):
        raise Refused({"password": fault})
    try:
        made = accounts.create(
            connection,
            name,
            "",
            passwords.hash_of(password or drawn),
            now,
            full_name=full_name.strip()[:200],
            must_change=must_change,
        )
    except NameTaken:
        raise Refused({"name": gettext("There is an account %(name)s already.", name=name)}) from None
    roles.assign(connection, made.id, wanted)
    _note(connection, actor, now, "account.create", made.name, _words(wanted))
    return made, drawn


def set_roles(
    connection: Connection, actor: Actor, now: datetime, account: Account, given: Sequence[Assignment]
) -> None:
    "Raises Refused, also when nobody could manage accounts afterwards."
    wanted = _checked(connection, given)
    before = roles.assignments(connection, account.id)
    roles.lock(connection)
    roles.assign(connection, account.id, wanted)
    _somebody_left(connection)
    _note(connection, actor, now, "account.roles", account.name, f"{_words(before)} → {_words(wanted)}")


def set_full_name(connection: Connection, actor: Actor, now: datetime, account: Account, full_name: str) -> None:
    accounts.rename(connection, account.id, full_name.strip()[:200])
    _note(connection, actor, now, "account.rename", account.name, f"{account.full_name} → {full_name}")


def disable(connection: Connection, actor: Actor, now: datetime, account: Account, disabled: bool = True) -> None:
    "The account is out at once, with its tokens. Raises Refused for the last one that manages accounts."
    roles.lock(connection)
    accounts.disable(connection, account.id, disabled)
    _somebody_left(connection)
    _note(connection, actor, now, "account.disable" if disabled else "account.enable", account.name)


def remove(connection: Connection, actor: Actor, now: datetime, account: Account) -> None:
    "Raises Refused for the last one that manages accounts."
    roles.lock(connection)
    accounts.remove(connection, account.id)
    _somebody_left(connection)
    _note(connection, actor, now, "account.remove", account.name)


def end_sessions(connection: Connection, actor: Actor, now: datetime, account: Account, but: str = "") -> int:
    "All of the account but one; returns how many."
    number = keys.end_sessions(connection, account.id, but)
    if number:
        _note(connection, actor, now, "session.end", account.name, f"sessions: {number}")
    return number


def end_session(connection: Connection, actor: Actor, now: datetime, account: Account, key: str) -> bool:
    "Whether there was one."
    ended = keys.end_session(connection, account.id, key)
    if ended:
        _note(connection, actor, now, "session.end", account.name)
    return ended


def reset_password(
    connection: Connection, actor: Actor, now: datetime, account: Account, password: str = "", must_change: bool = True
) -> str:
    "A new password, generated when none is given; it is returned. All sessions end. Raises Refused."
    if account.source != LOCAL:
        raise Refused({"password": gettext("This account has its password at %(source)s.", source=account.source)})
    if password and (fault := passwords.fault(password, account.name)):
        raise Refused({"password": fault})
    chosen = password or passwords.generated()
    accounts.set_password(connection, account.id, passwords.hash_of(chosen), now, must_change)
    _note(connection, actor, now, "account.password", account.name)
    return chosen


def change_own_password(
    connection: Connection, actor: Actor, now: datetime, account: Account, old: str, new: str, again: str
) -> None:
    "Raises Refused."
    if account.source != LOCAL:
        raise Refused({"old": gettext("This account has its password at %(source)s.", source=account.source)})
    if not passwords.matches(account.password_hash, old):
        raise Refused({"old": gettext("This is not your password.")})
    if fault := passwords.fault(new, account.name):
        raise Refused({"new": fault})
    if new == old:
        raise Refused({"new": gettext("This is the old one.")})
    if new != again:
        raise Refused({"again": gettext("The two are not the same.")})
    accounts.set_password(connection, account.id, passwords.hash_of(new), now)
    _note(connection, actor, now, "account.password", account.name)


def save_role(
    connection: Connection, actor: Actor, now: datetime, key: str, name: str, words: str, rules: Iterable[str]
) -> Role:
    "Makes or changes a role. Raises Refused."
    role = Role(key.strip().lower(), name.strip()[:100] or key, words.strip()[:500], tuple(rules))
    faults = {}
    if role.key in SHIPPED:
        faults["key"] = gettext(
            "The role %(key)s ships and cannot be changed; make one with another key.", key=role.key
        )
    elif not _KEY.fullmatch(role.key):
        faults["key"] = gettext("A key has up to 40 small letters, digits and -, and begins with a letter.")
    if unknown := unknown_rules(role.rules):
        faults["permissions"] = gettext("No permission is named %(names)s.", names=", ".join(unknown[:5]))
    elif not expand(role.rules):
        faults["permissions"] = gettext("It grants nothing.")
    if faults:
        raise Refused(faults)
    roles.lock(connection)
    before = roles.all_roles(connection).get(role.key)
    roles.save_role(connection, role, now)
    _somebody_left(connection)
    rules_before = f"{' '.join(before.rules)} → " if before is not None else ""
    _note(connection, actor, now, "role.save", role.key, rules_before + " ".join(role.rules))
    return role


def remove_role(connection: Connection, actor: Actor, now: datetime, key: str) -> None:
    "Raises Refused for one that ships, and when nobody could manage accounts afterwards."
    if key in SHIPPED:
        raise Refused({"key": gettext("The role %(key)s ships and cannot be removed.", key=key)})
    roles.lock(connection)
    roles.remove_role(connection, key)
    _somebody_left(connection)
    _note(connection, actor, now, "role.remove", key)


def make_token(
    connection: Connection,
    actor: Actor,
    now: datetime,
    account: Account,
    name: str,
    *,
    permissions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    "The token and its secret. It never may more than its account. Raises Refused."
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise Refused({"name": gettext("Give it a name of up to 100 characters that says what uses it.")})
    if permissions is not None and (unknown := unknown_rules(permissions)):
        raise Refused({"permissions": gettext("No permission is named %(names)s.", names=", ".join(unknown[:5]))})
    if expires_at is not None and expires_at <= now:
        raise Refused({"expires": gettext("This is in the past.")})
    if any(each.name == name for each in keys.tokens_of(connection, account.id)):
        raise Refused({"name": gettext("There is a token %(name)s already.", name=name)})
    made = keys.make_token(connection, account.id, name, now, permissions=permissions, expires_at=expires_at)
    _note(connection, actor, now, "token.create", f"{account.name}/{name}", " ".join(permissions or ()))
    return made


def revoke_token(connection: Connection, actor: Actor, now: datetime, token: Token, owner: str) -> None:
    keys.revoke_token(connection, token.id)
    _note(connection, actor, now, "token.revoke", f"{owner}/{token.name}")


def assignment(text: str) -> Assignment:
    "From `role`, `role@scheduler`, `role:/folder/` or `role@scheduler:/folder/`."
    left, _, folder = text.strip().partition(":")
    role, _, scheduler_id = left.partition("@")
    return Assignment(role.strip(), scheduler_id.strip(), folder_of(folder))


def assignment_text(given: Assignment) -> str:
    scheduler = f"@{given.scheduler_id}" if given.scheduler_id else ""
    return f"{given.role}{scheduler}" + (f":{given.folder}" if given.folder != "/" else "")


def _checked(connection: Connection, given: Sequence[Assignment]) -> list[Assignment]:
    known = roles.all_roles(connection)
    unknown = sorted({each.role for each in given if each.role not in known})
    if unknown:
        raise Refused({"roles": gettext("There is no role %(names)s.", names=", ".join(unknown))})
    return [Assignment(each.role, each.scheduler_id, folder_of(each.folder)) for each in given]


def _somebody_left(connection: Connection) -> None:
    if not roles.administrators(connection):
        raise Refused({"roles": gettext("Nobody could manage accounts afterwards.")})


def _words(given: Iterable[Assignment]) -> str:
    return ", ".join(assignment_text(each) for each in given) or "none"


def _note(connection: Connection, actor: Actor, now: datetime, action: str, object: str, text: str = "") -> None:
    audit.note(connection, now, actor.name, actor.address, action, object, result_text=text[:1000], token=actor.token)
