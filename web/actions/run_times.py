"""The run time that a job or an order has: the form that sets another one opens with it.

An empty run time takes all starts away, so the form of an object that has one must not begin with that.
"""

from __future__ import annotations

from lxml import etree
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from models import read, tables
from scheduler import paths
from scheduler.errors import WorkloadError
from web import commands, database
from web.actions.fields import Faults, Form, run_time, source
from web.actions.orders import order_of
from web.permissions import may

VERB = "set-run-time"
#: what in a run time names another object
_NAMING = ("schedule", "calendar")


def of_job(scheduler_id: str, path: str) -> str:
    "As a command gave it last, else as the file says; empty: there is none, or none that the reader may see."
    detail = read.job(database.read(), scheduler_id, path) if may("jobs.view", path, scheduler_id) else None
    if detail is None:
        return ""
    j = tables.jobs.c
    statement = select(j.run_time_source).where(j.scheduler_id == scheduler_id, j.path_key == path.lower())
    given: str = database.read().execute(statement).scalar_one_or_none() or ""
    if given or detail.file is None or not detail.file.source:
        return given
    whole = source(Form({"source": detail.file.source}), "source", Faults())
    found = whole.find("run_time") if whole is not None else None
    return "" if found is None else etree.tostring(found, encoding="unicode", with_tail=False)


def of_order(scheduler_id: str, chain: str, order_id: str) -> tuple[str, str]:
    """The same of an order, also of one that stands in a chain inside this one, and the path of the chain that it was
    placed in."""
    if not may("orders.view", chain, scheduler_id):
        return "", chain
    inside = read.chain_where_it_stands(database.read(), scheduler_id, chain, order_id)
    order = order_of(scheduler_id, {"chain": inside or chain, "order_id": order_id})
    return (order.run_time_source, order.home) if order is not None else ("", chain)


def opened(arguments: MultiDict[str, str], known: str, path: str) -> MultiDict[str, str]:
    """What the form opens with: the arguments of its address and, where these bring no run time, the `known` one of the
    object at `path`.

    Files name schedules from their own folder on, commands from the root. A text that includes files is left out: they
    are looked for beside the file.
    """
    element = run_time(Form({"run_time": known}), "run_time", Faults()) if known else None
    if element is None or "run_time" in arguments or element.find(".//include") is not None:
        return arguments
    try:
        for name in _NAMING:
            if name in element.attrib:
                element.set(name, paths.absolute(element.get(name, ""), paths.folder(path)))
    except WorkloadError:
        return arguments
    return MultiDict([*arguments.items(multi=True), ("run_time", commands.text(element))])
