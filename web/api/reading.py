"Routes that tell what there is: schedulers, jobs, chains, orders, tasks, history, changes, audit."

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import Response, abort, request
from flask_login import current_user

from models import audit, file_versions, operations, read
from models.read.jobs import JobView
from models.read.page import Page
from models.read.tasks import TaskView
from scheduler.records import ChainState, ObjectKind, OrderState, Task
from web import chosen, commands, database, engines, log_secrets, permissions, resource_use, revisions, why
from web.api import answers, rows
from web.api.routes import BEFORE, LIMIT, OFFSET, TEXT, Query, before, choice, get, limit, number
from web.display import now
from web.words import N_

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    "A part of a list. `total`: how many there are; null for histories. `next`: the address of the next part, or null."

    items: list[T]
    total: int | None
    next: str | None


JOB_STATES: tuple[JobView, ...] = (
    "all", "running", "needs_process", "needs_lock", "stopped", "error", "disabled", "faulty_file",
)  # fmt: skip
TASK_STATES: tuple[TaskView, ...] = ("all", "open", "failed", "ended")
ORDER_STATES = tuple(state.value for state in OrderState)
CHAIN_STATES = tuple(state.value for state in ChainState)
RUN_STATES = ("open", "failed")
SCHEDULER = "/schedulers/<scheduler_id>"


def state_is(values: tuple[str, ...]) -> Query:
    return Query("state", "only those in this state", values=values)


@get("/me", N_("Who the caller is, and what the caller may do"), answers.Me, None)
def me() -> answers.Me:
    granted = [
        answers.Granted(name, grant.role.key, grant.scheduler_id, grant.folder)
        for name, grants in current_user.access.effective()
        for grant in grants
    ]
    return answers.Me(current_user.name, current_user.account.full_name, current_user.token_name, granted)


@get("/schedulers", N_("Schedulers of which the caller may see something"), list[answers.Scheduler], None)
def schedulers() -> list[answers.Scheduler]:
    known = permissions.visible_schedulers(read.scheduler_ids(database.read()))
    return [_scheduler(scheduler_id) for scheduler_id in known]


@get(SCHEDULER, N_("One scheduler with its numbers"), answers.Scheduler, None)
def scheduler(scheduler_id: str) -> answers.Scheduler:
    return _scheduler(scheduler_id)


@get(f"{SCHEDULER}/members", N_("The members of a scheduler"), list[answers.Member], "cluster.view")
def members(scheduler_id: str) -> list[answers.Member]:
    return [rows.member(each) for each in read.members(database.read(), scheduler_id)]


@get(
    f"{SCHEDULER}/jobs",
    N_("Jobs by path"),
    Listing[answers.Job],
    "jobs.view",
    TEXT,
    state_is(JOB_STATES),
    OFFSET,
    LIMIT,
)
def jobs(scheduler_id: str) -> Listing[answers.Job]:
    view: Any = choice("state", JOB_STATES) or "all"
    page = read.jobs(database.read(), scheduler_id, text=_text(), view=view, offset=_offset(), limit=limit())
    return _part(page, rows.job)


@get(f"{SCHEDULER}/jobs/<object:path>", N_("One job"), answers.JobDetail, "jobs.view")
def job(scheduler_id: str, path: str) -> answers.JobDetail:
    found = read.job(database.read(), scheduler_id, path)
    return rows.job_detail(found) if found else abort(404, "There is no such job.")


@get(f"{SCHEDULER}/jobs/<object:path>/-/why", N_("Why a job does not run"), answers.Why, "jobs.view")
def why_job(scheduler_id: str, path: str) -> answers.Why:
    found = read.job(database.read(), scheduler_id, path) or abort(404, "There is no such job.")
    return rows.why(why.asked(scheduler_id, commands.why_job(found.job.path)))


@get(
    f"{SCHEDULER}/chains",
    N_("Job chains by path"),
    Listing[answers.Chain],
    "chains.view",
    TEXT,
    state_is(CHAIN_STATES),
    OFFSET,
    LIMIT,
)
def chains(scheduler_id: str) -> Listing[answers.Chain]:
    state = choice("state", CHAIN_STATES)
    page = read.chains(
        database.read(),
        scheduler_id,
        text=_text(),
        state=ChainState(state) if state else None,
        offset=_offset(),
        limit=limit(),
    )
    return _part(page, rows.chain)


@get(f"{SCHEDULER}/chains/<object:chain>", N_("One job chain with its nodes"), answers.ChainDetail, "chains.view")
def chain(scheduler_id: str, chain: str) -> answers.ChainDetail:
    found = read.chain(database.read(), scheduler_id, chain)
    return rows.chain_detail(found) if found else abort(404, "There is no such job chain.")


@get(
    f"{SCHEDULER}/orders",
    N_("Orders that have not ended, by chain and queue"),
    Listing[answers.Order],
    "orders.view",
    TEXT,
    Query("chain", "only those of this job chain"),
    state_is(ORDER_STATES),
    OFFSET,
    LIMIT,
)
def orders(scheduler_id: str) -> Listing[answers.Order]:
    state = choice("state", ORDER_STATES)
    page = read.orders(
        database.read(),
        scheduler_id,
        chain=request.args.get("chain", ""),
        states=(OrderState(state),) if state else (),
        text=_text(),
        offset=_offset(),
        limit=limit(),
    )
    return _part(page, lambda row: rows.order(row.order))


@get(f"{SCHEDULER}/orders/<object:chain>/-/<token:order_id>", N_("One order"), answers.Order, "orders.view")
def order(scheduler_id: str, chain: str, order_id: str) -> answers.Order:
    row = read.order(database.read(), scheduler_id, chain, order_id)
    return rows.order(row.order) if row else abort(404, "There is no such order.")


@get(
    f"{SCHEDULER}/orders/<object:chain>/-/<token:order_id>/-/why",
    N_("Why an order does not run"),
    answers.Why,
    "orders.view",
)
def why_order(scheduler_id: str, chain: str, order_id: str) -> answers.Why:
    row = read.order(database.read(), scheduler_id, chain, order_id) or abort(404, "There is no such order.")
    return rows.why(why.asked(scheduler_id, commands.why_order(row.order.chain, row.order.id)))


@get(
    f"{SCHEDULER}/tasks",
    N_("Tasks, the newest first"),
    Listing[answers.Task],
    "jobs.view",
    TEXT,
    Query("job", "only those of this job"),
    state_is(TASK_STATES),
    BEFORE,
    LIMIT,
)
def tasks(scheduler_id: str) -> Listing[answers.Task]:
    view: Any = choice("state", TASK_STATES) or "all"
    found = read.tasks(
        database.read(),
        scheduler_id,
        job=request.args.get("job") or None,
        view=view,
        text=_text(),
        before=before(),
        limit=limit() + 1,
    )
    return _history([rows.task(each) for each in found], "task_id")


@get(f"{SCHEDULER}/tasks/<int:task_id>", N_("One task"), answers.Task, "jobs.view")
def task(scheduler_id: str, task_id: int) -> answers.Task:
    found = _task(scheduler_id, task_id)
    used = resource_use.of_task(scheduler_id, found).use
    return replace(rows.task(found), usage=rows.usage(used.usage if used else None))


@get(f"{SCHEDULER}/tasks/<int:task_id>/-/log", N_("The stored log of a task"), None, "logs.view", text=True)
def task_log(scheduler_id: str, task_id: int) -> Response:
    found = _task(scheduler_id, task_id)
    permissions.need("logs.view", found.job)
    content = read.task_log(database.read(), scheduler_id, task_id)
    if content is None:
        abort(404, "No log is stored: the task still runs, or had none.")
    content = b"".join(log_secrets.of_task(database.read(), scheduler_id, found).pieces([content]))
    return Response(content, content_type="text/plain; charset=utf-8")


@get(
    f"{SCHEDULER}/runs",
    N_("Rounds of orders, the newest first"),
    Listing[answers.Run],
    "history.view",
    TEXT,
    state_is(RUN_STATES),
    BEFORE,
    LIMIT,
)
def runs(scheduler_id: str) -> Listing[answers.Run]:
    state = choice("state", RUN_STATES)
    found = read.runs(
        database.read(),
        scheduler_id,
        failed=state == "failed",
        open=state == "open",
        text=_text(),
        before=before(),
        limit=limit() + 1,
    )
    return _history([rows.run(each) for each in found], "history_id")


@get(
    f"{SCHEDULER}/runs/<int:history_id>",
    N_("One round of an order with its steps"),
    answers.RunDetail,
    "history.view",
)
def run(scheduler_id: str, history_id: int) -> answers.RunDetail:
    found = read.order_run(database.read(), scheduler_id, history_id) if history_id < 2**63 else None
    if found is None:
        abort(404, "There is no such round.")
    steps = read.order_steps(database.read(), scheduler_id, history_id)
    return answers.RunDetail(rows.run(found), [rows.step(each) for each in steps])


@get(
    f"{SCHEDULER}/changes",
    N_("What has changed since, in order; for following what happens"),
    list[answers.Change],
    "history.view",
    Query("after", "only changes with a greater number", "integer"),
    LIMIT,
)
def changes(scheduler_id: str) -> list[answers.Change]:
    found = read.changes_since(database.read(), scheduler_id, number("after", 0, 2**62), limit())
    return [rows.change(row) for row in found]


@get(
    "/audit",
    N_("Who did what, the newest first"),
    Listing[answers.AuditEntry],
    "audit.view",
    Query("scheduler_id", "only of this scheduler"),
    Query("account", "only of this account"),
    Query("action", "only of this kind or verb, such as job. or job.stop"),
    Query("object", "only of this object"),
    Query("result", "done, refused or open", values=("done", "refused", "open")),
    TEXT,
    BEFORE,
    LIMIT,
)
def audit_entries() -> Listing[answers.AuditEntry]:
    given = request.args
    only = audit.Filter(
        scheduler_id=given.get("scheduler_id") or None,
        account=given.get("account", ""),
        action=given.get("action", ""),
        object=given.get("object", ""),
        result=choice("result", ("done", "refused", "open")),
        text=_text(),
    )
    found = audit.entries(database.read(), only=only, before=before(), limit=limit() + 1)
    return _history([rows.audit_entry(each) for each in found], "id")


FILE = f"{SCHEDULER}/files/<type>/<object:path>/-/versions"


@get(FILE, N_("What a file of the configuration held, the newest first"), list[answers.FileVersion], "config.view")
def versions(scheduler_id: str, type: str, path: str) -> list[answers.FileVersion]:
    found = file_versions.versions(database.read(), scheduler_id, _kind(type), path)
    return [rows.file_version(each, whole=False) for each in found or abort(404, "Nothing is known of such a file.")]


@get(f"{FILE}/<int:number>", N_("One version of a file with its text"), answers.FileVersion, "config.view")
def version(scheduler_id: str, type: str, path: str, number: int) -> answers.FileVersion:
    found = file_versions.version(database.read(), scheduler_id, _kind(type), path, min(number, 2**62))
    return rows.file_version(found or abort(404, "There is no such version."), whole=True)


def _kind(type: str) -> ObjectKind:
    return ObjectKind(type) if type in {each.value for each in ObjectKind} else abort(404, "There is no such kind.")


@get("/operations/<key>", N_("A command that was ordered, and what became of it"), answers.Operation, None)
def operation(key: str) -> answers.Operation:
    found = operations.find(database.read(), key)
    if found is None or (found.account_id != current_user.account.id and not permissions.may("users.manage")):
        abort(404, "There is no such operation.")
    return rows.operation(found)


def _scheduler(scheduler_id: str) -> answers.Scheduler:
    connection = database.read()
    member = engines.responsible(read.members(connection, scheduler_id))
    silent = member is None or engines.silent(member, now())
    return answers.Scheduler(
        scheduler_id,
        "unknown" if member is None or silent else member.state,
        member.member_id if member else "",
        revisions.of(connection, scheduler_id).newest,
        rows.counts(read.overview(connection, scheduler_id, now(), chosen.late_seconds())),
    )


def _task(scheduler_id: str, task_id: int) -> Task:
    found = read.task(database.read(), scheduler_id, task_id) if task_id < 2**63 else None
    return found or abort(404, "There is no such task.")


def _text() -> str:
    return request.args.get("text", "").strip()


def _offset() -> int:
    return number("offset", 0, 1_000_000)


def _part(page: Page[Any], make: Any) -> Listing[Any]:
    following = page.offset + len(page.rows)
    return Listing([make(row) for row in page.rows], page.total, _address(offset=following) if page.more else None)


def _history(rows: list[Any], key: str) -> Listing[Any]:
    most = limit()
    following = _address(before=getattr(rows[most - 1], key)) if len(rows) > most else None
    return Listing(rows[:most], None, following)


def _address(**changes: int) -> str:
    return f"{quote(request.path)}?{urlencode({**request.args.to_dict(), **changes})}"
