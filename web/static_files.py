"""Static files: their address carries a hash of the content, so browsers may keep them for ever.

They are read and compressed once, and served from memory. `integrity(name)` gives the recorded checksum of a vendored
script for its script tag.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from web.compression import accepts_gzip, packed

DIRECTORY = Path(__file__).parent / "static"
A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    "`packed` is its gzip form; None when that is not shorter. `version`: the first 12 digits of its SHA-256."

    kind: str
    content: bytes
    packed: bytes | None
    version: str


@cache
def files() -> dict[str, File]:
    "All of them, by their name below the static directory."
    found = (file for file in DIRECTORY.rglob("*") if file.is_file())
    return {str(file.relative_to(DIRECTORY)): _file(file) for file in found}


def _file(file: Path) -> File:
    content = file.read_bytes()
    shorter = packed(content, 9)
    kind = mimetypes.guess_type(file.name)[0] or "text/plain"
    digest = hashlib.sha256(content).hexdigest()[:12]
    return File(kind, content, shorter if len(shorter) < len(content) else None, digest)


def version(name: str) -> str:
    "That of the file; empty when there is no such file."
    file = files().get(name)
    return file.version if file else ""


def checksum(file: Path) -> str:
    "The SHA-384 of a file in the form of the `integrity` attribute."
    return "sha384-" + base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()


@cache
def vendored() -> dict[str, str]:
    "File name (below the static directory) -> recorded checksum."
    record = tomllib.loads((DIRECTORY / "vendor" / "VENDORED.toml").read_text())
    return {f"vendor/{file['path']}": file["integrity"] for package in record["package"] for file in package["file"]}


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str
    #: its text
    text: str


def third_party() -> list[Package]:
    "What others wrote and browsers get."
    record = tomllib.loads((DIRECTORY / "vendor" / "VENDORED.toml").read_text())
    return [
        Package(
            each["name"], each["version"], each["licence"],
            (DIRECTORY / "vendor" / each["licence_file"]).read_text("utf-8"),
        )
        for each in record["package"]
    ]  # fmt: skip


def serve(filename: str) -> Response:
    "The file in the form that the browser takes. Each form has a tag of its own."
    file = files().get(filename)
    if file is None:
        abort(404)
    short = file.packed is not None and accepts_gzip()
    answer = Response(file.packed if short else file.content, mimetype=file.kind)
    answer.set_etag(f"{file.version}-gzip" if short else file.version)
    if short:
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = A_YEAR if request.args.get("v") == file.version else "no-cache"
    answer.make_conditional(request)
    return answer


def install(app: Flask) -> None:
    "Their addresses, with hashes."
    app.add_url_rule("/static/<path:filename>", "static", serve)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", version(values["filename"]) or None)

    app.jinja_env.globals["integrity"] = lambda name: vendored()[name]
