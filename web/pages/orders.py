"Orders: the list, and one order with its way, parameters and history."

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from lxml import etree
from sqlalchemy import select
from werkzeug.wrappers import Response

from models import operations, read, tables
from models.read import StepRow
from models.read.listings import ORDERS
from models.read.orders import OrderRow, OrderSort
from models.read.page import one_of
from scheduler.params import Params
from scheduler.records import ObjectKind, Order, OrderState, Run
from web import database, day, documentation, lists, paging, scope, starts, unread, why
from web.actions.offers import offer
from web.batches import clearing, possible, verbs_for
from web.display import note_of, now, zone
from web.fragments import page_or_fragment
from web.named import in_sight
from web.order_params import changed_by_hand, given_at_nodes, told_origins
from web.states import step_look
from web.way import way
from web.words import gettext, translated

blueprint = Blueprint("orders", __name__, url_prefix="/s/<scheduler_id>/orders")

#: chips of the list, in their order
FILTERS = ("", "running", "waiting", "setback", "suspended", "blacklisted")
#: the first one is what a list begins with: what is in trouble; of one chain how its orders stand in the queue
SORTS: tuple[OrderSort, ...] = ("trouble", "queue", "start", "id")
SORTS_OF_ONE: tuple[OrderSort, ...] = ("queue", "trouble", "start", "id")
#: word in `?group=` -> how the list is sorted then
GROUPS: dict[str, OrderSort] = {"chain": "queue", "state": "trouble"}


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    group = request.args.get("group", "")
    chain = request.args.get("chain", "").strip()
    found, sort = lists.narrowed(scheduler_id, ORDERS), lists.sort(SORTS_OF_ONE if chain else SORTS)
    ended = found.state == "ended" or found.filter.names("state", "ended")
    orders = read.orders(
        database.read(),
        scheduler_id,
        chain=chain,
        ended=ended,
        where=found.where,
        sort=GROUPS[group] if group in GROUPS else next(word for word in SORTS if word == sort.by),
        descending=sort.descending and group not in GROUPS,
        offset=paging.offset(),
        limit=paging.size(),
    )
    return page_or_fragment(
        "orders/index.html",
        {"table": "orders/_list.html"},
        orders=orders,
        pager=paging.numbered(orders),
        list=found,
        sort=None if group in GROUPS else sort,
        group=group if group in GROUPS else "",
        groups=["", *GROUPS],
        chain=chain,
        filters=FILTERS,
        changed=changed_by_hand(database.read(), scheduler_id, orders.rows),
        members_of=_members_of(scheduler_id, orders.rows),
        finished_today=f"not state:open since:{_minutes_of_today()}m",
        tokens=ORDERS.tokens,
        verbs=verbs_for("order"),
        clearing=clearing(scheduler_id, chain) if chain else "",
        possible=possible,
        link=paging.address,
    )


@blueprint.get("/<object:chain>/-/<token:order_id>")
def page(scheduler_id: str, chain: str, order_id: str) -> str | Response:
    scope.enter(scheduler_id)
    if why.wanted():
        guide = documentation.guide_of_order(scheduler_id, chain, order_id)
        return why.dialog(f"{translated('order')} {order_id}", why.order(scheduler_id, chain, order_id), guide)
    scope.watch("order", f"{chain},{order_id}")
    connection = database.read()
    row = read.order(connection, scheduler_id, chain, order_id)
    if row is None and (inside := read.chain_where_it_stands(connection, scheduler_id, chain, order_id)):
        return redirect(url_for("orders.page", scheduler_id=scheduler_id, chain=inside, order_id=order_id))
    runs = read.order_runs(connection, scheduler_id, chain, order_id, limit=20)
    # in a nested chain it has the file and the run time that it got in the chain around
    home = row.order.home if row and in_sight("order", row.order.home) else chain
    file = read.file(connection, scheduler_id, ObjectKind.ORDER, f"{home},{order_id}")
    if row is None and not runs and file is None:
        if inside := read.chain_where_it_ran(connection, scheduler_id, chain, order_id):
            return redirect(url_for("orders.page", scheduler_id=scheduler_id, chain=inside, order_id=order_id))
        return unread.page_or_404(scheduler_id, ObjectKind.ORDER, f"{chain},{order_id}")
    order = row.order if row else None
    shown = _shown_run(runs)
    here = order is not None and order.state is not OrderState.ENDED
    steps = read.order_steps(connection, scheduler_id, shown) if shown else []
    found = read.chain(connection, scheduler_id, chain)
    states = [node.state for node in found.nodes] if found else []
    obstacles = why.order(scheduler_id, chain, order_id) if here and order and not order.in_task else []
    at = order.node if here and order and order.history_id in (None, shown) else ""
    job_here = next((node.job for node in found.nodes if node.state == order.node), "") if found and order else ""
    job = read.job(connection, scheduler_id, job_here) if job_here and here else None
    return page_or_fragment(
        "orders/page.html",
        {"order": "orders/_order.html", "drawer": "orders/_drawer.html"},
        order=order if here else None,
        order_id=order_id,
        chain_path=order.chain if order else chain,
        home=home,
        runs=runs,
        started_by=operations.that_started_runs(database.read(), scheduler_id, runs),
        shown=shown,
        steps=steps,
        coming=starts.of_chain(scheduler_id, home, order_id) if order and order.has_run_time else None,
        way=way(found.nodes, at, _visited(runs, shown, steps)) if found else [],
        job_here=job_here,
        worker=_worker(scheduler_id, order),
        file=file,
        origins=_origins(scheduler_id, order, file.source if file else "", runs, states) if order else {},
        of_job=_of_job(order, job) if order and job else Params(),
        most_setbacks=_most_setbacks(job.file) if job and job.file else "",
        note=note_of(scheduler_id, f"{chain},{order_id}"),
        obstacles=obstacles,
        guide=documentation.guide_of_order(scheduler_id, chain, order_id) if obstacles else "",
        link=paging.address,
    )


@blueprint.get("/-/add")
def add(scheduler_id: str) -> Response:
    "Leads to the form that adds an order to `?chain=`."
    scope.enter(scheduler_id)
    chain = request.args.get("chain", "").strip()
    found = offer("chain", "add-order", chain=chain) if read.chain(database.read(), scheduler_id, chain) else None
    if found is None:
        words = gettext("There is no job chain %(chain)s that you may add orders to.", chain=chain) if chain else ""
        words = words or gettext("Name the job chain that the order is to be added to.")
        flash({"family": "attention", "shape": "triangle", "head": words})  # type: ignore[arg-type]
        return redirect(url_for("orders.index", scheduler_id=scheduler_id), 303)
    return redirect(found.address, 303)


def _members_of(scheduler_id: str, rows: Sequence[OrderRow]) -> dict[int, str]:
    "Task -> the member that runs it, of orders in a task; nothing of an engine that stands alone."
    t = tables.tasks.c
    tasks = [row.order.task_id for row in rows if row.order.task_id is not None]
    where = t.scheduler_id == scheduler_id, one_of(database.read(), t.id, tasks), t.member_id != ""
    found = database.read().execute(select(t.id, t.member_id).where(*where)) if tasks else ()
    return {row.id: row.member_id for row in found}


def _minutes_of_today() -> int:
    "Since midnight in the reader's zone."
    begin, _ = day.bounds(now().astimezone(zone()).date(), zone())
    return int((now() - begin).total_seconds() // 60) + 1


def _visited(runs: Sequence[Run], shown: int | None, steps: Sequence[StepRow]) -> dict[str, bool]:
    "The nodes of a run, and whether it went well there; the node where it ended is one of them."
    found = {row.step.node: step_look(row.step).family != "bad" for row in steps}
    ended = {run.node: not run.failed for run in runs if run.history_id == shown and run.ended_at}
    return ended | found


def _params_at_start(runs: Sequence[Run], order: Order) -> Params | None:
    return next((run.params for run in runs if run.history_id == order.history_id), None)


def _of_job(order: Order, job: read.JobDetail) -> Params:
    "What the step at its node gets from the definition of the job, because the order does not have it itself."
    return Params([(name, value) for name, value in job.params.pairs() if name not in order.params])


def _most_setbacks(job: read.FileRow) -> str:
    "After how many the order goes to the error state; empty: the definition does not say."
    try:
        delays = etree.fromstring(job.source.encode()).iter("delay_order_after_setback")
    except etree.XMLSyntaxError:
        return ""
    last = next((each for each in delays if each.get("is_maximum") in ("yes", "true", "1")), None)
    return "" if last is None else last.get("setback_count", "")


def _origins(
    scheduler_id: str, order: Order, source: str, runs: Sequence[Run], states: Sequence[str]
) -> dict[str, str]:
    given = given_at_nodes(database.read(), scheduler_id, order)
    return told_origins(order, source, _params_at_start(runs, order), given, states)


def _worker(scheduler_id: str, order: Order | None) -> str:
    "The member of the cluster that runs its step now; empty: none, or the engine stands alone."
    task = read.task(database.read(), scheduler_id, order.task_id) if order and order.task_id else None
    return task.member_id if task else ""


def _shown_run(runs: Sequence[Run]) -> int | None:
    "The history id of the run whose steps are shown: the one asked for, else the newest."
    asked = request.args.get("run", "")
    ids = [run.history_id for run in runs]
    if asked.isdecimal() and int(asked) in ids:
        return int(asked)
    return ids[0] if ids else None
