"""Who holds what is shown as stopped or suspended, and why: the last deed of these pages, if it was that.

And until when, if it goes on by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, g

from models import audit, read
from models.audit import Entry
from models.read import ChainRow, JobRow, NodeRow, OrderRow
from models.read.chains import HeldNode
from scheduler.hold import PAUSE, HoldKey, HoldKind, hold_key
from scheduler.records import ChainState, NodeAction, Order, OrderState
from web import database


@dataclass(frozen=True, slots=True)
class Held:
    "`by` None: nobody on these pages. `until` None: until somebody ends it."

    by: Entry | None = None
    until: datetime | None = None


Holders = Mapping[str, Held]
#: what takes a suspension away besides what is made for that; `order.set-state` only when it says so, see `_last`
_RESUMES = ("order.resume", "order.reset", "order.remove", "order.set-state")
#: kind of an obstacle that somebody may have put there -> what puts it there, and what takes it away
_HOLDING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "stopped": (("job.stop",), ("job.unstop",)),
    "chain_stopped": (("chain.stop",), ("chain.unstop",)),
    "node_stop": (("node.stop",), ("node.process",)),
    "node_next_state": (("node.skip",), ("node.process",)),
    "suspended": (("order.suspend",), _RESUMES),
    "paused": (("scheduler.pause",), ("scheduler.continue",)),
}
#: how far the clocks of the pages and of an engine may be apart
_CLOCKS = timedelta(minutes=1)


def of_jobs(scheduler_id: str, jobs: Iterable[JobRow]) -> Holders:
    "By path, of those that are stopped."
    held = [job.path for job in jobs if job.stopped]
    return _with_ends(scheduler_id, HoldKind.JOB, held, _last(scheduler_id, held, ("job.stop",), ("job.unstop",)))


def of_orders(scheduler_id: str, orders: Iterable[OrderRow]) -> Holders:
    "By chain and id with a comma between them, of those that are suspended."
    suspended = [row.order for row in orders if row.order.state is OrderState.SUSPENDED]
    held = {f"{order.chain},{order.id}": order for order in suspended}
    by = _last(scheduler_id, list(held), ("order.suspend",), _RESUMES)
    by = {name: entry for name, entry in by.items() if _about(held[name], entry)}
    homes = {name: f"{order.home},{order.id}" for name, order in held.items()}
    ends = _ends(scheduler_id, HoldKind.ORDER, homes.values())
    return _together(by, {name: ends[home] for name, home in homes.items() if home in ends})


def _about(order: Order, entry: Entry) -> bool:
    "Whether the deed was about this order, not about one before it with the same id."
    return entry.time > order.created_at - _CLOCKS


def of_chains(scheduler_id: str, chains: Iterable[ChainRow]) -> Holders:
    "By path, of those that are stopped."
    held = [chain.path for chain in chains if chain.state is ChainState.STOPPED]
    by = _last(scheduler_id, held, ("chain.stop",), ("chain.unstop",))
    return _with_ends(scheduler_id, HoldKind.JOB_CHAIN, held, by)


def of_nodes(scheduler_id: str, nodes: Iterable[HeldNode]) -> Holders:
    "By chain and node with a comma between them."
    names = [f"{each.chain},{each.node}" for each in nodes]
    by = _last(scheduler_id, names, ("node.stop", "node.skip"), ("node.process",))
    return _with_ends(scheduler_id, HoldKind.NODE, names, by)


def of_chain_nodes(scheduler_id: str, chain: str, nodes: Iterable[NodeRow]) -> Holders:
    "By state, of the nodes of a chain that are stopped or skipped."
    actions = {NodeAction.STOP: "node.stop", NodeAction.NEXT_STATE: "node.skip"}
    wanted = {f"{chain},{node.state}": node for node in nodes if node.action in actions}
    if not wanted:
        return {}
    found = audit.last_done(database.read(), scheduler_id, list(wanted), (*actions.values(), "node.process"))
    by = {name: entry for name, entry in found.items() if entry.action == actions[wanted[name].action]}
    held = _with_ends(scheduler_id, HoldKind.NODE, list(wanted), by)
    return {wanted[name].state: each for name, each in held.items()}


def of_obstacle(scheduler_id: str, kind: str, name: str) -> Entry | None:
    "Who put an obstacle of this kind there; `name` is its object as the engine names it. None: nobody on these pages."
    if kind not in _HOLDING:
        return None
    if kind == "paused":
        name = ""
    elif kind.startswith("node_"):
        name = ",".join(name.rsplit(":", 1))
    found = _last(scheduler_id, [name], *_HOLDING[kind]).get(name)
    if found is not None and kind == "suspended":
        chain, _, order_id = name.partition(",")
        row = read.order(database.read(), scheduler_id, chain, order_id)
        return found if row is not None and _about(row.order, found) else None
    return found


def held_until(scheduler_id: str, kind: str, name: str) -> datetime | None:
    "When an object goes on by itself, by the word of `HoldKind` and the name as a hold has it."
    return _ends(scheduler_id, HoldKind(kind), [name]).get(name)


def paused_until(scheduler_id: str) -> datetime | None:
    "When the paused scheduler continues by itself."
    return _ends(scheduler_id, HoldKind.SCHEDULER, [PAUSE.key]).get(PAUSE.key)


def _with_ends(scheduler_id: str, kind: HoldKind, names: list[str], by: Mapping[str, Entry]) -> Holders:
    return _together(by, _ends(scheduler_id, kind, names))


def _ends(scheduler_id: str, kind: HoldKind, names: Iterable[str]) -> Mapping[str, datetime]:
    "One question for all lists of a page; none where nothing is held."
    held = list(names)
    if not held:
        return {}
    known: dict[str, dict[HoldKey, datetime]] = g.setdefault("hold_ends", {})
    if scheduler_id not in known:
        known[scheduler_id] = read.hold_ends(database.read(), scheduler_id)
    ends = ((name, known[scheduler_id].get(hold_key(kind, name))) for name in held)
    return {name: until for name, until in ends if until is not None}


def _together(by: Mapping[str, Entry], ends: Mapping[str, datetime]) -> Holders:
    return {name: Held(by.get(name), ends.get(name)) for name in {**by, **ends}}


def _last(
    scheduler_id: str, names: list[str], held: tuple[str, ...], released: tuple[str, ...]
) -> Mapping[str, Entry]:
    "One question; none where nothing is held."
    if not names:
        return {}
    with_words = {"order.set-state": 'suspended="no"'}
    found = audit.last_done(database.read(), scheduler_id, names, (*held, *released), with_words)
    return {name: entry for name, entry in found.items() if entry.action in held}


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        holders_of_jobs=of_jobs,
        holders_of_orders=of_orders,
        holders_of_chains=of_chains,
        holders_of_nodes=of_nodes,
        holders_of_chain_nodes=of_chain_nodes,
        held_until=held_until,
        paused_until=paused_until,
    )
