"""How a command is declared: `@command` above a dataclass whose fields are its attributes.

    @command("remove_order", Level.NO_ADD)
    @dataclass(frozen=True, slots=True)
    class RemoveOrder:
        job_chain: str = attribute(PATH)
        order: str = attribute(TEXT)

        def decide(self, world: World, now: datetime) -> Decision: ...

Parsing, refusal of what is unknown or missing, and the reference of commands come from this declaration.

A command that is an object of the configuration (`<job>`, `<lock>` …) names the declaration of that element instead,
and is given the checked element:

    @command("lock", Level.ALL, content=LOCK)
    @dataclass(frozen=True, slots=True)
    class DefineLock:
        element: Element
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from xml.sax.saxutils import quoteattr

from scheduler.configuration.order import XML_PAYLOAD, read_xml_payload
from scheduler.configuration.params import ENVIRONMENT, PARAM, PARAMS, read_environment, read_params
from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.configuration.run_time import RUN_TIME, read_run_time
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE
from scheduler.protocol.levels import Level
from scheduler.run_time.model import RunTime
from scheduler.xml import fields
from scheduler.xml.attribute_types import AttributeType
from scheduler.xml.declaration import Children, Declaration, any_number, check, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

_REQUIRED: Any = object()
_CHILD = "child"
C = TypeVar("C", bound=type)

PAYLOAD = Declaration("payload", children=(any_number(PARAMS),))


@dataclass(frozen=True, slots=True)
class Child:
    """A child element of a command: how it is declared, and how the field's value is read from the command's element.

    Without `repeats` it may stand there only once.
    """

    declarations: tuple[Declaration, ...]
    read: Callable[[Element, Reading], Any]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class CommandDeclaration:
    """A command as data: its tags (the first is its name), the level that it needs, and its element.

    `alone`: it has no immediate answer, so it cannot stand in `<commands>`. `working`: it is refused while the engine
    is not at work. `whole`: its class is given the checked element instead of values.
    """

    tags: tuple[str, ...]
    level: Level
    cls: type[Any]
    element: Declaration
    children: Mapping[str, Child]
    alone: bool = False
    working: bool = False
    whole: bool = False

    def decode(self, element: Element, environ: Mapping[str, str], include: Include = nothing_included) -> Any:
        "An instance of the command. Raises WorkloadError with the place of what is wrong."
        declared = self.element if element.tag == self.element.tag else dataclasses.replace(
            self.element, tag=element.tag
        )  # fmt: skip
        check(element, declared)
        if self.whole:
            return self.cls(element)
        given = values(element, declared)
        if self.children:
            reading = Reading("/", environ, include)
            for name, child in self.children.items():
                _check_once(element, child)
                given[name] = child.read(element, reading)
        return self.cls(**given)


def _check_once(element: Element, child: Child) -> None:
    "Raises UNEXPECTED_ELEMENT: of two, one would be passed over in silence."
    for declaration in () if child.repeats else child.declarations:
        again = list(element.each(declaration.tag))[1:2]
        if again:
            raise WorkloadError(
                Code.UNEXPECTED_ELEMENT, again[0].place, element=declaration.tag, parent=element.tag,
                expected=f"a single <{declaration.tag}>",
            )  # fmt: skip


#: every command by each of its tags
COMMANDS: dict[str, CommandDeclaration] = {}


def command(
    name: str,
    level: Level,
    *synonyms: str,
    alone: bool = False,
    working: bool | None = None,
    content: Declaration | None = None,
) -> Callable[[C], C]:
    """Registers a dataclass as the command `name`; see `CommandDeclaration` for `alone` and `working`.

    `working` None: as if the command needs more than the level `info`. `content`: what the element holds.
    """

    def register(cls: C) -> C:
        children = {f.name: f.metadata[_CHILD] for f in dataclasses.fields(cls) if _CHILD in f.metadata}
        declarations = tuple(d for child in children.values() for d in child.declarations)
        places: tuple[Children, ...] = (any_number(*declarations),) if declarations else ()
        element = content or Declaration(name, fields.attributes_of(cls), places, doc=cls.__doc__ or "")
        needs_work = level > Level.INFO if working is None else working
        declaration = CommandDeclaration(
            (name, *synonyms), level, cls, element, children, alone, needs_work, content is not None
        )
        for tag in declaration.tags:
            COMMANDS[tag] = declaration
        return cls

    return register


def attribute(type: AttributeType, default: Any = _REQUIRED, *, name: str = "") -> Any:
    "A field that is an attribute; without default it is required. `name` where it differs from that of the field."
    required = default is _REQUIRED
    return fields.attribute(type, required=required, default=None if required else default, name=name)


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


def run_time() -> Any:
    "A field that is `<run_time>`: a `RunTime` with its source text, or None. Paths are relative to the root."

    def read(element: Element, reading: Reading) -> Any:
        found = element.child("run_time")
        return _with_source(found, read_run_time(found, reading)) if found is not None else None

    return dataclasses.field(default=None, kw_only=True, metadata={_CHILD: Child((RUN_TIME,), read)})


def _with_source(element: Element, run_time: RunTime) -> tuple[RunTime, str]:
    "The text names the schedule by its whole path, so that it means the same wherever it is read again."
    source = source_of(element)
    if run_time.schedule:
        source = _SCHEDULE.sub(f"schedule={quoteattr(run_time.schedule)}".replace("\\", r"\\"), source, count=1)
    return run_time, source


_SCHEDULE = re.compile(r"""(?<=\s)schedule\s*=\s*("[^"]*"|'[^']*')""")


def xml_payload() -> Any:
    "A field that is the source text of the one element in `<xml_payload>`, or None."

    def read(element: Element, reading: Reading) -> Any:
        found = element.child("xml_payload")
        return read_xml_payload(found) if found is not None else None

    return dataclasses.field(default=None, kw_only=True, metadata={_CHILD: Child((XML_PAYLOAD,), read)})


def param_list() -> Any:
    "A field that holds the `<param>` elements of the command itself. `$NAME` stays as it is."

    def read(element: Element, reading: Reading) -> Any:
        return read_params(element, reading, substitute=False)

    return dataclasses.field(default=NONE, kw_only=True, metadata={_CHILD: Child((PARAM,), read, repeats=True)})


def environment() -> Any:
    "A field that is `<environment>`."

    def read(element: Element, reading: Reading) -> Any:
        return read_environment(element.child("environment"))

    return dataclasses.field(default=(), kw_only=True, metadata={_CHILD: Child((ENVIRONMENT,), read)})
