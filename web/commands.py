"""The XML commands that the control plane sends. Pure: arguments in, element out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from scheduler.secret_names import MASK, SECRET_WORDS, is_secret

Pairs = Iterable[tuple[str, str]]
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


Source = etree._Element
#: commands that say who wants them, for the history
AUTHORED = frozenset({"start_job", "add_order", "modify_order"})


def modify_hot_folder(path: str, definition: Source) -> etree._Element:
    "Writes the file of an object. `definition` is its element; what the name of the file says is put into it."
    folder, _, name = path.rpartition("/")
    command, element = _command("modify_hot_folder", {"folder": folder or "/"}), deepcopy(definition)
    if element.tag == "order":
        chain, _, order_id = name.partition(",")
        element.set("job_chain", f"{folder}/{chain}")
        element.set("id", order_id)
    else:
        element.set("name", name)
    command.append(element)
    return command


def remove_file(kind: str, path: str) -> etree._Element:
    "Deletes the file of an object; of an order the path is that of its chain, comma, id."
    return _command("file.remove", {"kind": kind, "path": path})


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


def start_job(job: str, at: str = "", params: Pairs = (), force: str | None = None) -> etree._Element:
    "`at` as the protocol takes it; empty means now. `force` no: only inside a period of the run time."
    return _command("start_job", {"job": job, "at": at or None, "force": force}, params)


def modify_job(
    job: str, cmd: str | None = None, run_time: etree._Element | None = None, until: str = ""
) -> etree._Element:
    "`until`, as in the other commands here: when what they hold goes on by itself; empty: not."
    command = _command("modify_job", {"job": job, "cmd": cmd, "until": until or None})
    if run_time is not None:
        command.append(run_time)
    return command


def kill_task(job: str, task: int, immediately: bool, timeout: str | None = None) -> etree._Element:
    """Not immediately: end after the step. Immediately: SIGKILL, or SIGTERM and SIGKILL `timeout` seconds later
    (`never`: no SIGKILL)."""
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


def modify_chain(chain: str, state: str, until: str = "") -> etree._Element:
    return _command("job_chain.modify", {"job_chain": chain, "state": state, "until": until or None})


def modify_node(chain: str, state: str, action: str, until: str = "") -> etree._Element:
    words = {"job_chain": chain, "state": state, "action": action, "until": until or None}
    return _command("job_chain_node.modify", words)


# ---- the scheduler ----


def modify_spooler(cmd: str, timeout: str | None = None, member: str = "", until: str = "") -> etree._Element:
    "`member`: not the one that takes commands, but this one."
    words = {"timeout": timeout, "cluster_member_id": member, "until": until}
    return _command("modify_spooler", {"cmd": cmd, **{name: value or None for name, value in words.items()}})


def terminate(**attributes: str | None) -> etree._Element:
    "Attributes of the protocol, such as all_schedulers='yes' or cluster_member_id."
    return _command("terminate", attributes)


def set_log_category(category: str, on: bool, seconds: str = "") -> etree._Element:
    "`seconds`: all categories are reset after these."
    words = {"category": category, "value": "yes" if on else "no", "delay": seconds or None}
    return _command("scheduler_log.log_categories.set", words)


def reset_log_categories(delay: str) -> etree._Element:
    "Back to those of the start, after `delay` seconds (empty: now)."
    return _command("scheduler_log.log_categories.reset", {"delay": delay or None})


# ---- asking ----


def show_state() -> etree._Element:
    "The engine's own state without any objects."
    return _command("show_state", {"what": "none"})


def show_cluster() -> etree._Element:
    "The members as the engine sees them, and what it measures of itself."
    return _command("show_cluster", {"what": "cluster operations"})


def show_resources() -> etree._Element:
    "Locks, process classes, schedules with their users, and monitors, as they are used; no jobs and no orders."
    return _command(
        "show_state", {"what": "folders schedules in_use", "subsystems": "folder lock monitor schedule process_class"}
    )


def show_calendar(begin: datetime, end: datetime, limit: int, orders: bool) -> etree._Element:
    "Coming starts and periods of jobs, and of orders; instants with their zone, so that the engine's does not matter."
    return _command(
        "show_calendar",
        {
            "from": f"{begin.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "before": f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "limit": str(limit),
            "what": "orders" if orders else None,
        },
    )


def why_job(job: str) -> etree._Element:
    return _command("job.why", {"job": job})


def why_order(chain: str, order: str) -> etree._Element:
    return _command("show_order", {"job_chain": chain, "order": order, "what": "why"})


def why_chain(chain: str) -> etree._Element:
    return _command("show_job_chain", {"job_chain": chain, "what": "why", "max_orders": "0"})


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


def job_tasks(job: str) -> etree._Element:
    "A job with its tasks and what each does now."
    return _command("show_job", {"job": job})


def task_usage(task: int) -> etree._Element:
    return _command("task.usage", {"task": str(task)})


#: a log that the engine has: of a task, of a job (all of its tasks), or (None) its own
LogName = int | str | None


def log_read(log: LogName, offset: int | None, limit: int) -> etree._Element:
    "A part of a log; without `offset` its end."
    numbers = {"offset": offset, "limit": limit}
    given = {name: None if value is None else str(value) for name, value in numbers.items()}
    return _command("log.read", {**_of_log(log), **given})


def log_search(
    log: LogName, text: str, case: bool, after: int, limit: int, warnings: bool = True
) -> etree._Element:
    "The lines of a log that hold a text; without one errors, and with `warnings` these, too."
    return _command(
        "log.search",
        {
            **_of_log(log),
            "text": text or None,
            "case": "yes" if case else None,
            "warnings": None if warnings else "no",
            "after": str(after),
            "limit": str(limit),
        },
    )


def _of_log(log: LogName) -> dict[str, str]:
    return {} if log is None else {"job": log} if isinstance(log, str) else {"task": str(log)}


def log_categories() -> etree._Element:
    return _command("scheduler_log.log_categories.show", {})


@dataclass(frozen=True, slots=True)
class Made:
    "What a command has made: the task of a started job, the order that was added; None and empty for anything else."

    task_id: int | None = None
    chain: str = ""
    order_id: str = ""


def made(answer: str) -> Made:
    "From the `<ok>` of the answer, as text; empty for none."
    if not answer:
        return Made()
    task, order = (etree.fromstring(answer).find(name) for name in ("task", "order"))
    if task is not None and task.get("id", "").isdecimal():
        return Made(task_id=int(task.get("id", "")))
    if order is not None and order.get("order"):
        return Made(chain=order.get("job_chain", ""), order_id=order.get("order", ""))
    return Made()


# ---- the plan ----


def plan_change(
    keys: Mapping[str, str], action: str, planned: str = "", start: str = "", params: Pairs = ()
) -> etree._Element:
    "`keys` name a job (`path`), or an order (`chain`, `order_id`)."
    about = {"job": keys.get("path"), "job_chain": keys.get("chain"), "order": keys.get("order_id")}
    return _command(
        "plan.change", {"action": action, **about, "planned": planned or None, "start": start or None}, params
    )


def plan_withdraw(number: str) -> etree._Element:
    return _command("plan.withdraw", {"number": number})


def plan_preview(kind: str, path: str, source: str, begin: datetime, end: datetime) -> etree._Element:
    "What would start otherwise, were an object as `source` says."
    span = {"from": begin.astimezone(UTC).strftime(_INSTANT), "before": end.astimezone(UTC).strftime(_INSTANT)}
    return _command("plan.preview", {"kind": kind, "path": path, "source": source, **span})


def calendar_show(path: str = "", first: str = "", last: str = "") -> etree._Element:
    "The business calendars with their users; with `path` that one, with its days."
    return _command("calendar.show", {"calendar": path or None, "from": first or None, "to": last or None})


# ---- supervisors ----


def show_supervisor(worker: str = "") -> etree._Element:
    "All workers; the versions of one."
    return _command("supervisor.show", {"worker": worker or None})


def supervisor_differences(worker: str, old: str, new: str) -> etree._Element:
    "`old` 0: the newest version; `new` 0: what the folder says now."
    return _command("supervisor.differences", {"worker": worker, "old": old, "new": new})


def supervisor_check(worker: str) -> etree._Element:
    "What the folder, as it stands, would do to a worker; nothing is handed out."
    return _command("supervisor.check", {"worker": worker})


def supervisor_send(worker: str = "", by: str = "") -> etree._Element:
    return _command("supervisor.send", {"worker": worker or None, "by": by or None})


def supervisor_send_each(workers: Iterable[str], by: str) -> etree._Element:
    "To some of them, one after the other."
    several = etree.Element("commands")
    several.extend(supervisor_send(worker, by) for worker in workers)
    return several


def supervisor_roll_back(worker: str, version: str, by: str) -> etree._Element:
    return _command("supervisor.roll_back", {"worker": worker, "version": version, "by": by})


def supervisor_deploy_each(workers: Iterable[str], source: str, version: str, file: str, by: str) -> etree._Element:
    "A version of `source`, or one file of it, to some workers, one after the other."
    several = etree.Element("commands")
    for worker in workers:
        attributes = {"worker": worker, "source": source, "version": version, "file": file or None, "by": by}
        several.append(_command("supervisor.deploy", attributes))
    return several


def supervisor_merged(worker: str) -> etree._Element:
    "Which file of which folder counts for a worker."
    return _command("supervisor.merged", {"worker": worker})


def supervisor_freeze(worker: str, until: str) -> etree._Element:
    "`until` empty: until somebody ends it."
    return _command("supervisor.freeze", {"worker": worker, "until": until or None})


def supervisor_unfreeze(worker: str) -> etree._Element:
    return _command("supervisor.unfreeze", {"worker": worker})


def supervisor_release(revision: str, by: str) -> etree._Element:
    return _command("supervisor.release", {"revision": revision, "by": by})


def supervisor_forget(worker: str) -> etree._Element:
    return _command("supervisor.forget", {"worker": worker})


def document(command: etree._Element) -> bytes:
    "The command as it goes over the wire."
    return etree.tostring(command, encoding="utf-8")


def masked(command: str) -> str:
    "A command as it may be shown and kept: without the values of secret parameters."
    if not any(word in command.lower() for word in SECRET_WORDS):
        return command
    element = etree.fromstring(command)
    for each in element.iter("param", "variable"):
        if is_secret(each.get("name", "")):
            each.set("value", MASK)
    return text(element)


def text(command: etree._Element) -> str:
    "The command as the audit log keeps it."
    return etree.tostring(command, encoding="unicode")
