"""From a form to a deed and back to a page.

GET shows the confirmation form. POST runs the deed and answers 303 to the page one came from, with a message that says
what became of it.
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from models import read
from models.operations import Operation, State
from scheduler.records import ObjectKind
from web import commands, database, fault_places, permissions, scope, several
from web.actions import deeds, levels, seen
from web.actions.delivery import WAITS
from web.actions.kinds import Target
from web.actions.offers import offer_after
from web.actions.plan import NUMBER, changes_of
from web.actions.verbs import REASON, TYPED, VERBS, Verb
from web.auth import confirm, people
from web.auth.addresses import safe_next
from web.fragments import open_page, wants_fragment
from web.pages.moments import engine_zone
from web.pages.resources import Editing, editing
from web.refusal import Refused
from web.sayings import as_known
from web.words import gettext, translated

#: what takes an action back
UNDO = {
    "job.stop": "unstop",
    "chain.stop": "unstop",
    "node.stop": "process",
    "node.skip": "process",
    "order.suspend": "resume",
    "scheduler.pause": "continue",
}

Answer = str | Response | tuple[str, int]


def act(
    target: Target,
    name: str,
    *,
    opened: MultiDict[str, str] | None = None,
    meant: MultiDict[str, str] | None = None,
    **context: Any,
) -> Answer:
    """The view of `…/-/<verb>`: form or deed.

    `opened`: what the fields hold when the form opens, in place of the arguments of the address. `meant`: what is done,
    when that is more than the form may say.
    """
    verb = VERBS.get((target.kind, name))
    if verb is None:
        abort(404)
    scope.enter(target.scheduler_id)
    permissions.need(verb.permission, target.path, target.scheduler_id)
    if levels.hidden(verb):
        abort(404)
    if request.method == "GET":
        return _form(target, verb, {}, opened=opened, **context)
    key = request.form.get("operation", "")
    operation = deeds.ordered(verb.kind, verb.name, target.scheduler_id, target.keys, key)
    if operation is None:
        if found := seen.conflict(target, request.form):
            return _form(target, verb, {seen.FIELD: seen.sentence(found)}, conflict=found, **context), 409
        try:
            if levels.level(verb) >= TYPED and not people.fresh():
                confirm.again(request.form)
            operation = deeds.carry_out(deeds.prepare_for(target, verb, request.form if meant is None else meant, key))
        except Refused as refused:
            return _form(target, verb, refused.faults, **context), 422
    if operation.state is State.REFUSED and verb.corrects:
        said = fault_places.in_typed(operation.text, operation.command, request.form.get(verb.corrects, ""))
        fault = Markup("{} {}").format(operation.code, as_known(said)).strip()
        return _form(target, verb, {verb.corrects: fault}, **context), 422
    tell(target, verb, operation)
    stays = safe_next(request.form.get("back"), target.page)
    gone = verb.leaves and operation.state is State.DONE
    return redirect(target.parent if gone and stays.partition("?")[0] == target.page else stays, 303)


def tell(target: Target, verb: Verb, operation: Operation) -> None:
    "The message on the next page."
    flash(message(target, verb, operation))  # type: ignore[arg-type]  # a small dictionary; templates show its parts


def message(target: Target, verb: Verb, operation: Operation) -> dict[str, str]:
    name = f"{translated(target.kind)} {target.name}"
    parts = several.sentence(several.parts(operation))
    besides = {"besides": parts} if parts else {}
    more = {"address": url_for("operations.page", key=operation.key), "link": gettext("Look after it")}
    match operation.state:
        case State.DONE:
            link = {"address": target.page, "link": gettext("Show")} if not verb.leaves else {}
            words = _words("good", f"{translated(verb.done)}: {name}.") | undo(target, verb)
            return words | link | made_link(target.scheduler_id, operation) | besides
        case State.REFUSED:
            told = {"code": operation.code, "english": "yes"}
            return _words("bad", gettext("The engine refused:"), operation.text) | told | (besides and besides | more)
        case State.NO_ANSWER | State.SENDING:
            text = gettext(
                "“%(word)s” for %(name)s was sent and may still take effect. %(text)s",
                word=translated(verb.word),
                name=name,
                text=operation.text,
            )
            cluster = url_for("cluster.page", scheduler_id=target.scheduler_id)
            return _words("attention", gettext("No answer yet."), text) | {
                "address": cluster,
                "link": gettext("Cluster"),
            }
        case State.WAITING:
            minutes = int(WAITS.total_seconds() // 60)
            text = gettext(
                "“%(word)s” for %(name)s is sent when one takes commands within %(minutes)s minutes.",
                word=translated(verb.word),
                name=name,
                minutes=minutes,
            )
            return _words("attention", gettext("Waits for a member."), text) | more
        case State.ASKED:
            text = gettext(
                "“%(word)s” for %(name)s runs as soon as somebody else agrees.", word=translated(verb.word), name=name
            )
            return _words("attention", gettext("A second person is needed."), text) | more
    return _words("bad", gettext("It was not sent:"), translated(operation.text)) | more


def undo(target: Target, verb: Verb) -> dict[str, str]:
    "Where the contrary of the action is done at once; nothing where it has none, asks for more, or is not allowed."
    contrary = UNDO.get(verb.action)
    found = offer_after(target.kind, contrary, target.scheduler_id, **target.keys) if contrary else None
    return {"undo": found.address} if found is not None and found.level < REASON else {}


def _words(family: str, head: str, text: str = "") -> dict[str, str]:
    shape = {"good": "tick", "bad": "octagon"}.get(family, "triangle")
    return {"family": family, "shape": shape, "head": head, "text": text}


def made_link(scheduler_id: str, operation: Operation) -> dict[str, str]:
    "A link to what the command made: the task of a started job, the order that was added."
    made = commands.made(operation.made)
    if made.task_id is not None:
        address = url_for("tasks.page", scheduler_id=scheduler_id, task_id=made.task_id)
        return {"address": address, "link": gettext("Task %(task_id)s", task_id=made.task_id)}
    if made.order_id and made.chain:
        address = url_for("orders.page", scheduler_id=scheduler_id, chain=made.chain, order_id=made.order_id)
        return {"address": address, "link": gettext("Order %(order_id)s", order_id=made.order_id)}
    return {}


def _form(
    target: Target, verb: Verb, faults: dict[str, str], opened: MultiDict[str, str] | None = None, **context: Any
) -> str:
    template = "actions/_form.html" if wants_fragment() else "actions/form.html"
    values = request.form if request.method == "POST" else request.args if opened is None else opened
    level = levels.level(verb)
    return render_template(
        template,
        target=target,
        verb=verb,
        level=level,
        needs_reason=level >= REASON,
        faults=faults,
        values=values,
        reasons=levels.reasons(),
        engine_zone=engine_zone(target.scheduler_id) if any(each.kind == "time" for each in verb.inputs) else None,
        back=safe_next(values.get("back"), "") or open_page() or target.page,
        ask_password=level >= TYPED and not people.fresh(),
        seen=seen.state_of(target),
        editor=_editor(target, verb, values),
        schedules=_schedules(target) if any(each.kind == "xml" for each in verb.inputs) else [],
        known_changes=changes_of(target.kind, target.scheduler_id, target.keys) if NUMBER in verb.inputs else [],
        opened_text=seen.text_of(target) if any(each.kind == "source" for each in verb.inputs) else None,
        local=current_user.account.source == "local",
        **context,
    )


def _editor(target: Target, verb: Verb, values: MultiDict[str, str]) -> Editing | None:
    "Of the run time that the form is about; None when it is about something else."
    for each in verb.inputs:
        if each.kind == "xml" or (each.kind == "source" and target.keys.get("type") == "schedule"):
            default = "<run_time/>" if each.kind == "xml" else ""
            return editing(target.scheduler_id, each.name, values.get(each.name) or default)
    return None


def _schedules(target: Target) -> list[str]:
    "Those that the reader may see, to be chosen as a run time."
    known = read.files_of(database.read(), target.scheduler_id, [ObjectKind.SCHEDULE])
    may = permissions.may
    return sorted(each.path for each in known if may("schedules.view", each.path, target.scheduler_id))[:500]

