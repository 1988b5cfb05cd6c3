"""`<order>` of a file and `<add_order>` of a command: the same element under two names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.configuration.params import PARAMS, read_params
from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import RUN_TIME, read_run_time
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE
from scheduler.times import parse_at
from scheduler.xml.attribute_types import PATH, TEXT, YES_NO, integer
from scheduler.xml.declaration import Attribute, Declaration, any_number, optional, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

MAX_ID_LENGTH = 250

#: any instant: it is only asked whether a time can be understood
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_SOME_ZONE = ZoneInfo("UTC")

ORDER_ATTRIBUTES = (
    Attribute("job_chain", PATH, default=""),
    Attribute("id", TEXT, default=""),
    Attribute("priority", integer(), default=0),
    Attribute("title", TEXT, default=""),
    Attribute("state", TEXT, default=""),
    Attribute("end_state", TEXT, default=""),
    Attribute("at", TEXT, default=""),
    Attribute("suspended", YES_NO, default=False),
    Attribute("replace", YES_NO, default=True),
    Attribute("spooler_id", TEXT, default=""),
    Attribute(
        "web_service", TEXT, default="", only=(), instead="there are no web services; send <add_order> to the port"
    ),
)
PAYLOAD = Declaration("payload", children=(optional(PARAMS),))
XML_PAYLOAD = Declaration("xml_payload", open=True, doc="one element of any kind")
ORDER_CONTENT = (any_number(PARAMS, PAYLOAD, RUN_TIME, XML_PAYLOAD),)
ORDER = Declaration("order", ORDER_ATTRIBUTES, ORDER_CONTENT)
ADD_ORDER = Declaration("add_order", ORDER_ATTRIBUTES, ORDER_CONTENT)


def read_order(element: Element, chain: str, order_id: str, reading: Reading) -> OrderDefinition:
    """The order of a checked `<order>` or `<add_order>`; what the element itself says of its chain and id is not used.

    Raises ID_TOO_LONG, BAD_TIME, and UNEXPECTED_ELEMENT, MISSING_ELEMENT when `<xml_payload>` holds not exactly one
    element.
    """
    given = values(element, ORDER)
    if len(order_id) > MAX_ID_LENGTH:
        raise WorkloadError(Code.ID_TOO_LONG, element.place, length=len(order_id), limit=MAX_ID_LENGTH)
    try:
        parse_at(given["at"], _SOME_TIME, _SOME_ZONE)
    except WorkloadError as refusal:
        raise refusal.at(element.place) from None
    params = NONE
    for holder in element.children:
        source = holder.child("params") if holder.tag == "payload" else holder
        if source is not None and source.tag == "params":
            params = params.merged(read_params(source, reading))
    run_time = element.child("run_time")
    return OrderDefinition(
        chain=chain,
        id=order_id,
        title=given["title"],
        priority=given["priority"],
        state=given["state"],
        end_state=given["end_state"],
        at=given["at"].strip(),
        suspended=given["suspended"],
        params=params,
        run_time=read_run_time(run_time, reading) if run_time else None,
        has_run_time=run_time is not None,
        run_time_source=source_of(run_time) if run_time else "",
        source=source_of(element),
        xml_payload=read_xml_payload(element.child(XML_PAYLOAD.tag)),
    )


def read_xml_payload(holder: Element | None) -> str:
    """The source text of the element in `<xml_payload>`, or empty. Raises MISSING_ELEMENT and UNEXPECTED_ELEMENT when
    it holds not exactly one."""
    if holder is None:
        return ""
    if not holder.children:
        raise WorkloadError(Code.MISSING_ELEMENT, holder.place, element=holder.tag, expected="one element")
    if len(holder.children) > 1:
        second = holder.children[1]
        raise WorkloadError(
            Code.UNEXPECTED_ELEMENT, second.place, element=second.tag, parent=holder.tag, expected="no element"
        )
    return source_of(holder.children[0])
