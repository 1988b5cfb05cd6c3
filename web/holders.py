"Who holds what is shown as stopped or suspended, and why: the last deed of these pages, if it was that."

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Flask

from models import audit
from models.audit import Entry
from models.read import ChainRow, JobRow, NodeRow, OrderRow
from models.read.chains import HeldNode
from scheduler.records import ChainState, NodeAction, OrderState
from web import database

Holders = Mapping[str, Entry]
#: kind of an obstacle that somebody may have put there -> what puts it there, and what takes it away
_HOLDING: dict[str, tuple[tuple[str, ...], str]] = {
    "stopped": (("job.stop",), "job.unstop"),
    "chain_stopped": (("chain.stop",), "chain.unstop"),
    "node_stop": (("node.stop",), "node.process"),
    "node_next_state": (("node.skip",), "node.process"),
    "suspended": (("order.suspend",), "order.resume"),
    "paused": (("scheduler.pause",), "scheduler.continue"),
}


def of_jobs(scheduler_id: str, jobs: Iterable[JobRow]) -> Holders:
    "By path, of those that are stopped."
    return _last(scheduler_id, [job.path for job in jobs if job.stopped], ("job.stop",), "job.unstop")


def of_orders(scheduler_id: str, orders: Iterable[OrderRow]) -> Holders:
    "By chain and id with a comma between them, of those that are suspended."
    held = [f"{row.order.chain},{row.order.id}" for row in orders if row.order.state is OrderState.SUSPENDED]
    return _last(scheduler_id, held, ("order.suspend",), "order.resume")


def of_chains(scheduler_id: str, chains: Iterable[ChainRow]) -> Holders:
    "By path, of those that are stopped."
    held = [chain.path for chain in chains if chain.state is ChainState.STOPPED]
    return _last(scheduler_id, held, ("chain.stop",), "chain.unstop")


def of_nodes(scheduler_id: str, nodes: Iterable[HeldNode]) -> Holders:
    "By chain and node with a comma between them."
    names = [f"{each.chain},{each.node}" for each in nodes]
    return _last(scheduler_id, names, ("node.stop", "node.skip"), "node.process")


def of_chain_nodes(scheduler_id: str, chain: str, nodes: Iterable[NodeRow]) -> Holders:
    "By state, of the nodes of a chain that are stopped or skipped."
    actions = {NodeAction.STOP: "node.stop", NodeAction.NEXT_STATE: "node.skip"}
    wanted = {f"{chain},{node.state}": node for node in nodes if node.action in actions}
    if not wanted:
        return {}
    found = audit.last_done(database.read(), scheduler_id, list(wanted), (*actions.values(), "node.process"))
    return {wanted[name].state: entry for name, entry in found.items() if entry.action == actions[wanted[name].action]}


def of_obstacle(scheduler_id: str, kind: str, name: str) -> Entry | None:
    "Who put an obstacle of this kind there; `name` is its object as the engine names it. None: nobody on these pages."
    if kind not in _HOLDING:
        return None
    if kind == "paused":
        name = ""
    elif kind.startswith("node_"):
        name = ",".join(name.rsplit(":", 1))
    return _last(scheduler_id, [name], *_HOLDING[kind]).get(name)


def _last(scheduler_id: str, names: list[str], held: tuple[str, ...], released: str) -> Holders:
    "One question; none where nothing is held."
    if not names:
        return {}
    found = audit.last_done(database.read(), scheduler_id, names, (*held, released))
    return {name: entry for name, entry in found.items() if entry.action in held}


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        holders_of_jobs=of_jobs,
        holders_of_orders=of_orders,
        holders_of_chains=of_chains,
        holders_of_nodes=of_nodes,
        holders_of_chain_nodes=of_chain_nodes,
    )
