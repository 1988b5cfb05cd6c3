"Routes of notes on objects: read with the object, written and removed with `notes.write` for it."

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import abort

from models.object_notes import ObjectNote
from web import object_notes
from web.api import answers
from web.api.routes import body, delete, get, post
from web.object_notes import Subject, subject
from web.pages.me import actor
from web.refusal import Refused
from web.words import N_

OBJECT = "/schedulers/<scheduler_id>/notes/<kind>/<object:path>"
ORDER = "/schedulers/<scheduler_id>/notes/order/<object:chain>/-/<token:order_id>"


@dataclass(frozen=True, slots=True)
class NoteBody:
    text: str


@get(OBJECT, N_("Notes on a job, job_chain, schedule, calendar, lock or process_class"), list[answers.Note], None)
def notes(scheduler_id: str, kind: str, path: str) -> list[answers.Note]:
    return _all(subject(scheduler_id, kind, path))


@get(ORDER, N_("Notes on an order"), list[answers.Note], None)
def order_notes(scheduler_id: str, chain: str, order_id: str) -> list[answers.Note]:
    return _all(subject(scheduler_id, "order", chain, order_id))


@post(OBJECT, N_("Write a note on an object"), answers.Note, None, NoteBody)
def note_new(scheduler_id: str, kind: str, path: str) -> answers.Note:
    return _new(subject(scheduler_id, kind, path))


@post(ORDER, N_("Write a note on an order"), answers.Note, None, NoteBody)
def order_note_new(scheduler_id: str, chain: str, order_id: str) -> answers.Note:
    return _new(subject(scheduler_id, "order", chain, order_id))


@delete(f"{OBJECT}/-/<int:number>", N_("Remove a note of an object"), None)
def note_remove(scheduler_id: str, kind: str, path: str, number: int) -> None:
    _remove(subject(scheduler_id, kind, path), number)


@delete(f"{ORDER}/-/<int:number>", N_("Remove a note of an order"), None)
def order_note_remove(scheduler_id: str, chain: str, order_id: str, number: int) -> None:
    _remove(subject(scheduler_id, "order", chain, order_id), number)


def _all(about: Subject) -> list[answers.Note]:
    return [_note(each) for each in object_notes.notes_of(about)]


def _new(about: Subject) -> answers.Note:
    given = body()
    text = given.get("text")
    if not isinstance(text, str) or set(given) != {"text"}:
        raise Refused({"text": "An object with nothing but a text was expected."})
    return _note(object_notes.write(about, actor(), text, datetime.now(UTC)))


def _remove(about: Subject, number: int) -> None:
    if number >= 2**63 or not object_notes.remove(about, actor(), number, datetime.now(UTC)):
        abort(404, "There is no such note.")


def _note(found: ObjectNote) -> answers.Note:
    return answers.Note(found.id, found.account, found.written_at, found.text)
