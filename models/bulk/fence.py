"What a batch must prove before it may write, and texts that a database would refuse."

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fence:
    "Holder and epoch of the lease that the writer took."

    scheduler_id: str
    holder: str
    epoch: int


def clean(value: Any) -> Any:
    """The value without what no database stores in a text: NUL, and halves of surrogate pairs.

    Output of programs and names of files may hold both; they become the replacement character.
    """
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
