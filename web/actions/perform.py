"""From a form to a command and back to a page.

GET shows the confirmation form. POST checks the form, writes the audit entry, sends the command to the member in
charge, and answers 303 to the page one came from, with a message that says what the engine answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from lxml import etree
from werkzeug.wrappers import Response

from models import audit
from web import commands, database, engines, scope
from web.actions import fields
from web.actions.verbs import Verb
from web.auth.addresses import safe_next
from web.engines import Outcome, Result
from web.fragments import wants_fragment

REASONS = ("Maintenance", "Fault in the job", "Fault in the data", "Waiting for a delivery", "Test")


@dataclass(frozen=True, slots=True)
class Target:
    """The object of an action. `kind` is a word of the page ("job"), `name` what is shown and typed for level 3,
    `audit_name` the journal's name of the object, `page` its address, `parent` the address of the list it is in."""

    scheduler_id: str
    kind: str
    name: str
    audit_name: str
    page: str
    parent: str


def act(target: Target, verbs: Mapping[str, Verb], name: str, **context: object) -> str | Response | tuple[str, int]:
    "The view of `…/-/<verb>`: form or deed."
    verb = verbs.get(name)
    if verb is None:
        abort(404)
    scope.enter(target.scheduler_id)
    if request.method == "GET":
        return _form(target, verb, fields.Faults(), **context)
    faults = fields.Faults()
    reason = _reason(target, verb, faults)
    command = verb.build(request.form, faults)
    if faults or command is None:
        return _form(target, verb, faults, **context), 422
    outcome = perform(target, verb, command, reason)
    tell(target, verb, outcome)
    stays = safe_next(request.form.get("back"), target.page)
    gone = verb.leaves and outcome.result is Result.DONE
    return redirect(target.parent if gone and stays.partition("?")[0] == target.page else stays, 303)


def perform(target: Target, verb: Verb, command: etree._Element, reason: str) -> Outcome:
    """Send the command and write the audit entry.

    The entry is made before sending, so that no command is ever without one, and completed with the answer.
    """
    member = scope.member(target.scheduler_id)
    with database.writing() as connection:
        entry = audit.begin(
            connection,
            datetime.now(UTC),
            target.scheduler_id,
            current_user.name,
            request.remote_addr or "",
            f"{target.kind}.{verb.name}",
            target.audit_name,
            commands.text(command),
            reason,
        )
    if member is None:
        outcome = Outcome(Result.NO_MEMBER)
    else:
        timeout = current_app.extensions["stellwerk_settings"].command_timeout
        outcome = engines.send(engines.address_of(member), command, timeout)
    with database.writing() as connection:
        audit.finish(connection, entry, _result_code(outcome), outcome.text)
    return outcome


def tell(target: Target, verb: Verb, outcome: Outcome) -> None:
    "The message on the next page."
    name = f"{target.kind} {target.name}"
    code, text = outcome.code, outcome.text
    link: dict[str, str] = {"address": target.page, "link": "Show"} if not verb.leaves else {}
    match outcome.result:
        case Result.DONE:
            message = {"family": "good", "shape": "tick", "head": f"{verb.done}: {name}."}
            message |= link | _made(target, outcome)
        case Result.REFUSED:
            message = {"family": "bad", "shape": "octagon", "head": "The engine refused:", "code": code, "text": text}
        case Result.NO_ANSWER:
            message = {
                "family": "attention",
                "shape": "triangle",
                "head": "No answer yet.",
                "text": f"“{verb.word}” for {name} was sent and may still take effect. {text}",
            }
        case Result.UNREACHABLE:
            head = "Nothing was done: the engine is not reachable."
            message = {"family": "bad", "shape": "octagon", "head": head, "text": text}
        case Result.NO_MEMBER:
            message = {
                "family": "bad",
                "shape": "octagon",
                "head": "Nothing was done:",
                "text": "no member of this scheduler takes commands.",
            }
    flash(message)  # type: ignore[arg-type]  # messages are small dictionaries; templates show their parts


def _made(target: Target, outcome: Outcome) -> dict[str, str]:
    "A link to what the command made: the task of a started job, the order that was added."
    made = outcome.answer[0] if outcome.answer is not None and len(outcome.answer) else None
    if made is None:
        return {}
    if made.tag == "task" and made.get("id", "").isdecimal():
        number = made.get("id", "")
        return {
            "address": url_for("tasks.page", scheduler_id=target.scheduler_id, task_id=int(number)),
            "link": f"Task {number}",
        }
    if made.tag == "order" and made.get("order") and made.get("job_chain"):
        order, chain = made.get("order", ""), made.get("job_chain", "")
        return {
            "address": url_for("orders.page", scheduler_id=target.scheduler_id, chain=chain, order_id=order),
            "link": f"Order {order}",
        }
    return {}


def _reason(target: Target, verb: Verb, faults: fields.Faults) -> str:
    if verb.level >= 3 and request.form.get("typed", "").strip() != target.name:
        faults.add("typed", f"Type {target.name} to confirm.")
    if verb.needs_reason:
        return fields.required(request.form, "reason", faults, "Say why; the reason stands in the audit log.", 500)
    return fields.text(request.form, "reason", faults, 500)


def _result_code(outcome: Outcome) -> str:
    if outcome.result is Result.DONE:
        return ""
    return outcome.code or outcome.result.value


def _form(target: Target, verb: Verb, faults: fields.Faults, **context: object) -> str:
    template = "actions/_form.html" if wants_fragment() else "actions/form.html"
    values = request.form if request.method == "POST" else request.args
    return render_template(
        template,
        target=target,
        verb=verb,
        faults=faults.sentences,
        values=values,
        reasons=REASONS,
        back=safe_next(values.get("back"), "") or _came_from(target),
        **context,
    )


def _came_from(target: Target) -> str:
    "The page that opened the dialog, as htmx tells it; else the object's page."
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    address = current.path + (f"?{current.query}" if current.query else "")
    return safe_next(address, target.page) if current.netloc == request.host else target.page
