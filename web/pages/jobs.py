"Jobs: the list, and one job with its tasks and its history."

from __future__ import annotations

from flask import Blueprint, abort, request

from models import read
from models.read.jobs import JobView
from scheduler.records import ObjectKind
from web import database, paging, scope, why
from web.display import note_of
from web.fragments import page_or_fragment

blueprint = Blueprint("jobs", __name__, url_prefix="/s/<scheduler_id>/jobs")

#: word in `?state=` -> view of the list
FILTERS: dict[str, JobView] = {
    "": "all",
    "running": "running",
    "stopped": "stopped",
    "error": "error",
    "disabled": "disabled",
    "faulty": "faulty_file",
}


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    state, text = (request.args.get(name, "").strip() for name in ("state", "q"))
    jobs = read.jobs(
        database.read(),
        scheduler_id,
        text=text,
        view=FILTERS.get(state, "all"),
        offset=paging.offset(),
        limit=paging.SIZE,
    )
    return page_or_fragment(
        "jobs/index.html",
        {"table": "jobs/_list.html"},
        jobs=jobs,
        pager=paging.numbered(jobs),
        state=state,
        text=text,
        filters=list(FILTERS),
        link=paging.address,
    )


@blueprint.get("/<object:path>")
def page(scheduler_id: str, path: str) -> str:
    scope.enter(scheduler_id)
    scope.watch("job", path)
    connection = database.read()
    detail = read.job(connection, scheduler_id, path)
    file = detail.file if detail else read.file(connection, scheduler_id, ObjectKind.JOB, path)
    limit = paging.SIZE + 1
    ended = read.tasks(connection, scheduler_id, job=path, view="ended", before=paging.before(), limit=limit)
    history, pager = paging.keyed(ended, "id")
    if detail is None and file is None and not history:
        abort(404)
    tasks = read.tasks(connection, scheduler_id, job=path, view="open", limit=paging.SIZE)
    idle = detail is not None and not detail.job.running
    return page_or_fragment(
        "jobs/page.html",
        {"job": "jobs/_job.html"},
        detail=detail,
        path=detail.job.path if detail else path,
        file=file,
        tasks=tasks,
        history=history,
        pager=pager,
        note=note_of(scheduler_id, path),
        obstacles=why.job(scheduler_id, path) if idle else [],
    )
