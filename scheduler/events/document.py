"""A row of the journal as an `<event>`.

The object stands in attributes under the names that commands have for it, so that a client can ask about it. What else
is known stands in attributes, too, as far as they are declared (`DETAILS`), and otherwise in `<detail>` elements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scheduler.events.happening import Happening, Portion
from scheduler.times import time_text
from scheduler.xml.write import element, text

#: details that are attributes: by the name in the journal
DETAILS = {
    "task": "number of the task",
    "node": "the node at which the order stands or stood",
    "next": "the node to which the order goes",
    "step": "number of the step in its round, from 1",
    "history": "number of the round in the history, at its end",
    "cause": "why the task starts, as in the history",
    "pid": "number of the process",
    "exit_code": "negative: ended by that signal",
    "error": "code of the error",
    "text": "what is wrong, for people",
    "reason": "why",
    "action": "what the node does with orders",
    "at": "the start time",
    "replaced": "yes: it took the place of one with the same id",
    "given_back": "yes: it waits again, because the task that had it has not begun its step",
    "waits": "yes: it is done as soon as the object is idle",
    "sink": "yes: its file is being removed or moved",
    "restart": "yes: the engine starts again",
    "changes": "how many changes were made",
    "objects": "how many objects are gone",
    "names": "names of the variables, separated by blanks",
}

Attributes = list[tuple[str, object]]


def event_element(happening: Happening) -> str:
    noun = happening.kind.partition(".")[0]
    if noun == "plan":
        noun = "order" if "," in happening.object else "job"
    detail = dict(happening.detail)
    published = detail.pop("event", None)
    attributes = [("id", happening.id), ("time", time_text(happening.time)), ("kind", happening.kind)]
    attributes += _object(noun, happening.object, detail)
    attributes += [(name, _value(detail.pop(name))) for name in DETAILS if detail.get(name) is not None]
    others = [element("detail", [("name", name), ("value", _value(value))]) for name, value in detail.items()]
    content = text(str(published)) if published is not None else ""
    return element("event", attributes, *others, content)


def events_element(portion: Portion) -> str:
    "The whole answer; `last` is where the next question goes on."
    return element("events", [("last", portion.last)], *(event_element(one) for one in portion.happenings))


def event_lines(happenings: Iterable[Happening]) -> str:
    "A document in each line, for those who follow without an end."
    return "".join(f"{event_element(happening)}\n" for happening in happenings)


def _object(noun: str, name: str, detail: dict[str, Any]) -> Attributes:
    "What it happened to. Details that say the same are taken out."
    if noun == "order":
        chain, _, order_id = name.partition(",")
        job = detail.pop("job", None)
        detail.pop("order", None)
        return [("job_chain", chain), ("order", order_id), ("job", job)]
    if noun in ("job", "task"):
        detail.pop("job", None)
        chain, _, order_id = str(detail.pop("order", "")).partition(",")
        order = [("job_chain", f"/{chain}"), ("order", order_id)] if order_id else []
        return [("job", name), *order]
    if noun in ("chain", "node"):
        return [("job_chain", name)]
    if noun == "file":
        return [("path", name)]
    return [("scheduler_id", name)] if noun in ("scheduler", "variable", "event") else [("object", name)]


def _value(value: Any) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    if isinstance(value, str | int | float):
        return value
    return json.dumps(value, default=str, ensure_ascii=False)
