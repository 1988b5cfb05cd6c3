"""Copies of frozen records with some fields changed.

Every decision makes several such copies, so they are the core's most frequent operation. `dataclasses.replace`
reads the fields one by one and names each in the call; this takes a fifth of its time for our records, because a
function is written for each class that does nothing but take over its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")
_COPIERS: dict[type, Callable[[Any], Any]] = {}
#: also for classes that are frozen at run time
_assign = object.__setattr__


def replace(record: R, **changes: Any) -> R:
    """As `dataclasses.replace` for a dataclass with slots, all of them fields of `__init__`, and no `__post_init__`.

    Raises AttributeError for a field that does not exist.
    """
    copy = (_COPIERS.get(type(record)) or _prepare(type(record)))(record)
    for name, value in changes.items():
        _assign(copy, name, value)
    return copy  # type: ignore[no-any-return]


def _prepare(cls: type) -> Callable[[Any], Any]:
    names: tuple[str, ...] = cls.__slots__  # type: ignore[attr-defined]
    frozen = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    taken = [f"assign(new, {n!r}, record.{n})" if frozen else f"new.{n} = record.{n}" for n in names]
    lines = ["def copy(record):", "new = make(cls)", *taken, "return new"]
    space: dict[str, Any] = {"make": object.__new__, "cls": cls, "assign": _assign}
    exec("\n    ".join(lines), space)  # noqa: S102 - of the names of our own fields, as `dataclasses` does it
    _COPIERS[cls] = space["copy"]
    return _COPIERS[cls]
