"""What the scheduler let go by itself at its time, in the audit: as the command that would have done it, by nobody.

The journal says what was released; why it had been held, the audit itself knows, when that was ordered on the pages.
"""

from __future__ import annotations

from sqlalchemy import Connection

from models import audit
from models.audit import Entry
from models.read.chains import chains_around
from models.read.journal import JournalRow
from scheduler.changes import Kind
from scheduler.hold import is_released

#: whose deed it is in the audit; no account has a blank in its name
BY_ITSELF = "the scheduler"

#: kind of the change -> what had held the object, and what let it go, as the audit names deeds
DEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    Kind.JOB_UNSTOPPED: (("job.stop",), "job.unstop"),
    Kind.CHAIN_UNSTOPPED: (("chain.stop",), "chain.unstop"),
    Kind.NODE_CHANGED: (("node.stop", "node.skip"), "node.process"),
    Kind.ORDER_RESUMED: (("order.suspend",), "order.resume"),
    Kind.SCHEDULER_CONTINUED: (("scheduler.pause",), "scheduler.continue"),
}


def is_release(row: JournalRow) -> bool:
    "Whether the row of the journal says that something was let go at its time."
    return row.kind in DEEDS and is_released(row.detail)


def note(connection: Connection, scheduler_id: str, row: JournalRow) -> None:
    """The entry of a release, with the instant at which the engine did it, and reason and ticket of the hold, if they
    are known. The caller commits, and sees to it that no row is noted twice."""
    held_by, action = DEEDS[row.kind]
    name, author = _object_of(row), str(row.detail.get("by", ""))
    names = _names(connection, scheduler_id, row, name)
    hold = audit.last_hold(connection, scheduler_id, names, held_by, author, row.time) if author else None
    entry = audit.begin(
        connection, row.time, scheduler_id, BY_ITSELF, "", action, name, reason=_of(hold, "reason"),
        ticket=_of(hold, "ticket"),
    )  # fmt: skip
    by = f" by {author}" if author else ""
    audit.finish(connection, entry, "", f"Its time had come: it was held{by} until {row.detail.get('until', '')}")


def _object_of(row: JournalRow) -> str:
    "As the audit names it."
    match row.kind:
        case Kind.NODE_CHANGED:
            return f"{row.object},{row.detail.get('node', '')}"
        case Kind.SCHEDULER_CONTINUED:
            return ""
    return row.object


def _names(connection: Connection, scheduler_id: str, row: JournalRow, name: str) -> set[str]:
    "A held order may have gone on from one nested chain to another; its superordinate chain names it, too."
    if row.kind != Kind.ORDER_RESUMED:
        return {name}
    chain, _, order_id = name.partition(",")
    around = chains_around(connection, scheduler_id, chain)
    return {name, *(f"{path},{order_id}" for path in around)}


def _of(hold: Entry | None, name: str) -> str:
    return getattr(hold, name) if hold is not None else ""
