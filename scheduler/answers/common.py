"""Elements that many answers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scheduler import paths
from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import chunks, wrapped
from scheduler.definitions import Definition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.params import Params
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.model import RunTime
from scheduler.times import time_text, time_text_seconds
from scheduler.why import Obstacle
from scheduler.world import World
from scheduler.xml.write import element, in_attribute, is_writable, text

#: a log of which nothing is known
EMPTY_LOG = '<log level="info" highest_level="info"/>'
#: characters of a log between two occasions to pause
LOG_PIECE = 1 << 16
#: of objects without a file of their own
NO_FILE = '<file_based state="active"><requisites/></file_based>'
#: type, path, whether it is missing
Requisite = tuple[str, str, bool]


def identity(path: str) -> list[tuple[str, object]]:
    "`path` and `name`, with which all elements of objects begin; the root folder and the default class have no name."
    return [("path", path or "/"), ("name", paths.name(path) or None)]


def time_or_none(instant: datetime | None) -> str | None:
    return time_text(instant) if instant is not None else None


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


def file_based(file: SourceFile | None, requisites: Iterable[Requisite] = ()) -> str:
    """`<file_based>`. An object without file is active.

    The error is that of the newest version, while `state` is that of the version in use.
    """
    needed = needs(requisites)
    if file is None:
        return element("file_based", [("state", FileState.ACTIVE.value)], needed)
    return element(
        "file_based",
        [
            ("state", file.state.value),
            ("last_write_time", time_text(file.written_at) if file.written_at else None),
            ("file", file.file or None),
            ("removed", "yes" if file.removed else None),
        ],
        error(file.problem),
        _includes(file.definition),
        needed,
        _removed(file) if file.removed else "",
    )


def _includes(definition: Definition | None) -> str:
    "The files of the hot folder whose text the definition holds."
    files = getattr(definition, "includes", ())
    return element("includes", (), *(element("include", [("live_file", file)]) for file in files)) if files else ""


def _removed(file: SourceFile) -> str:
    "Why the object is still there although its file is gone."
    problem = WorkloadError(Code.STILL_IN_USE, kind=file.kind.value, path=file.path).problem
    return element("removed", (), error(problem))


def needs(requisites: Iterable[Requisite]) -> str:
    "`<requisites>`: what an object refers to, itself and through others; each once."
    return element(
        "requisites",
        (),
        *(
            element(
                "requisite",
                [("type", kind), ("path", _shown(kind, path)), ("is_missing", "yes" if missing else None)],
            )
            for kind, path, missing in dict.fromkeys(requisites)
        ),
    )


def is_in(folder: str | None, path: str) -> bool:
    "Whether the object is in that very folder; None: all folders. What has no path is in the root."
    return folder is None or paths.folder(path or "/x") == folder


def faulty_files(world: World, kind: ObjectKind, folder: str | None) -> list[SourceFile]:
    "Files of a kind that never became an object."
    return [file for file in faulty_by_kind(world).get(kind, ()) if is_in(folder, file.path)]


def faulty_by_kind(world: World) -> dict[ObjectKind, list[SourceFile]]:
    "The same of all folders, for who asks for all kinds."
    found: dict[ObjectKind, list[SourceFile]] = {}
    for file in world.files.values():
        if file.state is FileState.UNDEFINED:
            found.setdefault(file.kind, []).append(file)
    return found


def replacement(file: SourceFile | None, successor: str = "") -> str:
    """`<replacement>`: the version that waits until the object is idle, or the newest one, which is faulty.

    `successor` is the complete element of the version that waits.
    """
    if file is None:
        return ""
    if file.successor is not None:
        return element("replacement", (), successor or _new_version(file, FileState.INITIALIZED, None))
    if file.problem is None or file.definition is None:
        return ""
    return element("replacement", (), _new_version(file, FileState.UNDEFINED, file.problem))


def _new_version(file: SourceFile, state: FileState, problem: Problem | None) -> str:
    version = element("file_based", [("state", state.value)], error(problem), "<requisites/>")
    return element(file.kind.value, identity(file.path), version)


def successor_file(file: SourceFile, requisites: Iterable[Requisite] = ()) -> str:
    "`<file_based>` of the version that waits."
    written = file.successor_written_at
    return element(
        "file_based",
        [
            ("state", FileState.INITIALIZED.value),
            ("last_write_time", time_text(written) if written else None),
            ("file", file.file or None),
        ],
        _includes(file.successor),
        needs(requisites),
    )


def source(file: SourceFile | None, options: ShowOptions) -> str:
    if "source" not in options or file is None or file.definition is None:
        return ""
    return element("source", (), file.definition.source)


def run_time(run_time: RunTime | None, source: str) -> str:
    "`<run_time>` as written; one that refers to a schedule names it by its whole path."
    if run_time is not None and run_time.schedule:
        return element("run_time", [("schedule", run_time.schedule), ("time_zone", run_time.time_zone or None)])
    return source or "<run_time/>"


def params(values: Mapping[str, str]) -> str:
    return "".join(param_pieces(values))


def param_pieces(values: Mapping[str, str]) -> Iterator[str]:
    "`<params>`; an order may have tens of thousands."
    yield from wrapped("params", [("count", len(values))], _some_params(values))


def _some_params(values: Mapping[str, str]) -> Iterator[str]:
    for some in chunks(values.pairs() if isinstance(values, Params) else values.items()):
        yield "".join(param(name, value) for name, value in some)


def param(name: str, value: str) -> str:
    "A value with characters that XML cannot hold is given as its bytes in UTF-8, in hexadecimal digits."
    if is_writable(value):  # an order may have tens of thousands
        return f'<param name="{in_attribute(name)}" value="{in_attribute(value)}"/>'
    return element("param", [("name", name), ("hex_value", value.encode("utf-8", "surrogatepass").hex().upper())])


def log_pieces(content: str | None, next_offset: int | None = None) -> Iterator[str]:
    """`<log>`, in pieces; none at all for None.

    `next_offset` (ours; bytes) says where the reader of a window goes on.
    """
    if content is None:
        return iter(())
    attributes = [("level", "info"), ("highest_level", "info"), ("next_offset", next_offset)]
    parts = (text(content[begin : begin + LOG_PIECE]) for begin in range(0, len(content), LOG_PIECE))
    return wrapped("log", attributes, parts)


def obstacles(found: Iterable[Obstacle]) -> str:
    "`<why>` (ours): what keeps the object from running."
    return element("why", (), *(obstacle(one) for one in found))


def obstacle(found: Obstacle, *classic: tuple[str, object]) -> str:
    "`classic` are attributes by which clients of the classic engine know the obstacle; the others are ours."
    return element(
        "obstacle",
        [
            *classic,
            ("kind", found.kind),
            ("type", found.type),
            ("object", found.object),
            ("text", found.text),
            ("until", time_text(found.until) if found.until else None),
        ],
    )


def _shown(kind: str, path: str) -> str:
    "Of jobs and job chains the last segment in lower case, as clients compare it."
    if kind not in ("Job", "Job_chain"):
        return path
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.lower()}"
