"""The source text of elements: as written, or written anew with indentation."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.xml import write
from scheduler.xml.element import Element

INDENT = "    "


def source_of(element: Element) -> str:
    "The element as it was written; an element that was not read from a document is written anew."
    origin = element.origin
    if origin is None:
        return serialise(element)
    return bytes(memoryview(origin.data)[element.start : element.end]).decode(origin.encoding, "replace")


def serialise(element: Element) -> str:
    """The element as XML text without prolog, children indented by 4 blanks each level.

    Where an element has text that is not blank, it and its children are written without added white space.
    """
    prefixes = {uri: f"n{number}" for number, uri in enumerate(dict.fromkeys(_namespaces(element)), 1)}
    declarations = {f"xmlns:{prefix}": uri for uri, prefix in prefixes.items()}
    return _written(element, prefixes, declarations, "\n")


def _namespaces(element: Element) -> Iterator[str]:
    for name in (element.tag, *element.attributes):
        if name.startswith("{") and not name.startswith("{http://www.w3.org/XML/1998/namespace}"):
            yield name[1:].partition("}")[0]
    for child in element.children:
        yield from _namespaces(child)


def _written(element: Element, prefixes: dict[str, str], declarations: dict[str, str], newline: str) -> str:
    tag = _name(element.tag, prefixes)
    attributes = {_name(name, prefixes): value for name, value in element.attributes.items()} | declarations
    if not element.text.strip():
        inner = [newline + INDENT + _written(child, prefixes, {}, newline + INDENT) for child in element.children]
        return write.element(tag, attributes, *inner, newline if inner else "")
    mixed = (
        write.text(part) if isinstance(part, str) else _written(part, prefixes, {}, "") for part in element.content()
    )
    return write.element(tag, attributes, *mixed)


def _name(name: str, prefixes: dict[str, str]) -> str:
    if not name.startswith("{"):
        return name
    uri, _, local = name[1:].partition("}")
    return f"{prefixes.get(uri, 'xml')}:{local}"
