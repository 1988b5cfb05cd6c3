"Where something is in a log, and what a task uses; ours."

from __future__ import annotations

from scheduler.answers.declared.model import NUMBER, SECONDS, TEXT, TIME, YES, always, answer_element, many, when

_KNOWN = "it is known"
LOGS = (
    answer_element(
        "task.usage", "What the processes of a task use, or have used.",
        [
            always("task", NUMBER),
            always("processes", NUMBER, "how many run"),
            when("it runs", "state", TEXT, "what it does, as in `<task>`"),
            when("it runs, and a step with it", "in_process_since", TIME),
            when("it waits for an order", "idle_since", TIME),
            when("some run", "memory", NUMBER, "bytes resident now, of all together"),
            when(_KNOWN, "user_seconds", SECONDS, "processor time"),
            when(_KNOWN, "system_seconds", SECONDS, "processor time of the system for it"),
            when(_KNOWN, "peak", NUMBER, "most bytes that were resident, of the largest process"),
            when("it may have been less", "below", YES),
            when(_KNOWN, "read", NUMBER, "bytes from storage"),
            when(_KNOWN, "written", NUMBER, "bytes to storage"),
        ],
        [many("task.process")], ours=True,
    ),
    answer_element(
        "task.process", "One of those that run; not more than a hundred are told.",
        [
            always("pid", NUMBER),
            always("parent", NUMBER, "the process that started it"),
            always("name", TEXT, "short name of the program"),
            always("memory", NUMBER, "bytes resident now"),
            always("seconds", SECONDS, "processor time"),
        ],
        ours=True,
    ),
    answer_element(
        "log.found", "The lines that were looked for.",
        [always("count", NUMBER, "how many"), always("size", NUMBER, "bytes of the log"), always("lines", NUMBER)],
        [many("hit")], ours=True,
    ),
    answer_element(
        "hit", "One of them.", [always("offset", NUMBER, "in bytes"), always("line", NUMBER)], text=True, ours=True
    ),
)
