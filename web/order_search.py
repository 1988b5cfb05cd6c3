"""Looking for lines in the log of a run of an order: in the parts that its steps have in the logs of their tasks.

One question looks through so many steps as it takes to find a page of hits, and through no more than `MOST_BYTES`; the
next question goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from models import read
from models.read.orders import StepRow
from scheduler import log_search
from web import log_view, task_log
from web.log_secrets import Secrets
from web.log_view import Hit, Results, Search, Sight
from web.order_log import length
from web.words import gettext

#: of all steps together, looked through for one answer
MOST_BYTES = 96 << 20


def find(
    connection: Connection,
    scheduler_id: str,
    rows: Sequence[StepRow],
    search: Search,
    address: Callable[..., str],
    sight: Callable[[StepRow], Sight],
    secrets: Secrets,
    most: int = log_view.MOST,
) -> Results:
    """The lines of the steps of a run, each with its address in the log that is shown at `address`; `most` are listed.

    `sight` tells what of a step may be seen; no line is found by what is in `secrets` only."""
    if search.fault:
        return Results(search)
    total = sum(length(row) for row in rows) or 1
    hits: list[Hit] = []
    count = lines = size = silent = hidden = 0
    begun = sum(length(row) for row in rows if row.step.step < search.step)
    for row in rows:
        if row.step.step < search.step:
            continue
        if len(hits) + hidden >= most or size >= MOST_BYTES or (search.regex and search.budget.out()):
            return Results(search, True, count, lines, size, tuple(hits), {"after_step": row.step.step, "after": 0},
                           _note(silent, hidden, rows, row.step.step))  # fmt: skip
        after = search.after if row.step.step == search.step else 0
        found = _in_step(connection, scheduler_id, row, search, after, most - len(hits) - hidden, secrets)
        if found is None:
            silent += 1
            continue
        count, lines, size = count + found.count, lines + found.lines, size + found.size
        see = sight(row)
        for hit in found.hits:
            if (text := see(hit.text)) is None:
                hidden += 1
                continue
            place = 100 * min(1.0, (begun + hit.offset - row.step.log_begin) / total)
            hits.append(_hit(row, hit, text, search, address, place))
        begun += length(row)
        if len(hits) + hidden >= most and found.count > len(found.hits):
            following = {"after_step": row.step.step, "after": found.hits[-1].offset + 1}
            return Results(search, True, count, lines, size, tuple(hits), following, _note(silent, hidden, rows, None))
    return Results(search, True, count, lines, size, tuple(hits), None, _note(silent, hidden, rows, None))


def _in_step(
    connection: Connection, scheduler_id: str, row: StepRow, search: Search, after: int, most: int, secrets: Secrets
) -> log_search.Found | None:
    "None: the log of this step cannot be searched now, or is not kept."
    task = read.task(connection, scheduler_id, row.step.task_id)
    if task is None:
        return None
    begin, end = row.step.log_begin, row.step.log_end
    return task_log.find(connection, scheduler_id, task, search, after, most, begin, end, secrets)


def _hit(
    row: StepRow, hit: log_search.Hit, text: str, search: Search, address: Callable[..., str], place: float
) -> Hit:
    step = row.step
    arguments = {"step": step.step, "from": hit.offset, "line": hit.line}
    where = f"{address(**arguments, **search.here)}#S{step.step}L{hit.line}"
    return Hit(where, f"{step.node} {hit.line:,}", text, round(place, 1))


def _note(silent: int, hidden: int, rows: Sequence[StepRow], stopped: int | None) -> str:
    notes = []
    if silent:
        words = gettext(
            "The logs of %(silent)s of %(number)s steps cannot be searched now, or are not kept.",
            silent=silent,
            number=len(rows),
        )
        notes.append(words)
    if stopped is not None:
        notes.append(gettext("Step %(stopped)s and those after it were not looked through yet.", stopped=stopped))
    if hidden:
        notes.append(log_view.note_of_hidden(hidden))
    return " ".join(notes)
