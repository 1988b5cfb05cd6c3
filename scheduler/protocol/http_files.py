"""Which directory a static file comes from, and what type it has. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.definitions import HttpDirectory
from scheduler.protocol.http_limits import HttpRefusal

_TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "xml": "text/xml",
    "xsl": "text/xml",
    "xslt": "text/xml",
    "xsd": "text/xml",
    "js": "text/javascript",
    "css": "text/css",
    "ico": "image/x-ico",
    "png": "image/png",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Place:
    "A file below a directory (as configured): the names on the way to it."

    directory: str
    names: tuple[str, ...]


def place_of(segments: tuple[str, ...], directories: Iterable[HttpDirectory]) -> Place:
    "The directory with the longest fitting `url_path` counts, of equal ones the first. Raises HttpRefusal 404."
    best: tuple[int, Place] | None = None
    for directory in directories:
        prefix = tuple(part for part in directory.url_path.split("/") if part)
        names = segments[len(prefix) :]
        if segments[: len(prefix)] == prefix and names and (best is None or len(prefix) > best[0]):
            best = len(prefix), Place(directory.path, names)
    if best is None:
        raise HttpRefusal(404)
    return best[1]


def type_of(name: str) -> str:
    "The media type by the end of the name; empty when none is known."
    return _TYPES.get(name.rpartition(".")[2].lower(), "")
