"""One action on many objects: which verbs may be used so, and the thread that runs them one by one.

What is to be done is stored with the batch before the first command is sent, each part under a key of its own. So a
batch that was interrupted can be continued: parts that ran already give their first result and are not sent again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, url_for

from models import operations
from models.operations import Batch, Operation, State
from models.read import JobRow, OrderRow
from models.read.chains import ChainRow, NodeRow
from scheduler.records import ChainState, NodeAction, OrderState
from web import database, permissions
from web.actions import levels
from web.actions.deeds import Deed, Who, carry_out
from web.actions.verbs import VERBS, Verb
from web.named import in_sight
from web.words import N_

log = logging.getLogger(__name__)

#: kind -> verbs that many objects can be given at once
BULK: dict[str, tuple[str, ...]] = {
    "job": ("start-now", "stop", "unstop"),
    "order": ("start", "suspend", "resume", "remove-setback", "reset", "remove"),
    "chain": ("stop", "unstop"),
    "node": ("stop", "skip", "process", "stop-job", "unstop-job"),
}
#: verbs of nodes that are about the jobs of these, as actions on jobs are called
OF_JOBS = {"stop-job": "stop", "unstop-job": "unstop"}
#: objects of one batch
MOST = 2000
#: with more than this their number has to be typed
UNTYPED = 25


@dataclass(frozen=True, slots=True)
class BulkVerb:
    "A button of the bulk bar."

    verb: str
    word: str
    danger: bool


def verb_of(kind: str, name: str) -> Verb | None:
    "The action on each of the objects; it may be one on their jobs. None: there is none for many, or it is hidden."
    if name not in BULK.get(kind, ()):
        return None
    found = VERBS.get(("job", OF_JOBS[name]) if kind == "node" and name in OF_JOBS else (kind, name))
    return None if found is None or levels.hidden(found) else found


def verbs_for(kind: str) -> list[BulkVerb]:
    "Those that the reader may use on some object of the scheduler."
    found = [(name, verb) for name in BULK[kind] if (verb := verb_of(kind, name)) is not None]
    return [BulkVerb(name, verb.word, verb.danger) for name, verb in found if permissions.may(verb.permission)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An object that was chosen: its keywords for the action, its name, why it is left out (empty: it is not), and
    whether something of it runs."""

    keys: Mapping[str, str]
    name: str
    skipped: str = ""
    running: bool = False


def of_job(verb: str, row: JobRow) -> Candidate:
    skipped = ""
    if verb == "stop" and row.stopped:
        skipped = N_("is stopped already")
    elif verb == "unstop" and not row.stopped:
        skipped = N_("is not stopped")
    elif verb == "start-now" and row.order_controlled:
        skipped = N_("is an order job: orders start it")
    return Candidate({"path": row.path}, row.path, skipped, row.running > 0)


def of_chain(verb: str, row: ChainRow) -> Candidate:
    stopped = row.state is ChainState.STOPPED
    skipped = ""
    if verb == "stop" and stopped:
        skipped = N_("is stopped already")
    elif verb == "unstop" and not stopped:
        skipped = N_("is not stopped")
    return Candidate({"chain": row.path}, row.path, skipped, bool(row.orders.get(OrderState.RUNNING)))


_DOES = {"stop": NodeAction.STOP, "skip": NodeAction.NEXT_STATE, "process": NodeAction.PROCESS}
_DOES_ALREADY = {
    "stop": N_("is stopped already"), "skip": N_("is skipped already"), "process": N_("is as usual already"),
}  # fmt: skip


def of_node(verb: str, chain: str, node: NodeRow) -> Candidate:
    "A node, or (where the verb is about jobs) its job."
    name, skipped = f"{chain}, {node.state}", ""
    running = bool(node.orders.get(OrderState.RUNNING))
    if node.is_end:
        skipped = N_("is an end")
    elif verb not in OF_JOBS:
        skipped = _DOES_ALREADY[verb] if node.action is _DOES[verb] else ""
    elif not node.job or not in_sight("job", node.job):
        skipped = N_("has no job that you may see")
    elif not node.job_known:
        skipped = N_("its job is missing")
    elif node.job_stopped is (verb == "stop-job"):
        skipped = N_("its job is stopped already") if node.job_stopped else N_("its job is not stopped")
    if verb in OF_JOBS and not skipped:
        return Candidate({"path": node.job}, node.job, "", running)
    return Candidate({"chain": chain, "state": node.state}, name, skipped, running)


def once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each object once: several nodes may have one job, of which something runs as soon as it does for one of them.

    Paths ignore letter case, states of nodes do not.
    """
    found: dict[tuple[tuple[str, str], ...], Candidate] = {}
    for each in candidates:
        key = tuple((name, value.lower() if name == "path" else value) for name, value in each.keys.items())
        known = found.setdefault(key, each)
        if each.running and not known.running:
            found[key] = replace(known, running=True)
    return list(found.values())


_HELD = (OrderState.SUSPENDED, OrderState.BLACKLISTED)


def of_order(verb: str, row: OrderRow) -> Candidate:
    order, skipped = row.order, ""
    if verb == "suspend" and order.state in (*_HELD, OrderState.SUSPENDING):
        skipped = N_("is suspended already")
    elif verb == "resume" and order.state not in (*_HELD, OrderState.SUSPENDING):
        skipped = N_("is not suspended")
    elif verb == "remove-setback" and order.state is not OrderState.SETBACK:
        skipped = N_("is not set back")
    elif verb == "start" and order.state is not OrderState.WAITING:
        skipped = N_("does not wait for a start")
    elif verb == "remove" and order.removed:
        skipped = N_("goes as soon as its step has ended")
    running = order.state in (OrderState.RUNNING, OrderState.SUSPENDING)
    return Candidate({"chain": order.chain, "order_id": order.id}, f"{order.chain}, {order.id}", skipped, running)


def staying(row: OrderRow) -> Candidate:
    "A permanent order, where temporary ones are removed."
    return replace(of_order("remove", row), skipped=N_("is permanent and stays"))


def clearing(scheduler_id: str, chain: str) -> str:
    "Where all temporary orders of the chain are removed; empty: the reader may not, or it is hidden."
    verb = VERBS["order", "remove"]
    if levels.hidden(verb) or not permissions.may(verb.permission, chain, scheduler_id):
        return ""
    return url_for("bulk.temporary", scheduler_id=scheduler_id, chain=chain)


def possible(verbs: Iterable[BulkVerb], row: JobRow | ChainRow | OrderRow) -> str:
    "Of the verbs those that make sense for the object, with blanks between them; `-`: none."
    of: Any = of_job if isinstance(row, JobRow) else of_chain if isinstance(row, ChainRow) else of_order
    return " ".join(each.verb for each in verbs if not of(each.verb, row).skipped) or "-"


def possible_of_node(verbs: Iterable[BulkVerb], chain: str, node: NodeRow) -> str:
    "The same for a node of the chain."
    return " ".join(each.verb for each in verbs if not of_node(each.verb, chain, node).skipped) or "-"


# ---- running ----


def begin(batch: Batch, deeds: Sequence[Deed]) -> bool:
    "Stores the batch with its parts and starts it. False when there is one with its key: it runs or ran already."
    work = [_stored(deed) for deed in deeds]
    with database.writing() as connection:
        first = operations.begin_batch(connection, _with_work(batch, work))
    if first:
        _start(current_app._get_current_object(), batch.key, deeds)  # type: ignore[attr-defined]
    return first


def proceed(batch: Batch, again: Iterable[str] = ()) -> bool:
    """Runs the parts of a batch that have no result, and those with the keys `again` once more under new keys.

    False when it is running in this process.
    """
    if running(batch.key):
        return False
    repeated = frozenset(again)
    deeds = [_loaded(each) for each in batch.work or ()]
    chosen = [_renamed(deed, batch.key) if deed.key in repeated else deed for deed in deeds]
    with database.writing() as connection:
        operations.resume_batch(connection, batch.key, [_stored(deed) for deed in chosen])
    _start(current_app._get_current_object(), batch.key, chosen)  # type: ignore[attr-defined]
    return True


def running(key: str) -> bool:
    "Whether this process works on the batch."
    return key in _running()


def _running() -> dict[str, threading.Thread]:
    found: dict[str, threading.Thread] = current_app.extensions.setdefault("stellwerk_batches", {})
    return found


def _start(app: Flask, key: str, deeds: Sequence[Deed]) -> None:
    thread = threading.Thread(target=_run, args=(app, key, deeds), name=f"batch {key}", daemon=True)
    _running()[key] = thread
    thread.start()


def _run(app: Flask, key: str, deeds: Sequence[Deed]) -> None:
    with app.app_context():
        try:
            for deed in deeds:
                database.forget_reads()
                batch = operations.batch(database.read(), key)
                if batch is None or batch.state != "running":
                    return
                carry_out(deed)
            with database.writing() as connection:
                operations.end_batch(connection, key, datetime.now(UTC))
        except Exception:  # a thread: nobody else would hear of it; the page shows the batch as interrupted
            log.exception("batch %s was interrupted", key)
        finally:
            _running().pop(key, None)


def _stored(deed: Deed) -> dict[str, Any]:
    return asdict(deed)


def _loaded(stored: Mapping[str, Any]) -> Deed:
    return Deed(**{**stored, "who": Who(**stored["who"])})


def _renamed(deed: Deed, batch: str) -> Deed:
    base, _, number = deed.key.rpartition("~")
    key = f"{base}~{int(number) + 1}" if base and number.isdecimal() else f"{deed.key}~2"
    return Deed(**{**asdict(deed), "who": deed.who, "key": key, "batch": batch})


def _with_work(batch: Batch, work: list[dict[str, Any]]) -> Batch:
    return Batch(**{**{name: getattr(batch, name) for name in Batch.__slots__}, "work": work})


def latest(parts: Iterable[Operation]) -> list[Operation]:
    "Of parts that were repeated only the last attempt; in the order of the first ones."
    found: dict[str, Operation] = {}
    for part in parts:
        found[part.key.partition("~")[0]] = part
    return list(found.values())


def failed(parts: Iterable[Operation]) -> list[str]:
    "The keys of parts that came to nothing."
    over = (State.REFUSED, State.NO_ANSWER, State.EXPIRED, State.REJECTED, State.WITHDRAWN)
    return [part.key for part in parts if part.state in over]
