"""Dataclass fields that are attributes of an element, so that a command is declared by its class alone.

    @dataclass(frozen=True, slots=True)
    class RemoveOrder:
        job_chain: str = attribute(PATH, required=True)
        order: str = attribute(required=True)
"""

from __future__ import annotations

import dataclasses
from typing import Any

from scheduler.xml.attribute_types import TEXT, AttributeType
from scheduler.xml.declaration import Attribute

_KEY = "attribute"


def attribute(
    type: AttributeType = TEXT,
    *,
    required: bool = False,
    default: Any = None,
    name: str = "",
    only: tuple[Any, ...] | None = None,
    ignored: bool = False,
    doc: str = "",
) -> Any:
    "A field; `name` is the attribute's name where it differs from the field's. For the rest see `Attribute`."
    declared = Attribute(name, type, required, default, only, ignored, doc=doc)
    return dataclasses.field(default=default, kw_only=True, metadata={_KEY: declared})


def attributes_of(command: type[Any]) -> tuple[Attribute, ...]:
    "The attributes that the fields of a dataclass declare, for a `Declaration`."
    found = []
    for field in dataclasses.fields(command):
        declared: Attribute | None = field.metadata.get(_KEY)
        if declared is not None:
            found.append(dataclasses.replace(declared, name=declared.name or field.name, python_name=field.name))
    return tuple(found)
