"""What a request of HTTP asks for, by its method and address.

    POST any path                                  the command in the body
    GET  /<show_state/>                            a command that only reads, in the address
    GET  …/api/command?command=<show_state/>       the same
    GET  …/show_log?job=… | order=… | task=…       a log; without any of them the engine's own
    GET  …/job_description?job=…                   what a job says about itself
    GET  …/show_config?                            the start-up file
    GET  anything else                             a file of the configured directories
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler import paths
from scheduler.errors import WorkloadError
from scheduler.protocol.http_limits import HttpRefusal
from scheduler.protocol.http_request import HttpRequest

#: what reads nothing but its path is the same below this
_OLD_PORT = "/jobscheduler/engine-cpp"
_READING = re.compile(r"<(?:show_|s[\s/>])")
_BASE_URL = re.compile(r"/(?![/\\])[^\s\"'<>\\]*")


@dataclass(frozen=True, slots=True)
class Command:
    "A command document. `reads_only`: from an address, where nothing may be changed."

    body: bytes
    charset: str = ""
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class JobLog:
    path: str


@dataclass(frozen=True, slots=True)
class TaskLog:
    id: int


@dataclass(frozen=True, slots=True)
class OrderLog:
    "`history_id` None: the round that is under way, else the last one."

    chain: str
    id: str
    history_id: int | None = None


@dataclass(frozen=True, slots=True)
class MainLog:
    "The engine's own log."


@dataclass(frozen=True, slots=True)
class ShowLog:
    "`base_url`: a path of this site that the page's links start from; empty: none."

    log: JobLog | TaskLog | OrderLog | MainLog
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class JobDescription:
    job: str
    as_html: bool


@dataclass(frozen=True, slots=True)
class ShowConfig:
    "The start-up file."


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`segments` of the decoded path, the last one the file's name; none is empty, `.` or `..`, none holds a slash, a
    backslash or a control character."""

    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    "To another path of this site, percent-encoded."

    path: str


Route = Command | ShowLog | JobDescription | ShowConfig | StaticFile | Redirect


def route(request: HttpRequest) -> Route:
    "Raises HttpRefusal 400, 403 or 404."
    if ".." in request.path.split("/"):
        raise HttpRefusal(404)
    if request.method == "POST":
        return Command(request.body, request.charset)
    if request.path.startswith("/<"):
        return _reading(_whole_text(request)[1:])
    path = request.path.removeprefix(_OLD_PORT) if request.path.startswith(f"{_OLD_PORT}/") else request.path
    name = paths.name(path)
    if name == "command" and "command" in request.query:
        return _reading(request.query["command"])
    if name == "show_log" and request.has_query:
        return _log(request.query)
    if name == "job_description" and request.query.get("job"):
        return JobDescription(_path(request.query["job"]), "text/html" in request.header("accept"))
    if name == "show_config" and request.has_query:
        return ShowConfig()
    if request.local_target.endswith("?"):
        raise HttpRefusal(404)
    return _file(path, request)


def _whole_text(request: HttpRequest) -> str:
    "A question mark in a command is no beginning of a query."
    whole = request.local_target.replace("?", "%3F")
    return HttpRequest("GET", whole).path


def _reading(command: str) -> Command:
    if not _READING.match(command):
        raise HttpRefusal(403, "only commands that show something are possible in an address")
    return Command(command.encode(), "utf-8", reads_only=True)


def _log(query: dict[str, str]) -> ShowLog:
    base = query.get("base_url", "")
    return ShowLog(_which_log(query), base if _BASE_URL.fullmatch(base) else "")


def _which_log(query: dict[str, str]) -> JobLog | TaskLog | OrderLog | MainLog:
    if query.get("task"):
        return TaskLog(_number("task", query["task"]))
    if query.get("order"):
        if not query.get("job_chain"):
            raise HttpRefusal(400, "order needs job_chain")
        history_id = query.get("history_id")
        chain = _path(query["job_chain"])
        return OrderLog(chain, query["order"], _number("history_id", history_id) if history_id else None)
    if query.get("job"):
        return JobLog(_path(query["job"]))
    return MainLog()


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise HttpRefusal(400, f"{name} is no number")
    return int(text)


def _path(text: str) -> str:
    try:
        return paths.absolute(text)
    except WorkloadError as error:
        raise HttpRefusal(404, error.text) from None


def _file(path: str, request: HttpRequest) -> StaticFile | Redirect:
    "A path without a name of a file is a directory, whose file is `index.html`."
    if not path.startswith("/") or re.search(r"//|\\|[\x00-\x1f\x7f]|/\.(?:/|$)", path):
        raise HttpRefusal(404)
    name = paths.name(path)
    if "." not in name:
        if name[-1:].isalnum():
            return Redirect(f"{request.raw_path}/")
        path += "/index.html" if name else "index.html"
    return StaticFile(tuple(path[1:].split("/")))
