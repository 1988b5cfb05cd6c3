"What a supervisor tells its operators; all of it is ours."

from __future__ import annotations

from scheduler.answers.declared.model import NUMBER, TIME, YES_NO, always, answer_element, many, maybe, one, when, words

_COUNTS = [always(name, NUMBER) for name in ("added", "changed", "removed")]

SUPERVISOR = (
    answer_element(
        "supervisor", "The central folder and everybody who is configured from it.",
        [
            always("directory"), always("exists", YES_NO, "whether it can be read"),
            always("release", words("automatic manual"), "automatic: changes go out at once"),
            always("repository", YES_NO, "whether it is a work tree of git"),
            when("it is a repository", "revision"),
        ],
        [one("workers"), one("supervisor.folders"), one("supervisor.problems"), one("releases"), one("versions")],
        ours=True,
    ),
    answer_element("workers", "", (), [many("worker")], ours=True),
    answer_element(
        "worker", "A workload scheduler.",
        [
            always("name"), always("scheduler_id"), always("protocol", words("pair classic http")), always("ip"),
            when("known", "hostname"), when("open", "tcp_port", NUMBER), when("open", "udp_port", NUMBER),
            when("known", "version"), always("active", YES_NO), always("connected", YES_NO),
            always("pair", words("down data_only control_only paired"), "its two connections"),
            always("busy", YES_NO, "a command is under way"),
            always("fetching", YES_NO, "files are on their way to it"),
            when("it was told to fetch and has not begun", "woken_at", TIME),
            when("it has one", "directory", doc="its own folder"),
            always("wanted", NUMBER, "the version that it shall have; 0: none"),
            always("applied", NUMBER, "the version that it has"), always("in_step", YES_NO),
            *(when("known", name, TIME) for name in ("connected_at", "disconnected_at", "last_contact")),
            when("there is something that it has not", "changed_at", TIME, "since then"),
            *(when("known", name, TIME) for name in ("transferred_at", "deactivate_at")),
        ],
        [maybe("ERROR"), many("fault"), maybe("freeze")],
        ours=True,
    ),
    answer_element(
        "freeze", "Nothing new is handed out to the worker.",
        [
            always("version", NUMBER, "the version that it stays with; 0: what it has"), always("at", TIME),
            when("it was said", "by"), when("it was said", "reason"),
            when("it ends by itself", "until", TIME),
        ],
        ours=True,
    ),
    answer_element(
        "fault", "A file that cannot become an object.",
        [always("file"), always("code"), always("text"), when("known", "line", NUMBER), when("known", "col", NUMBER)],
        ours=True,
    ),
    answer_element("folders", "", (), [many("supervisor.folder")], key="supervisor.folders", ours=True),
    answer_element("folder", "A folder in the central one.", [always("name")], key="supervisor.folder", ours=True),
    answer_element("problems", "", (), [many("supervisor.problem")], key="supervisor.problems", ours=True),
    answer_element(
        "problem", "What is wrong with the central folder.", [always("code"), always("text")],
        key="supervisor.problem", ours=True,
    ),
    answer_element("releases", "The newest first.", (), [many("release")], ours=True),
    answer_element(
        "release", "A revision of the repository that was handed out.",
        [
            always("revision"), always("title"), always("released_at", TIME), when("it was said", "released_by"),
            always("workers", NUMBER, "how many got a new version"),
            when("there was one", "previous", doc="the revision before"),
        ],
        ours=True,
    ),
    answer_element("versions", "The newest first.", (), [many("version")], ours=True),
    answer_element(
        "version", "A version of a worker's configuration.",
        [
            always("worker"), always("number", NUMBER), always("checksum"), always("made_at", TIME),
            always("origin", words("folder roll_back release deployment")), always("files", NUMBER),
            when("it was released", "revision"), when("it was said", "released_by"),
        ],
        ours=True,
    ),
    answer_element("differences", "", _COUNTS, [many("differences.file")], ours=True),
    answer_element(
        "file", "", [always("path"), always("change", words("added changed removed"))], key="differences.file",
        ours=True,
    ),
    answer_element(
        "merged", "What the folder for all and the own one of a worker hold. Files of both come first.",
        [
            always("worker"), when("it has one", "directory", doc="its own folder"),
            always("files", NUMBER, "that it gets"), always("paths", NUMBER, "of both folders"),
        ],
        [many("merged.file")],
        ours=True,
    ),
    answer_element(
        "file", "",
        [
            always("path"), when("it is there", "general", doc="checksum in the folder for all"),
            when("it is there", "own", doc="checksum in the own folder"),
            always("wins", words("general own"), "whose file, or folder of that name, counts"),
        ],
        key="merged.file", ours=True,
    ),
    answer_element(
        "checks", "What a change would do.", [always("valid", YES_NO), always("faults", NUMBER)], [many("check")],
        ours=True,
    ),
    answer_element("check", "", [always("worker")], [one("differences"), many("fault")], ours=True),
    answer_element("answered", "What a worker has answered, a document as text.", text=True, ours=True),
)  # fmt: skip
