"The engine as a whole: state, folders, cluster, connections, counters."

from __future__ import annotations

from scheduler.answers.declared.model import (
    FILE_BASED,
    FILE_BASED_CHILDREN,
    NUMBER,
    SECONDS,
    TEXT,
    TIME,
    TIME_IN_SECONDS,
    TRUE,
    YES,
    YES_NO,
    ZERO_ONE,
    AnswerElement,
    always,
    answer_element,
    many,
    maybe,
    one,
    when,
    words,
)

_STATE_ATTRIBUTES = (
    always("time", TIME, "now"),
    always("time_zone", TEXT, "such as `Europe/Berlin`"),
    always("id", TEXT, "the scheduler id"),
    always("spooler_id", TEXT, "the same"),
    always("spooler_running_since", TIME_IN_SECONDS),
    always(
        "state",
        words(
            "stopped loading starting waiting_for_activation waiting_for_activation_paused running paused stopping"
            " stopping_let_run"
        ),
    ),
    always("log_file", TEXT, "the main log"),
    always("version"),
    when("known", "version_commit_hash"),
    always("pid", NUMBER),
    always("config_file"),
    always("configuration_directory", TEXT, "the hot folder"),
    always("host", TEXT, "without domain"),
    when("open", "http_port", NUMBER),
    when("open", "https_port", NUMBER),
    when("open", "tcp_port", NUMBER),
    when("open", "udp_port", NUMBER),
    when("bound to one address", "ip_address"),
    when("there is a database", "db", TEXT, "its address without password"),
    when("the engine waits for its database", "db_waiting", YES),
    when("the engine waits for its database", "db_error"),
    when("the engine's log cannot be written", "waiting_errno", NUMBER),
    when("the engine's log cannot be written", "waiting_errno_text"),
    when("the engine's log cannot be written", "waiting_errno_filename"),
    always("loop", NUMBER),
    always("waits", NUMBER),
    when("it waits for an instant", "wait_until", TIME),
    when("it is paused, and continues by itself", "resume_at", TIME),
)

_STATISTICS = (
    ("job", "job_state", "pending running stopped"),
    ("task", "task_state", "running starting exist"),
    ("order", "order_state", "clustered any"),
)


def _statistics(kind: str, attribute: str, values: str) -> list[AnswerElement]:
    "The counters of a kind, in their three wrappings."
    need = [when("one of them", "need_process", TRUE)] if kind == "job" else []
    return [
        answer_element(f"{kind}_subsystem", "", (), [maybe(f"{kind}_subsystem.statistics")]),
        answer_element(f"{kind}_subsystem.statistics", "", (), [one(f"{kind}.statistics")]),
        answer_element(f"{kind}.statistics", "", (), [many(f"{kind}.statistic")]),
        answer_element(
            f"{kind}.statistic", "", [when("the others" if need else "", attribute, words(values)), *need,
                                      always("count", NUMBER)],
        ),
    ]  # fmt: skip


STATE = (
    answer_element(
        "state", "The engine.", _STATE_ATTRIBUTES,
        [
            maybe("folder", when='`what="folders"`'),
            maybe("locks", when="without folders, if there are some"),
            maybe("monitors", when="without folders, if there are some"),
            maybe("jobs", when='without folders, and not after `what="none"`'),
            maybe("process_classes", when="without folders"),
            maybe("schedules", when='`what="schedules"`, without folders'),
            maybe("job_chains", when="without folders"),
            maybe("order_id_spaces", when="there are some"),
            one("subprocesses"),
            one("remote_schedulers"),
            maybe("cluster", when="in a cluster"),
            one("http_server"),
            maybe("remote_processes", when="there are some"),
            one("connections"),
            maybe("operations", when='`what="operations"`'),
            maybe("java_subsystem"),
            maybe("allocations"),
        ],
    ),
    answer_element(
        "folder", "A folder: what is in it, as far as `subsystems` does not leave it out.", FILE_BASED,
        [
            *FILE_BASED_CHILDREN, maybe("folders"), maybe("locks"), maybe("monitors"), maybe("schedules"),
            maybe("process_classes"), maybe("jobs"), maybe("job_chains"), maybe("orders"),
        ],
    ),
    answer_element("folders", "", (), [many("folder")]),
    answer_element("http_server", "", (), [many("web_service")]),
    answer_element(
        "web_service", "",
        [
            always("name"), always("url_path"),
            *(when("configured", name) for name in
              "request_xslt_stylesheet response_xslt_stylesheet forward_xslt_stylesheet job_chain debug".split()),  # noqa: SIM905
        ],
    ),
    answer_element("remote_processes", "", (), [many("remote_process")]),
    answer_element("remote_process", "", [when("known", "id", NUMBER), always("pid", NUMBER)]),
    answer_element("operations", "What the engine measures; it may change at any time.", text=True, open=True),
    answer_element("java_subsystem", open=True),
    answer_element("allocations", open=True),
    answer_element("connections", "", (), [many("connection")]),
    answer_element(
        "connection", "A connection of the command port.",
        [
            always("state", TEXT, "two words with a slash between them"),
            always("responses", NUMBER),
            always("received_bytes", NUMBER),
            always("sent_bytes", NUMBER),
            when("something was asked", "operation_type", words("TCP HTTP")),
        ],
        [one("peer"), maybe("remote_processes"), maybe("operation")],
    ),
    answer_element("peer", "", [always("host_ip"), always("port", NUMBER), when("known", "host_name")]),
    answer_element("operation", "", [when("limited", "timeout_at", TIME)], [maybe("xml_operation", "http_operation")]),
    answer_element("xml_operation", "", [when("known", "async_state_text")], open=True),
    answer_element("http_operation", open=True),
)

CLUSTER = (
    answer_element(
        "cluster", "This member and, with `what=\"cluster\"`, all members.",
        [
            when("always", "cluster_member_id"),
            when("it works", "active", YES),
            when("only one works, and it is that one", "exclusive", YES),
            when("it is a backup", "backup", YES),
            when("it is paused", "paused", YES),
            when("always", "is_member_allowed_to_start", YES_NO),
        ],
        [many("cluster_member", when='`what="cluster"`')],
    ),
    answer_element(
        "cluster", "What `show_cluster` answers.", (),
        [maybe("cluster"), maybe("remote_schedulers"), maybe("operations", when='`what="operations"`')],
        key="cluster.shown", open=True,
    ),
    answer_element(
        "cluster_member", "",
        [
            when("known", "version"), when("known", "host"), when("known", "pid", NUMBER),
            when("known", "running_since", TEXT), when("known", "backup_precedence", NUMBER),
            when("it is a backup", "backup", YES),
            when("it wants to be the only one", "demand_exclusiveness", YES),
            when("it shares the orders", "distributed_orders", YES),
            *(when("open", f"{kind}_port", NUMBER) for kind in ("tcp", "udp", "http", "https")),
            always("cluster_member_id"),
            when("known", "http_url"), when("known", "heart_beat_count", NUMBER),
            when("it works", "active", YES), when("it is the only one that works", "exclusive", YES),
            when("it has died", "dead", YES),
            when("a heartbeat was seen", "last_detected_heart_beat", TIME_IN_SECONDS),
            when("a heartbeat was seen", "last_detected_heart_beat_age", SECONDS),
            when("a heartbeat was seen", "heart_beat_quality", words("good late dead")),
            when("some were late", "late_heart_beat_count", NUMBER),
            when(
                "it was watched lately: the longest silences in seconds within ten seconds each, the newest last;"
                " `-`: nobody looked",
                "recent_silences", ours=True,
            ),
            when("no heartbeat was seen yet", "database_last_heart_beat", TIME_IN_SECONDS),
            when("another member has put it out of work", "deactivating_member_id"),
        ],
    ),
    answer_element(
        "remote_schedulers", "Workload schedulers that are registered here.",
        [always("count", NUMBER), always("active", NUMBER, "how many of them are connected")],
        [many("remote_scheduler", when='`what="remote_schedulers"`')],
    ),
    answer_element(
        "remote_scheduler", "",
        [
            always("ip"), when("known", "hostname"), when("open", "udp_port", NUMBER), when("open", "tcp_port", NUMBER),
            when("known", "scheduler_id"), always("version"), always("active", YES_NO), always("connected", YES_NO),
            *(when("known", name, TIME_IN_SECONDS) for name in ("connected_at", "disconnected_at")),
            when("known", "configuration_directory"),
            when("it is newer than what was sent", "configuration_changed", YES),
            *(when("known", name, TIME_IN_SECONDS) for name in
              ("configuration_changed_at", "configuration_transfered_at", "deactivate_at")),
        ],
        [maybe("ERROR")],
    ),
)

COUNTERS = (
    answer_element("subsystems", "What there is, in numbers.", (), [many("subsystem")]),
    answer_element(
        "subsystem", "One kind of objects.",
        [
            always("name", words("job task order standing_order schedule process_class folder lock monitor")),
            always("state", words("not_initialized initialized loaded active stopped")),
        ],
        [
            maybe("file_based.statistics", when="not of tasks"),
            maybe("job_subsystem", "task_subsystem", "order_subsystem", when='`what="statistics"`'),
        ],
    ),
    answer_element("file_based.statistics", "", [always("count_visible", NUMBER), always("count", NUMBER)]),
    *(each for kind in _STATISTICS for each in _statistics(*kind)),
    answer_element(
        "log_categories", "", [always("categories"), when("a reset is ahead", "reset_at", TIME)], [many("log_category")]
    ),
    answer_element(
        "log_category", "",
        [
            always("path", TEXT, "of the root `all`"), always("value", ZERO_ONE),
            when("counted", "used_counter", NUMBER), when("counted", "denied_counter", NUMBER),
            when("known", "mode", words("implicit explicit")), when("it is so", "children_too", YES),
            when("known", "title"),
        ],
    ),
)
