"""The drawing of a job chain for its page: boxes of nodes and of directories whose files become orders, what is known
of the chosen node, and the chain inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree
from sqlalchemy import Connection

from models import read
from scheduler.records import OrderState, Task
from web.permissions import may
from web.pictures.chain_graph import Graph, Link, graph

#: orders and runs that are told of a node
FEW = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A directory whose files become orders of the chain; `node` is where they begin, empty: at the first one. Seconds
    between looks, and after an error, are empty where the file says nothing."""

    directory: str
    pattern: str
    node: str
    repeat: str
    delay: str


@dataclass(frozen=True, slots=True)
class Drawing:
    "`nodes` and `sources` by the names of their boxes; `chain` is the path."

    chain: str
    graph: Graph
    nodes: Mapping[str, read.NodeRow]
    sources: Mapping[str, Source]

    def drawn(self, name: str) -> bool:
        return any(box.name == name for box in self.graph.boxes)


@dataclass(frozen=True, slots=True)
class Chosen:
    "A node, the next of its orders, the last tasks of its job, and the drawing of the chain in it."

    node: read.NodeRow
    orders: Sequence[read.OrderRow]
    runs: Sequence[Task]
    inside: Drawing | None


def drawing(detail: read.ChainDetail, sources: Sequence[Source] = (), node: str = "") -> Drawing:
    "Of a long chain the part around a node: the one given, else the first that has an order at work."
    nodes = {each.state: each for each in detail.nodes}
    busy = next((each.state for each in detail.nodes if each.orders.get(OrderState.RUNNING)), "")
    # no node has such a name
    named = {f"\0{number}": source for number, source in enumerate(sources)}
    first = detail.nodes[0].state if detail.nodes else ""
    links = [Link(name, source.node or first) for name, source in named.items()]
    links += [_link(each) for each in detail.nodes]
    return Drawing(detail.chain.path, graph(links, node or busy or first), nodes, named)


def chosen(connection: Connection, scheduler_id: str, detail: read.ChainDetail, node: str) -> Chosen | None:
    "None when the chain has no such node."
    found = next((each for each in detail.nodes if each.state == node), None)
    if found is None:
        return None
    path = detail.chain.path
    orders = _standing(connection, scheduler_id, path, found) if found.orders_total else ()
    seen = found.job and may("jobs.view", found.job, scheduler_id)
    runs = read.tasks(connection, scheduler_id, job=found.job, limit=FEW) if seen else ()
    inner = None
    if found.nested_chain and may("chains.view", found.nested_chain, scheduler_id):
        inner = read.chain(connection, scheduler_id, found.nested_chain)
    return Chosen(found, orders, runs, drawing(inner) if inner else None)


def sources_of(file: read.FileRow | None) -> list[Source]:
    "The file order sources of the version in use."
    try:
        root = etree.fromstring((file.source if file else "").encode())
    except etree.XMLSyntaxError:
        return []
    return [
        Source(*(each.get(name, "") for name in ("directory", "regex", "next_state", "repeat", "delay_after_error")))
        for each in root.iter("file_order_source")
    ]


def _link(node: read.NodeRow) -> Link:
    # a node that sets orders back or suspends them has no way on when it fails
    error = "" if node.on_error else node.error_state
    return Link(node.state, node.next_state, error, node.is_end and not node.sink)


def _standing(connection: Connection, scheduler_id: str, path: str, node: read.NodeRow) -> Sequence[read.OrderRow]:
    if not node.nested_chain:  # no index knows the chains around
        return read.orders(connection, scheduler_id, chain=path, node=node.state, limit=FEW).rows
    inside = read.at_chain_or_inside(path, node.state)
    return read.orders(connection, scheduler_id, where=[inside], limit=FEW).rows
