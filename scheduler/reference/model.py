"What the reference says of a command beside what its declaration says."

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.errors import Code


@dataclass(frozen=True, slots=True)
class Described:
    """`summary` is one line, `text` says more. `attributes`: meanings, where `common.ATTRIBUTES` does not fit; the same
    for `children`. `errors` besides those that every command may answer. `examples` are requests; their answers in the
    reference are real ones. `ours`: the classic engine does not have the command."""

    summary: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[Code, ...] = ()
    examples: tuple[str, ...] = ()
    ours: bool = False


Chapter = Mapping[str, Described]
