"""`<file.remove>`: a file of the hot folder is deleted, whatever it defines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.actions import RemoveFile
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files.by_command import remove
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind, file_key
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, choice


@command("file.remove", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class FileRemove:
    """As if somebody had deleted it in the folder: its object goes when it is idle, a faulty file at once. An object
    that a command has made is removed without a file. Unlike the commands that remove one kind of object, it knows
    every kind, and whoever asked is told when the file stays."""

    kind: str = attribute(choice(*ObjectKind))
    path: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        kind, path = ObjectKind(self.kind), paths.absolute(self.path)
        file = world.files.get(file_key(kind, path))
        if file is None:
            raise WorkloadError(Code.UNKNOWN_OBJECT, kind=kind.value, path=path)
        if not file.file:
            return remove(world, kind, path, now)
        return Decision(actions=[RemoveFile(file.file)], reply="<ok/>")
