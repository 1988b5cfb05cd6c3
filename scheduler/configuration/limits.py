"""`<limits>` of the start-up file: what a client may ask of the command port. No element of the classic engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scheduler.errors import Code, WorkloadError
from scheduler.protocol.http_limits import HttpLimits
from scheduler.protocol.limits import Limits
from scheduler.xml.attribute_types import SECONDS, AttributeType, integer
from scheduler.xml.declaration import Attribute, Declaration, values
from scheduler.xml.element import Element

_COUNT = integer(1, 1_000_000)
_BYTES = integer(4096, 1 << 30)

#: field of `Limits` -> type and meaning
_OF_PORT: dict[str, tuple[AttributeType, str]] = {
    "connections": (_COUNT, "open connections"),
    "connections_per_host": (_COUNT, "of one address"),
    "yielding_seconds": (SECONDS, "when there are too many, one that is idle for so long gives way"),
    "document_bytes": (_BYTES, "of one document"),
    "document_depth": (integer(2, 1000), "elements in each other"),
    "document_nodes": (integer(100, 10_000_000), "elements and attributes"),
    "unfinished_bytes": (_BYTES, "memory of all unfinished documents together"),
    "idle_seconds": (SECONDS, "without a byte between documents"),
    "unfinished_seconds": (SECONDS, "without a byte in the middle of a document"),
    "document_seconds": (SECONDS, "from the first to the last byte of a document"),
    "answer_seconds": (SECONDS, "while the client takes nothing of its answer"),
    "handshake_seconds": (SECONDS, "until the keys of a TLS connection are agreed upon"),
    "datagrams": (_COUNT, "executed at the same time; further ones are dropped"),
    "log_lines": (integer(0, 1_000_000), "of one address in a minute; further ones are counted"),
}
#: attribute -> field of `HttpLimits`, type, meaning
_OF_HTTP: dict[str, tuple[str, AttributeType, str]] = {
    "http_head_bytes": ("head_bytes", _BYTES, "first line and headers of a request"),
    "http_body_bytes": ("body_bytes", _BYTES, "body of a request"),
    "http_head_seconds": ("head_seconds", SECONDS, "from the first to the last byte of a head"),
    "http_body_seconds": ("body_seconds", SECONDS, "from the first to the last byte of a body"),
    "http_idle_seconds": ("idle_seconds", SECONDS, "between two requests"),
    "http_answer_seconds": ("write_seconds", SECONDS, "while the client takes nothing of its answer"),
    "http_streams": ("streams", _COUNT, "answers that grow with a log, of all clients"),
}
_USUAL = Limits()


def _attribute(name: str, type: AttributeType, usual: float, doc: str) -> Attribute:
    shown = f"{usual:g}" if isinstance(usual, float) else str(usual)
    return Attribute(name, type, doc=f"{doc}; default {shown}", better="ours")


def _attributes() -> tuple[Attribute, ...]:
    of_port = (_attribute(name, type, getattr(_USUAL, name), doc) for name, (type, doc) in _OF_PORT.items())
    of_http = (
        _attribute(name, type, getattr(_USUAL.http, field), doc) for name, (field, type, doc) in _OF_HTTP.items()
    )
    return (*of_port, *of_http)


LIMITS = Declaration("limits", _attributes(), better="ours", doc="of the command port")


def read_limits(element: Element | None) -> Limits:
    "What is not given is as usual. Raises BAD_VALUE for a time of nothing, with which nobody could be served."
    if element is None:
        return _USUAL
    given: dict[str, Any] = {name: value for name, value in values(element, LIMITS).items() if value is not None}
    for name, value in given.items():
        if value == 0 and name.endswith("_seconds"):
            wrong = {"attribute": name, "value": element.get(name), "expected": "more than 0 seconds"}
            raise WorkloadError(Code.BAD_VALUE, element.place, **wrong)
    limits = replace(_USUAL, **{name: value for name, value in given.items() if name in _OF_PORT})
    http: HttpLimits = replace(
        _USUAL.http,
        depth=limits.document_depth,
        nodes=limits.document_nodes,
        **{_OF_HTTP[name][0]: value for name, value in given.items() if name in _OF_HTTP},
    )
    return replace(limits, http=http)
