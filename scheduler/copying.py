"""Copies of frozen records with some fields changed.

Every decision makes several such copies, so they are the core's most frequent operation. `dataclasses.replace`
reads all fields into keyword arguments and runs the generated `__init__`; for our records that takes ten times
as long as the function that is generated here for each class at its first use, as dataclasses themselves
generate theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")
_Setter = Callable[[Any, Any], None]
#: by class: the setters of its slots by name, and the function that copies all slots from one record to another
_SETTERS: dict[type, dict[str, _Setter]] = {}
_COPIERS: dict[type, Callable[[Any, Any], None]] = {}


def replace(record: R, **changes: Any) -> R:
    """As `dataclasses.replace` for a frozen dataclass with slots and without `__post_init__`.

    Raises KeyError for a field that does not exist.
    """
    cls = type(record)
    copier = _COPIERS.get(cls) or _prepare(cls)
    copy = object.__new__(cls)
    copier(copy, record)
    if changes:
        setters = _SETTERS[cls]
        for name, value in changes.items():
            setters[name](copy, value)
    return copy


def _prepare(cls: type) -> Callable[[Any, Any], None]:
    "Slots are descriptors; setting through them passes by the refusal of a frozen class."
    setters = {name: cls.__dict__[name].__set__ for name in cls.__slots__}  # type: ignore[attr-defined]
    lines = [f"    set_{name}(copy, record.{name})" for name in setters]
    scope: dict[str, Any] = {f"set_{name}": setter for name, setter in setters.items()}
    exec("\n".join(["def copier(copy, record):", *lines]), scope)  # noqa: S102  (field names of our own classes)
    _SETTERS[cls] = setters
    _COPIERS[cls] = scope["copier"]
    return _COPIERS[cls]
