"Which actions a page offers: those that the reader may do, that are not hidden, and that fit the object."

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from flask import Flask
from markupsafe import Markup

from web import permissions
from web.actions import kinds, levels
from web.actions.verbs import NOTE, REASON, TYPED, VERBS, Verb, of_kind
from web.fragments import wants_fragment


@dataclass(frozen=True, slots=True)
class Offer:
    "`asks`: a form opens before it runs. `address` takes GET (the form) and POST (the deed)."

    kind: str
    verb: str
    word: str
    address: str
    asks: bool
    level: int
    danger: bool
    shape: str


def offer(kind: str, verb: str, scheduler_id: str | None = None, **keys: object) -> Offer | None:
    "None: the reader may not, it is hidden, or does not fit the object. Raises KeyError for an unknown verb."
    return _offer(VERBS[kind, verb], scheduler_id or permissions.scheduler() or "", keys)


def offer_after(kind: str, verb: str, scheduler_id: str, **keys: object) -> Offer | None:
    "The same right after a deed that makes it fit, however the object was seen last."
    return _offer(replace(VERBS[kind, verb], fits=None), scheduler_id, keys)


def offers(kind: str, scheduler_id: str | None = None, **keys: object) -> list[Offer]:
    "Everything that the reader may do with the object and that makes sense there, in the order of the menu."
    at = scheduler_id or permissions.scheduler() or ""
    names = kinds.keys_of(kind, keys)
    listed = (verb for verb in of_kind(kind) if verb.listed is None or verb.listed(at, names))
    found = (_offer(verb, at, keys) for verb in listed)
    return [each for each in found if each is not None]


def _offer(verb: Verb, scheduler_id: str, keys: dict[str, object]) -> Offer | None:
    names = kinds.keys_of(verb.kind, keys)
    path = kinds.names_of(verb.kind, scheduler_id, names)[2]
    if levels.hidden(verb) or not permissions.may(verb.permission, path, scheduler_id):
        return None
    if verb.fits is not None and not verb.fits(scheduler_id, names):
        return None
    level = levels.level(verb)
    address = kinds.action_address(verb.kind, scheduler_id, keys, verb.name)
    asks = level >= REASON or bool(verb.inputs)
    return Offer(verb.kind, verb.name, verb.word, address, asks, level, verb.danger, verb.shape)


def operation_key() -> str:
    return secrets.token_urlsafe(16)


def operation_field() -> Markup:
    "The operation key of a form: sent twice, it runs once."
    return Markup('<input type="hidden" name="operation" value="{}">').format(operation_key())


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        offer=offer, offers=offers, operation_field=operation_field, NOTE=NOTE, REASON=REASON, TYPED=TYPED,
        as_dialog=wants_fragment,
    )
