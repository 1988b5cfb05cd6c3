"""Static files: their address carries a hash of the content, so browsers may keep them for ever.

`integrity(name)` gives the recorded checksum of a vendored script for its script tag.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

DIRECTORY = Path(__file__).parent / "static"
A_YEAR = "public, max-age=31536000, immutable"


@cache
def version(name: str) -> str:
    "The first 12 digits of the file's SHA-256; empty when there is no such file."
    file = DIRECTORY / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else ""


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


def third_party() -> list[Package]:
    "What others wrote and browsers get."
    record = tomllib.loads((DIRECTORY / "vendor" / "VENDORED.toml").read_text())
    return [Package(each["name"], each["version"], each["licence"]) for each in record["package"]]


def install(app: Flask) -> None:
    "Hashes in addresses, long life for files that were asked for by their current hash."

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", version(values["filename"]) or None)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            name = (request.view_args or {}).get("filename", "")
            current = request.args.get("v") == version(name)
            response.headers["Cache-Control"] = A_YEAR if current else "no-cache"
        return response

    app.jinja_env.globals["integrity"] = lambda name: vendored()[name]
