"The log of a run of an order; it follows while the run goes on."

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from models import read
from models.read.order_log import order_log as stored_log
from scheduler.records import Run
from web import commands, database, downloads, engines, log_sieve, log_view, paging, scope
from web.display import now
from web.fragments import page_or_fragment, wants_fragment
from web.order_log import OrderLog
from web.viewed_run import ViewedRun

blueprint = Blueprint(
    "order_logs", __name__, url_prefix="/s/<scheduler_id>/orders/<object:chain>/-/<token:order_id>/-/runs"
)


@blueprint.get("/<int:history_id>/log")
def page(scheduler_id: str, chain: str, order_id: str, history_id: int) -> str:
    """htmx: the lines from `?step=&from=` on and the next question while the run goes on, those before
    `?before_step=&before=`, or a `?part=`: what a search finds (`results`), where errors lie (`map`), the line
    `?whole=` of that window in full (`line`), or the `head`. Else: a page."""
    run = _run(scheduler_id, chain, order_id, history_id)
    viewed = _viewed(scheduler_id, run)
    wanted = request.args.get("part") if wants_fragment() else None
    context: dict[str, Any] = {"run": run, "log_address": viewed.address, "sieve": viewed.sieve, "viewed": viewed}
    if wanted == "results":
        return render_template("tasks/_results.html", results=viewed.results(), **context)
    if wanted == "map":
        return render_template("log/_map.html", map=viewed.map())
    log = None if wanted == "head" else viewed.asked()
    if log is not None and wanted == "line":
        return _whole_line(log)
    if log is not None and wants_fragment():
        template = "orders/_log_lines.html" if paging.number("before_step") is None else "orders/_log_before.html"
        return render_template(template, log=log, scheduler=scheduler_id, **context)
    scope.enter(scheduler_id)
    scope.watch("order", f"{chain},{order_id}")
    results = None if wanted else viewed.results()
    return page_or_fragment("orders/log.html", {"head": "orders/_log_head.html"}, log=log, results=results, **context)


@blueprint.get("/<int:history_id>/log.txt")
@blueprint.get("/<int:history_id>/log.txt.gz", endpoint="raw_gz")
def raw(scheduler_id: str, chain: str, order_id: str, history_id: int) -> Response:
    """The whole log as a download, or the lines that are asked for; of a run that goes on as far as it is written.

    `?show=`: for the browser to show it as text.
    """
    run = _run(scheduler_id, chain, order_id, history_id)
    viewed = _viewed(scheduler_id, run)
    if viewed.sieve.any or viewed.sieve.source:
        content = viewed.pieces()
    else:
        whole = _from_engine(scheduler_id, run) if run.ended_at is None else None
        if whole is None:
            whole = stored_log(database.read(), scheduler_id, history_id) or b""
        content = viewed.secrets.pieces([whole])
    name = downloads.name(f"run-{history_id}", viewed.sieve)
    return downloads.text(content, name, request.path.endswith(".gz"), "show" in request.args)


def _whole_line(log: OrderLog) -> str:
    if not log.parts:
        abort(404)
    part = log.parts[0]
    return log_view.whole_line(part.log.window, f"S{part.row.step.step}")


def _from_engine(scheduler_id: str, run: Run) -> bytes | None:
    "The log with what the running step has written so far; None when the engine does not give it."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.order_log(run.chain, run.order_id, run.history_id), timeout)
    log = answer.find("log") if answer is not None else None
    return None if log is None else (log.text or "").encode()


def _run(scheduler_id: str, chain: str, order_id: str, history_id: int) -> Run:
    run = read.order_run(database.read(), scheduler_id, history_id) if history_id < 2**63 else None
    if run is None or (run.chain.lower(), run.order_id) != (chain.lower(), order_id):
        abort(404)
    return run


def _viewed(scheduler_id: str, run: Run) -> ViewedRun:
    sieve = log_sieve.asked()
    at: dict[str, Any] = {"chain": run.chain, "order_id": run.order_id, "history_id": run.history_id, **sieve.arguments}

    def address(**more: Any) -> str:
        return url_for("order_logs.page", scheduler_id=scheduler_id, **at | more)

    return ViewedRun(database.read(), scheduler_id, run, sieve, now(), address)
