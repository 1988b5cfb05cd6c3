"Where the parameters of an order come from, as far as its file and what is stored of it tell."

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lxml import etree
from sqlalchemy import Connection

from models import read
from models.read.orders import OrderRow
from scheduler.records import ObjectKind, Order, OrderOrigin
from web.words import N_

OF_FILE = N_("its file")
CHANGED = N_("a command or a job; its file says otherwise")
ADDED = N_("a command or a job; its file does not have it")
OF_COMMAND = N_("the command that added it, or a job")
OF_PLAN = N_("a change of the plan, for this time")
OF_WATCHED = N_("the file that was found")
#: those that somebody has given on top of the definition
BY_HAND = frozenset({CHANGED, ADDED, OF_PLAN})


def origins(order: Order, source: str) -> dict[str, str]:
    "By name of the parameter, in small letters. `source`: the file of a permanent order, empty for any other."
    defined = _defined(source)
    before = {name.lower(): value for name, value in order.params_before.pairs()} if order.params_before else {}
    found = {}
    for name, value in order.params.pairs():
        key = name.lower()
        if order.params_before is not None and before.get(key) != value:
            found[key] = OF_PLAN
        elif source:
            found[key] = OF_FILE if defined.get(key) == value else CHANGED if key in defined else ADDED
        elif order.origin is OrderOrigin.FILE_ORDER and key.startswith("scheduler_file"):
            found[key] = OF_WATCHED
        else:
            found[key] = OF_COMMAND
    return found


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
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return {}
    elements: Iterable[etree._Element] = root.iterfind("params/param")
    return {each.get("name", "").lower(): each.get("value", "") for each in elements}
