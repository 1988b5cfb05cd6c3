"""`stellwerk accounts …`: accounts, roles, tokens and the audit on the command line.

For the first steps, for scripts, and for the day on which nobody can sign in any more. Who may reach the database may
do everything here; the audit names the user of the operating system.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from models import accounts, audit, connect, keys, roles
from models.accounts import Account
from models.errors import StoreError
from models.permissions import PERMISSIONS
from web.auth import administration, first_admin
from web.auth.administration import Actor, assignment, assignment_text
from web.refusal import Refused

Words = argparse.Namespace
Task = Callable[[Connection, Actor, datetime, Words], int]


def main(arguments: Sequence[str]) -> int:
    "Exit status 0: done. 1: refused, or the audit does not hold. 2: wrong use, or the database does not answer."
    words = _parser().parse_args(arguments)
    url = words.db or os.environ.get("DATABASE_URL") or connect.DEFAULT_URL
    actor = Actor(f"{getpass.getuser()} (command line)")
    task: Task = words.task
    try:
        engine = connect.create(url, "web")
        try:
            with connect.writing(engine) as connection:
                return task(connection, actor, datetime.now(UTC), words)
        finally:
            engine.dispose()
    except Refused as refused:
        print(f"stellwerk accounts: {refused}", file=sys.stderr)
        return 1
    except StoreError as error:
        print(f"stellwerk accounts: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stellwerk accounts", description="Accounts of the control plane.")
    parser.add_argument("-db", metavar="URL", help="the database; else DATABASE_URL, else sqlite:///var/stellwerk.db")
    tasks = parser.add_subparsers(required=True, metavar="TASK")

    def task(name: str, run: Task, words: str, *arguments: tuple[str, str]) -> argparse.ArgumentParser:
        made = tasks.add_parser(name, help=words, description=words)
        made.set_defaults(task=run)
        for argument, about in arguments:
            made.add_argument(argument, help=about)
        return made

    name = ("name", "the account")
    role = "role, role@scheduler, role:/folder/ or role@scheduler:/folder/"
    task("list", _list, "all accounts with their roles")
    task("first-admin", _first, "make the account 'admin' when there is no account, and show its password once")
    add = task("add", _add, "make an account; its password is shown once, unless one is read", name)
    add.add_argument("roles", nargs="*", help=role)
    add.add_argument("--full-name", default="")
    _password_options(add)
    _password_options(task("password", _password, "a new password; all sessions of the account end", name))
    assign = task("assign", _assign, "give the account these roles, instead of those it has", name)
    assign.add_argument("roles", nargs="*", help=role)
    task("disable", _disable, "shut the account, with its sessions and tokens", name)
    task("enable", _enable, "open the account again", name)
    task("remove", _remove, "remove the account; the audit keeps what it did", name)
    task("roles", _roles, "all roles with their permissions")
    token = task("token", _token, "make an API token and show its secret once", name, ("token", "its name"))
    token.add_argument("--days", type=int, help="it ends after so many days; else never")
    token.add_argument("--permission", action="append", help="only this permission or pattern; may be repeated")
    task("tokens", _tokens, "all tokens of the account", name)
    task("revoke", _revoke, "the token does not work any more", name, ("token", "its name"))
    why = "why the account may do something, or why not"
    explain = task("explain", _explain, why, name, ("permission", "its name"))
    explain.add_argument("--scheduler")
    explain.add_argument("--path")
    task("audit-check", _audit_check, "look whether entries of the audit were changed or deleted")
    return parser


def _password_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--read", action="store_true", help="read the password from the first line of standard input")
    parser.add_argument("--keep", action="store_true", help="it need not be changed at the first sign-in")


def _list(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    given = roles.assignments_of_all(connection)
    for account in accounts.all_accounts(connection):
        texts = " ".join(assignment_text(each) for each in given.get(account.id, [])) or "-"
        state = "shut" if account.disabled else "open"
        print(f"{account.name:<24} {state:<5} {account.source:<12} {texts}")
    return 0


def _first(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    password = first_admin.make(connection, now)
    if password is None:
        print("there are accounts already; nothing was done")
    else:
        _show(first_admin.NAME, password)
    return 0


def _add(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    account, password = administration.create_account(
        connection,
        actor,
        now,
        words.name,
        [assignment(text) for text in words.roles],
        full_name=words.full_name,
        password=_read(words),
        must_change=not words.keep,
    )
    if password:
        _show(account.name, password)
    return 0


def _password(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    account = _known(connection, words.name)
    given = _read(words)
    password = administration.reset_password(connection, actor, now, account, given, not words.keep)
    if not given:
        _show(account.name, password)
    return 0


def _assign(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    account = _known(connection, words.name)
    administration.set_roles(connection, actor, now, account, [assignment(text) for text in words.roles])
    return 0


def _disable(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    administration.disable(connection, actor, now, _known(connection, words.name))
    return 0


def _enable(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    administration.disable(connection, actor, now, _known(connection, words.name), False)
    return 0


def _remove(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    administration.remove(connection, actor, now, _known(connection, words.name))
    return 0


def _roles(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    for role in roles.all_roles(connection).values():
        print(f"{role.key:<16} {role.words}\n{'':<16} {' '.join(role.rules)}")
    return 0


def _token(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    ends = None if words.days is None else now + timedelta(days=words.days)
    account = _known(connection, words.name)
    _, secret = administration.make_token(
        connection, actor, now, account, words.token, permissions=words.permission, expires_at=ends
    )
    print(secret)
    print("(shown only this once)", file=sys.stderr)
    return 0


def _tokens(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    for token in keys.tokens_of(connection, _known(connection, words.name).id):
        ends = f"{token.expires_at:%Y-%m-%d}" if token.expires_at else "never"
        used = f"{token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never"
        rules = "everything" if token.permissions is None else " ".join(token.permissions)
        print(f"{token.name:<24} {token.prefix}…  ends {ends}  used {used}  {rules}")
    return 0


def _revoke(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    account = _known(connection, words.name)
    found = [token for token in keys.tokens_of(connection, account.id) if token.name == words.token]
    if not found:
        raise Refused({"token": f"There is no token {words.token} of {account.name}."})
    administration.revoke_token(connection, actor, now, found[0], account.name)
    return 0


def _explain(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    account = _known(connection, words.name)
    if words.permission not in PERMISSIONS:
        raise Refused({"permission": f"There is no permission {words.permission}."})
    found = roles.access(connection, account.id).explain(words.permission, words.scheduler, words.path)
    if account.disabled:
        print("no: the account is shut")
        return 0
    print(f"{'yes, through' if found.allowed else 'no:'} {found.words}")
    return 0


def _audit_check(connection: Connection, actor: Actor, now: datetime, words: Words) -> int:
    found = audit.check(connection)
    for fault in found.faults:
        print(fault)
    print(f"{found.links} links, last checksum {found.checksum or '-'}: {'BROKEN' if found.faults else 'holds'}")
    return 1 if found.faults else 0


def _known(connection: Connection, name: str) -> Account:
    account = accounts.find(connection, name)
    if account is None:
        raise Refused({"name": f"There is no account {name}."})
    return account


def _read(words: Words) -> str:
    return sys.stdin.readline().rstrip("\n") if words.read else ""


def _show(name: str, password: str) -> None:
    print(f"account  {name}\npassword {password}   (shown only this once)")
