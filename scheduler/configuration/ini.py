"""Files of sections, keys and values, as lines with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.errors import Code, Place, WorkloadError


@dataclass(frozen=True, slots=True)
class Entry:
    "`section` is as written, `key` in small letters; a key without `=` has an empty value."

    section: str
    key: str
    value: str
    place: Place


def read_ini(text: str, source: str = "") -> Iterator[Entry]:
    """The entries in the sequence of the file; a key may come twice.

    A comment begins with `;` or `#` at the beginning of a line, or with a blank and `;`. Blanks at the beginning of a
    line mean nothing. Raises MALFORMED with a place.
    """
    section: str | None = None
    for number, written in enumerate(text.split("\n"), 1):
        line = _without_comment(written.strip())
        place = Place(number, 1, source)
        if not line:
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise WorkloadError(Code.MALFORMED, place, problem="] was expected")
            section = line[1:-1].strip()
            continue
        if section is None:
            raise WorkloadError(Code.MALFORMED, place, problem="a section such as [spooler] was expected")
        key, _, value = line.partition("=")
        if not key.strip():
            raise WorkloadError(Code.MALFORMED, place, problem="key = value was expected")
        yield Entry(section, key.strip().lower(), value.strip(), place)


def _without_comment(line: str) -> str:
    if line.startswith((";", "#")):
        return ""
    for position, character in enumerate(line):
        if character == ";" and line[position - 1].isspace():
            return line[:position].rstrip()
    return line
