"""Routes that act: one for each verb, made from its declaration.

The body holds the inputs of the verb, `reason`, `ticket`, and `confirm` with the object's name where it has to be
typed. The header Idempotency-Key makes sending it again harmless: the same key gives the first result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, request, url_for
from werkzeug.datastructures import MultiDict

from models import read
from models.operations import Operation, State
from web import database, fault_places
from web.actions import levels
from web.actions.deeds import MOST_KEY, carry_out, ordered, prepare
from web.actions.fields import Input
from web.actions.verbs import REASON, TYPED, VERBS, Verb
from web.api import reading, rows
from web.api.problems import problem
from web.api.routes import as_json, blueprint, body
from web.api.schema import Schema
from web.refusal import Refused

SCHEDULER = "/schedulers/<scheduler_id>"
#: kind -> where its objects are
PATHS: dict[str, str] = {
    "job": f"{SCHEDULER}/jobs/<object:path>/-/<verb>",
    "task": f"{SCHEDULER}/tasks/<int:task_id>/-/<verb>",
    "order": f"{SCHEDULER}/orders/<object:chain>/-/<token:order_id>/-/<verb>",
    "chain": f"{SCHEDULER}/chains/<object:chain>/-/<verb>",
    "node": f"{SCHEDULER}/chains/<object:chain>/-/nodes/<token:state>/-/<verb>",
    "scheduler": f"{SCHEDULER}/-/<verb>",
    "member": f"{SCHEDULER}/members/<token:member_id>/-/<verb>",
    "supervisor": f"{SCHEDULER}/supervisor/-/<verb>",
    "worker": f"{SCHEDULER}/supervisor/workers/<token:worker>/-/<verb>",
    "file": f"{SCHEDULER}/files/<type>/<object:path>/-/<verb>",
}
#: members of the body that are no inputs
COMMON = ("reason", "ticket", "confirm")


def run(kind: str, scheduler_id: str, verb: str, **keys: Any) -> Response:
    known = VERBS.get((kind, verb))
    if known is None or levels.shut(known) or scheduler_id not in read.scheduler_ids(database.read()):
        abort(404)
    if kind == "task":
        task = read.task(database.read(), scheduler_id, keys["task_id"]) if keys["task_id"] < 2**63 else None
        if task is None:
            abort(404, "There is no such task.")
        keys["job"] = task.job
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MOST_KEY:
        abort(400, f"Idempotency-Key: at most {MOST_KEY} characters are possible.")
    if (before := ordered(kind, verb, scheduler_id, keys, key)) is not None:
        return told(before)
    _not_changed(kind, scheduler_id, keys)
    given = body()
    done = carry_out(prepare(kind, verb, scheduler_id, keys, form_of(known, given), key=key))
    return told(done, str(given.get("source", "")))


for _kind, _path in PATHS.items():
    blueprint.add_url_rule(_path, f"{_kind}_deed", run, defaults={"kind": _kind}, methods=["POST"])


#: kind -> what tells an object of it
READING: dict[str, Callable[..., Any]] = {
    "job": reading.job,
    "task": lambda scheduler_id, task_id, job: reading.task(scheduler_id, task_id),
    "order": reading.order,
    "chain": reading.chain,
}


def _not_changed(kind: str, scheduler_id: str, keys: Mapping[str, Any]) -> None:
    "With If-Match: 412 unless the object is still told as it was under that tag."
    if not request.if_match or kind not in READING:
        return
    now = as_json(READING[kind](scheduler_id, **keys))
    now.add_etag()
    if not request.if_match.contains(now.get_etag()[0] or ""):
        abort(412, "The object has changed since it was read.")


def told(operation: Operation, source: str = "") -> Response:
    """200 done; 202 not over, or without answer; 409 refused by the engine, with its code, and with the place in
    `source`, if that was sent."""
    answer = rows.operation(operation)
    if operation.state in (State.REFUSED, State.REJECTED, State.EXPIRED, State.WITHDRAWN):
        text = fault_places.in_typed(operation.text, operation.command, source) if source else operation.text
        return problem(
            409, text, code=operation.code or operation.state, title="refused", operation=operation.key
        )
    response = as_json(answer, 200 if operation.state is State.DONE else 202)
    response.headers["Location"] = url_for("api.operation", key=operation.key)
    return response


def form_of(verb: Verb, given: Mapping[str, Any]) -> MultiDict[str, str]:
    "The body as the form of the same verb. Raises Refused for what is no input, or of another kind."
    inputs = {each.name: each for each in verb.inputs}
    unknown = sorted(set(given) - set(inputs) - set(COMMON))
    if unknown:
        raise Refused(dict.fromkeys(unknown, "There is no such input."))
    form: MultiDict[str, str] = MultiDict()
    for name, value in given.items():
        if name in COMMON:
            form["typed" if name == "confirm" else name] = _text(name, value)
        elif inputs[name].kind == "params":
            _add_params(form, value)
        else:
            form[name] = ("yes" if value else "") if isinstance(value, bool) else _text(name, value)
    return form


def body_schema(verb: Verb) -> Schema:
    "What the body may hold, as shipped: an administrator may ask for more."
    properties: Schema = {each.name: _schema(each) for each in verb.inputs}
    properties["reason"] = {"type": "string", "maxLength": 500, "description": "Stands in the audit log."}
    properties["ticket"] = {"type": "string", "maxLength": 100}
    required = [each.name for each in verb.inputs if each.required] + (["reason"] if verb.level >= REASON else [])
    if verb.level >= TYPED:
        properties["confirm"] = {"type": "string", "description": "The name of the object, to confirm."}
        required.append("confirm")
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _schema(each: Input) -> Schema:
    words = {"description": f"{each.word}. {each.hint}".strip()}
    match each.kind:
        case "params":
            return {"type": "object", "additionalProperties": {"type": "string"}} | words
        case "flag":
            return {"type": "boolean", "default": False} | words
        case "number" if not each.words:
            return {"type": "integer", "minimum": each.least, "maximum": each.most} | words
        case "choice":
            return {"type": "string", "enum": [value for value, _ in each.words]} | words
    return {"type": "string"} | words


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused({name: "A text or a whole number was expected."})
    return str(value)


def _add_params(form: MultiDict[str, str], value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise Refused({"params": "An object with texts was expected."})
    for name, text in value.items():
        form.add("param_name", name)
        form.add("param_value", text)
