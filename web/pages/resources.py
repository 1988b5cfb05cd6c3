"What jobs and orders share: schedules, process classes, locks, monitors; who holds them and who waits."

from __future__ import annotations

from flask import Blueprint, current_app

from models import read
from scheduler.records import ObjectKind
from web import commands, database, engines, scope
from web.fragments import page_or_fragment
from web.resources import Resources, resources_of

blueprint = Blueprint("resources", __name__, url_prefix="/s/<scheduler_id>/resources")

KINDS = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR)


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    files = read.files_of(database.read(), scheduler_id, KINDS)
    resources = _asked(scheduler_id)
    return page_or_fragment(
        "resources/page.html",
        {"resources": "resources/_resources.html"},
        files={(file.kind.value, file.path): file for file in files},
        faulty=[file for file in files if file.problem],
        answered=resources is not None,
        resources=resources or Resources(),
    )


def _asked(scheduler_id: str) -> Resources | None:
    "What the engine says; None when it does not answer in time."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    settings = current_app.extensions["stellwerk_settings"]
    answer = engines.ask(address, commands.show_resources(), settings.command_timeout)
    return None if answer is None else resources_of(answer)
