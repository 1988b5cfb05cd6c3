"""The envelope of answers: `<spooler><answer time=…>…</answer></spooler>`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.errors import WorkloadError
from scheduler.times import time_text, time_text_seconds
from scheduler.xml.write import element


def answer(now: datetime, replies: Iterable[str]) -> str:
    "`now`: when the commands were begun."
    return f'<spooler><answer time="{time_text(now)}">{"".join(replies)}</answer></spooler>'


def refusal(error: WorkloadError, now: datetime) -> str:
    "`<ERROR>` as a command's failure: the only element that means one."
    place = error.place
    return element(
        "ERROR",
        [
            ("time", time_text_seconds(now)),
            ("code", error.code.code),
            ("text", str(error)),
            ("source", place.source if place is not None and place.source else None),
            ("line", place.line if place is not None and place.line else None),
            ("col", place.column if place is not None and place.line else None),
        ],
    )
