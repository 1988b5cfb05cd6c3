"Where something is in a log; ours."

from __future__ import annotations

from scheduler.answers.declared.model import NUMBER, always, answer_element, many

LOGS = (
    answer_element(
        "log.found", "The lines that were looked for.",
        [always("count", NUMBER, "how many"), always("size", NUMBER, "bytes of the log"), always("lines", NUMBER)],
        [many("hit")], ours=True,
    ),
    answer_element(
        "hit", "One of them.", [always("offset", NUMBER, "in bytes"), always("line", NUMBER)], text=True, ours=True
    ),
)
