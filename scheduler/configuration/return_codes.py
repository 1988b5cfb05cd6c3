"""`<on_return_codes>` of a node: which exit code leads where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from scheduler.configuration.reading import Reading
from scheduler.definitions import NodeAddOrder, ReturnCodeRule
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE, Params
from scheduler.xml.attribute_types import PATH, TEXT
from scheduler.xml.declaration import Attribute, Declaration, any_number, check, optional, values
from scheduler.xml.element import Element

#: the elements of this namespace add orders; those of others mean nothing
PLUGIN = "https://jobscheduler-plugins.sos-berlin.com/NodeOrderPlugin"
_IN_PLUGIN = f"{{{PLUGIN}}}"

TO_STATE = Declaration("to_state", (Attribute("state", TEXT, required=True),))
ON_RETURN_CODE = Declaration(
    "on_return_code",
    (Attribute("return_code", TEXT, required=True, doc="numbers and ranges such as 4..9, with blanks between them"),),
    (optional(TO_STATE),),
    foreign=True,
)
ON_RETURN_CODES = Declaration("on_return_codes", children=(any_number(ON_RETURN_CODE),))

_ADDED_PARAM = Declaration(
    f"{_IN_PLUGIN}param",
    (Attribute(f"{_IN_PLUGIN}name", TEXT, required=True), Attribute(f"{_IN_PLUGIN}value", TEXT, default="")),
)
_ADDED_PARAMS = Declaration(f"{_IN_PLUGIN}params", children=(any_number(_ADDED_PARAM),))
ADD_ORDER = Declaration(
    f"{_IN_PLUGIN}add_order",
    (
        Attribute(f"{_IN_PLUGIN}job_chain", PATH, required=True),
        Attribute(f"{_IN_PLUGIN}id", TEXT, default="", doc="the same id if it is not given"),
    ),
    (optional(_ADDED_PARAMS),),
)

_RANGE = re.compile(r"([+-]?[0-9]{1,9})(?:\.\.([+-]?[0-9]{1,9}))?")


def read_return_codes(element: Element | None, reading: Reading) -> tuple[ReturnCodeRule, ...]:
    """The rules of a checked `<on_return_codes>`, in the sequence of the file; None has none.

    Raises BAD_VALUE, OVERLAPPING_RANGES, and for the plug-in's elements what a check raises.
    """
    if element is None:
        return ()
    return tuple(_rule(child, reading) for child in element.each(ON_RETURN_CODE.tag))


def _rule(element: Element, reading: Reading) -> ReturnCodeRule:
    to_state = element.child(TO_STATE.tag)
    return ReturnCodeRule(
        ranges=_ranges(element, values(element, ON_RETURN_CODE)["return_code"]),
        to_state=to_state.get("state") if to_state else "",
        add_orders=tuple(_added(element, reading)),
    )


def _ranges(element: Element, text: str) -> tuple[tuple[int, int], ...]:
    found = [_range(element, word, text) for word in text.split()]
    if not found:
        raise _bad(element, text)
    in_order = sorted(found)
    for before, after in pairwise(in_order):
        if after[0] <= before[1]:
            raise WorkloadError(Code.OVERLAPPING_RANGES, element.place, value=text, number=after[0])
    return tuple(found)


def _range(element: Element, word: str, text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(word)
    if found is None:
        raise _bad(element, text)
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise _bad(element, text)
    return first, last


def _bad(element: Element, text: str) -> WorkloadError:
    expected = "numbers and ranges such as 4..9"
    return WorkloadError(Code.BAD_VALUE, element.place, attribute="return_code", value=text, expected=expected)


def _added(element: Element, reading: Reading) -> Iterator[NodeAddOrder]:
    for child in element.children:
        if not child.tag.startswith(_IN_PLUGIN):
            continue
        check(child, ADD_ORDER, element.tag)
        params = child.child(_ADDED_PARAMS.tag)
        yield NodeAddOrder(
            chain=reading.path(child.get(f"{_IN_PLUGIN}job_chain"), child),
            id=child.get(f"{_IN_PLUGIN}id"),
            params=_params(params) if params else NONE,
        )


def _params(element: Element) -> Params:
    return Params((child.get(f"{_IN_PLUGIN}name"), child.get(f"{_IN_PLUGIN}value")) for child in element.children)
