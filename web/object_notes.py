"""Notes on objects: who may read and write which, and the deeds with their entries in the audit.

Whoever may see an object reads its notes; `notes.write` for the object adds and removes them, also those of others:
what is over is not true any more, whoever wrote it. The audit keeps the words of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, abort, url_for
from sqlalchemy import Connection

from models import audit, object_notes, read
from models.object_notes import ObjectNote
from scheduler.records import ObjectKind
from web import database
from web.auth.administration import Actor
from web.permissions import may, need
from web.refusal import Refused
from web.words import gettext, translated

#: characters of a note, and notes of one object
LONGEST, MOST = 2000, 50

#: kind -> its words, and the permission to see it
KINDS: dict[str, tuple[str, str]] = {
    ObjectKind.JOB: ("job", "jobs.view"),
    ObjectKind.JOB_CHAIN: ("job chain", "chains.view"),
    ObjectKind.ORDER: ("order", "orders.view"),
    ObjectKind.SCHEDULE: ("schedule", "schedules.view"),
    ObjectKind.CALENDAR: ("calendar", "schedules.view"),
    ObjectKind.LOCK: ("lock", "locks.view"),
    ObjectKind.PROCESS_CLASS: ("process class", "classes.view"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    "The object that notes are about. `path` of an order is that of its chain."

    scheduler_id: str
    kind: str
    path: str
    order_id: str = ""

    @property
    def name(self) -> str:
        "As the audit and the table of notes name it."
        return f"{self.path},{self.order_id}" if self.kind == ObjectKind.ORDER else self.path

    @property
    def words(self) -> str:
        return KINDS[self.kind][0]

    @property
    def may_write(self) -> bool:
        return may("notes.write", self.path, self.scheduler_id)

    @property
    def page(self) -> str:
        "The address of the object's page."
        at = self.scheduler_id
        match self.kind:
            case ObjectKind.JOB:
                return url_for("jobs.page", scheduler_id=at, path=self.path)
            case ObjectKind.JOB_CHAIN:
                return url_for("chains.page", scheduler_id=at, chain=self.path)
            case ObjectKind.ORDER:
                return url_for("orders.page", scheduler_id=at, chain=self.path, order_id=self.order_id)
            case ObjectKind.SCHEDULE:
                return url_for("resources.schedule", scheduler_id=at, path=self.path)
            case ObjectKind.CALENDAR:
                return url_for("calendars.page", scheduler_id=at, path=self.path)
        return url_for("resources.page", scheduler_id=at, q=self.path, _anchor=f"{self.kind}-{self.path}")

    @property
    def address(self) -> str:
        "That of its notes."
        if self.kind == ObjectKind.ORDER:
            return url_for(
                "object_notes.of_order", scheduler_id=self.scheduler_id, chain=self.path, order_id=self.order_id
            )
        return url_for("object_notes.of_object", scheduler_id=self.scheduler_id, kind=self.kind, path=self.path)


def subject(scheduler_id: str, kind: str, path: str, order_id: str = "") -> Subject:
    "Raises Forbidden for whoever may not see it; 404 when nothing is known of such an object."
    if kind not in KINDS:
        abort(404)
    need(KINDS[kind][1], path, scheduler_id)
    found = Subject(scheduler_id, kind, path, order_id)
    if not _known(found):
        abort(404, gettext("There is no such %(words)s.", words=translated(found.words)))
    return found


def notes_of(about: Subject) -> list[ObjectNote]:
    "The newest first."
    return object_notes.of_object(database.read(), about.scheduler_id, about.kind, about.name)


def write(about: Subject, actor: Actor, text: str, now: datetime) -> ObjectNote:
    "Raises Forbidden, or Refused when the text is empty or too long, or when there are too many already."
    need("notes.write", about.path, about.scheduler_id)
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Refused({"text": gettext("A note needs words.")})
    if len(text) > LONGEST:
        raise Refused(
            {
                "text": gettext(
                    "These are %(number)s characters; at most %(most)s are possible.", number=len(text), most=LONGEST
                )
            }
        )
    with database.writing() as connection:
        if object_notes.count(connection, about.scheduler_id, about.kind, about.name) >= MOST:
            raise Refused({"text": gettext("There are %(most)s notes already: remove one first.", most=MOST)})
        made = object_notes.write(connection, about.scheduler_id, about.kind, about.name, actor.name, text, now)
        _tell(connection, about, actor, "note.write", text, now)
    return ObjectNote(made, actor.name, now, text)


def remove(about: Subject, actor: Actor, note_id: int, now: datetime) -> bool:
    "False: it was gone already. Raises Forbidden."
    need("notes.write", about.path, about.scheduler_id)
    with database.writing() as connection:
        gone = object_notes.remove(connection, about.scheduler_id, about.kind, about.name, note_id)
        if gone is not None:
            _tell(connection, about, actor, "note.remove", gone.text, now)
    return gone is not None


def _tell(connection: Connection, about: Subject, actor: Actor, action: str, text: str, now: datetime) -> None:
    entry = audit.begin(
        connection, now, about.scheduler_id, actor.name, actor.address, action, about.name,
        reason=text, token=actor.token,
    )  # fmt: skip
    audit.finish(connection, entry, "")


def _known(about: Subject) -> bool:
    "Whether it is there, or was: what has ended has a page, too."
    connection, at, path = database.read(), about.scheduler_id, about.path
    found: object = read.file(connection, at, ObjectKind(about.kind), about.name)
    match about.kind:
        case ObjectKind.JOB:
            found = found or read.job(connection, at, path)
            found = found or read.tasks(connection, at, job=path, view="ended", limit=1)
        case ObjectKind.JOB_CHAIN:
            found = found or read.chain(connection, at, path)
        case ObjectKind.ORDER:
            found = found or read.order(connection, at, path, about.order_id)
            found = found or read.order_runs(connection, at, path, about.order_id, limit=1)
    return bool(found)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(notes_of=notes_of, noted=Subject)
