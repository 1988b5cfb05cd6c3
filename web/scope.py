"""The scheduler that a page is about: known ids, the frame around the page, the revision the page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import abort, g

from models import read
from models.members import Member
from web import database, engines, faults, permissions, revisions
from web.display import now
from web.strip import Strip, strip


def enter(scheduler_id: str) -> None:
    """Prepare the frame of a page of this scheduler. 404 when nobody ever wrote under this id.

    The journal is asked first: changes that come in while the page reads are then signalled by the first pulse.
    """
    connection = database.read()
    last_changes = read.last_changes(connection)
    g.scheduler_ids = permissions.visible_schedulers(list(last_changes))
    if scheduler_id not in g.scheduler_ids:
        abort(404)
    found = revisions.of(connection, scheduler_id, last_changes[scheduler_id])
    g.revision, g.pulse_tag = found.newest, found.tag
    g.strip = strip(connection, scheduler_id, now())
    g.entered = scheduler_id
    if g.strip.member is not None:
        faults.remember(engines.address_of(g.strip.member))


def revision() -> int:
    "The last change in sight before this page began to read; for pages that have entered a scheduler."
    found: int = g.revision
    return found


def watch(kind: str, name: str) -> None:
    "This page is about one object: what concerns it is signalled as `object`."
    g.watched = {"of": f"{kind}:{name}"}


def member(scheduler_id: str) -> Member | None:
    "The member that takes commands for the scheduler."
    if g.get("entered") == scheduler_id:  # a cluster may have thousands of members: they are read once
        entered: Strip = g.strip
        return entered.member
    return engines.responsible(read.members(database.read(), scheduler_id))


def reachable(scheduler_id: str) -> tuple[str, int] | None:
    "Its address when it gave a sign of life lately: a page does not wait for a dead one."
    found = member(scheduler_id)
    if found is None or engines.silent(found, datetime.now(UTC)):
        return None
    return engines.address_of(found)
