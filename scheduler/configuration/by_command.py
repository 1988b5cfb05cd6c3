"""Objects of the configuration that stand in a command: `<job>`, `<job_chain>`, `<lock>`, `<process_class>`,
`<schedule>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler import paths
from scheduler.configuration.modify_hot_folder import shortened
from scheduler.configuration.read import read_checked
from scheduler.configuration.reading import Include
from scheduler.copying import replace
from scheduler.definitions import Definition
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.attribute_types import YES_NO
from scheduler.xml.element import Element

#: what only the command means; the stored text of the object is without it
_OF_THE_COMMAND = ("replace", "spooler_id")


@dataclass(frozen=True, slots=True)
class Made:
    """An object of a command, in the root folder.

    `replaces` False: an object of this path stays as it is, or is supplemented. The source of the definition can be
    read again by itself, as if it were a file.
    """

    kind: ObjectKind
    path: str
    definition: Definition
    replaces: bool


def read_made(element: Element, environ: Mapping[str, str], include: Include) -> Made:
    """The object of a checked element; its tag says its kind.

    Raises MISSING_ATTRIBUTE and BAD_NAME for its name, and whatever reading it raises, with the place.
    """
    kind = ObjectKind(element.tag)
    path = path_of(element)
    definition = read_checked(kind, path, element, environ, include)
    definition = replace(definition, source=shortened(element, _OF_THE_COMMAND))
    return Made(kind, path, definition, replaces(element))


def path_of(element: Element) -> str:
    "Raises MISSING_ATTRIBUTE, BAD_NAME."
    name = element.get("name")
    if not name:
        raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute="name", element=element.tag)
    if "/" in name or name.startswith(".") or not name.isprintable():
        raise WorkloadError(Code.BAD_NAME, element.place, name=name)
    return paths.join("/", name)


def replaces(element: Element) -> bool:
    "Whether it may take the place of an object that exists; yes unless it says no."
    given = element.get("replace")
    return not given or YES_NO.read(given, "replace")
