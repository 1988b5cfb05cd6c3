"Something that happened to an object, or that it is well again."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.monitor.events import Event


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`object` is the path (orders: chain path, comma, id; members: the id). `about` tells occurrences of one object
    and event apart: a text that rises with time. `good`: it is well again. `silent_for`: seconds without a sign of
    life."""

    event: Event
    object: str
    about: str
    at: datetime
    text: str = ""
    good: bool = False
    silent_for: float = 0.0

    @property
    def object_key(self) -> str:
        chain, comma, order_id = self.object.partition(",")
        return f"{chain.lower()}{comma}{order_id}"
