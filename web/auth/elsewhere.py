"""People whose account is known elsewhere: in a directory, or at an identity provider.

Their account here is made at the first sign-in; their roles follow from their groups, at every sign-in anew. An
account that exists already under their name is never taken over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from models import accounts, audit, roles
from models.accounts import Account, NameTaken
from models.roles import Assignment
from web.auth.administration import assignment, assignment_text
from web.words import gettext

#: a group of this name means everybody whom the source knows
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Stranger:
    "Somebody whom `source` vouches for. `subject` never changes there, `name` may."

    source: str
    subject: str
    name: str
    full_name: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRoles:
    "Which roles the groups of a source have: pairs of group (in lower case) and role."

    pairs: tuple[tuple[str, Assignment], ...] = ()

    @classmethod
    def parse(cls, text: str) -> GroupRoles:
        "From `group=role@scheduler:/folder/; group=role`. Raises ValueError."
        pairs = []
        for part in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
            group, equals, role = part.rpartition("=")
            if not equals or not group.strip() or not role.strip():
                raise ValueError(f"{part!r}: group=role was expected")
            pairs.append((group.strip().lower(), assignment(role)))
        return cls(tuple(pairs))

    def of(self, groups: Collection[str]) -> list[Assignment]:
        "The roles of somebody with these groups; a group may be given by its whole name or by its first part."
        names = {EVERYBODY} | {name for group in groups for name in (group.lower(), _first_part(group))}
        return sorted({given for group, given in self.pairs if group in names}, key=assignment_text)


@dataclass(frozen=True, slots=True)
class Admission:
    "Who comes in, or why not; then `account` is None."

    account: Account | None
    problem: str = ""


def admit(connection: Connection, stranger: Stranger, mapping: GroupRoles, address: str, now: datetime) -> Admission:
    "The account is made or brought up to date; whoever has lost all roles keeps none. The caller commits."
    known = roles.all_roles(connection)
    given = [each for each in mapping.of(stranger.groups) if each.role in known]
    account = accounts.by_subject(connection, stranger.source, stranger.subject)
    if account is not None and account.disabled:
        return Admission(None, gettext("This account is shut."))
    if account is None and given:
        account = _make(connection, stranger, now)
        if account is None:
            return Admission(None, gettext("The name %(name)s belongs to another account here.", name=stranger.name))
    if account is not None and given != roles.assignments(connection, account.id):
        roles.assign(connection, account.id, given)
        words = ", ".join(assignment_text(each) for each in given) or "none"
        audit.note(connection, now, stranger.source, address, "account.roles", account.name, result_text=words)
    if account is None or not given:
        return Admission(None, gettext("None of your groups has a role here."))
    if stranger.full_name != account.full_name:
        accounts.rename(connection, account.id, stranger.full_name[:200])
    return Admission(account)


def _make(connection: Connection, stranger: Stranger, now: datetime) -> Account | None:
    "None: the name is somebody else's."
    name = stranger.name.strip()[:64]
    try:
        return accounts.create(
            connection,
            name,
            "",
            "",
            now,
            full_name=stranger.full_name[:200],
            source=stranger.source,
            subject=stranger.subject,
        )
    except NameTaken:
        return None


def _first_part(group: str) -> str:
    "`ops` of `cn=ops,ou=groups,dc=example`."
    first = group.partition(",")[0].lower()
    return first.partition("=")[2] if "=" in first else first
