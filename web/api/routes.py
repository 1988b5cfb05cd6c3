"""How a route of the interface is declared: once, for the router, the permission and the description.

    @get("/schedulers/<scheduler_id>/jobs", "Jobs", Listing[Job], "jobs.view", TEXT, OFFSET)
    def jobs(scheduler_id: str) -> Listing[Job]: ...

The view gives a dataclass (or a list of them); what it says becomes JSON with an ETag.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from flask_login import current_user

from models import read
from web import database, permissions
from web.api import problems
from web.api.schema import plain

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
problems.install(blueprint)

View = Callable[..., Any]
MOST = 1000


@dataclass(frozen=True, slots=True)
class Query:
    "An argument in the address. `words`: the values that are possible (empty: any)."

    name: str
    words: str
    kind: str = "string"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    "`answer` None: no content, or text when `text` is set. `body` is the type of the JSON that is sent."

    method: str
    path: str
    name: str
    words: str
    answer: Any
    permission: str | None
    query: tuple[Query, ...] = ()
    body: Any = None
    text: bool = False


ROUTES: list[Route] = []

TEXT = Query("text", "only those whose name or title holds this")
OFFSET = Query("offset", "how many to leave out from the beginning", "integer")
LIMIT = Query("limit", f"how many at most, up to {MOST}", "integer")
BEFORE = Query("before", "only those with a smaller number, for the next page", "integer")


def get(
    path: str, words: str, answer: Any, permission: str | None, *query: Query, text: bool = False
) -> Callable[[View], View]:
    return _route("GET", path, words, answer, permission, query, None, text)


def post(path: str, words: str, answer: Any, permission: str | None, body: Any) -> Callable[[View], View]:
    return _route("POST", path, words, answer, permission, (), body, False)


def put(path: str, words: str, answer: Any, permission: str | None, body: Any) -> Callable[[View], View]:
    return _route("PUT", path, words, answer, permission, (), body, False)


def delete(path: str, words: str, permission: str | None) -> Callable[[View], View]:
    return _route("DELETE", path, words, None, permission, (), None, False)


def _route(
    method: str,
    path: str,
    words: str,
    answer: Any,
    permission: str | None,
    query: tuple[Query, ...],
    body: Any,
    text: bool,
) -> Callable[[View], View]:
    def declare(view: View) -> View:
        ROUTES.append(Route(method, path, view.__name__, words, answer, permission, query, body, text))

        @wraps(view)
        def checked(**arguments: Any) -> Response:
            scheduler_id = arguments.get("scheduler_id")
            if scheduler_id is not None and scheduler_id not in read.scheduler_ids(database.read()):
                abort(404, "There is no such scheduler.")
            if permission is not None:
                permissions.need(permission)
            return as_json(view(**arguments))

        blueprint.add_url_rule(path, view.__name__, checked, methods=[method])
        return view

    return declare


def as_json(answer: Any, status: int = 200) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=204)
    body = json.dumps(plain(answer), ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(body, status, content_type="application/json")


@blueprint.before_request
def signed_in() -> Response | None:
    """A token, or for reading also the session of a browser; what changes something by a session needs its form token
    in the header X-CSRFToken."""
    if not current_user.is_authenticated:
        return problems.problem(401, "Send a token: Authorization: Bearer stw_…")
    if current_user.token is None and request.method not in ("GET", "HEAD", "OPTIONS"):
        current_app.extensions["csrf"].protect()
    return None


@blueprint.after_request
def with_tag(answer: Response) -> Response:
    "What has not changed is not sent again."
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.update(("Authorization", "Cookie"))
    if request.method in ("GET", "HEAD") and answer.status_code == 200 and not answer.is_streamed:
        answer.add_etag()
        answer.make_conditional(request)
    return answer


def number(name: str, default: int, most: int) -> int:
    "A whole number in the address. 400 when it is none."
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        abort(400, f"{name}: a whole number was expected.")
    return min(int(text), most)


def limit() -> int:
    return max(1, number("limit", 100, MOST))


def before() -> int | None:
    return number("before", 0, 2**62) or None


def choice(name: str, values: tuple[str, ...]) -> str:
    "One of the values, or empty. 400 for another one."
    text = request.args.get(name, "")
    if text and text not in values:
        abort(400, f"{name}: {', '.join(values)} are possible.")
    return text


def body() -> dict[str, Any]:
    "The JSON object that was sent; nothing counts as an empty one."
    if not request.get_data():
        return {}
    if not request.is_json:
        abort(415, "Content-Type: application/json was expected.")
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        abort(400, "A JSON object was expected.")
    return found
