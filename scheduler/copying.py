"""Copies of frozen records with some fields changed.

Every decision makes several such copies, so they are the core's most frequent operation. `dataclasses.replace`
reads all fields into keyword arguments and runs the generated `__init__`, which is five times as slow for our records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")
_Setter = Callable[[Any, Any], None]
#: by class: the setters of its slots by name, and the function that copies all of them
_SETTERS: dict[type, dict[str, _Setter]] = {}
_COPIERS: dict[type, list[tuple[_Setter, Callable[[Any], Any]]]] = {}


def replace(record: R, **changes: Any) -> R:
    """As `dataclasses.replace` for a frozen dataclass with slots and without `__post_init__`.

    Raises KeyError for a field that does not exist.
    """
    cls = type(record)
    copiers = _COPIERS.get(cls) or _prepare(cls)
    copy = object.__new__(cls)
    for put, get in copiers:
        put(copy, get(record))
    if changes:
        setters = _SETTERS[cls]
        for name, value in changes.items():
            setters[name](copy, value)
    return copy


def _prepare(cls: type) -> list[tuple[_Setter, Callable[[Any], Any]]]:
    "Slots are descriptors; setting through them passes by the refusal of a frozen class."
    slots = [cls.__dict__[name] for name in cls.__slots__]  # type: ignore[attr-defined]
    _SETTERS[cls] = {slot.__name__: slot.__set__ for slot in slots}
    _COPIERS[cls] = [(slot.__set__, slot.__get__) for slot in slots]
    return _COPIERS[cls]
