"""The one way in which every action runs.

permission -> operation key -> audit entry -> command to the member in charge -> result in operation and audit. The same
for a button, for each part of a bulk operation, and for the JSON interface. The same key twice gives the first result.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from flask import current_app, request
from flask_login import current_user

from models import audit, operations, read
from models.operations import Operation, State
from web import commands, database, permissions
from web.actions import fields, kinds, levels
from web.actions.fields import Faults, Form
from web.actions.kinds import Target
from web.actions.sending import send
from web.actions.verbs import FOUR_EYES, REASON, TYPED, VERBS, Verb
from web.pages.moments import here
from web.refusal import Refused
from web.words import gettext

#: a key that somebody else chose is taken as it is up to this length
MOST_KEY = 100


@dataclass(frozen=True, slots=True)
class Who:
    account_id: int
    account: str
    token: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that somebody has ordered and may order. `key`: the same key twice gives the first result.

    `ask`: a second person has to agree before it is sent.
    """

    key: str
    who: Who
    scheduler_id: str
    action: str
    object: str
    command: str
    reason: str = ""
    ticket: str = ""
    batch: str = ""
    ask: bool = False
    #: what whoever ordered it must still be allowed when it is sent later, and the path that is asked for
    permission: str = ""
    path: str | None = None


def me() -> Who:
    "The person of this request."
    return Who(current_user.account.id, current_user.name, current_user.token_name, request.remote_addr or "")


def prepare(
    kind: str,
    verb: str,
    scheduler_id: str,
    object: Mapping[str, object],
    values: Form,
    *,
    key: str = "",
    batch: str = "",
    confirmed: bool = False,
) -> Deed:
    """Checks permission and form, and makes the command. Raises Forbidden, or Refused with what is wrong.

    `values`: the inputs of the verb, `reason`, `ticket`, and `typed` where the name has to be typed; `confirmed`: the
    caller has had it confirmed in another way (a bulk operation asks once for all).
    """
    known = VERBS[kind, verb]
    keys = kinds.keys_of(kind, object)
    name, _, path = kinds.names_of(kind, scheduler_id, keys)
    permissions.need(known.permission, path, scheduler_id)
    faults = Faults()
    reason, ticket = _reason(known, name, values, faults, confirmed)
    read = fields.read(known.inputs, values, faults, partial(here, scheduler_id))
    if faults:
        raise Refused(faults.sentences)
    command = known.build({**keys, "scheduler_id": scheduler_id}, read)
    if known.signed or command.tag in commands.AUTHORED or command.get("until"):
        command.set("author", current_user.name)
    if known.signed:
        command.set("reason", reason)
    return Deed(
        key=_of_mine(key or secrets.token_urlsafe(16)),
        who=me(),
        scheduler_id=scheduler_id,
        action=known.action,
        object=_audit_name(kind, scheduler_id, keys),
        command=commands.text(command),
        reason=reason,
        ticket=ticket,
        batch=batch,
        ask=levels.level(known) >= FOUR_EYES,
        permission=known.permission,
        path=path,
    )


def _of_mine(key: str) -> str:
    "Two accounts may choose the same key."
    return f"{current_user.account.id}.{key[:MOST_KEY]}"


def ordered(kind: str, verb: str, scheduler_id: str, object: Mapping[str, object], key: str) -> Operation | None:
    """What came of this action on this object when it was ordered with the key before; None: it was not. Raises
    Forbidden.

    To be asked before anything is looked at: what was done may be impossible by now, just because it was done.
    """
    known = VERBS[kind, verb]
    keys = kinds.keys_of(kind, object)
    permissions.need(known.permission, kinds.names_of(kind, scheduler_id, keys)[2], scheduler_id)
    found = operations.find(database.read(), _of_mine(key)) if key else None
    if found is None or (found.scheduler_id, found.action) != (scheduler_id, known.action):
        return None
    return _awaited(found) if found.object == _audit_name(kind, scheduler_id, keys) else None


def _audit_name(kind: str, scheduler_id: str, keys: Mapping[str, str]) -> str:
    """The object as the journal spells it. Who names it in other letters does the same to it, and its pages look for
    what was done by its name."""
    place = {"job": "path", "order": "chain", "chain": "chain", "node": "chain"}.get(kind)
    if place is not None:
        of: Literal["job", "chain"] = "job" if kind == "job" else "chain"
        keys = {**keys, place: read.spelled(database.read(), scheduler_id, of, keys[place])}
    return kinds.names_of(kind, scheduler_id, keys)[1]


def prepare_for(target: Target, verb: Verb, values: Form, key: str) -> Deed:
    "The same for an object whose page is known."
    return prepare(verb.kind, verb.name, target.scheduler_id, target.keys, values, key=key)


def carry_out(deed: Deed) -> Operation:
    """Runs it, or finds the one that has the key already; returns once there is a result, or none is to be expected.

    Needs an application, not a request. The audit entry is made before sending, so that no command is without one.
    Raises Refused when the key was used for something else: its result is none of this.
    """
    operation, first = _begin(deed)
    if not first and (operation.scheduler_id, operation.action, operation.object) != (
        deed.scheduler_id, deed.action, deed.object,
    ):
        raise Refused({"key": gettext("This key stands for another action already, which was not done again.")})
    if not first:
        return _awaited(operation)
    if operation.state is State.ASKED:
        return operation
    return send(operation)


def _begin(deed: Deed) -> tuple[Operation, bool]:
    "The operation, and whether it is new."
    now, who = datetime.now(UTC), deed.who
    operation = Operation(
        key=deed.key,
        account_id=who.account_id,
        account=who.account,
        scheduler_id=deed.scheduler_id,
        action=deed.action,
        object=deed.object,
        command=deed.command,
        state=State.ASKED if deed.ask else State.SENDING,
        created_at=now,
        batch=deed.batch,
        token=who.token,
        address=who.address,
        reason=deed.reason,
        ticket=deed.ticket,
        permission=deed.permission,
        path=deed.path or "",
    )
    with database.writing() as connection:
        known = operations.begin(connection, operation)
        if known is not None:
            return known, False
        entry = audit.begin(
            connection,
            now,
            deed.scheduler_id,
            who.account,
            who.address,
            deed.action,
            deed.object,
            commands.masked(deed.command),
            deed.reason,
            token=who.token,
            ticket=deed.ticket,
            operation=deed.key,
        )
        operations.move(connection, deed.key, operation.state, operation.state, entry=entry)
    return replace(operation, entry=entry), True


def _awaited(operation: Operation) -> Operation:
    "The result of the first one, which may still be on its way."
    deadline = time.monotonic() + current_app.extensions["stellwerk_settings"].command_timeout
    found = operation
    while found.state is State.SENDING and time.monotonic() < deadline:
        time.sleep(0.05)
        database.forget_reads()
        found = operations.find(database.read(), operation.key) or operation
    return found


def _reason(verb: Verb, name: str, values: Form, faults: Faults, confirmed: bool) -> tuple[str, str]:
    level = levels.level(verb)
    if level >= TYPED and not confirmed and values.get("typed", "").strip() != name:
        faults.add("typed", gettext("Type %(name)s to confirm.", name=name))
    ticket = fields.text(values, "ticket", faults, 100)
    if level >= REASON:
        sentence = gettext("Say why; the reason stands in the audit log.")
        return fields.required(values, "reason", faults, sentence, 500), ticket
    return fields.text(values, "reason", faults, 500), ticket
