"""The XML commands that the control plane sends. Pure: arguments in, element out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

Pairs = Iterable[tuple[str, str]]


def _command(tag: str, attributes: Mapping[str, str | None], params: Pairs = ()) -> etree._Element:
    "An element; attributes that are None are left out. Raises ValueError for characters that XML cannot hold."
    element = etree.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)
    pairs = list(params)
    if pairs:
        holder = etree.SubElement(element, "params")
        for name, value in pairs:
            etree.SubElement(holder, "param", name=name, value=value)
    return element


# ---- jobs and tasks ----


def start_job(job: str, at: str = "", params: Pairs = ()) -> etree._Element:
    "`at` as the protocol takes it; empty means now."
    return _command("start_job", {"job": job, "at": at or None}, params)


def modify_job(job: str, cmd: str) -> etree._Element:
    return _command("modify_job", {"job": job, "cmd": cmd})


def kill_task(job: str, task: int, immediately: bool, timeout: str | None = None) -> etree._Element:
    "Not immediately: end after the step. Immediately: SIGKILL, or SIGTERM and SIGKILL `timeout` seconds later."
    return _command(
        "kill_task",
        {"job": job, "id": str(task), "immediately": "yes" if immediately else None, "timeout": timeout},
    )


# ---- orders ----


def add_order(
    chain: str,
    order: str = "",
    title: str = "",
    state: str = "",
    end_state: str = "",
    at: str = "",
    priority: str = "",
    params: Pairs = (),
) -> etree._Element:
    "A new order; an order with the same id is never replaced by a form."
    return _command(
        "add_order",
        {
            "job_chain": chain,
            "id": order or None,
            "replace": "no",
            "title": title or None,
            "state": state or None,
            "end_state": end_state or None,
            "at": at or None,
            "priority": priority or None,
        },
        params,
    )


def modify_order(chain: str, order: str, params: Pairs = (), **changes: str) -> etree._Element:
    "`changes` are attributes of the protocol, such as suspended='no' or action='reset'."
    return _command("modify_order", {"job_chain": chain, "order": order, **changes}, params)


def remove_order(chain: str, order: str) -> etree._Element:
    return _command("remove_order", {"job_chain": chain, "order": order})


# ---- chains ----


def modify_chain(chain: str, state: str) -> etree._Element:
    return _command("job_chain.modify", {"job_chain": chain, "state": state})


def modify_node(chain: str, state: str, action: str) -> etree._Element:
    return _command("job_chain_node.modify", {"job_chain": chain, "state": state, "action": action})


# ---- asking ----


def show_state() -> etree._Element:
    "The engine's own state without any objects."
    return _command("show_state", {"what": "none"})


def show_resources() -> etree._Element:
    "Locks, process classes, schedules with their users, and monitors; no jobs and no orders."
    return _command(
        "show_state", {"what": "folders schedules", "subsystems": "folder lock monitor schedule process_class"}
    )


def why_job(job: str) -> etree._Element:
    return _command("job.why", {"job": job})


def why_order(chain: str, order: str) -> etree._Element:
    return _command("show_order", {"job_chain": chain, "order": order, "what": "why"})


def order_log(chain: str, order: str, history_id: int) -> etree._Element:
    "The log of a run of an order, with what its running step has written so far."
    return _command("show_order", {"job_chain": chain, "order": order, "history_id": str(history_id), "what": "log"})


def task_log(task: int, offset: int | None = None, limit: int | None = None) -> etree._Element:
    "The log of a task from a byte offset on."
    return _command(
        "show_task",
        {
            "id": str(task),
            "what": "log",
            "log_offset": None if offset is None else str(offset),
            "log_limit": None if limit is None else str(limit),
        },
    )


def document(command: etree._Element) -> bytes:
    "The command as it goes over the wire."
    return etree.tostring(command, encoding="utf-8")


def text(command: etree._Element) -> str:
    "The command as the audit log keeps it."
    return etree.tostring(command, encoding="unicode")
