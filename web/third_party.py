"""The packages that this program is made of, with the licences that come with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import PurePosixPath

from web import static_files

#: this program, whose requirements are followed
OURS = "stellwerk"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    "`licence` as its author says it; `texts` are its files about the licence."

    name: str
    version: str
    licence: str
    texts: tuple[str, ...] = ()


@cache
def parts() -> tuple[Part, ...]:
    "All packages that are required and installed, also by those that are required, by name."
    known: dict[str, Part] = {}
    waiting = [OURS]
    while waiting:
        name = waiting.pop()
        found = _distribution(name)
        if found is None or _key(name) in known:
            continue
        known[_key(name)] = _part(found)
        waiting += [match[0] for each in found.requires or () if _needed(each) and (match := _NAME.match(each))]
    known.pop(OURS, None)
    return tuple(part for _, part in sorted(known.items()))


def document() -> Iterator[str]:
    "Names, versions and licences, and the texts of the licences."
    for part in (*parts(), *served()):
        yield f"{'=' * 78}\n{part.name} {part.version}\nLicence: {part.licence or 'see below'}\n"
        for text in part.texts:
            yield f"\n{text.rstrip()}\n"
        yield "\n"


def served() -> list[Part]:
    "What others wrote and browsers get."
    return [Part(each.name, each.version, each.licence, (each.text,)) for each in static_files.third_party()]


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _part(found: metadata.Distribution) -> Part:
    files = [file for file in found.files or () if _LICENCE_FILE.match(PurePosixPath(file).name)]
    texts = [file.read_text("utf-8") for file in files if file.suffix in ("", ".txt", ".md", ".rst")]
    return Part(found.metadata["Name"], found.version, licence(found), tuple(texts))


def licence(found: metadata.Distribution) -> str:
    "In a few words; empty when only the text says it."
    about = found.metadata
    said = next((about[word] for word in ("License-Expression", "License") if word in about), "")
    words = about.get_all("Classifier") or []
    classified = ", ".join(each.rpartition(" :: ")[2] for each in words if each.startswith("License"))
    return said if 0 < len(said) < 60 else classified


def _needed(requirement: str) -> bool:
    "Whether it is no part of an option."
    return "extra ==" not in requirement


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
