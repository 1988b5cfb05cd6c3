"""Attributes of the objects that scripts see: they know what the engine told, and remember what the script set.

Objects have slots only, so that a misspelt attribute is an error and not a new attribute. For every attribute that
can be set there is a method too: `order.set_title("x")` is `order.title = "x"`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from taskserver import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Settable:
    "Has a method `set_NAME` for every attribute NAME that can be set."

    __slots__ = ()

    def __getattr__(self, name: str) -> Callable[[object], None]:
        attribute = name.removeprefix("set_")
        if attribute != name:
            for known in type(self).__mro__:
                descriptor = vars(known).get(attribute)
                if isinstance(descriptor, Field) or getattr(descriptor, "fset", None) is not None:
                    return lambda value: setattr(self, attribute, value)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)


class Changing(Settable):
    "`fields` is what the engine told, `changes` what the script set since the last call of `take_changes`."

    __slots__ = ("changes", "fields")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields: dict[str, Any] = dict(fields)
        self.changes: dict[str, Any] = {}

    def change(self, name: str, value: Any) -> None:
        self.fields[name] = self.changes[name] = value

    def take_changes(self) -> dict[str, Any]:
        taken = self.changes
        if taken:
            self.changes = {}
        return taken


class Field(ABC):
    "An attribute of a Changing object under the field `name`; the class attribute's own name when it is empty."

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def __set__(self, instance: Changing, value: object) -> None:
        instance.change(self.name, self.accepted(value))

    @abstractmethod
    def accepted(self, value: object) -> Any:
        "The value as the engine is told it. Raises what `values` raises."


class Text(Field):
    "Empty when it was not told."

    def __get__(self, instance: Changing, owner: type) -> str:
        return str(instance.fields.get(self.name, ""))

    def accepted(self, value: object) -> str:
        return values.text(value)


class Number(Field):
    "0 when it was not told."

    def __get__(self, instance: Changing, owner: type) -> int:
        return int(instance.fields.get(self.name, 0))

    def accepted(self, value: object) -> int:
        return values.number(value)


class Seconds(Field):
    "0 when it was not set. Accepts seconds, `HH:MM` and `HH:MM:SS`."

    def __get__(self, instance: Changing, owner: type) -> float:
        return float(instance.fields.get(self.name, 0))

    def accepted(self, value: object) -> float:
        return values.seconds(value)


class Flag(Field):
    "False when it was not told."

    def __get__(self, instance: Changing, owner: type) -> bool:
        return bool(instance.fields.get(self.name, False))

    def accepted(self, value: object) -> bool:
        return values.flag(value)
