"Errors as `application/problem+json`: status, title, a sentence, a stable code, and faults by field."

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from models.errors import StoreError
from web import database
from web.permissions import Forbidden
from web.refusal import Refused

log = logging.getLogger(__name__)

TYPE = "application/problem+json"
#: codes of what is wrong before anything was asked of an engine
CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "changed_meanwhile",
    413: "too_large",
    415: "no_json",
    422: "faults",
    503: "database_away",
}


def problem(
    status: int,
    detail: str = "",
    *,
    code: str = "",
    title: str = "",
    faults: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    "The answer; `more` are further members."
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title or CODES.get(status, "error").replace("_", " "),
        "status": status,
        "detail": detail,
        "code": code or CODES.get(status, "error"),
        "instance": request.path,
    }
    if faults:
        body["faults"] = dict(faults)
    answer = Response(json.dumps(body | more, ensure_ascii=False) + "\n", status, content_type=TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="stellwerk"'
    return answer


def of_exception(error: HTTPException) -> Response:
    if isinstance(error, Forbidden):
        return problem(403, error.description or "", permission=error.permission)
    answer = problem(error.code or 500, error.description or "")
    answer.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return answer


def install(blueprint: Blueprint) -> None:
    "Everything that goes wrong in the blueprint is told as a problem."

    @blueprint.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return of_exception(error)

    @blueprint.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problem(422, "; ".join(error.faults.values()), faults=error.faults)

    @blueprint.errorhandler(StoreError)
    def store(error: StoreError) -> Response:
        database.forget_reads()
        log.warning("the database cannot be used: %s", error)
        answer = problem(503, "The database does not answer.")
        answer.headers["Retry-After"] = "5"
        return answer

    @blueprint.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        number = secrets.token_hex(4)
        log.exception("error %s at %s %s", number, request.method, request.path)
        return problem(500, f"It is in the log of the web process under error {number}.", code="internal")
