"Where the parameters of an order come from, as far as its file and what is stored of it tell."

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree
from sqlalchemy import Connection

from models import read
from models.read.orders import OrderRow
from scheduler import paths
from scheduler.configuration.return_codes import PLUGIN
from scheduler.kept_params import kept
from scheduler.params import Params
from scheduler.records import ObjectKind, Order, OrderOrigin, RunCause
from web.named import in_sight
from web.words import N_, gettext, translated

OF_FILE = N_("its file")
CHANGED = N_("a command or a job; its file says otherwise")
ADDED = N_("a command or a job; its file does not have it")
OF_COMMAND = N_("the command that added it, or a job")
GIVEN = N_("a command, later")
OTHER_BY_JOB = N_("a job; its file says otherwise")
ADDED_BY_JOB = N_("a job; its file does not have it")
BY_JOB = N_("a job, in this run")
OF_PLAN = N_("a change of the plan, for this time")
OF_CHAIN = N_("the job chain whose node added the order")
OF_ORDER = N_("the order whose step added this one, or a job")
OF_WATCHED = N_("the file that was found")
#: those that somebody has given on top of the definition
BY_HAND = frozenset({CHANGED, ADDED, GIVEN, OF_PLAN})
_IN_PLUGIN = f"{{{PLUGIN}}}"
#: what stands for the id of the order at the node in what a node gives
ORDER_ID = "${ORDER_ID}"


@dataclass(frozen=True, slots=True)
class GivenAtNode:
    "What a node says for the orders that it adds: the value as it is written, and which node of which chain that is."

    value: str
    chain: str
    node: str

    def may_be(self, value: str) -> bool:
        "Whether it may have given the value; which order was at the node is not known any more."
        return re.fullmatch(".*".join(map(re.escape, self.value.split(ORDER_ID))), value, re.DOTALL) is not None


OfNodes = Mapping[str, Sequence[GivenAtNode]]
NOTHING: OfNodes = MappingProxyType({})


def told_origins(
    order: Order,
    source: str,
    at_start: Params | None = None,
    of_nodes: OfNodes = NOTHING,
    states: Collection[str] = (),
) -> dict[str, str]:
    """The same as `origins` in the language of the reader: a job chain is named with its node as far as the reader may
    see it, and so is the only one of the nodes `states` at which a shell job gets the parameter (`STATE/NAME`)."""
    found = {}
    for name, words in origins(order, source, at_start, of_nodes).items():
        said = _of_node(of_nodes[name], order.params[name]) if words == OF_CHAIN else translated(words)
        node = next((each for each in states if each.lower() == name.rpartition("/")[0]), "")
        places = {"origin": said, "node": node}
        found[name] = gettext("%(origin)s; only for the shell job at node %(node)s", **places) if node else said
    return found


def _of_node(given: Sequence[GivenAtNode], value: str) -> str:
    "By name only where no other node can have given it."
    possible = {(each.chain, each.node): each for each in given if each.may_be(value)}
    by = next(iter(possible.values()))
    if len(possible) > 1 or not by.node or not in_sight("job_chain", by.chain):
        return translated(OF_CHAIN)
    return gettext("node %(node)s of the job chain %(chain)s, which added the order", node=by.node, chain=by.chain)


def origins(
    order: Order, source: str, at_start: Params | None = None, of_nodes: OfNodes = NOTHING
) -> dict[str, str]:
    """By name of the parameter, in small letters. `source`: the file of a permanent order, empty for any other.
    `at_start`: the parameters with which its run has begun, as they are kept; None: not known, or it has not.
    `of_nodes`: what `given_at_nodes` says of the order."""
    defined = _defined(source)
    begun = None if at_start is None else {name.lower(): value for name, value in at_start.pairs()}
    now = kept(order.params)
    before = {name.lower(): value for name, value in order.params_before.pairs()} if order.params_before else {}
    found = {}
    for name, value in order.params.pairs():
        key = name.lower()
        if order.params_before is not None and before.get(key) != value:
            found[key] = OF_PLAN
        elif order.params_given is not None and order.params_given.get(name) == value:
            found[key] = GIVEN
        elif source:
            found[key] = OF_FILE if defined.get(key) == value else _not_of_file(order, key in defined)
        elif order.origin is OrderOrigin.FILE_ORDER and key.startswith("scheduler_file"):
            found[key] = OF_WATCHED
        elif begun is not None and name in now and begun.get(key) != now[name]:
            found[key] = BY_JOB
        elif order.cause is RunCause.ORDER:
            given = any(each.may_be(value) for each in of_nodes.get(key, ()))
            found[key] = OF_CHAIN if given else OF_ORDER
        else:
            found[key] = OF_COMMAND
    return found


def given_at_nodes(connection: Connection, scheduler_id: str, order: Order) -> dict[str, list[GivenAtNode]]:
    """What nodes of job chains say in their configuration for orders that they add to the chain of this one, by name
    of the parameter in small letters. Nothing for an order that no order has added.

    A job chain gives orders nothing else: it has no parameters of its own, and its nodes have none."""
    found: dict[str, list[GivenAtNode]] = {}
    if order.cause is not RunCause.ORDER:
        return found
    for file in read.files_with(connection, scheduler_id, ObjectKind.JOB_CHAIN, PLUGIN):
        for added in _elements(file.source, f".//{_IN_PLUGIN}add_order"):
            chain = paths.absolute(added.get(f"{_IN_PLUGIN}job_chain", ""), paths.folder(file.path))
            node = next((each.get("state", "") for each in added.iterancestors("job_chain_node")), "")
            for each in added.iter(f"{_IN_PLUGIN}param") if chain.lower() == order.home.lower() else ():
                name, value = (each.get(f"{_IN_PLUGIN}{word}", "") for word in ("name", "value"))
                found.setdefault(name.lower(), []).append(GivenAtNode(value, file.path, node))
    return found


def _not_of_file(order: Order, defined: bool) -> str:
    "What commands have given is known, but for orders that an older version has stored."
    if order.params_given is None:
        return CHANGED if defined else ADDED
    return OTHER_BY_JOB if defined else ADDED_BY_JOB


def changed_by_hand(connection: Connection, scheduler_id: str, rows: Sequence[OrderRow]) -> set[str]:
    "Those of the orders (chain, comma, id) that have parameters on top of their definition, or other ones."
    names = [f"{row.order.chain},{row.order.id}" for row in rows if row.order.params]
    files = read.files_at(connection, scheduler_id, (ObjectKind.ORDER,), names)
    sources: Mapping[str, str] = {file.path.lower(): file.source for file in files}
    return {
        name
        for row in rows
        if (name := f"{row.order.chain},{row.order.id}") in names
        and BY_HAND.intersection(origins(row.order, sources.get(name.lower(), "")).values())
    }


def _defined(source: str) -> dict[str, str]:
    "The parameters of a definition; nothing when it is not XML."
    return {each.get("name", "").lower(): each.get("value", "") for each in _elements(source, "params/param")}


def _elements(source: str, path: str) -> Iterable[etree._Element]:
    "Those of a definition; none when it is not XML."
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return ()
    found: Iterable[etree._Element] = root.iterfind(path)
    return found
