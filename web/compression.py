"""Answers travel compressed to browsers that take gzip.

The length of a compressed answer tells what it has in common with itself. Somebody who can make the reader's browser
ask for pages with words of his own, and sees how long the answers are, could so guess what else stands in them.
Therefore:

- what a foreign site made the browser ask for (`Sec-Fetch-Site`) travels as it is;
- tokens of forms look different in every answer (`web.forgery`);
- answers to forms, among them those with a new secret, and the pages of the door travel as they are.

Static files hold no secrets and are compressed once (`web.static_files`). Answers with an ETag are for programs, which
send it back with If-Match: they stay as they are, so that the tag holds for one form only.
"""

from __future__ import annotations

import zlib

from flask import Flask, Response, request

#: bytes below which an answer fits into one packet anyway
SMALLEST = 1200
#: fast: twice the time would save another tenth
LEVEL = 4
KINDS = frozenset({"text/html", "text/plain", "text/css", "text/csv", "text/calendar", "application/json",
                   "text/javascript", "image/svg+xml"})  # fmt: skip
#: blueprints whose pages are about secrets
_DOOR = frozenset({"auth", "oidc"})
_GZIP = 31


def packed(content: bytes, level: int = LEVEL) -> bytes:
    "The bytes as gzip; the same for the same bytes."
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(content) + packer.flush()


def accepts_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0


def install(app: Flask) -> None:
    "Before all others that look at answers: it shall be the last that does."

    @app.after_request
    def pack(response: Response) -> Response:
        if not _possible(response):
            return response
        response.vary.add("Accept-Encoding")
        if accepts_gzip() and not _asked_from_elsewhere():
            response.set_data(packed(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _possible(response: Response) -> bool:
    return (
        request.method == "GET"
        and request.blueprint not in _DOOR
        and response.mimetype in KINDS
        and not response.is_streamed
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and "ETag" not in response.headers
        and (response.content_length or 0) >= SMALLEST
    )


def _asked_from_elsewhere() -> bool:
    "Whether another site had the browser ask; browsers that do not tell have the masked tokens left."
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
