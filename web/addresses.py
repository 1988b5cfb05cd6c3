"""Object paths, order ids and node states in URLs; addresses that were built before are not built again.

Object paths keep their slashes. Order ids and states may hold anything (file orders carry a file name),
so what could be taken for a separator is written as `~` and two hexadecimal digits.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, has_request_context, request
from werkzeug.routing import BaseConverter, ValidationError

_ESCAPE = re.compile(r"[/~]")
_ESCAPED = re.compile(r"~([0-9A-Fa-f]{2})")
#: kinds of arguments of which equal ones make equal addresses
_SIMPLE = frozenset({str, int, type(None)})


class ObjectPathConverter(BaseConverter):
    "`/folder/name` <-> `folder/name`. A segment that is a lone `-` belongs to the URL, not to the path."

    regex = r"[^/].*?"
    part_isolating = False

    def to_python(self, value: str) -> str:
        if any(segment in ("", "-", ".", "..") for segment in value.split("/")):
            raise ValidationError
        return "/" + value

    def to_url(self, value: str) -> str:
        return super().to_url(value.lstrip("/")).replace("%2F", "/")


class TokenConverter(BaseConverter):
    "An order id or a node state as one segment."

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)

    def to_url(self, value: str) -> str:
        if value in ("-", ".", ".."):
            return "".join(f"~{ord(letter):02X}" for letter in value)
        return super().to_url(_ESCAPE.sub(lambda match: f"~{ord(match[0]):02X}", value))


class RememberedAddresses(Flask):
    """A list names some hundred addresses, and every refresh names the same again: they are kept.

    An address depends on the endpoint, its arguments and the place where the application is mounted.
    """

    #: beyond this many, all are forgotten
    MOST = 20_000

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._built: dict[object, str] = {}

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        "As that of Flask."
        usual = _method is None and _scheme is None and _external is None and endpoint[0] != "."
        if not usual or not _SIMPLE.issuperset(map(type, values.values())) or not has_request_context():
            return super().url_for(
                endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
            )
        key = request.script_root, endpoint, _anchor, *values.items()
        known = self._built.get(key)
        if known is None:
            if len(self._built) >= self.MOST:
                self._built = {}
            known = self._built[key] = super().url_for(endpoint, _anchor=_anchor, **values)
        return known


def install(app: Flask) -> None:
    app.url_map.converters["object"] = ObjectPathConverter
    app.url_map.converters["token"] = TokenConverter
    # a doubled slash is a mistake, not another spelling
    app.url_map.merge_slashes = False
