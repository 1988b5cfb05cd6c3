"""`<job_chain>`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scheduler.configuration.file_orders import SINK, SOURCE, read_sink, read_sources
from scheduler.configuration.reading import Reading
from scheduler.configuration.return_codes import ON_RETURN_CODES, read_return_codes
from scheduler.definitions import FileOrderSource, JobChainDefinition, NodeDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import NAME, PATH, SECONDS, TEXT, YES_NO, choice, integer
from scheduler.xml.declaration import Attribute, Declaration, any_number, at_least_one, optional, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: the end node of a chain whose last node leads nowhere
GENERATED_END = "<END_STATE>"

NODE = Declaration(
    "job_chain_node",
    (
        Attribute("state", TEXT, required=True),
        Attribute("job", PATH, default="", doc="a node without job is an end node"),
        Attribute("next_state", TEXT, default="", doc="the next node if it is not given"),
        Attribute("error_state", TEXT, default=""),
        Attribute("on_error", choice("suspend", "setback"), default=""),
        Attribute("suspend", YES_NO, default=False),
        Attribute("delay", SECONDS, default=0.0),
    ),
    (optional(ON_RETURN_CODES),),
    foreign=True,
)
END_NODE = Declaration("job_chain_node.end", (Attribute("state", TEXT, required=True),))
NESTED_NODE = Declaration(
    "job_chain_node.job_chain",
    (
        Attribute("state", TEXT, required=True),
        Attribute("job_chain", PATH, required=True),
        Attribute("next_state", TEXT, default="", doc="the next node if it is not given"),
        Attribute("error_state", TEXT, default=""),
    ),
)
_SHARED = "stops, commands, limits of orders and changes of files count for all members at once, `max_orders` included"
NOTE = Declaration("note", open=True, doc="for people")
JOB_CHAIN = Declaration(
    "job_chain",
    (
        Attribute("name", NAME, default=""),
        Attribute("title", TEXT, default=""),
        Attribute("visible", choice("yes", "no", "never"), default="yes"),
        Attribute("orders_recoverable", YES_NO, default=True),
        Attribute("distributed", YES_NO, default=False, better=_SHARED),
        Attribute("max_orders", integer(0), doc="unlimited if it is not given"),
        Attribute("process_class", PATH, default=""),
        Attribute("file_watching_process_class", PATH, default="", doc="as `process_class` if it is not given"),
        Attribute("spooler_id", TEXT, default="", doc="only in the start-up file"),
        Attribute("replace", YES_NO, doc="only in commands and in the start-up file"),
    ),
    (any_number(NOTE), any_number(SOURCE), at_least_one(NODE, END_NODE, SINK, NESTED_NODE)),
)


def read_job_chain(element: Element, path: str, reading: Reading) -> JobChainDefinition:
    """The chain of a checked `<job_chain>`, every node with its next state.

    Jobs are relative to the folder of `reading`. Raises DUPLICATE_STATE, UNKNOWN_STATE, NO_JOB_BEFORE_SINK,
    NOT_RECOVERABLE, UNEXPECTED_ELEMENT when job chains are mixed with jobs, and what reading of its parts raises.
    What depends on other chains is told by `nesting_problems`.
    """
    given = values(element, JOB_CHAIN)
    if given["distributed"] and not given["orders_recoverable"]:
        raise WorkloadError(Code.NOT_RECOVERABLE, element.place, chain=path)
    _check_kind(element)
    nodes = _nodes(element, path, reading)
    process_class = reading.path(given["process_class"], element)
    return JobChainDefinition(
        path=path,
        nodes=nodes,
        title=given["title"],
        visible=given["visible"],
        orders_recoverable=given["orders_recoverable"],
        distributed=given["distributed"],
        max_orders=given["max_orders"],
        process_class=process_class,
        file_watching_process_class=reading.path(given["file_watching_process_class"], element) or process_class,
        file_order_sources=_sources(element, path, nodes, reading),
        notes=tuple((note.get("language"), source_of(note)) for note in element.each(NOTE.tag)),
        source=source_of(element),
        warnings=tuple(reading.warnings),
    )


def _check_kind(chain: Element) -> None:
    "A superordinate chain holds nested chains and end nodes, nothing else."
    if chain.child(NESTED_NODE.tag) is None:
        return
    for child in chain.children:
        if child.tag not in (NESTED_NODE.tag, END_NODE.tag, NOTE.tag):
            expected = f"<{NESTED_NODE.tag}> or <{END_NODE.tag}>"
            raise WorkloadError(
                Code.UNEXPECTED_ELEMENT, child.place, element=child.tag, parent=chain.tag, expected=expected
            )


def _nodes(chain: Element, path: str, reading: Reading) -> tuple[NodeDefinition, ...]:
    elements = [child for child in chain.children if child.tag not in (NOTE.tag, SOURCE.tag)]
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
    states = (node.next_state, node.error_state, *(rule.to_state for rule in node.return_codes))
    return (state for state in states if state)


def _node(element: Element, follower: str, reading: Reading) -> NodeDefinition:
    "A node without job is an end node, where everything else means nothing."
    if element.tag == SINK.tag:
        return read_sink(element, reading)
    if element.tag == NESTED_NODE.tag:
        return _nested_node(element, follower, reading)
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
        return_codes=read_return_codes(element.child(ON_RETURN_CODES.tag), reading),
    )


def _nested_node(element: Element, follower: str, reading: Reading) -> NodeDefinition:
    given: dict[str, Any] = values(element, NESTED_NODE)
    return NodeDefinition(
        state=given["state"],
        job_chain=reading.path(given["job_chain"], element),
        next_state=given["next_state"] or follower,
        error_state=given["error_state"],
    )


def _sources(
    chain: Element, path: str, nodes: tuple[NodeDefinition, ...], reading: Reading
) -> tuple[FileOrderSource, ...]:
    "Each source with the state of a node that has a job: what enters at a sink would never be worked on."
    elements = list(chain.each(SOURCE.tag))
    by_state = {node.state: node for node in nodes}
    sources = read_sources(elements, nodes[0].state, reading)
    for element, source in zip(elements, sources, strict=True):
        entry = by_state.get(source.next_state)
        if entry is None:
            raise WorkloadError(Code.UNKNOWN_STATE, element.place, chain=path, state=source.next_state)
        if not entry.job or entry.sink is not None:
            raise WorkloadError(Code.NO_JOB_BEFORE_SINK, element.place, chain=path, state=entry.state)
    return sources
