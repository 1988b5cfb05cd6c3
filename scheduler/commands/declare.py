"""How a command is declared: `@command` above a dataclass whose fields are its attributes.

    @command("remove_order", Level.NO_ADD)
    @dataclass(frozen=True, slots=True)
    class RemoveOrder:
        job_chain: str = attribute(PATH)
        order: str = attribute(TEXT)

        def decide(self, world: World, now: datetime) -> Decision: ...

Parsing, refusal of what is unknown or missing, and the reference of commands come from this declaration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from scheduler.configuration.params import ENVIRONMENT, PARAMS, read_environment, read_params
from scheduler.configuration.reading import Reading
from scheduler.params import NONE
from scheduler.protocol.levels import Level
from scheduler.xml import fields
from scheduler.xml.attribute_types import AttributeType
from scheduler.xml.declaration import Children, Declaration, any_number, check, values
from scheduler.xml.element import Element

_REQUIRED: Any = object()
_CHILD = "child"
C = TypeVar("C", bound=type)

PAYLOAD = Declaration("payload", children=(any_number(PARAMS),))


@dataclass(frozen=True, slots=True)
class Child:
    "A child element of a command: how it is declared, and how the field's value is read from the command's element."

    declarations: tuple[Declaration, ...]
    read: Callable[[Element, Reading], Any]


@dataclass(frozen=True, slots=True)
class CommandDeclaration:
    "A command as data: its tags (the first is its name), the level that it needs, and its element."

    tags: tuple[str, ...]
    level: Level
    cls: type[Any]
    element: Declaration
    children: Mapping[str, Child]

    def decode(self, element: Element, environ: Mapping[str, str]) -> Any:
        "An instance of the command. Raises WorkloadError with the place of what is wrong."
        declared = self.element if element.tag == self.element.tag else dataclasses.replace(
            self.element, tag=element.tag
        )  # fmt: skip
        check(element, declared)
        given = values(element, declared)
        if self.children:
            reading = Reading("/", environ)
            for name, child in self.children.items():
                given[name] = child.read(element, reading)
        return self.cls(**given)


#: every command by each of its tags
COMMANDS: dict[str, CommandDeclaration] = {}


def command(name: str, level: Level, *synonyms: str) -> Callable[[C], C]:
    "Registers a dataclass as the command `name`."

    def register(cls: C) -> C:
        children = {f.name: f.metadata[_CHILD] for f in dataclasses.fields(cls) if _CHILD in f.metadata}
        declarations = tuple(d for child in children.values() for d in child.declarations)
        places: tuple[Children, ...] = (any_number(*declarations),) if declarations else ()
        element = Declaration(name, fields.attributes_of(cls), places, doc=cls.__doc__ or "")
        declaration = CommandDeclaration((name, *synonyms), level, cls, element, children)
        for tag in declaration.tags:
            COMMANDS[tag] = declaration
        return cls

    return register


def attribute(type: AttributeType, default: Any = _REQUIRED) -> Any:
    "A field that is an attribute; without default it is required."
    required = default is _REQUIRED
    return fields.attribute(type, required=required, default=None if required else default)


def params(*, payload: bool = False, substitute: bool = True) -> Any:
    """A field that is `<params>` (with `payload`: also inside `<payload>`).

    `$NAME` in values is replaced from the engine's environment unless `substitute` is False.
    """

    def read(element: Element, reading: Reading) -> Any:
        found = element.child("params")
        wrapped = element.child("payload") if payload else None
        if found is None and wrapped is not None:
            found = wrapped.child("params")
        return read_params(found, reading, substitute=substitute)

    declarations = (PARAMS, PAYLOAD) if payload else (PARAMS,)
    return dataclasses.field(default=NONE, kw_only=True, metadata={_CHILD: Child(declarations, read)})


def environment() -> Any:
    "A field that is `<environment>`."

    def read(element: Element, reading: Reading) -> Any:
        return read_environment(element.child("environment"))

    return dataclasses.field(default=(), kw_only=True, metadata={_CHILD: Child((ENVIRONMENT,), read)})
