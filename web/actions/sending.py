"Sending a command that was ordered, and keeping what came of it."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import current_app

from models import audit, file_versions, operations, read
from models.members import Member
from models.operations import Operation, State
from web import commands, database, engines, several
from web.actions.verbs import VERBS
from web.engines import Outcome, Result


def send(operation: Operation) -> Operation:
    "Sends an operation in state SENDING, and keeps what came of it."
    member = receiver(operation, datetime.now(UTC))
    database.forget_reads()
    if member is None:
        return settle(operation, Outcome(Result.NO_MEMBER))
    if file_versions.about_files(operation):
        with database.writing() as connection:
            file_versions.keep_before(connection, operation, datetime.now(UTC))
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    return settle(operation, engines.send_text(engines.address_of(member), operation.command, timeout))


def receiver(operation: Operation, now: datetime) -> Member | None:
    """The member that gets the command. One about a member goes to any that lives: it may be about the one that would
    get it otherwise, and is silent."""
    members = read.members(database.read(), operation.scheduler_id)
    if operation.action.startswith("member."):
        members = [each for each in members if not engines.silent(each, now)] or members
    return engines.responsible(members)


def settle(operation: Operation, outcome: Outcome) -> Operation:
    "From SENDING to what came of it."
    state = _STATES[outcome.result]
    kind, _, verb = operation.action.partition(".")
    known = VERBS.get((kind, verb))
    if state is State.NO_ANSWER and known is not None and known.silent:
        state = State.DONE
    made = commands.text(outcome.answer) if outcome.answer is not None and len(outcome.answer) else ""
    if state is State.REFUSED and outcome.before:
        made = several.done_before(outcome.before)
    now = datetime.now(UTC)
    ended = None if state is State.WAITING else now
    values = {"code": outcome.code, "text": outcome.text, "made": made[:4000], "ended_at": ended}
    with database.writing() as connection:
        moved = operations.move(connection, operation.key, State.SENDING, state, **values)
        if moved and state is not State.WAITING:
            result = result_code(state, outcome.code)
            audit.finish(connection, operation.entry, result, operation.for_audit(outcome.text))
        if moved and state is State.DONE:
            file_versions.keep_after(connection, operation, now)
        found = operations.find(connection, operation.key)
    if state is State.WAITING:
        current_app.extensions["stellwerk_delivery"].wake()
    return found or replace(operation, state=state)


def result_code(state: State, code: str) -> str:
    "As the audit keeps it: empty for what is done."
    return "" if state is State.DONE else code or state.value


_STATES = {
    Result.DONE: State.DONE,
    Result.REFUSED: State.REFUSED,
    Result.NO_ANSWER: State.NO_ANSWER,
    Result.UNREACHABLE: State.WAITING,
    Result.NO_MEMBER: State.WAITING,
}
