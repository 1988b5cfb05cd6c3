"Events."

from __future__ import annotations

from scheduler.answers.declared.model import (
    NUMBER,
    PATH,
    TEXT,
    TIME,
    YES_NO,
    Form,
    always,
    answer_element,
    many,
    when,
    words,
)
from scheduler.changes import Kind
from scheduler.events.document import DETAILS

_FORMS: dict[str, Form] = {
    **dict.fromkeys(("task", "step", "pid", "exit_code", "changes", "objects"), NUMBER),
    **dict.fromkeys(("replaced", "waits", "sink", "restart"), YES_NO),
}

EVENTS = (
    answer_element(
        "events", "What has happened after the number in question.",
        [always("last", NUMBER, "the number after which to ask next")], [many("event")], ours=True,
    ),
    answer_element(
        "event", "One row of the journal. Its text is the JSON of a published event.",
        [
            always("id", NUMBER, "rises by one"),
            always("time", TIME),
            always("kind", words(" ".join(kind.value for kind in Kind))),
            when("it concerns an order, a job chain or a node", "job_chain", PATH),
            when("it concerns an order", "order", TEXT, "its id"),
            when("it concerns a job, a task or a step", "job", PATH),
            when("it concerns a file", "path"),
            when("it concerns the engine", "scheduler_id"),
            when("it concerns something else", "object"),
            *(when("known", name, _FORMS.get(name, TEXT), meaning) for name, meaning in DETAILS.items()),
        ],
        [many("detail")],
        text=True, ours=True,
    ),
    answer_element("detail", "What else is known.", [always("name"), always("value")], ours=True),
)
