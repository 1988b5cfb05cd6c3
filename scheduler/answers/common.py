"""Elements that many answers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from scheduler import paths
from scheduler.answers.options import ShowOptions
from scheduler.errors import Problem
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.times import time_text, time_text_seconds
from scheduler.why import Obstacle
from scheduler.world import World
from scheduler.xml.write import element, text

#: a log of which nothing is known
EMPTY_LOG = '<log level="info" highest_level="info"/>'


def error(problem: Problem | None, at: datetime | None = None) -> str:
    "`<ERROR>` inside an object: its last error, not a failure of the command. Empty without problem."
    if problem is None:
        return ""
    return element(
        "ERROR",
        [
            ("time", time_text_seconds(at) if at is not None else None),
            ("code", problem.code),
            ("text", f"{problem.code}  {problem.text}"),
            ("line", problem.line),
            ("col", problem.column),
        ],
    )


def file_based(file: SourceFile | None, requisites: Iterable[tuple[str, str, bool]] = ()) -> str:
    """`<file_based>`; `requisites` are (type, path, is missing). An object without file is active.

    The error is that of the newest version, while `state` is that of the version in use.
    """
    needed = needs(requisites)
    if file is None:
        return element("file_based", [("state", "not_initialized")], needed)
    removed = element("removed", (), "<ERROR/>") if file.removed else ""
    return element(
        "file_based",
        [
            ("state", file.state.value),
            ("last_write_time", time_text(file.written_at) if file.written_at else None),
            ("file", file.file or None),
            ("removed", "yes" if file.removed else None),
        ],
        error(file.problem),
        needed,
        removed,
    )


def needs(requisites: Iterable[tuple[str, str, bool]]) -> str:
    "`<requisites>`: what an object refers to."
    return element(
        "requisites",
        (),
        *(
            element(
                "requisite",
                [("type", kind), ("path", _shown(kind, path)), ("is_missing", "yes" if missing else None)],
            )
            for kind, path, missing in requisites
        ),
    )


def faulty_files(world: World, kind: ObjectKind, folder: str | None) -> list[SourceFile]:
    "Files of a kind that never became an object."
    return [
        file
        for key, file in world.files.items()
        if file.state is FileState.UNDEFINED
        and key.kind == kind.value
        and (folder is None or paths.folder(file.path) == folder)
    ]


def replacement(file: SourceFile | None) -> str:
    "`<replacement>`: the successor that waits, or the faulty newer version."
    if file is None or (file.successor is None and (file.problem is None or file.definition is None)):
        return ""
    source = file.successor.source if file.successor is not None else ""
    state = FileState.INITIALIZED if file.successor is not None else FileState.UNDEFINED
    successor = element(
        file.kind.value,
        [("path", file.path), ("name", paths.name(file.path))],
        element("file_based", [("state", state.value)], error(file.problem), "<requisites/>"),
        element("source", (), source) if source else "",
    )
    return element("replacement", (), successor)


def source(file: SourceFile | None, options: ShowOptions) -> str:
    if "source" not in options or file is None or file.definition is None:
        return ""
    return element("source", (), file.definition.source)


def params(values: Mapping[str, str]) -> str:
    entries = [element("param", [("name", name), ("value", value)]) for name, value in values.items()]
    return element("params", [("count", len(entries))], *entries)


def log(content: str | None, next_offset: int | None = None) -> str:
    "`<log>`; `next_offset` (bytes) says where the reader of a window goes on."
    if content is None:
        return EMPTY_LOG
    attributes = [("level", "info"), ("highest_level", "info"), ("next_offset", next_offset)]
    return element("log", attributes, text(content))


def obstacles(found: Iterable[Obstacle]) -> str:
    "`<why>`: what keeps the object from running."
    return element(
        "why",
        (),
        *(
            element(
                "obstacle",
                [
                    ("kind", obstacle.kind),
                    ("type", obstacle.type),
                    ("object", obstacle.object),
                    ("text", obstacle.text),
                    ("until", time_text(obstacle.until) if obstacle.until else None),
                ],
            )
            for obstacle in found
        ),
    )


def _shown(kind: str, path: str) -> str:
    "Of jobs and job chains the last segment in lower case, as clients compare it."
    if kind not in ("Job", "Job_chain"):
        return path
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.lower()}"
