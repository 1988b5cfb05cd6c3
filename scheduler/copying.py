"""Copies of frozen records with some fields changed.

Every decision makes several such copies, so they are the core's most frequent operation. `dataclasses.replace`
reads all fields into keyword arguments and runs the generated `__init__`, which takes five times as long for
our records.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

R = TypeVar("R")
_Setter = Callable[[Any, Any], None]
_Getter = Callable[[Any], tuple[Any, ...]]
#: by class: the setters of its slots by name, and what reads all slots of a record in the same order
_SETTERS: dict[type, dict[str, _Setter]] = {}
_READERS: dict[type, tuple[tuple[_Setter, ...], _Getter]] = {}


def replace(record: R, **changes: Any) -> R:
    """As `dataclasses.replace` for a frozen dataclass with at least two slots and without `__post_init__`.

    Raises KeyError for a field that does not exist.
    """
    cls = type(record)
    setters, read = _READERS.get(cls) or _prepare(cls)
    copy = object.__new__(cls)
    for put, value in zip(setters, read(record), strict=True):
        put(copy, value)
    if changes:
        by_name = _SETTERS[cls]
        for name, value in changes.items():
            by_name[name](copy, value)
    return copy


def _prepare(cls: type) -> tuple[tuple[_Setter, ...], _Getter]:
    "Slots are descriptors; setting through them passes by the refusal of a frozen class."
    names: tuple[str, ...] = cls.__slots__  # type: ignore[attr-defined]
    _SETTERS[cls] = {name: cls.__dict__[name].__set__ for name in names}
    _READERS[cls] = (tuple(_SETTERS[cls].values()), attrgetter(*names))
    return _READERS[cls]
