"""Where menus of rows of jobs, chains, nodes, orders and tasks lead besides their page.

To what tabs of the page, and lists, show of that object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import url_for

from models import read
from models.read.chains import NodeRow
from scheduler.list_filter import Token
from scheduler.records import ObjectKind
from web import database, documentation
from web.actions.offers import Offer, offer
from web.named import in_sight
from web.pages.menu_ways import Way
from web.permissions import may
from web.words import gettext, translated


def ways_of(kind: str, scheduler_id: str, keys: Mapping[str, str]) -> list[Way]:
    "`keys` name an object that is there. Nothing that the reader may not open."
    match kind:
        case "job":
            return list(_of_job(scheduler_id, keys["path"]))
        case "chain":
            return list(_of_chain(scheduler_id, keys["chain"]))
        case "node":
            return list(_of_node(scheduler_id, keys))
        case "order":
            return list(_of_order(scheduler_id, keys["chain"], keys["order_id"]))
        case "task":
            return list(_page_of("job", scheduler_id, keys["job"]))
    return []


def of_job_behind(scheduler_id: str, keys: Mapping[str, str]) -> list[Offer]:
    "What stops the job of a node, or lets it go on; nothing where there is no such job."
    node = _node(scheduler_id, keys)
    found = offer("job", "unstop" if node.job_stopped else "stop", path=node.job) if node and node.job_known else None
    return [found] if found else []


def _of_job(scheduler_id: str, path: str) -> Iterator[Way]:
    def tab(word: str) -> str:
        return url_for("jobs.page", scheduler_id=scheduler_id, path=path, tab=word)

    yield Way(gettext("Start times"), tab("starts"))
    if may("history.view", path):
        found = url_for("history.page", scheduler_id=scheduler_id, kind="tasks", q=Token("job", path).text)
        yield Way(gettext("History"), found)
    detail = read.job(database.read(), scheduler_id, path)
    if detail is not None and detail.description:
        yield Way(gettext("Documentation"), tab("documentation"))
    yield from _of_file(scheduler_id, ObjectKind.JOB, path)


def _of_chain(scheduler_id: str, path: str) -> Iterator[Way]:
    def tab(word: str) -> str:
        return url_for("chains.page", scheduler_id=scheduler_id, chain=path, tab=word)

    yield Way(gettext("Start times"), tab("starts"))
    if may("history.view", path):
        found = url_for("history.page", scheduler_id=scheduler_id, kind="orders", q=Token("chain", path).text)
        yield Way(gettext("History"), found)
    file = read.file(database.read(), scheduler_id, ObjectKind.JOB_CHAIN, path)
    if file is not None and documentation.of_chain(file.source):
        yield Way(gettext("Documentation"), tab("documentation"))
    yield from _of_file(scheduler_id, ObjectKind.JOB_CHAIN, path)


def _of_node(scheduler_id: str, keys: Mapping[str, str]) -> Iterator[Way]:
    node = _node(scheduler_id, keys)
    if node is not None and node.job_known:
        yield from _page_of("job", scheduler_id, node.job)
        if may("config.view", node.job):
            at = url_for("configuration.object", scheduler_id=scheduler_id, kind=ObjectKind.JOB.value, path=node.job)
            yield Way(gettext("Configuration of the job"), at)


def _of_order(scheduler_id: str, chain: str, order_id: str) -> Iterator[Way]:
    page = url_for("orders.page", scheduler_id=scheduler_id, chain=chain, order_id=order_id)
    yield Way(gettext("Parameters"), f"{page}#h-params")
    yield Way(gettext("History"), f"{page}#h-runs")
    row = read.order(database.read(), scheduler_id, chain, order_id)
    if row is not None and row.order.has_run_time:
        yield Way(gettext("Start times"), f"{page}#h-coming")
    if row is not None and may("config.view", chain):
        path = f"{row.order.home},{order_id}"
        if read.file(database.read(), scheduler_id, ObjectKind.ORDER, path) is not None:
            at = url_for("configuration.object", scheduler_id=scheduler_id, kind=ObjectKind.ORDER.value, path=path)
            yield Way(gettext("Configuration"), at)


def _of_file(scheduler_id: str, kind: ObjectKind, path: str) -> Iterator[Way]:
    if may("config.view", path):
        yield Way(gettext("Dependencies"), url_for("dependencies.page", scheduler_id=scheduler_id, around=path))
        at = url_for("configuration.object", scheduler_id=scheduler_id, kind=kind.value, path=path)
        yield Way(gettext("Configuration"), at)


def _page_of(kind: str, scheduler_id: str, path: str) -> Iterator[Way]:
    if in_sight(kind, path):
        word = gettext("Page of the %(kind)s", kind=translated(kind))
        yield Way(word, url_for("jobs.page", scheduler_id=scheduler_id, path=path))


def _node(scheduler_id: str, keys: Mapping[str, str]) -> NodeRow | None:
    found = read.chain(database.read(), scheduler_id, keys["chain"])
    return next((node for node in found.nodes if node.state == keys["state"]), None) if found else None
