"`<plan_preview>`: what would start otherwise."

from __future__ import annotations

from collections.abc import Iterable

from scheduler.plan.preview import Dark, Difference
from scheduler.run_time.calendar import Start
from scheduler.times import time_text_seconds
from scheduler.xml.write import element

#: users and starts of one group that are listed
MOST = 500
#: black-outs of one group, and starts of one of them
MOST_BLACK_OUTS, MOST_HELD_BACK = 100, 100


def preview_element(differences: Iterable[Difference]) -> str:
    return element("plan_preview", (), *(_group(each) for each in differences))


def _group(each: Difference) -> str:
    users = [element("plan_preview.user", [("job", path)]) for path in each.jobs[:MOST]]
    users += [element("plan_preview.user", [("job_chain", chain), ("order", id)]) for chain, id in each.orders[:MOST]]
    starts = sorted([*((start, "gone") for start in each.gone), *((start, "new") for start in each.new)])
    return element(
        "plan_preview.group",
        [
            ("users", len(each.jobs) + len(each.orders)),
            ("same", each.same),
            ("gone", len(each.gone)),
            ("new", len(each.new)),
            ("cut", "yes" if each.cut else None),
            ("problem", each.problem or None),
        ],
        *users,
        *(_start(start, change) for start, change in starts[:MOST]),
        *(_black_out(dark) for dark in each.dark[:MOST_BLACK_OUTS]),
    )


def _black_out(dark: Dark) -> str:
    span, calendar, starts = dark.held
    return element(
        "plan_preview.black_out",
        [
            ("calendar", calendar),
            ("name", span.name or None),
            ("begin", time_text_seconds(span.begin)),
            ("end", time_text_seconds(span.end)),
            ("starts", len(starts)),
            ("change", dark.change or None),
        ],
        *(element("plan_preview.held_back", [("at", time_text_seconds(at))]) for at in starts[:MOST_HELD_BACK]),
    )


def _start(start: Start, change: str) -> str:
    attributes = [("at", time_text_seconds(start.at)), ("change", change), ("schedule", start.schedule or None)]
    return element("plan_preview.start", attributes)
