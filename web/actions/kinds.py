"Kinds of objects that actions are about: how they are named, where their pages are, which path permissions look at."

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, url_for

#: kind -> the keywords that name an object of it
KEYS: dict[str, tuple[str, ...]] = {
    "job": ("path",),
    "task": ("job", "task_id"),
    "order": ("chain", "order_id"),
    "chain": ("chain",),
    "node": ("chain", "state"),
    "scheduler": (),
    "member": ("member_id",),
    "supervisor": (),
    "worker": ("worker",),
    "file": ("type", "path"),
}

#: kind -> endpoint of its actions, and the keywords that stand in the address
_ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "job": ("job_actions.action", ("path",)),
    "task": ("task_actions.action", ("task_id",)),
    "order": ("order_actions.action", ("chain", "order_id")),
    "chain": ("chain_actions.action", ("chain",)),
    "node": ("chain_actions.node_action", ("chain", "state")),
    "scheduler": ("scheduler_actions.action", ()),
    "member": ("scheduler_actions.member_action", ("member_id",)),
    "supervisor": ("scheduler_actions.supervisor_action", ()),
    "worker": ("scheduler_actions.worker_action", ("worker",)),
    "file": ("file_actions.action", ("type", "path")),
}


@dataclass(frozen=True, slots=True)
class Target:
    """The object of an action. `kind` is a word of the page ("job"), `name` what is shown and typed to confirm,
    `audit_name` the journal's name of the object, `path` what folder limits look at (None: it is in no folder), `page`
    its address, `parent` the address of the list it is in."""

    scheduler_id: str
    kind: str
    keys: Mapping[str, str]
    name: str
    audit_name: str
    path: str | None
    page: str
    parent: str


def keys_of(kind: str, given: Mapping[str, object]) -> dict[str, str]:
    "The keywords of this kind as texts. Raises KeyError when one is missing."
    return {name: str(given[name]) for name in KEYS[kind]}


def target_of(kind: str, scheduler_id: str, given: Mapping[str, object]) -> Target:
    "Needs the addresses of pages, so a request or an application with SERVER_NAME."
    keys = keys_of(kind, given)

    def to(endpoint: str, **arguments: object) -> str:
        return url_for(endpoint, scheduler_id=scheduler_id, **arguments)  # type: ignore[arg-type]

    name, audit_name, path = names_of(kind, scheduler_id, keys)
    match kind:
        case "job":
            page, parent = to("jobs.page", path=keys["path"]), to("jobs.index")
        case "task":
            page, parent = to("tasks.page", task_id=int(keys["task_id"])), to("jobs.page", path=keys["job"])
        case "order":
            page, parent = to("orders.page", **keys), to("chains.page", chain=keys["chain"])
        case "chain":
            page, parent = to("chains.page", chain=keys["chain"]), to("chains.index")
        case "node":
            page = parent = to("chains.page", chain=keys["chain"])
        case "file":
            page, parent = to("configuration.object", kind=keys["type"], path=keys["path"]), to("configuration.page")
        case "supervisor":
            page = parent = url_for("supervisor.page")
        case "worker":
            page, parent = to("supervisor.worker", **keys), url_for("supervisor.page")
        case _:
            page = parent = to("cluster.page")
    return Target(scheduler_id, kind, keys, name, audit_name, path, page, parent)


def names_of(kind: str, scheduler_id: str, keys: Mapping[str, str]) -> tuple[str, str, str | None]:
    "What is shown, the journal's name, and the path for permissions."
    match kind:
        case "job":
            return keys["path"], keys["path"], keys["path"]
        case "task":
            return keys["task_id"], f"{keys['job']}:{keys['task_id']}", keys["job"]
        case "order":
            return keys["order_id"], f"{keys['chain']},{keys['order_id']}", keys["chain"]
        case "chain":
            return keys["chain"], keys["chain"], keys["chain"]
        case "node":
            return keys["state"], f"{keys['chain']},{keys['state']}", keys["chain"]
        case "member":
            return keys["member_id"], keys["member_id"], None
        case "worker":
            return keys["worker"], keys["worker"], None
        case "file":
            return keys["path"], keys["path"], keys["path"].partition(",")[0]
    return scheduler_id, "", None


def path_of(kind: str, audit_name: str) -> str | None:
    "The path for permissions of an object that is known by the journal's name only."
    match kind:
        case "task":
            return audit_name.rpartition(":")[0]
        case "order" | "node" | "file":
            return audit_name.partition(",")[0]
        case "job" | "chain":
            return audit_name
    return None


def action_address(kind: str, scheduler_id: str, keys: Mapping[str, object], verb: str) -> str:
    endpoint, names = _ACTIONS[kind]
    arguments = {name: keys[name] for name in names}
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, scheduler_id=scheduler_id, verb=verb, **arguments)  # type: ignore[arg-type]
