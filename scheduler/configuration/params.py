"""`<params>`, `<environment>` and the files that they include."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.configuration.reading import DEFAULT_NODE, INCLUDE, Reading
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE, Params
from scheduler.xml.attribute_types import TEXT, choice
from scheduler.xml.declaration import Attribute, Declaration, any_number, check, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: how deep included files may include others
MAX_NESTING = 10

PARAM = Declaration("param", (Attribute("name", TEXT, required=True), Attribute("value", TEXT, default="")))
COPY_PARAMS = Declaration("copy_params", (Attribute("from", choice("task", "order"), required=True),))
PARAMS = Declaration("params", children=(any_number(PARAM, INCLUDE, COPY_PARAMS),))
VARIABLE = Declaration("variable", (Attribute("name", TEXT, required=True), Attribute("value", TEXT, default="")))
ENVIRONMENT = Declaration("environment", children=(any_number(VARIABLE),))


def read_params(element: Element | None, reading: Reading, *, substitute: bool = True) -> Params:
    """The parameters of a checked `<params>` with those of included files in their place.

    `$NAME` in values is replaced unless `substitute` is False. None is an empty set. Raises COPY_PARAMS, because
    there is nothing to be copied here.
    """
    if element is None or not element.children:
        return NONE
    return Params(_pairs(element, reading, substitute, MAX_NESTING))


def read_environment(element: Element | None) -> tuple[tuple[str, str], ...]:
    "The variables of a checked `<environment>`; of several with one name the last one counts."
    if element is None:
        return ()
    return tuple({child.get("name"): child.get("value") for child in element.children}.items())


def _pairs(element: Element, reading: Reading, substitute: bool, nesting: int) -> Iterator[tuple[str, str]]:
    for child in element.children:
        if child.tag == "param":
            given = values(child, PARAM)
            value: str = given["value"]
            yield given["name"], reading.substituted(value) if substitute else value
        elif child.tag == COPY_PARAMS.tag:
            raise WorkloadError(Code.COPY_PARAMS, child.place)
        else:
            yield from _included_pairs(child, reading, substitute, nesting)


def _included_pairs(include: Element, reading: Reading, substitute: bool, nesting: int) -> Iterator[tuple[str, str]]:
    request, data = reading.included(include)
    if nesting == 0:
        raise _failed(include, request.name, "too many files include each other")
    try:
        yield from _pairs(_included(data, include, request.name), reading, substitute, nesting - 1)
    except WorkloadError as refusal:
        if refusal.code is Code.INCLUDE_FAILED:
            raise
        raise _failed(include, request.name, refusal.text) from None


def _included(data: bytes, include: Element, file: str) -> Element:
    "A checked `<params>` that holds what the included document contributes."
    root = parse(data, source=file)
    node: str = values(include, INCLUDE)["node"]
    if node == DEFAULT_NODE:
        selected = root
    else:
        selected = Element("params", children=list(_selected(root, node, include, file)))
    check(selected, PARAMS, file)
    return selected


def _selected(root: Element, node: str, include: Element, file: str) -> Iterator[Element]:
    "The elements that the XPath selects."
    from lxml import etree  # only such includes need it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        found = etree.fromstring(source_of(root).encode(), parser).getroottree().xpath(node)
    except etree.LxmlError as error:
        raise _failed(include, file, f"{node}: {error}") from None
    for selected in found if isinstance(found, list) else [found]:
        if not isinstance(selected, etree._Element) or not isinstance(selected.tag, str):
            raise _failed(include, file, f"{node} selects something else than elements")
        attributes = {str(name): str(value) for name, value in selected.attrib.items()}
        yield Element(selected.tag, attributes)


def _failed(include: Element, file: str, problem: str) -> WorkloadError:
    return WorkloadError(Code.INCLUDE_FAILED, include.place, file=file, problem=problem)
