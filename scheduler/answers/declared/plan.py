"The calendar, changes of the plan, and files for workload schedulers."

from __future__ import annotations

from scheduler.answers.declared.model import (
    FILE_BASED,
    NUMBER,
    PATH,
    SECONDS,
    TEXT,
    TIME,
    TIME_IN_SECONDS,
    TRUE,
    YES,
    always,
    answer_element,
    many,
    maybe,
    one,
    when,
    words,
)

_OF_JOB_OR_ORDER = (
    when("a job starts", "job", TEXT, "the path"),
    when("an order starts", "job_chain", TEXT, "the path"),
    when("an order starts", "order"),
)

CALENDAR = (
    answer_element("calendar", "Starts that are ahead, by object.", (), [many("at", "period")]),
    answer_element(
        "at", "A single start that is certain: of a queued task or of an order.",
        [
            always("at", TIME_IN_SECONDS),
            *_OF_JOB_OR_ORDER,
            when("it is queued", "task", NUMBER),
            when("the order is set back", "setback", TRUE),
        ],
    ),
    answer_element(
        "period", "A period of a run time, or a single start of it.",
        [
            when("it is a single start", "single_start", TIME_IN_SECONDS),
            when("it is none", "begin", TIME_IN_SECONDS),
            when("it is none", "end", TIME_IN_SECONDS),
            when("configured", "let_run", YES),
            when("configured", "repeat", SECONDS),
            when("configured", "absolute_repeat", SECONDS),
            when("configured", "when_holiday"),
            when("it comes from a named schedule", "schedule", PATH),
            *_OF_JOB_OR_ORDER,
        ],
    ),
)

OVERRIDES = (
    answer_element(
        "plan_override", "A change of one start of the plan.",
        [
            always("number", NUMBER),
            *_OF_JOB_OR_ORDER,
            always("action", words("skip move hold params add")),
            always("state", words("open used withdrawn")),
            when("a start of the run time is replaced", "planned", TIME),
            when("it starts", "start", TIME),
            when("a task of a job stands for the start", "task", NUMBER),
            always("created_at", TIME),
            when("given", "reason"),
            when("given", "author"),
        ],
        [maybe("params", when="given")],
    ),
)

PREVIEW = (
    answer_element(
        "plan_preview", "What would start otherwise.", (), [many("plan_preview.group")], ours=True,
    ),
    answer_element(
        "plan_preview.group", "Jobs and orders that start alike.",
        [
            always("users", NUMBER, "jobs and orders"),
            always("same", NUMBER, "starts that stay as they are"),
            always("gone", NUMBER, "starts that would be no more"),
            always("new", NUMBER, "starts that would be new"),
            when("more than 5000 starts would have to be compared", "cut", YES),
            when("nothing would start, by a mistake", "problem"),
        ],
        [
            many("plan_preview.user"), many("plan_preview.start"),
            many("plan_preview.black_out", when="a calendar has them that takes starts away"),
        ],
        ours=True,
    ),
    answer_element("plan_preview.user", "At most 500.", [
        when("it is a job", "job", PATH),
        when("it is an order", "job_chain", PATH),
        when("it is an order", "order"),
    ], ours=True),
    answer_element("plan_preview.start", "At most 500.", [
        always("at", TIME_IN_SECONDS),
        always("change", words("gone new")),
        when("it comes from a named schedule", "schedule", PATH),
    ], ours=True),
    answer_element(
        "plan_preview.black_out", "A black-out that takes starts away, or moves them. At most 100.",
        [
            always("calendar", PATH),
            when("it is called something", "name"),
            always("begin", TIME_IN_SECONDS),
            always("end", TIME_IN_SECONDS, "the first instant at which starts count again"),
            always("starts", NUMBER, "starts that it takes away, or moves; at most 1000 are counted"),
            when("it does so only before or only afterwards", "change", words("gone new")),
        ],
        [many("plan_preview.held_back")], ours=True,
    ),
    answer_element("plan_preview.held_back", "A start as it would be without the black-out. At most 100.", [
        always("at", TIME_IN_SECONDS),
    ], ours=True),
)

BUSINESS_CALENDARS = (
    answer_element("business_calendars", "All business calendars.", (), [many("business_calendar")], ours=True),
    answer_element(
        "business_calendar", "A business calendar.", [*FILE_BASED, when("it has one", "title")],
        [
            one("file_based"),
            many("business_calendar.user"),
            many("business_calendar.day", when="this calendar was asked for"),
            many("business_calendar.black_out", when="this calendar was asked for"),
        ],
        ours=True,
    ),
    answer_element("business_calendar.user", "Who refers to it, by itself or through a schedule.", [
        when("it is a schedule", "schedule", PATH),
        when("it is a job", "job", PATH),
        when("it is an order", "job_chain", PATH),
        when("it is an order", "order"),
    ], ours=True),
    answer_element("business_calendar.day", "", [
        always("date"),
        always("kind", words("working opened weekend holiday")),
        when("it is called something", "name"),
    ], ours=True),
    answer_element("business_calendar.black_out", "A span in which nothing starts, in local times of the engine.", [
        always("begin", TEXT),
        always("end", TEXT, "the first instant at which starts count again"),
        when("it is called something", "name"),
    ], ours=True),
)

OTHERS = (
    answer_element("process", "A process that was started for another engine.",
                   [always("process_id", NUMBER), when("known", "pid", NUMBER)], key="process.started"),
    answer_element(
        "configuration.directory", "What a workload scheduler lacks of its configuration.",
        [when("inside another one", "name"), when("it is to be deleted", "removed", YES)],
        [many("configuration.directory", "configuration.file")],
    ),
    answer_element(
        "configuration.file", "",
        [always("name"), when("it is new or different", "last_write_time"), when("it is to go", "removed", YES)],
        [maybe("content")],
    ),
    answer_element("content", "The file.", [always("encoding", TEXT, "`base64`")], text=True),
)
