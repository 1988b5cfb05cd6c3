"""The description of the interface (OpenAPI 3.1), made from the declarations of routes and verbs, and served."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import Any, get_args, get_origin

from flask import Response

from web.actions.deeds import MOST_KEY
from web.actions.verbs import VERBS, Verb
from web.api import administration, answers, deeds, notes, reading  # noqa: F401  they declare the routes
from web.api.routes import ROUTES, Route, as_json, blueprint
from web.api.schema import Schema, schema_of

_ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
_PROBLEM = {"$ref": "#/components/responses/Problem"}


@blueprint.get("/openapi.json", endpoint="openapi")
def openapi() -> Response:
    return as_json(document())


@cache
def document() -> dict[str, Any]:
    components: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(template(route.path), {})[route.method.lower()] = _of_route(route, components)
    for verb in (verb for verb in VERBS.values() if verb.kind in deeds.PATHS):
        path = template(deeds.PATHS[verb.kind].replace("<verb>", verb.name))
        paths.setdefault(path, {})["post"] = _of_verb(verb, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stellwerk", "version": version("stellwerk"), "description": " ".join(_ABOUT.split())},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())) | {"Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "stw_…"}},
            "responses": {
                "Problem": {
                    "description": "What is wrong.",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
        },
    }


_ABOUT = """What the pages of the control plane show and do, for programs. Lists are told in parts: `next` is the
address of the following one. An order id or a node in an address writes `/` and `~` as `~2F` and `~7E`. Answers to GET
carry an ETag. Every action takes the header Idempotency-Key."""

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The tag under which the object was read: nothing is done when it has changed since.",
}
_PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; that of the engine when the engine refused."},
        "instance": {"type": "string"},
        "operation": {"type": "string", "description": "The operation that was refused."},
        "faults": {"type": "object", "additionalProperties": {"type": "string"}},
        "permission": {"type": "string", "description": "The permission that is missing."},
    },
    "required": ["type", "title", "status", "detail", "code"],
}


def template(path: str) -> str:
    return _ARGUMENT.sub(lambda found: "{" + found[2] + "}", path)


def _of_route(route: Route, components: dict[str, Schema]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.words,
        "tags": [_tag(route.path)],
        "parameters": [*_arguments(route.path), *_query(route)],
        "responses": _responses(route, components),
    }
    if route.permission:
        found["description"] = f"Needs the permission `{route.permission}`."
    if route.body is not None:
        schema = schema_of(route.body, components)
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _of_verb(verb: Verb, components: dict[str, Schema]) -> dict[str, Any]:
    answer = {"content": {"application/json": {"schema": schema_of(answers.Operation, components)}}}
    body = deeds.body_schema(verb)
    path = deeds.PATHS[verb.kind].replace("<verb>", verb.name)
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": MOST_KEY},
        "description": "The same key a second time gives the first result.",
    }
    headers, changed = [key], {}
    if verb.kind in deeds.READING:
        headers.append(_IF_MATCH)
        changed = {"412": _PROBLEM}
    return {
        "operationId": f"{verb.kind}_{verb.name}".replace("-", "_"),
        "summary": verb.word,
        "description": f"{verb.effect} {verb.not_done}".strip() + f" Needs the permission `{verb.permission}`.",
        "tags": [f"{verb.kind} actions"],
        "parameters": [*_arguments(path), *headers],
        "requestBody": {"required": bool(body["required"]), "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Done."} | answer,
            "202": {"description": "Waits for a member or a second person, or had no answer in time."} | answer,
            "409": _PROBLEM,
            **changed,
            "422": _PROBLEM,
            "default": _PROBLEM,
        },
    }


def _responses(route: Route, components: dict[str, Schema]) -> dict[str, Any]:
    if route.text:
        done = {"200": {"description": "The text.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
    elif route.answer is None:
        done = {"204": {"description": "Done."}}
    else:
        schema = _answer_schema(route.answer, components)
        done = {"200": {"description": route.words, "content": {"application/json": {"schema": schema}}}}
    return done | {"default": _PROBLEM}


def _answer_schema(answer: Any, components: dict[str, Schema]) -> Schema:
    if get_origin(answer) is not reading.Listing:
        return schema_of(answer, components)
    items = schema_of(get_args(answer)[0], components)
    properties = {
        "items": {"type": "array", "items": items},
        "total": {"type": ["integer", "null"]},
        "next": {"type": ["string", "null"]},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _arguments(path: str) -> list[dict[str, Any]]:
    kinds = {"int": "integer"}
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": kinds.get(kind, "string")}}
        for kind, name in _ARGUMENT.findall(path)
    ]


def _query(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "in": "query",
            "description": each.words,
            "schema": {"type": each.kind} | ({"enum": list(each.values)} if each.values else {}),
        }
        for each in route.query
    ]


def _tag(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("<")]
    return parts[1] if parts[0] == "schedulers" and len(parts) > 1 else parts[0]
