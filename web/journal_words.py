"The journal in words: what happened to which object, with a link to it."

from __future__ import annotations

from flask import url_for

from scheduler.changes import Kind
from web.permissions import may
from web.words import N_

WORDS: dict[str, str] = {
    Kind.ORDER_ADDED: "order added",
    Kind.ORDER_CHANGED: "order changed",
    Kind.ORDER_TAKEN: "step started",
    Kind.ORDER_STEP_ENDED: "step ended",
    Kind.ORDER_SUSPENDED: "order suspended",
    Kind.ORDER_RESUMED: "order resumed",
    Kind.ORDER_RESET: "order reset",
    Kind.ORDER_SETBACK: "order set back",
    Kind.ORDER_ENDED: "order finished",
    Kind.ORDER_REMOVED: "order removed",
    Kind.ORDER_BLACKLISTED: "order blacklisted",
    Kind.TASK_QUEUED: "task queued",
    Kind.TASK_STARTED: "task started",
    Kind.TASK_SPAWNED: "process started",
    Kind.TASK_CALLED: "task server called",
    Kind.TASK_ENDED: "task ended",
    Kind.TASK_KILLED: "task killed",
    Kind.TASK_DEQUEUED: "task taken out of the queue",
    Kind.TASK_WARNED: "task runs long",
    Kind.JOB_LOADED: "job read",
    Kind.JOB_CHANGED: "job changed",
    Kind.JOB_STOPPED: "job stopped",
    Kind.JOB_UNSTOPPED: "job unstopped",
    Kind.JOB_REMOVED: "job removed",
    Kind.CHAIN_LOADED: "chain read",
    Kind.CHAIN_STOPPED: "chain stopped",
    Kind.CHAIN_UNSTOPPED: "chain unstopped",
    Kind.CHAIN_REMOVED: "chain removed",
    Kind.NODE_CHANGED: "node changed",
    Kind.FILE_ADDED: "file added",
    Kind.FILE_CHANGED: "file changed",
    Kind.FILE_FAULTY: "file is faulty",
    Kind.FILE_REMOVED: "file removed",
    Kind.SCHEDULER_STARTED: "scheduler started",
    Kind.SCHEDULER_PAUSED: "scheduler paused",
    Kind.SCHEDULER_CONTINUED: "scheduler continued",
    Kind.SCHEDULER_STOPPING: "scheduler stopping",
    Kind.SCHEDULER_KEPT: "end of the scheduler cancelled",
    Kind.MEMBER_TOLD: "member told by another",
    Kind.MEMBER_FORGOTTEN: "dead member forgotten",
    Kind.MEMBER_LOST: "loss of a member confirmed",
    Kind.VARIABLE_SET: "variable set",
    Kind.EVENT_PUBLISHED: "event published",
}

JOBS_CHANGED = N_("several jobs changed")


def sentence(kind: str, name: str = "") -> str:
    "What happened; a word that is not known yet is shown as it is. Jobs that changed at once have no name but `/`."
    if kind == Kind.JOB_CHANGED and name == "/":
        return JOBS_CHANGED
    return WORDS.get(kind, kind.replace(".", " ").replace("_", " "))


def menu(kind: str, name: str) -> tuple[str, str] | None:
    "Kind and name by which the menu of the object is asked for; None when it has none."
    noun = kind.partition(".")[0]
    path, comma, rest = name.partition(",")
    if not name.startswith("/") or len(name) < 2:
        return None
    if noun == "order" and comma and rest:
        return "order", name
    if noun in ("chain", "node"):
        return "chain", path
    return ("job", path) if noun in ("job", "task") else None


def address(scheduler_id: str, kind: str, name: str) -> str:
    "The page of the object of a journal row; empty when it has none."
    noun = kind.partition(".")[0]
    if not name.startswith("/") or len(name) < 2:
        return ""
    chain, comma, order_id = name.partition(",")
    if noun == "order" and comma and order_id:
        return url_for("orders.page", scheduler_id=scheduler_id, chain=chain, order_id=order_id)
    if noun in ("chain", "node"):
        return url_for("chains.page", scheduler_id=scheduler_id, chain=chain)
    if noun == "file" and may("config.view", chain):
        return url_for("configuration.page", scheduler_id=scheduler_id, q=name)
    if noun in ("job", "task"):
        return url_for("jobs.page", scheduler_id=scheduler_id, path=chain)
    return ""
