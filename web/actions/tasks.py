"Actions on a task: `/s/<id>/tasks/<number>/-/<verb>`."

from __future__ import annotations

from flask import Blueprint, abort, url_for
from lxml import etree
from werkzeug.wrappers import Response

from models import read
from web import commands, database
from web.actions import fields
from web.actions.fields import Faults, Form
from web.actions.perform import Target, act
from web.actions.verbs import Verb, table

blueprint = Blueprint("task_actions", __name__, url_prefix="/s/<scheduler_id>/tasks")

#: seconds between asking and killing, unless the form says otherwise
GRACE = "15"


def verbs(job: str, task: int) -> dict[str, Verb]:
    "What can be done with this task."

    def terminate(form: Form, faults: Faults) -> etree._Element | None:
        seconds = fields.whole_number(form, "seconds", faults, 1, 86400, GRACE)
        return None if faults else commands.kill_task(job, task, immediately=True, timeout=seconds)

    return table(
        Verb(
            "end",
            "End task",
            "End was asked for",
            "The task ends after its current step; a queued task is taken out of the queue.",
            lambda form, faults: commands.kill_task(job, task, immediately=False),
            not_done="The process of a shell job is not interrupted.",
            level=2,
        ),
        Verb(
            "terminate",
            "Terminate task",
            "Asked to terminate",
            "All processes of the task get SIGTERM, and SIGKILL when they still run after the given time.",
            terminate,
            level=2,
            needs_reason=True,
            fields="actions/_seconds.html",
        ),
        Verb(
            "kill",
            "Kill task at once",
            "Killed",
            "All processes of the task get SIGKILL now and cannot clean up.",
            lambda form, faults: commands.kill_task(job, task, immediately=True),
            level=3,
            needs_reason=True,
            danger=True,
        ),
    )


@blueprint.route("/<int:task_id>/-/<verb>", methods=["GET", "POST"])
def action(scheduler_id: str, task_id: int, verb: str) -> str | Response | tuple[str, int]:
    task = read.task(database.read(), scheduler_id, task_id)
    if task is None:
        abort(404)
    page = url_for("tasks.page", scheduler_id=scheduler_id, task_id=task_id)
    parent = url_for("jobs.page", scheduler_id=scheduler_id, path=task.job)
    target = Target(scheduler_id, "task", str(task_id), f"{task.job}:{task_id}", page, parent)
    return act(target, verbs(task.job, task_id), verb)
