"Actions on a job: `/s/<id>/jobs/<path>/-/<verb>`."

from __future__ import annotations

from flask import Blueprint, url_for
from lxml import etree
from werkzeug.wrappers import Response

from web import commands
from web.actions import fields
from web.actions.fields import Faults, Form
from web.actions.perform import Target, act
from web.actions.verbs import Verb, table

blueprint = Blueprint("job_actions", __name__, url_prefix="/s/<scheduler_id>/jobs")


def verbs(job: str) -> dict[str, Verb]:
    "What can be done with this job."

    def start(form: Form, faults: Faults) -> etree._Element | None:
        at = fields.start_time(form, "at", faults, never=False)
        params = fields.parameters(form, faults)
        return None if faults else commands.start_job(job, at, params)

    return table(
        Verb(
            "start",
            "Start job",
            "Start was ordered",
            "A task of the job is queued; it starts as soon as a process is free.",
            start,
            not_done="Other tasks of the job are not touched. A stopped job is unstopped by a start.",
            fields="actions/_start_job.html",
        ),
        Verb(
            "stop",
            "Stop job",
            "Stopped",
            "No further task of the job starts until it is unstopped; orders wait.",
            lambda form, faults: commands.modify_job(job, "stop"),
            not_done="The stop lasts over a restart of the engine.",
            level=2,
            needs_reason=True,
        ),
        Verb(
            "unstop",
            "Unstop job",
            "Unstopped",
            "Tasks of the job may start again.",
            lambda form, faults: commands.modify_job(job, "unstop"),
        ),
    )


@blueprint.route("/<object:path>/-/<verb>", methods=["GET", "POST"])
def action(scheduler_id: str, path: str, verb: str) -> str | Response | tuple[str, int]:
    page = url_for("jobs.page", scheduler_id=scheduler_id, path=path)
    target = Target(scheduler_id, "job", path, path, page, url_for("jobs.index", scheduler_id=scheduler_id))
    return act(target, verbs(path), verb)
