"""Declarations of elements: what may stand in them, and what this version does not act on.

They are data: configuration files and commands are checked and converted by them, and a schema or a reference can be
made from them. Classic attributes and elements that would change the behaviour but are not acted on are declared as not
supported, so that they are refused by name instead of being ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NoReturn

from scheduler.errors import Code, Place, WorkloadError
from scheduler.xml.attribute_types import TEXT, AttributeType
from scheduler.xml.element import Element

Occurs = Literal["1", "?", "*", "+"]

#: attributes of these namespaces (schema location, xml:space) may stand everywhere and mean nothing
_EVERYWHERE = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute. Empty counts as absent: then `default` is the value, or MISSING_ATTRIBUTE is raised if `required`.

    `only`: the values that this version acts on, others are refused as UNSUPPORTED (with `instead` as REFUSED, which
    tells what to write instead); None: all values. `ignored`: accepted without any effect. `better`: what differs from
    the classic engine to the better. `python_name`: where it differs from the name with `_` for `.` and `-`.
    """

    name: str
    type: AttributeType = TEXT
    required: bool = False
    default: Any = None
    only: tuple[Any, ...] | None = None
    ignored: bool = False
    python_name: str = ""
    doc: str = ""
    instead: str = ""
    better: str = ""

    @cached_property
    def key(self) -> str:
        return self.python_name or self.name.replace(".", "_").replace("-", "_")


@dataclass(frozen=True, eq=False)
class Children:
    "One place in the sequence of children: one of `alternatives`, as often as `occurs` says."

    alternatives: tuple[Declaration, ...]
    occurs: Occurs

    @property
    def required(self) -> bool:
        return self.occurs in ("1", "+")

    @property
    def repeats(self) -> bool:
        return self.occurs in ("*", "+")

    @cached_property
    def by_tag(self) -> Mapping[str, Declaration]:
        return {alternative.tag: alternative for alternative in self.alternatives}


@dataclass(frozen=True, eq=False)
class Declaration:
    """An element: its attributes, its children in their required sequence, whether it holds text.

    `open`: any attributes and content, which are not looked at. `foreign`: attributes and children of other namespaces
    are skipped. `supported` False: known, but refused; `instead` tells what to do about it. `ignored`: accepted without
    any effect. `better`: what differs from the classic engine to the better.
    """

    tag: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple[Children, ...] = ()
    text: bool = False
    open: bool = False
    foreign: bool = False
    supported: bool = True
    doc: str = ""
    instead: str = ""
    better: str = ""
    ignored: bool = False

    @cached_property
    def attribute_names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def required_names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes if attribute.required)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        "What `values` begins with; nobody else changes it."
        return {attribute.key: attribute.default for attribute in self.attributes}

    @cached_property
    def by_tag(self) -> Mapping[str, Declaration]:
        "All possible children."
        return {tag: child for children in self.children for tag, child in children.by_tag.items()}


def one(*alternatives: Declaration) -> Children:
    return Children(alternatives, "1")


def optional(*alternatives: Declaration) -> Children:
    return Children(alternatives, "?")


def any_number(*alternatives: Declaration) -> Children:
    return Children(alternatives, "*")


def at_least_one(*alternatives: Declaration) -> Children:
    return Children(alternatives, "+")


def unsupported(tag: str, instead: str = "") -> Declaration:
    "A classic element that is refused by name; `instead` tells what to do about it."
    return Declaration(tag, open=True, supported=False, instead=instead)


def not_supported(feature: str, place: Place, instead: str = "") -> WorkloadError:
    "The refusal of a classic feature: REFUSED with a hint, UNSUPPORTED without."
    if instead:
        return WorkloadError(Code.REFUSED, place, feature=feature, instead=instead)
    return WorkloadError(Code.UNSUPPORTED, place, feature=feature)


def check(element: Element, declaration: Declaration, parent: str = "the document") -> None:
    """Look for mistakes in the element and everything in it; raises the first one, with its place.

    Codes: UNEXPECTED_ELEMENT, MISSING_ELEMENT, UNEXPECTED_TEXT, UNKNOWN_ATTRIBUTE, MISSING_ATTRIBUTE, UNSUPPORTED, and
    those of the attribute types.
    """
    if element.tag != declaration.tag:
        _unexpected(element, parent, f"<{declaration.tag}>")
    values(element, declaration)
    if declaration.open:
        return
    if not declaration.text and (text := element.text.strip()):
        raise WorkloadError(Code.UNEXPECTED_TEXT, element.place, element=element.tag, text=text[:40])
    _check_children(element, declaration)


def values(element: Element, declaration: Declaration) -> dict[str, Any]:
    """The values of the attributes of this element alone, under their Python names, with defaults filled in.

    Raises UNKNOWN_ATTRIBUTE, MISSING_ATTRIBUTE, UNSUPPORTED and the codes of the attribute types, with the place.
    """
    given = element.attributes
    known = declaration.by_name
    result = declaration.defaults.copy()
    for name, text in given.items():
        attribute = known.get(name)
        if attribute is None:
            _check_foreign(element, name, declaration)
        elif text:
            result[attribute.key] = _value(element, attribute, text)
    for name in declaration.required_names:
        if not given.get(name):
            raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute=name, element=element.tag)
    return result


def _check_foreign(element: Element, name: str, declaration: Declaration) -> None:
    if not declaration.open and not _is_foreign(name, declaration):
        expected = ", ".join(declaration.attribute_names) or "no attributes"
        raise WorkloadError(
            Code.UNKNOWN_ATTRIBUTE, element.place, attribute=name, element=element.tag, expected=expected
        )


def _is_foreign(name: str, declaration: Declaration) -> bool:
    return name.startswith("{") and (declaration.foreign or name.startswith(_EVERYWHERE))


def _value(element: Element, attribute: Attribute, text: str) -> Any:
    try:
        value = attribute.type.read(text, attribute.name)
    except WorkloadError as refusal:
        raise refusal.at(element.place) from None
    if attribute.only is not None and value not in attribute.only:
        raise not_supported(f'<{element.tag} {attribute.name}="{text}">', element.place, attribute.instead)
    return value


def _check_children(element: Element, declaration: Declaration) -> None:
    "Walk along the declared sequence; `index` is where the walk stands, `taken` whether something was found there."
    sequence = declaration.children
    index, taken = 0, False
    for child in element.children:
        if declaration.foreign and child.tag.startswith("{"):
            continue
        known = declaration.by_tag.get(child.tag)
        if known is not None and not known.supported:
            raise not_supported(f"<{child.tag}> in <{element.tag}>", child.place, known.instead)
        before = index, taken
        while index < len(sequence):
            place = sequence[index]
            if child.tag in place.by_tag and (place.repeats or not taken):
                break
            if place.required and not taken:
                _unexpected(child, element.tag, _expected(sequence, *before))
            index, taken = index + 1, False
        else:
            _unexpected(child, element.tag, _expected(sequence, *before))
        taken = True
        check(child, sequence[index].by_tag[child.tag])
    if any(place.required for place in sequence[index + taken :]):
        expected = _expected(sequence, index, taken)
        raise WorkloadError(Code.MISSING_ELEMENT, element.place, element=element.tag, expected=expected)


def _expected(sequence: tuple[Children, ...], index: int, taken: bool) -> str:
    "The elements that could stand next."
    tags: list[str] = []
    for place in sequence[index:]:
        if place.repeats or not taken:
            tags += [f"<{alternative.tag}>" for alternative in place.alternatives if alternative.supported]
        if place.required and not taken:
            break
        taken = False
    return " or ".join(dict.fromkeys(tags)) or "no element"


def _unexpected(element: Element, parent: str, expected: str) -> NoReturn:
    raise WorkloadError(
        Code.UNEXPECTED_ELEMENT, element.place, element=element.tag, parent=parent, expected=expected
    )
