"Elements that stand in many answers."

from __future__ import annotations

from scheduler.answers.declared.model import (
    FILE_BASED,
    NUMBER,
    PATH,
    TEXT,
    TIME,
    TIME_IN_SECONDS,
    YES,
    always,
    answer_element,
    many,
    maybe,
    one,
    when,
    words,
)

_ERROR = (
    when("it is known", "time", TIME_IN_SECONDS),
    when("an exception has it", "class"),
    when("always, except where only the pending removal is told", "code", TEXT, "stable; match it, not the text"),
    when("with `code`", "text", TEXT, "the code, two blanks, the sentence"),
    when("it is known", "source", TEXT, "the file or document"),
    when("it is known", "line", NUMBER),
    when("it is known", "col", NUMBER),
)
_LEVELS = words(" ".join(f"debug{n}" for n in range(9, 0, -1)) + " debug info warn warning error none unknown")

SHARED = (
    answer_element(
        "ok",
        "The command is done.",
        [
            when("the engine is registered at a supervisor", "recommended", TEXT, "the command to send next"),
        ],
        [maybe("task", "order", "plan_override", when="one was made")],
    ),
    answer_element(
        "ERROR", "The command is refused. Inside other elements: the last error of an object.",
        [always("code"), always("text"), *(each for each in _ERROR if each.name not in ("code", "text"))],
        key="refusal",
    ),
    answer_element("ERROR", "The last error of the object that it stands in.", _ERROR),
    answer_element(
        "file_based", "What became of an object's file.",
        [
            always("state", words("undefined not_initialized initialized loaded incomplete active closed")),
            when("the object comes from a file", "last_write_time", TIME),
            when("the object comes from a file", "file"),
            when("the file is deleted and the object still in use", "removed", YES),
        ],
        [
            maybe("ERROR", when="the file cannot be used"),
            maybe("includes", when="files are included"),
            one("requisites"),
            maybe("removed", when="the object is to be removed"),
        ],
    ),
    answer_element("includes", "", (), [many("include")]),
    answer_element("include", "A file that the definition includes.", [always("live_file")]),
    answer_element("requisites", "What the object refers to, directly and indirectly.", (), [many("requisite")]),
    answer_element(
        "requisite", "",
        [
            always("type", words("Job Job_chain Lock Process_class Schedule Monitor")),
            always("path", PATH, "of jobs and job chains the last part in lower case"),
            when("it does not exist", "is_missing", YES),
        ],
    ),
    answer_element("removed", "Why a removal is pending.", (), [one("ERROR")]),
    answer_element(
        "replacement", "The version that takes the object's place as soon as this is idle.", (),
        [one(*(f"{kind}.successor" for kind in
               "job job_chain order lock process_class schedule monitor".split()))],  # noqa: SIM905
    ),
    *(
        answer_element(kind, "The successor of the object around it.", FILE_BASED, [one("file_based"), maybe("source")],
                       key=f"{kind}.successor", open=True)
        for kind in "job job_chain order lock process_class schedule monitor".split()  # noqa: SIM905
    ),
    answer_element("source", "The definition as it was written.", open=True),
    answer_element("run_time", "As it was written; a schedule is named by its path.", text=True, open=True),
    answer_element("schedule", "A run time that is a schedule.", key="schedule.of_object", open=True),
    answer_element("params", "Parameters.", [always("count", NUMBER)], [many("param")]),
    answer_element(
        "param", "",
        [
            always("name"),
            when("its characters can be written", "value"),
            when("they cannot", "hex_value", TEXT, "its bytes in hexadecimal digits"),
            when("it is no text", "vt", NUMBER),
        ],
    ),
    answer_element(
        "log", "A log. Its text is there with `what=\"log\"` only.",
        [
            when("it is known", "level", _LEVELS),
            when("it is known", "highest_level", _LEVELS, "the most important level so far"),
            *(when("there was one", name) for name in ("last_error", "last_warning", "last_info")),
            *(when("mails are sent for it", f"mail_on_{name}", YES) for name in ("error", "warning", "success")),
            when("mails are sent for steps", "mail_on_process", TEXT, "the least important level"),
            *(
                when("mails are set up", name)
                for name in "smtp mail_from mail_to mail_cc mail_bcc mail_subject".split()  # noqa: SIM905
            ),
            when("a part was asked for", "next_offset", NUMBER, "where the next part begins, in bytes", ours=True),
            *(
                when("`log.read`", name, NUMBER, said, ours=True)
                for name, said in (
                    ("offset", "where the part begins, in bytes"),
                    ("size", "bytes of the whole log"),
                    ("line", "number of the first line"),
                )
            ),
        ],
        text=True,
    ),
    answer_element("why", "What keeps the object from running.", (), [many("obstacle.of_why")], ours=True),
    answer_element(
        "obstacle", "One obstacle; a client matches `kind`.",
        [
            always("kind"),
            when("the object has a type", "type"),
            always("object", TEXT, "the path of what stands in the way"),
            always("text", TEXT, "a sentence for people"),
            when("it is known", "until", TIME, "when it will be gone"),
        ],
        key="obstacle.of_why",
    ),
)
