"""`<run_time>`: accepted with any content and kept as text; its starts are not computed yet."""

from __future__ import annotations

from scheduler.xml.attribute_types import TEXT, YES_NO
from scheduler.xml.declaration import Attribute, Declaration
from scheduler.xml.element import Element

RUN_TIME = Declaration(
    "run_time",
    (Attribute("schedule", TEXT, default=""), Attribute("once", YES_NO, default=False)),
    open=True,
)

_STARTS = ("single_start", "repeat", "absolute_repeat", "once", "start_once", "schedule")
_NO_START = frozenset({"", "0", "no", "false", "00:00", "00:00:00"})


def could_start(element: Element | None) -> bool:
    """Whether a run time could start a job: it has a single start, a repetition, an `at`, or refers to a schedule.

    Periods alone only permit starts.
    """
    if element is None:
        return False
    if element.tag == "at" or any(element.get(name).strip() not in _NO_START for name in _STARTS):
        return True
    return any(could_start(child) for child in element.children)
