"""Object paths, order ids and node states in URLs.

Object paths keep their slashes. Order ids and states may hold anything (file orders carry a file name),
so what could be taken for a separator is written as `~` and two hexadecimal digits.
"""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

_ESCAPE = re.compile(r"[/~]")
_ESCAPED = re.compile(r"~([0-9A-Fa-f]{2})")


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


def install(app: Flask) -> None:
    app.url_map.converters["object"] = ObjectPathConverter
    app.url_map.converters["token"] = TokenConverter
    # a doubled slash is a mistake, not another spelling
    app.url_map.merge_slashes = False
