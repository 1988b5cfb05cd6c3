"Types from declarations of elements, such as those of commands and configuration files."

from __future__ import annotations

import re
from collections.abc import Iterable

from scheduler.schema.parts import SchemaAttribute, SchemaPlace, SchemaType, SimpleType
from scheduler.schema.value_types import simple_type
from scheduler.xml.declaration import Attribute, Children, Declaration


class TypesOfDeclarations:
    """Collects the types of declarations and of all that may stand in them.

    What is declared but refused is left out, except attributes of which some values are accepted. A schema without
    namespace cannot declare elements of another one; where they may stand, anything of other namespaces may.
    """

    def __init__(self) -> None:
        self.types: dict[str, SchemaType] = {}
        self.simple_types: dict[str, SimpleType] = {}
        self._names: dict[int, str] = {}

    def name_of(self, declaration: Declaration) -> str:
        "The name of its type, which is made when it is new."
        known = self._names.get(id(declaration))
        if known is not None:
            return known
        base = re.sub(r"[^A-Za-z0-9_.-]", "_", declaration.tag)
        name, number = f"{base}-element", 1
        while name in self._names.values():
            number += 1
            name = f"{base}-element-{number}"
        self._names[id(declaration)] = name
        self.types[name] = self._type(name, declaration)
        return name

    def _type(self, name: str, declaration: Declaration) -> SchemaType:
        attributes = tuple(
            SchemaAttribute(each.name, self._value(each), each.required, each.doc)
            for each in declaration.attributes
            if each.only != () and not each.name.startswith("{")
        )
        places = tuple(self._places(declaration.children))
        return SchemaType(
            name, attributes, places, declaration.text, declaration.open or _holds_foreign(declaration),
            declaration.foreign, _plain(declaration.doc),
        )  # fmt: skip

    def _places(self, sequence: Iterable[Children]) -> Iterable[SchemaPlace]:
        for children in sequence:
            known = [one for one in children.alternatives if one.supported and not one.tag.startswith("{")]
            if known:
                yield SchemaPlace(tuple((one.tag, self.name_of(one)) for one in known), children.occurs)

    def _value(self, attribute: Attribute) -> str:
        made = simple_type(attribute.type, attribute.required)
        if made is None:
            return "xs:string"
        self.simple_types[made.name] = made
        return made.name


def _holds_foreign(declaration: Declaration) -> bool:
    return declaration.foreign or any(tag.startswith("{") for tag in declaration.by_tag)


def _plain(doc: str) -> str:
    return " ".join(doc.split())
