"The addresses of actions: `…/-/<verb>`; GET is the form, POST the deed."

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, request
from werkzeug.datastructures import MultiDict

from models import file_versions, read
from models.supervisor import workers
from scheduler.params import Params
from scheduler.records import ObjectKind, Task
from web import database, unread
from web.actions import again, black_outs, known_params, levels, limits, run_times, substitutes
from web.actions.files import DELETE, RESTORE, first, verbs_of
from web.actions.kinds import Target, target_of
from web.actions.perform import Answer, act
from web.display import now, zone
from web.pages.cluster import checks, ready
from web.usage import usage

jobs = Blueprint("job_actions", __name__, url_prefix="/s/<scheduler_id>/jobs")
tasks = Blueprint("task_actions", __name__, url_prefix="/s/<scheduler_id>/tasks")
orders = Blueprint("order_actions", __name__, url_prefix="/s/<scheduler_id>/orders")
chains = Blueprint("chain_actions", __name__, url_prefix="/s/<scheduler_id>/chains")
schedulers = Blueprint("scheduler_actions", __name__, url_prefix="/s/<scheduler_id>")

files = Blueprint("file_actions", __name__, url_prefix="/s/<scheduler_id>/config")

BLUEPRINTS = (orders, jobs, tasks, chains, schedulers, files)
BOTH = ["GET", "POST"]
LIMITS = "limits"


@jobs.route("/<object:path>/-/<verb>", methods=BOTH, endpoint="action")
def on_job(scheduler_id: str, path: str, verb: str) -> Answer:
    """`?like=<task>` opens the form to start a job once more as that task ran."""
    target, like = target_of("job", scheduler_id, {"path": path}), request.values.get(again.FIELD, "")
    if verb == run_times.VERB:
        return act(target, verb, opened=run_times.opened(request.args, run_times.of_job(scheduler_id, path), path))
    if verb != "start":
        return act(target, verb)
    if not like:
        return _with_known(target, verb, known_params.of_job(scheduler_id, path))
    task = _task(scheduler_id, _number(like))
    if task.job.lower() != path.lower():
        abort(404)
    return act(target, verb, opened=again.filled(task), meant=again.restored(request.form, task.params), like=task.id)


@tasks.route("/<int:task_id>/-/<verb>", methods=BOTH, endpoint="action")
def on_task(scheduler_id: str, task_id: int, verb: str) -> Answer:
    task = _task(scheduler_id, task_id)
    return act(target_of("task", scheduler_id, {"job": task.job, "task_id": task_id}), verb)


@orders.route("/<object:chain>/-/<token:order_id>/-/<verb>", methods=BOTH, endpoint="action")
def on_order(scheduler_id: str, chain: str, order_id: str, verb: str) -> Answer:
    target = target_of("order", scheduler_id, {"chain": chain, "order_id": order_id})
    if verb == run_times.VERB:
        known, home = run_times.of_order(scheduler_id, chain, order_id)
        return act(target, verb, opened=run_times.opened(request.args, known, home))
    if verb in known_params.OF_ORDER:
        return _with_known(target, verb, known_params.of_order(scheduler_id, chain, order_id))
    return act(target, verb, nodes=node_names(scheduler_id, chain) if verb == "set-state" else [])


def _with_known(target: Target, verb: str, params: Params) -> Answer:
    "The form holds the parameters that there are; those that were changed, and new ones, are sent."
    opened, meant = known_params.opened(request.args, params), known_params.changed(request.form, params)
    return act(target, verb, opened=opened, meant=meant, left_out=known_params.left_out(params))


@chains.route("/<object:chain>/-/<verb>", methods=BOTH, endpoint="action")
def on_chain(scheduler_id: str, chain: str, verb: str) -> Answer:
    """`?like=<run>` opens the form to add an order once more as that run had it; with `?node=` to begin there."""
    target, like = target_of("chain", scheduler_id, {"chain": chain}), request.values.get(again.FIELD, "")
    nodes = node_names(scheduler_id, chain) if verb == "add-order" else []
    if verb != "add-order" or not like:
        return act(target, verb, nodes=nodes)
    run = read.order_run(database.read(), scheduler_id, _number(like))
    if run is None or run.chain.lower() != chain.lower():
        abort(404)
    row = read.order(database.read(), scheduler_id, run.chain, run.order_id)
    order = row.order if row else None
    node = asked if (asked := request.values.get("node", "")) in nodes else ""
    known = (run.last_params if node else run.params) is not None
    meant = again.restored(request.form, order.params) if order else None
    return act(
        target, verb, opened=again.filled_order(run, order, node), meant=meant, nodes=nodes, like=run.history_id,
        kept="run" if known else "yes" if order else "no",
    )  # fmt: skip


@chains.route("/<object:chain>/-/node/<token:state>/-/<verb>", methods=BOTH, endpoint="node_action")
def on_node(scheduler_id: str, chain: str, state: str, verb: str) -> Answer:
    return act(target_of("node", scheduler_id, {"chain": chain, "state": state}), verb)


@schedulers.route("/-/<verb>", methods=BOTH, endpoint="action")
def on_scheduler(scheduler_id: str, verb: str) -> Answer:
    target = target_of("scheduler", scheduler_id, {})
    if verb == "fail-safe":
        chosen = request.values.get("next_member", "")
        return act(
            target, verb, opened=_end_form(), about="cluster/_checks.html", checks=checks(scheduler_id, chosen),
            members=ready(scheduler_id),
        )  # fmt: skip
    return act(target, verb, opened=_end_form())


@schedulers.route("/cluster/<token:member_id>/-/<verb>", methods=BOTH, endpoint="member_action")
def on_member(scheduler_id: str, member_id: str, verb: str) -> Answer:
    return act(target_of("member", scheduler_id, {"member_id": member_id}), verb, opened=_end_form())


def _end_form() -> MultiDict[str, str]:
    "Forms to end an engine begin with the seconds that the administrator has set."
    return MultiDict({"timeout": levels.end_seconds(), **request.args})


@schedulers.route("/supervisor/-/<verb>", methods=BOTH, endpoint="supervisor_action")
def on_supervisor(scheduler_id: str, verb: str) -> Answer:
    return act(target_of("supervisor", scheduler_id, {}), verb, known_workers=_workers(scheduler_id))


@schedulers.route("/supervisor/<token:worker>/-/<verb>", methods=BOTH, endpoint="worker_action")
def on_worker(scheduler_id: str, worker: str, verb: str) -> Answer:
    return act(target_of("worker", scheduler_id, {"worker": worker}), verb, known_workers=_workers(scheduler_id))


def _workers(scheduler_id: str) -> list[str]:
    "Those that ever registered with this supervisor; none as long as its database is another one."
    return [each.name for each in workers(database.read(), scheduler_id)]


@files.route("/-/<type>/<object:path>/-/<verb>", methods=BOTH, endpoint="action")
def on_file(scheduler_id: str, type: str, path: str, verb: str) -> Answer:
    "The form to write opens with the definition that was saved last or is in use; of a new file with its first lines."
    ends = {substitutes.END: substitutes.END} if type == ObjectKind.SCHEDULE else {}
    if type == ObjectKind.CALENDAR:
        ends = {verb: verb for verb in (black_outs.ADD, black_outs.REMOVE)}
    deeds = {**ends, **verbs_of(type), **({limits.VERB_OF[type]: LIMITS} if type in limits.VERB_OF else {})}
    deed = deeds.get(verb) if type in {each.value for each in ObjectKind} else None
    if deed is None:
        abort(404)
    target = target_of("file", scheduler_id, {"type": type, "path": path})
    known = read.file(database.read(), scheduler_id, ObjectKind(type), path)
    text = unread.text(scheduler_id, ObjectKind(type), path)
    if deed == LIMITS:
        if request.method == "GET" and not text:
            abort(404)
        return act(target, verb, opened=limits.opened(scheduler_id, ObjectKind(type), path) if text else None)
    if deed in ends:
        return act(target, verb)
    if deed == DELETE:
        if known is None and request.method == "GET":
            abort(404)
        found = usage(database.read(), scheduler_id, ObjectKind(type), path)
        return act(target, verb, about="configuration/_users.html", usage=found)
    if deed == RESTORE:
        number = request.values.get("version", "")
        number = number if number.isascii() and number.isdecimal() and len(number) < 19 else "0"
        version = file_versions.version(database.read(), scheduler_id, ObjectKind(type), path, int(number))
        return act(target, verb, about="versions/_version.html", version=version)
    substitute, tomorrow = request.args.get("substitute", ""), now().astimezone(zone()).date() + timedelta(days=1)
    opened = text or first(type, substitute, f"{tomorrow}")
    return act(target, verb, opened=MultiDict({"source": opened, "back": "" if known else target.parent}))


def _number(text: str) -> int:
    "Of a task or a run; what is none is the number of none."
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _task(scheduler_id: str, task_id: int) -> Task:
    task = read.task(database.read(), scheduler_id, task_id) if task_id < 2**63 else None
    if task is None:
        abort(404)
    return task


def node_names(scheduler_id: str, chain: str) -> list[str]:
    "The states of a chain's nodes, in order; empty when there is no such chain."
    detail = read.chain(database.read(), scheduler_id, chain)
    return [node.state for node in detail.nodes] if detail else []
