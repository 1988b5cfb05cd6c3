"Job chains: the list, and one chain with its nodes and their orders."

from __future__ import annotations

from flask import Blueprint, request

from models import read
from models.read.chains import ChainSort
from models.read.listings import CHAINS
from models.read.orders import last_runs
from scheduler.records import ObjectKind
from web import (
    below,
    chain_drawing,
    chain_why,
    database,
    documentation,
    lists,
    paging,
    scope,
    starts,
    unread,
    vanished,
    why,
)
from web.batches import clearing, possible, possible_of_node, verbs_for
from web.display import note_of
from web.fragments import page_or_fragment
from web.permissions import may

blueprint = Blueprint("chains", __name__, url_prefix="/s/<scheduler_id>/chains")

FILTERS = ("", "running", "stopped")
SORTS: tuple[ChainSort, ...] = ("trouble", "path", "orders")
TABS = ("overview", "starts", "documentation")


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    found, sort = lists.narrowed(scheduler_id, CHAINS), lists.sort(SORTS)
    chains = read.chains(
        database.read(),
        scheduler_id,
        where=found.where,
        sort=next(word for word in SORTS if word == sort.by),
        descending=sort.descending,
        offset=paging.offset(),
        limit=paging.size(),
    )
    show, paths = below.shown("nodes", "orders"), [chain.path for chain in chains.rows]
    return page_or_fragment(
        "chains/index.html",
        {"table": "chains/_list.html"},
        chains=chains,
        show=show,
        nodes_of=below.nodes(database.read(), scheduler_id, paths) if show == "nodes" else {},
        orders_of=below.orders(database.read(), scheduler_id, paths) if show == "orders" else {},
        last_runs=last_runs(database.read(), scheduler_id, paths) if may("history.view", None, scheduler_id) else {},
        sources_of=_sources(scheduler_id, paths),
        pager=paging.numbered(chains),
        list=found,
        sort=sort,
        filters=FILTERS,
        tokens=CHAINS.tokens,
        verbs=verbs_for("chain"),
        possible=possible,
        link=paging.address,
    )


def _sources(scheduler_id: str, paths: list[str]) -> dict[str, list[chain_drawing.Source]]:
    "Directories whose files become orders, by the path of the chain in lower case."
    files = read.files_at(database.read(), scheduler_id, (ObjectKind.JOB_CHAIN,), paths)
    return {file.path.lower(): chain_drawing.sources_of(file) for file in files if "file_order_source" in file.source}


@blueprint.get("/<object:chain>")
def page(scheduler_id: str, chain: str) -> str:
    scope.enter(scheduler_id)
    if why.wanted():
        return chain_why.dialog(scheduler_id, chain)
    scope.watch("chain", chain)
    connection = database.read()
    detail = read.chain(connection, scheduler_id, chain)
    file = detail.file if detail else read.file(connection, scheduler_id, ObjectKind.JOB_CHAIN, chain)
    gone = vanished.removal(scheduler_id, ObjectKind.JOB_CHAIN, chain) if detail is None and file is None else None
    runs = read.order_runs(connection, scheduler_id, chain, limit=10)
    if detail is None and file is None and not runs and gone is None:
        return unread.page_or_404(scheduler_id, ObjectKind.JOB_CHAIN, chain)
    inside = [each.nested_chain for each in detail.nodes if each.nested_chain] if detail else []
    standing, first, size = [read.at_chain_or_inside(chain)] if inside else [], paging.offset(), paging.size()
    orders = read.orders(
        connection, scheduler_id, chain="" if inside else chain, where=standing, offset=first, limit=size
    )
    node, tab = request.args.get("node", ""), request.args.get("tab", "")
    if tab not in TABS or detail is None:
        tab = TABS[0]
    sources = chain_drawing.sources_of(file)
    about = chain_drawing.chosen(connection, scheduler_id, detail, node) if detail else None
    obstacles = chain_why.of_chain(scheduler_id, detail) if detail else []
    if detail and sources:
        obstacles += chain_why.of_sources(scheduler_id, detail.chain.path)
    return page_or_fragment(
        "chains/page.html",
        {"chain": "chains/_chain.html", "drawer": "chains/_drawer.html"},
        detail=detail,
        path=detail.chain.path if detail else chain,
        file=file,
        gone=gone,
        orders=orders,
        pager=paging.numbered(orders),
        drawn=chain_drawing.drawing(detail, sources, node) if detail else None,
        about=about,
        obstacles=obstacles,
        node_obstacles=chain_why.of_node(scheduler_id, detail, node) if detail and about and tab == TABS[0] else [],
        tab=tab,
        coming=starts.of_chain(scheduler_id, chain) if tab == "starts" else None,
        written=documentation.of_chain(file.source) if file and tab == "documentation" else [],
        sources=sources,
        runs=runs,
        note=note_of(scheduler_id, chain),
        verbs=verbs_for("order"),
        inside=[each for each in dict.fromkeys(inside) if may("chains.view", each)],
        clearing=clearing(scheduler_id, detail.chain.path) if detail and not inside else "",
        possible=possible,
        node_verbs=verbs_for("node") if detail else (),
        possible_of_node=possible_of_node,
        link=paging.address,
    )


def node_names(scheduler_id: str, chain: str) -> list[str]:
    "The states of a chain's nodes, in order; empty when there is no such chain."
    detail = read.chain(database.read(), scheduler_id, chain)
    return [node.state for node in detail.nodes] if detail else []
