"""Whether an object is still as it was when a form about it was opened.

Only what an operator decides by counts: whether it is stopped, held, or somewhere else, not every number; of a file the
text that was saved last or is in use, from which its forms go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from models import read
from models.audit import Entry
from scheduler.records import ObjectKind, OrderState
from web import comparison, database, unread
from web.actions.fields import Form
from web.actions.kinds import Target
from web.comparison import Row
from web.display import note_of
from web.words import N_, gettext, translated

#: fields of the form: the state, and the text of a definition, as they were when it was opened
FIELD, TEXT = "seen", "opened_text"
_VERSION, _AT = "the version of ", " at "
_NO_TEXT = f"{crc32(b''):08x}"
#: what `state_of` tells besides the states themselves
KNOWN_WORDS = (
    N_("gone"), N_("not there"), N_("disabled"), N_("in error"), N_("not stopped"), N_("on its way"),
    N_("process"), N_("stop"), N_("next_state"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was different when a form about an object was sent: its states, in the language of the reader, and of a
    definition the texts beside each other. `note`: the last thing that somebody did to it on these pages."""

    before: str
    now: str
    rows: tuple[Row, ...]
    note: Entry | None


def state_of(target: Target) -> str:
    "In English words; empty for objects that have no such state, and for those that are gone."
    connection, scheduler_id, keys = database.read(), target.scheduler_id, target.keys
    match target.kind:
        case "job":
            job = read.job(connection, scheduler_id, keys["path"])
            return "" if job is None else _of_job(job.job)
        case "order":
            order = read.order(connection, scheduler_id, keys["chain"], keys["order_id"])
            return "gone" if order is None else _of_order(order)
        case "chain":
            chain = read.chain(connection, scheduler_id, keys["chain"])
            return "" if chain is None else chain.chain.state.value
        case "node":
            chain = read.chain(connection, scheduler_id, keys["chain"])
            return next((node.action.value for node in chain.nodes if node.state == keys["state"]), "") if chain else ""
        case "file":
            last = unread.latest(scheduler_id, ObjectKind(keys["type"]), keys["path"])
            return "not there" if last is None else _of_file(last)
    return ""


def text_of(target: Target) -> str:
    "The definition that was saved last or is in use; empty when there is none, and for other objects than files."
    if target.kind != "file":
        return ""
    keys = target.keys
    return unread.text(target.scheduler_id, ObjectKind(keys["type"]), keys["path"])


def conflict(target: Target, form: Form) -> Conflict | None:
    "None when the object is as it was when the form was opened, and when nobody looked before."
    before, now = form.get(FIELD, ""), state_of(target)
    if not before or _same(before, now):
        return None
    rows: list[Row] = []
    if TEXT in form:
        # browsers send line ends as CR LF
        rows = comparison.beside(comparison.lines(text_of(target).splitlines(), form[TEXT].splitlines()))
    note = note_of(target.scheduler_id, target.audit_name)
    return Conflict(_said(before), _said(now or "gone"), tuple(rows), note)


def _same(before: str, now: str) -> bool:
    "Of a file the text decides: it counts from another time on as soon as the engine has read it."
    if before == now or not (before.startswith(_VERSION) and now.startswith(_VERSION)):
        return before == now
    text = now[-len(_NO_TEXT) :]
    return text != _NO_TEXT and before.endswith(text)


def sentence(found: Conflict) -> str:
    return gettext(
        "It was “%(before)s” when this form was opened; now it is “%(now)s”. Send it again if you still want to.",
        before=found.before,
        now=found.now,
    )


def _said(state: str) -> str:
    "What `state_of` tells, in the language of the reader."
    if state.startswith(_VERSION):
        return gettext("the version of %(instant)s", instant=state.removeprefix(_VERSION))
    held, at, node = state.partition(_AT)
    return gettext("%(state)s at %(node)s", state=translated(held), node=node) if at else translated(state)


def _of_job(job: read.JobRow) -> str:
    return "disabled" if not job.enabled else "stopped" if job.stopped else "in error" if job.faulty else "not stopped"


def _of_file(last: unread.Latest) -> str:
    "Two people may write within the same second: the text is told by its checksum."
    at = f"{last.written_at:%Y-%m-%d %H:%M:%S} UTC, " if last.written_at is not None else ""
    return f"{_VERSION}{at}{crc32(last.source.encode()):08x}"


def _of_order(row: read.OrderRow) -> str:
    order = row.order
    held = order.state in (OrderState.SUSPENDED, OrderState.SETBACK, OrderState.BLACKLISTED, OrderState.ENDED)
    return f"{order.state.value if held else 'on its way'}{_AT}{order.node}"
