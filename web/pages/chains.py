"Job chains: the list, and one chain with its nodes and their orders."

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, request
from lxml import etree

from models import read
from models.read.listings import CHAINS
from scheduler.records import ObjectKind
from web import below, database, documentation, lists, paging, scope, starts
from web.batches import verbs_for
from web.display import note_of
from web.fragments import page_or_fragment
from web.pictures.chain_graph import Link, graph

blueprint = Blueprint("chains", __name__, url_prefix="/s/<scheduler_id>/chains")

FILTERS = ("", "running", "stopped")
TABS = ("overview", "starts", "documentation")


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    found = lists.narrowed(scheduler_id, CHAINS)
    chains = read.chains(
        database.read(), scheduler_id, where=found.where, offset=paging.offset(), limit=paging.size()
    )
    show, paths = below.shown("nodes", "orders"), [chain.path for chain in chains.rows]
    return page_or_fragment(
        "chains/index.html",
        {"table": "chains/_list.html"},
        chains=chains,
        show=show,
        nodes_of=below.nodes(database.read(), scheduler_id, paths) if show == "nodes" else {},
        orders_of=below.orders(database.read(), scheduler_id, paths) if show == "orders" else {},
        pager=paging.numbered(chains),
        list=found,
        filters=FILTERS,
        tokens=CHAINS.tokens,
        verbs=verbs_for("chain"),
        link=paging.address,
    )


@blueprint.get("/<object:chain>")
def page(scheduler_id: str, chain: str) -> str:
    scope.enter(scheduler_id)
    scope.watch("chain", chain)
    connection = database.read()
    detail = read.chain(connection, scheduler_id, chain)
    file = detail.file if detail else read.file(connection, scheduler_id, ObjectKind.JOB_CHAIN, chain)
    if detail is None and file is None:
        abort(404)
    orders = read.orders(connection, scheduler_id, chain=chain, offset=paging.offset(), limit=paging.SIZE)
    chosen, tab = request.args.get("node", ""), request.args.get("tab", "")
    return page_or_fragment(
        "chains/page.html",
        {"chain": "chains/_chain.html", "drawer": "chains/_drawer.html"},
        detail=detail,
        path=detail.chain.path if detail else chain,
        file=file,
        orders=orders,
        pager=paging.numbered(orders),
        graph=graph([_link(node) for node in detail.nodes], chosen) if detail else None,
        nodes={node.state: node for node in detail.nodes} if detail else {},
        chosen=next((node for node in detail.nodes if node.state == chosen), None) if detail else None,
        tab=tab if tab in TABS else TABS[0],
        coming=starts.of_chain(scheduler_id, chain) if tab == "starts" else None,
        written=documentation.of_chain(file.source) if file and tab == "documentation" else [],
        sources=_sources(file),
        runs=read.order_runs(connection, scheduler_id, chain, limit=10),
        note=note_of(scheduler_id, chain),
        verbs=verbs_for("order"),
        link=paging.address,
    )


def _link(node: read.NodeRow) -> Link:
    # a node that sets orders back or suspends them has no way on when it fails
    error = "" if node.on_error else node.error_state
    return Link(node.state, node.next_state, error, node.is_end and not node.sink)


@dataclass(frozen=True, slots=True)
class Source:
    """A directory whose files become orders of the chain; `node` is where they begin, empty: at the first one. Seconds
    between looks, and after an error, are empty where the file says nothing."""

    directory: str
    pattern: str
    node: str
    repeat: str
    delay: str


def _sources(file: read.FileRow | None) -> list[Source]:
    "The file order sources of the version in use."
    try:
        root = etree.fromstring((file.source if file else "").encode())
    except etree.XMLSyntaxError:
        return []
    return [
        Source(*(each.get(name, "") for name in ("directory", "regex", "next_state", "repeat", "delay_after_error")))
        for each in root.iter("file_order_source")
    ]


def node_names(scheduler_id: str, chain: str) -> list[str]:
    "The states of a chain's nodes, in order; empty when there is no such chain."
    detail = read.chain(database.read(), scheduler_id, chain)
    return [node.state for node in detail.nodes] if detail else []
