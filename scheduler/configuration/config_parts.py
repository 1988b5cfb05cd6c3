"""Which `<config>` elements make up a configuration: those for this scheduler id, and those of their `<base>` files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scheduler.configuration.config import BASE, CONFIG, SPOOLER
from scheduler.configuration.reading import Include, IncludeRequest
from scheduler.errors import Code, WorkloadError
from scheduler.xml.declaration import check, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element

MAX_NESTING = 10


@dataclass(frozen=True, slots=True)
class Part:
    "A checked `<config>`, its attributes, and the base file that it stands in (empty: the start-up file)."

    config: Element
    given: dict[str, Any]
    file: str = ""

    def children(self, holder: str) -> list[Element]:
        "The children of the child `holder`."
        element = self.config.child(holder)
        return element.children if element else []


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts, the most important first: what it says goes before what the others say, and they supplement it.

    A part goes before its base files, and before the `<config>` elements that follow it.
    """

    parts: list[Part] = field(default_factory=list)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def backwards(self) -> Iterator[Part]:
        "The most important last: the sequence in which they would be executed."
        return reversed(self.parts)

    def value(self, name: str) -> Any:
        "The attribute as the first part that gives it says, else its default."
        return next((part.given[name] for part in self if part.config.get(name)), self.parts[0].given[name])

    def child(self, tag: str) -> Element | None:
        return next((found for part in self if (found := part.config.child(tag)) is not None), None)


def is_meant(spooler_id: str, scheduler_id: str) -> bool:
    "Whether something for `spooler_id` is for this scheduler; empty means any."
    return not spooler_id or not scheduler_id or spooler_id == scheduler_id


def find_parts(root: Element, scheduler_id: str, include: Include, source: str) -> Parts:
    """The parts of a start-up file, all of them checked.

    Raises NO_CONFIGURATION when no `<config>` of the file is meant, INCLUDE_FAILED, JAVA_IN_BASE.
    """
    check(root, SPOOLER, source or "the file")
    found = Parts()
    for config in root.children:
        if is_meant(config.get("spooler_id"), scheduler_id):
            _add(found, config, "", scheduler_id, include, MAX_NESTING)
            scheduler_id = scheduler_id or config.get("spooler_id")
    if not found.parts:
        raise WorkloadError(Code.NO_CONFIGURATION, root.place, id=scheduler_id)
    return found


def _add(found: Parts, config: Element, file: str, scheduler_id: str, include: Include, nesting: int) -> None:
    check(config, CONFIG, "spooler")
    part = Part(config, values(config, CONFIG), file)
    if file:
        for name in ("java_options", "java_class_path"):
            if config.get(name):
                raise WorkloadError(Code.JAVA_IN_BASE, config.place, attribute=name)
    found.parts.append(part)
    for base in config.each(BASE.tag):
        _add_base(found, base, file, scheduler_id, include, nesting)


def _add_base(found: Parts, base: Element, file: str, scheduler_id: str, include: Include, nesting: int) -> None:
    name = posixpath.normpath(posixpath.join(posixpath.dirname(file), values(base, BASE)["file"]))
    if nesting == 0:
        problem = "too many files include each other"
        raise WorkloadError(Code.INCLUDE_FAILED, base.place, file=name, problem=problem)
    try:
        data = include(IncludeRequest(config_file=name))
    except OSError as error:
        problem = error.strerror or str(error)
        raise WorkloadError(Code.INCLUDE_FAILED, base.place, file=name, problem=problem) from error
    except WorkloadError as refusal:
        raise refusal.at(base.place) from None
    root = parse(data, source=name)
    check(root, SPOOLER, name)
    for config in root.children:
        if is_meant(config.get("spooler_id"), scheduler_id):
            _add(found, config, name, scheduler_id, include, nesting - 1)
