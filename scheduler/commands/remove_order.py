"""`<remove_order>`: an order leaves its chain; the file of a permanent one is deleted, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.actions import RemoveFile
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_order
from scheduler.decision import Decision
from scheduler.messages import FileDeleted
from scheduler.order.modify import removed
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind, OrderOrigin, file_key
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT


@command("remove_order", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RemoveOrder:
    "An order that is in a task finishes its step and goes then; one whose file cannot be deleted stays."

    job_chain: str = attribute(PATH)
    order: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        order = find_order(world, self.job_chain, self.order)
        if order.origin is OrderOrigin.PERMANENT:
            key = file_key(ObjectKind.ORDER, f"{order.home},{order.id}")
            file = world.files.get(key)
            if file is not None and file.file:
                deleted = FileDeleted(ObjectKind.ORDER, key.path)
                return Decision(actions=[RemoveFile(file.file, deleted)], reply="<ok/>")
        return Decision([removed(order, now)], reply="<ok/>")
