"The log of a run of an order; it follows while the run goes on."

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from models import read
from models.read.order_log import order_log as stored_log
from scheduler.records import Run
from web import commands, database, downloads, engines, log_view, order_log, order_search, paging, scope
from web.fragments import page_or_fragment, wants_fragment
from web.log_view import Results
from web.order_log import OrderLog, Place

blueprint = Blueprint(
    "order_logs", __name__, url_prefix="/s/<scheduler_id>/orders/<object:chain>/-/<token:order_id>/-/runs"
)


@blueprint.get("/<int:history_id>/log")
def page(scheduler_id: str, chain: str, order_id: str, history_id: int) -> str:
    """htmx: the lines from `?step=&from=` on and the next question while the run goes on, or (`part=results`) what a
    search finds, or (`part=line`) the line `?whole=` of that window in full. Else: the log as a page."""
    run = _run(scheduler_id, chain, order_id, history_id)
    address, channel = _address(scheduler_id, run), log_view.channel()
    results = _results(scheduler_id, run, address)
    if wants_fragment() and request.args.get("part") == "results":
        return render_template("tasks/_results.html", results=results, log_address=address)
    parts = {"head": "orders/_log_head.html"}
    wanted = request.args.get("part") if wants_fragment() else None
    log = None
    if wanted not in parts:
        log = order_log.read_log(database.read(), scheduler_id, run, _place())
        log = log.of_channel(channel, partial(order_log.unmarked, database.read(), scheduler_id))
        log = log.with_whole(paging.number("whole"))
    if log is not None and wanted == "line":
        return _whole_line(log)
    if wants_fragment() and wanted not in parts:
        context: dict[str, Any] = {"run": run, "log": log, "channel": channel, "log_address": address}
        return render_template("orders/_log_lines.html", scheduler=scheduler_id, **context)
    scope.enter(scheduler_id)
    scope.watch("order", f"{chain},{order_id}")
    return page_or_fragment(
        "orders/log.html", parts, run=run, log=log, results=results, channel=channel, log_address=address
    )


@blueprint.get("/<int:history_id>/log.txt")
def raw(scheduler_id: str, chain: str, order_id: str, history_id: int) -> Response:
    "The whole log as a download, or its lines of one `?channel=`; of a run that goes on as far as it is written."
    run = _run(scheduler_id, chain, order_id, history_id)
    channel = log_view.channel()
    if channel is not None:
        pieces = order_log.channel_pieces(database.read(), scheduler_id, run, channel)
        return downloads.text(pieces, f"run-{history_id}-{channel}.log")
    content = _from_engine(scheduler_id, run) if run.ended_at is None else None
    if content is None:
        content = stored_log(database.read(), scheduler_id, history_id) or b""
    answer = Response(content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="run-{history_id}.log"'
    return answer


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


def _results(scheduler_id: str, run: Run, address: Callable[..., str]) -> Results | None:
    search = log_view.asked()
    return order_search.find(database.read(), scheduler_id, run, search, address) if search.any else None


def _address(scheduler_id: str, run: Run) -> Callable[..., str]:
    def address(**arguments: Any) -> str:
        at: dict[str, Any] = {"chain": run.chain, "order_id": run.order_id, "history_id": run.history_id}
        return url_for("order_logs.page", scheduler_id=scheduler_id, **at | {"channel": log_view.channel()} | arguments)

    return address


def _place() -> Place | None:
    step, offset, line = (paging.number(name) for name in ("step", "from", "line"))
    if step is None:
        return None
    return Place(step, offset, line if offset else 1)
