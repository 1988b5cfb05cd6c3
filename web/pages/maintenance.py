"`/admin/maintenance`: what is kept for how long, what has to be backed up, and a file for whoever helps."

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, render_template
from sqlalchemy import make_url

from models import audit, connect, read, services, size
from models.services import Instance, ServiceRun
from scheduler.retention import DAYS
from web import database, support_bundle
from web.display import now
from web.pages.help import version_of
from web.pages.me import actor
from web.pages.services import SILENT

blueprint = Blueprint("maintenance", __name__, url_prefix="/admin/maintenance")

#: kinds of data, in the order in which they are deleted
KINDS = {
    "logs": "stored logs of tasks",
    "tasks": "history of tasks",
    "orders": "history of orders",
    "journal": "what live pages and events look back to",
    "plan": "entries of the plan",
    "notices": "notices that are over",
    "operations": "commands given on these pages",
    "logins": "attempts to sign in",
    "reports": "daily figures",
    "versions": "versions of files of the configuration",
    "beats": "signs of life of the members",
}


@dataclass(frozen=True, slots=True)
class Kept:
    "`days` 0: for ever. `setting`: the variable that says otherwise."

    words: str
    days: int
    setting: str


@dataclass(frozen=True, slots=True)
class CleanUp:
    "Of one scheduler. `told`: what is shown is in force; else nobody has said, and it is what ships. `window`: when."

    scheduler_id: str
    told: bool
    window: str
    kept: tuple[Kept, ...]
    last: ServiceRun | None
    folders: tuple[str, ...]


@blueprint.get("")
def page() -> str:
    connection, url = database.read(), current_app.extensions["stellwerk_settings"].database_url
    file = connect.file_of(url)
    return render_template(
        "maintenance/page.html",
        found=[_clean_up(scheduler_id) for scheduler_id in read.scheduler_ids(connection)],
        size=size.bytes_of(connection),
        file=file,
        command=_backup(url, file),
    )


@blueprint.post("/support.zip")
def bundle() -> Response:
    "A POST, because it is noted who took it."
    who, moment = actor(), datetime.now(UTC)
    settings = current_app.extensions["stellwerk_settings"]
    content = support_bundle.bundle(database.read(), settings, version_of("stellwerk"), moment)
    with database.writing() as connection:
        audit.note(connection, moment, who.name, who.address, "support.bundle", "", token=who.token)
    answer = Response(content, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="stellwerk-support-{moment:%Y-%m-%d}.zip"'
    return answer


def _clean_up(scheduler_id: str) -> CleanUp:
    connection = database.read()
    host = _host(services.instances(connection, scheduler_id))
    told = host.retention if host is not None else None
    days = told["days"] if told is not None else DAYS
    runs = services.runs(connection, scheduler_id, "clean_up", 1)
    folders = {each.live_folder for each in read.members(connection, scheduler_id) if each.live_folder}
    return CleanUp(
        scheduler_id,
        told is not None,
        told["window"] if told is not None else "",
        tuple(Kept(words, int(days.get(kind, 0)), f"clean_up.{kind}") for kind, words in KINDS.items()),
        runs[0] if runs else None,
        tuple(sorted(folders)),
    )


def _host(instances: list[Instance]) -> Instance | None:
    "Who hosts the services now."
    return next((each for each in instances if each.active and now() - each.beat_at <= SILENT), None)


def _backup(url: str, file: str | None) -> str:
    "The command that copies the database while everything goes on; the password is not in it."
    if file is not None:
        return f"sqlite3 {file} \"VACUUM INTO 'stellwerk-backup.db'\""
    parsed = make_url(url)
    where = [f"--{name}={value}" for name, value in (
        ("host", parsed.host), ("port", parsed.port), ("username", parsed.username),
    ) if value]  # fmt: skip
    return " ".join(["pg_dump", "--format=custom", "--file=stellwerk-backup.dump", *where, parsed.database or ""])
