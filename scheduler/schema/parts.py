"""What a schema is made of, and how it is written.

Each declaration becomes a type with a name, so that elements of one tag may differ by where they stand, and hold each
other in circles. There is no target namespace, because the protocol has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.xml.write import element, text

NAMESPACE = "http://www.w3.org/2001/XMLSchema"
_BOUNDS = {"1": (1, "1"), "?": (0, "1"), "*": (0, "unbounded"), "+": (1, "unbounded")}


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    "`type` is the name of a simple type; one without prefix stands in the schema itself."

    name: str
    type: str
    required: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    "One place in the sequence of children: one of the elements (tag, name of its type), as often as `occurs` says."

    elements: tuple[tuple[str, str], ...]
    occurs: str = "?"


@dataclass(frozen=True, slots=True)
class SchemaType:
    """`places` in sequence. `text`: characters may stand everywhere in it. `open`: any attributes and any elements
    may stand in it besides; then `places` say nothing, because a schema cannot say both. `foreign`: attributes and
    elements of other namespaces may stand in it."""

    name: str
    attributes: tuple[SchemaAttribute, ...] = ()
    places: tuple[SchemaPlace, ...] = ()
    text: bool = False
    open: bool = False
    foreign: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class SimpleType:
    """A value: one of `words`, or a text that one of the `patterns` matches, or a number within the `bounds` (least,
    most). Nothing of it means any text. `may_be_empty`: empty counts as absent."""

    name: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    may_be_empty: bool = False
    doc: str = ""


def schema(
    roots: Iterable[tuple[str, str]], types: Iterable[SchemaType], simple_types: Iterable[SimpleType], doc: str
) -> str:
    "The whole document. `roots` are (tag, name of its type) of elements that may be the root."
    parts = [
        _doc(doc),
        *(element("xs:element", [("name", tag), ("type", type)]) for tag, type in roots),
        *(_simple_type(each) for each in simple_types),
        *(_type(each) for each in types),
    ]
    return element("xs:schema", [("xmlns:xs", NAMESPACE)], *parts)


def _doc(said: str) -> str:
    return element("xs:annotation", (), element("xs:documentation", (), text(said))) if said else ""


def _type(type: SchemaType) -> str:
    attributes = [
        element(
            "xs:attribute",
            [("name", each.name), ("type", each.type), ("use", "required" if each.required else None)],
            _doc(each.doc),
        )
        for each in type.attributes
    ]
    if type.open or type.foreign:
        attributes.append(_any("xs:anyAttribute", "##any" if type.open else "##other"))
    content = _any("xs:any", "##any", "*") if type.open else "".join(_place(place) for place in type.places)
    return element(
        "xs:complexType",
        [("name", type.name), ("mixed", "true" if type.text or type.open else None)],
        _doc(type.doc),
        element("xs:sequence", (), content) if content else "",
        *attributes,
    )


def _place(place: SchemaPlace) -> str:
    least, most = _BOUNDS[place.occurs]
    bounds = [("minOccurs", least if least != 1 else None), ("maxOccurs", most if most != "1" else None)]
    if len(place.elements) == 1:
        tag, type = place.elements[0]
        return element("xs:element", [("name", tag), ("type", type), *bounds])
    inner = (element("xs:element", [("name", tag), ("type", type)]) for tag, type in place.elements)
    return element("xs:choice", bounds, *inner)


def _any(tag: str, namespace: str, occurs: str = "") -> str:
    least, most = _BOUNDS[occurs] if occurs else (None, None)
    return element(
        tag, [("namespace", namespace), ("processContents", "skip"), ("minOccurs", least), ("maxOccurs", most)]
    )


def _simple_type(type: SimpleType) -> str:
    "A union, when there is more than one way."
    ways = [_restriction("xs:string", "xs:pattern", type.patterns)] if type.patterns else []
    if type.words:
        ways.append(_restriction("xs:string", "xs:enumeration", type.words))
    if type.bounds is not None:
        least, most = type.bounds
        limits = element("xs:minInclusive", [("value", least)]) + element("xs:maxInclusive", [("value", most)])
        ways.append(element("xs:restriction", [("base", "xs:integer")], limits))
    if not ways:
        ways.append(element("xs:restriction", [("base", "xs:string")]))
    elif type.may_be_empty:
        ways.append(_restriction("xs:string", "xs:enumeration", ("",)))
    content = ways[0]
    if len(ways) > 1:
        content = element("xs:union", (), *(element("xs:simpleType", (), way) for way in ways))
    return element("xs:simpleType", [("name", type.name)], _doc(type.doc), content)


def _restriction(base: str, facet: str, values: Iterable[str]) -> str:
    return element("xs:restriction", [("base", base)], *(element(facet, [("value", value)]) for value in values))
