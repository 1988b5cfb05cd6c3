"""`<modify_hot_folder>`: objects in the command become files of the hot folder, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scheduler.actions import WriteFiles
from scheduler.commands.declare import Child, attribute, command
from scheduler.configuration.modify_hot_folder import TAGS, files_to_write
from scheduler.configuration.reading import Reading
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import PATH
from scheduler.xml.declaration import Declaration
from scheduler.xml.element import Element


def _elements(element: Element, reading: Reading) -> tuple[Element, ...]:
    if not element.children:
        expected = " or ".join(f"<{tag}>" for tag in TAGS)
        raise WorkloadError(Code.MISSING_ELEMENT, element.place, element=element.tag, expected=expected)
    return tuple(element.children)


_OBJECTS = Child(
    tuple(Declaration(tag, open=True, doc="as in its file, with its name") for tag in TAGS),
    _elements,
    repeats=True,
)


@command("modify_hot_folder", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ModifyHotFolder:
    "Everything is checked before anything is written. The folder is looked at afterwards."

    folder: str = attribute(PATH, "/")
    objects: tuple[Element, ...] = field(default=(), kw_only=True, metadata={"child": _OBJECTS})

    def decide(self, world: World, now: datetime) -> Decision:
        lent = world.surroundings
        files = files_to_write(self.objects, self.folder, lent.environ, lent.include)
        return Decision(actions=[WriteFiles(tuple((file.file, file.data) for file in files))], reply="<ok/>")
