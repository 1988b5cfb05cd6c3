"Jobs: the list, and one job with its tasks, its history and its numbers."

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from models import read
from models.read import statistics
from models.read.job_groups import JobGroup
from models.read.jobs import JobSort
from models.read.listings import JOBS
from scheduler.records import ObjectKind, Task
from web import (
    agents,
    below,
    database,
    documentation,
    last_warning,
    lists,
    paging,
    prose,
    resource_use,
    scope,
    starts,
    unread,
    vanished,
    why,
)
from web.batches import possible, verbs_for
from web.display import note_of, now
from web.fragments import page_or_fragment, wants_fragment
from web.named import in_sight
from web.pages.tasks import log_of
from web.permissions import may
from web.pictures.sparkline import sparkline
from web.references import appends_log, has_steps, references, settings
from web.words import N_, gettext, translated

blueprint = Blueprint("jobs", __name__, url_prefix="/s/<scheduler_id>/jobs")

#: chips of the list, in their order
FILTERS = ("", "running", "busy", "needs-process", "needs-lock", "stopped", "error", "disabled", "faulty", "never")
SORTS: tuple[JobSort, ...] = ("trouble", "path", "next")
#: what jobs are grouped by: word in `?group=` -> what stands in the menu
GROUPS: dict[JobGroup, str] = {
    "": N_("Not grouped"), "state": N_("By state"), "chain": N_("By job chain"), "class": N_("By agent"),
}  # fmt: skip
#: heads of groups by state, by their number
STATES = (
    N_("In error, or with a faulty file"), N_("After a failure"), N_("Waiting for a process or a lock"), N_("Running"),
    N_("Stopped or disabled"), N_("All others"),
)  # fmt: skip
#: what the facts of a job name besides its process class
USED = (ObjectKind.LOCK, ObjectKind.MONITOR, ObjectKind.SCHEDULE)
TABS = ("overview", "log", "orders", "starts", "documentation", "configuration")
#: tasks among which the log in the tab is chosen
MOST_LOGS = 20


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    found, sort = lists.narrowed(scheduler_id, JOBS), lists.sort(SORTS)
    connection, group = database.read(), _group()
    jobs = read.jobs(
        connection,
        scheduler_id,
        where=found.where,
        sort=next(word for word in SORTS if word == sort.by),
        descending=sort.descending,
        group=group,
        offset=paging.offset(),
        limit=paging.size(),
    )
    times = statistics.times_of(connection, scheduler_id, [job.path for job in jobs.rows if job.last])
    return page_or_fragment(
        "jobs/index.html",
        {"table": "jobs/_list.html"},
        jobs=jobs,
        list=found,
        sort=sort,
        tasks_of=below.tasks(connection, scheduler_id, (job.path for job in jobs.rows)) if below.shown("tasks") else {},
        sparklines={path: sparkline([(each.seconds, each.failed) for each in runs]) for path, runs in times.items()},
        pager=paging.numbered(jobs),
        filters=FILTERS,
        tokens=JOBS.tokens,
        verbs=verbs_for("job"),
        group=group,
        groups=GROUPS,
        head_of=_head_of,
        possible=possible,
        link=paging.address,
    )


def _group() -> JobGroup:
    asked = request.args.get("group", "")
    return next((word for word in GROUPS if word == asked), "")


def _head_of(group: JobGroup, named: str) -> str:
    "What stands over jobs with this head."
    match group:
        case "state":
            return translated(STATES[int(named)])
        case "chain":
            return named or gettext("In no job chain")
    if not in_sight("process_class", named):
        return gettext("A process class that you may not see")
    if named:
        return gettext("Process class %(path)s", path=named)
    return gettext("This host: no process class")


@blueprint.get("/<object:path>")
def page(scheduler_id: str, path: str) -> str:
    scope.enter(scheduler_id)
    if why.wanted():
        name, guide = f"{translated('job')} {path}", documentation.guide_of_job(scheduler_id, path)
        return why.dialog(name, why.job(scheduler_id, path), guide)
    scope.watch("job", path)
    connection = database.read()
    detail = read.job(connection, scheduler_id, path)
    file = detail.file if detail else read.file(connection, scheduler_id, ObjectKind.JOB, path)
    limit = paging.size() + 1
    ended = read.tasks(connection, scheduler_id, job=path, view="ended", before=paging.before(), limit=limit)
    history, pager = paging.keyed(ended, "id")
    gone = vanished.removal(scheduler_id, ObjectKind.JOB, path) if detail is None and file is None else None
    if detail is None and file is None and not history and gone is None:
        return unread.page_or_404(scheduler_id, ObjectKind.JOB, path)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    times = statistics.times_of(connection, scheduler_id, [path]).get(path.lower(), [])
    source = file.source if file else ""
    obstacles: list[why.Obstacle] = []
    if detail is not None and not detail.job.running:
        obstacles = why.without_error(why.job(scheduler_id, path), detail.job.error)
    running = read.tasks(connection, scheduler_id, job=path, view="open", limit=paging.SIZE)
    parts = {"job": "jobs/_job.html", "drawer": "jobs/_drawer.html"}
    alone = wants_fragment() and request.args.get("part") in parts
    beside = wants_fragment() and request.args.get("part") == "drawer"
    asked = tab == "overview" and bool(running) and not beside and has_steps(source)
    return page_or_fragment(
        "jobs/page.html",
        parts,
        **(_log(scheduler_id, path) if tab == "log" and not alone else {}),
        detail=detail,
        path=detail.job.path if detail else path,
        file=file,
        gone=gone,
        tab=tab,
        tabs=TABS,
        tasks=running,
        doing=resource_use.doings(scheduler_id, path) if asked else {},  # an engine that may be slow
        has_log=bool(running or history) and may("logs.view", path),
        orders=_orders(scheduler_id, detail) if tab == "orders" else None,
        coming=starts.of_job(scheduler_id, path) if tab == "starts" else None,
        statistics=statistics.job_statistics(connection, scheduler_id, path, now()) if tab == "overview" else None,
        sparkline=sparkline([(each.seconds, each.failed) for each in times]),
        usual=sorted(each.seconds for each in times if not each.failed),
        history=history,
        pager=pager,
        uses=[each for each in references(path, source) if each.kind in USED and in_sight(each.kind, each.path)],
        agents=_agents(scheduler_id, detail),
        warned=_warned(scheduler_id, path) if tab == "overview" else None,
        last_failed=next(iter(read.tasks(connection, scheduler_id, job=path, view="failed", limit=1)), None),
        settings=settings(source),
        log_append=appends_log(source),
        note=note_of(scheduler_id, path),
        obstacles=obstacles,
        guide=documentation.guide_of_job(scheduler_id, path) if obstacles else "",
        description=prose.rendered(detail.description) if detail and tab == "documentation" else "",
        link=paging.address,
    )


def _log(scheduler_id: str, path: str) -> dict[str, Any]:
    """What the viewer in the tab needs: the log of the task `?task=`, or of the newest one that has begun. Nothing when
    there is none, or the reader may not see it."""
    if not may("logs.view", path):
        return {}
    newest = read.tasks(database.read(), scheduler_id, job=path, limit=MOST_LOGS)
    asked = paging.number("task")
    chosen = next((task for task in newest if task.id == asked), None) if asked is not None else None
    if chosen is None and asked is not None:
        chosen = read.task(database.read(), scheduler_id, asked)
    if chosen is None or chosen.job.lower() != path.lower():
        chosen = next((task for task in newest if task.started_at), next(iter(newest), None))
    if chosen is None:
        return {}
    viewed = log_of(scheduler_id, chosen)
    choices = newest if chosen in newest else [*newest, chosen]
    return {"task": chosen, "log_choices": choices, "log": viewed.opened(), "sieve": viewed.sieve,
            "log_address": viewed.address, "results": None}  # fmt: skip


def _agents(scheduler_id: str, detail: read.JobDetail | None) -> list[agents.NamedAgent]:
    "Those that the process class of the job names."
    if detail is None or not detail.job.process_class:
        return []
    wanted = detail.job.process_class.lower()
    return [each for each in agents.named(database.read(), scheduler_id) if each.process_class.lower() == wanted]


def _warned(scheduler_id: str, path: str) -> tuple[Task, str] | None:
    "The newest task that has ended, and what it warned of; None: of nothing, or the reader may not see it."
    connection = database.read()
    newest = next(iter(read.tasks(connection, scheduler_id, job=path, view="ended", limit=1)), None)
    if newest is None or not may("logs.view", path):
        return None
    warning = last_warning.of_task(connection, scheduler_id, newest)
    return (newest, warning) if warning else None


def _orders(scheduler_id: str, detail: read.JobDetail | None) -> list[read.OrderRow]:
    "The orders that stand at the nodes of the job, the first of each node."
    found: list[read.OrderRow] = []
    for chain, node in detail.chains if detail else ():
        found += read.orders(database.read(), scheduler_id, chain=chain, node=node, limit=paging.SIZE).rows
    return found
