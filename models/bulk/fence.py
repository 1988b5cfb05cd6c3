"What a batch must prove before it may write, and texts that a database would refuse."

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.errors import FenceError


@dataclass(frozen=True, slots=True)
class Fence:
    "The lease as the writer took it: `token` is the writer's own, `epoch` rises with each of its connections."

    scheduler_id: str
    token: str
    epoch: int

    @property
    def broken(self) -> FenceError:
        return FenceError(f"The right to write for scheduler {self.scheduler_id!r} has gone to somebody else")


def clean(value: Any) -> Any:
    """The value without what no database stores in a text: NUL, and halves of surrogate pairs.

    Output of programs and names of files may hold both; they become the replacement character.
    """
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
