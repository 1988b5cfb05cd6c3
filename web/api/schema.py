"Dataclasses as JSON, and the JSON schema of their types. Pure."

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
}


def plain(value: Any) -> Any:
    "What `json.dumps` takes: instants in UTC with a Z, enums by value."
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def schema_of(kind: Any, components: dict[str, Schema]) -> Schema:
    "The schema of a type; dataclasses are put into `components` and referred to."
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [word.value for word in kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        some = [schema_of(each, components) for each in arguments if each is not type(None)]
        nothing = [{"type": "null"}] if type(None) in arguments else []
        return {"anyOf": some + nothing} if len(some + nothing) > 1 else some[0]
    if origin in (list, tuple, Sequence):
        return {"type": "array", "items": schema_of(arguments[0], components)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1], components)}
    if is_dataclass(kind):
        return _object(kind, components)
    raise TypeError(f"{kind} has no schema")


def _object(kind: Any, components: dict[str, Schema]) -> Schema:
    name = kind.__name__
    if name not in components:
        components[name] = {}  # types may refer to themselves
        hints = get_type_hints(kind)
        properties = {field.name: schema_of(hints[field.name], components) for field in fields(kind)}
        required = [field.name for field in fields(kind) if not _may_be_left_out(field)]
        components[name] = {"type": "object", "properties": properties, "required": required}
        words = (kind.__doc__ or "").strip()
        if words and not words.startswith(f"{name}("):
            components[name]["description"] = " ".join(words.split())
    return {"$ref": f"#/components/schemas/{name}"}


def _may_be_left_out(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
