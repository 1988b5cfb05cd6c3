"""`<job_chain>`."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.configuration.reading import Reading
from scheduler.definitions import JobChainDefinition, NodeDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import NAME, PATH, SECONDS, TEXT, YES_NO, choice, integer
from scheduler.xml.declaration import (
    Attribute,
    Declaration,
    any_number,
    at_least_one,
    optional,
    unsupported,
    values,
)
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: the end node of a chain whose last node leads nowhere
GENERATED_END = "<END_STATE>"

NODE = Declaration(
    "job_chain_node",
    (
        Attribute("state", TEXT, required=True),
        Attribute("job", PATH, default=""),
        Attribute("next_state", TEXT, default=""),
        Attribute("error_state", TEXT, default=""),
        Attribute("on_error", choice("suspend", "setback"), default=""),
        Attribute("suspend", YES_NO, default=False),
        Attribute("delay", SECONDS, default=0.0),
    ),
    (optional(unsupported("on_return_codes")),),
    foreign=True,
)
END_NODE = Declaration("job_chain_node.end", (Attribute("state", TEXT, required=True),))
JOB_CHAIN = Declaration(
    "job_chain",
    (
        Attribute("name", NAME, default=""),
        Attribute("title", TEXT, default=""),
        Attribute("visible", choice("yes", "no", "never"), default="yes"),
        Attribute("orders_recoverable", YES_NO, default=True),
        Attribute("distributed", YES_NO, default=False, only=(False,)),
        Attribute("max_orders", integer(0)),
        Attribute("process_class", PATH, default="", only=()),
        Attribute("file_watching_process_class", PATH, default="", only=()),
        Attribute("spooler_id", TEXT, default=""),
        Attribute("replace", YES_NO),
    ),
    (
        any_number(Declaration("note", open=True)),
        any_number(unsupported("file_order_source")),
        at_least_one(
            NODE, END_NODE, unsupported("file_order_sink"), unsupported("job_chain_node.job_chain")
        ),
    ),
)


def read_job_chain(element: Element, path: str, reading: Reading) -> JobChainDefinition:
    """The chain of a checked `<job_chain>`, every node with its next state.

    Jobs are relative to the folder of `reading`. Raises DUPLICATE_STATE, UNKNOWN_STATE.
    """
    given = values(element, JOB_CHAIN)
    return JobChainDefinition(
        path=path,
        nodes=_nodes(element, path, reading),
        title=given["title"],
        visible=given["visible"],
        orders_recoverable=given["orders_recoverable"],
        distributed=given["distributed"],
        max_orders=given["max_orders"],
        process_class=given["process_class"],
        source=source_of(element),
    )


def _nodes(chain: Element, path: str, reading: Reading) -> tuple[NodeDefinition, ...]:
    elements = [child for child in chain.children if child.tag in (NODE.tag, END_NODE.tag)]
    followers = [child.get("state") for child in elements[1:]] + [GENERATED_END]
    nodes = [_node(child, next_state, reading) for child, next_state in zip(elements, followers, strict=True)]
    needs_end = nodes[-1].next_state == GENERATED_END
    known: set[str] = {GENERATED_END} if needs_end else set()
    for child, node in zip(elements, nodes, strict=True):
        if node.state in known:
            raise WorkloadError(Code.DUPLICATE_STATE, child.place, chain=path, state=node.state)
        known.add(node.state)
    for child, node in zip(elements, nodes, strict=True):
        for state in _mentioned(node):
            if state not in known:
                raise WorkloadError(Code.UNKNOWN_STATE, child.place, chain=path, state=state)
    if needs_end:
        nodes.append(NodeDefinition(GENERATED_END))
    return tuple(nodes)


def _mentioned(node: NodeDefinition) -> Iterator[str]:
    return (state for state in (node.next_state, node.error_state) if state)


def _node(element: Element, follower: str, reading: Reading) -> NodeDefinition:
    "A node without job is an end node, where everything else means nothing."
    if element.tag == END_NODE.tag or not element.get("job"):
        return NodeDefinition(element.get("state"))
    given = values(element, NODE)
    return NodeDefinition(
        state=given["state"],
        job=reading.path(given["job"], element),
        next_state=given["next_state"] or follower,
        error_state=given["error_state"],
        on_error=given["on_error"],
        suspend=given["suspend"],
        delay=given["delay"],
    )
