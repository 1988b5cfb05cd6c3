"Job chains: the list, and one chain with its nodes and their orders."

from __future__ import annotations

from flask import Blueprint, abort, request

from models import read
from scheduler.records import ChainState, ObjectKind
from web import database, paging, scope
from web.display import note_of
from web.fragments import page_or_fragment

blueprint = Blueprint("chains", __name__, url_prefix="/s/<scheduler_id>/chains")

FILTERS: dict[str, ChainState | None] = {"": None, "running": ChainState.RUNNING, "stopped": ChainState.STOPPED}


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    state, text = (request.args.get(name, "").strip() for name in ("state", "q"))
    chains = read.chains(
        database.read(),
        scheduler_id,
        text=text,
        state=FILTERS.get(state),
        offset=paging.offset(),
        limit=paging.SIZE,
    )
    return page_or_fragment(
        "chains/index.html",
        {"table": "chains/_list.html"},
        chains=chains,
        pager=paging.numbered(chains),
        state=state,
        text=text,
        filters=list(FILTERS),
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
    return page_or_fragment(
        "chains/page.html",
        {"chain": "chains/_chain.html"},
        detail=detail,
        path=detail.chain.path if detail else chain,
        file=file,
        orders=orders,
        pager=paging.numbered(orders),
        runs=read.order_runs(connection, scheduler_id, chain, limit=10),
        note=note_of(scheduler_id, chain),
    )


def node_names(scheduler_id: str, chain: str) -> list[str]:
    "The states of a chain's nodes, in order; empty when there is no such chain."
    detail = read.chain(database.read(), scheduler_id, chain)
    return [node.state for node in detail.nodes] if detail else []
