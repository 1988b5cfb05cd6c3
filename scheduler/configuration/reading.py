"""What reading a configuration needs from outside: environment variables of the engine, and included files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scheduler import paths
from scheduler.errors import Code, Place, Problem, WorkloadError
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.declaration import Attribute, Declaration, values
from scheduler.xml.element import Element

_VARIABLE = re.compile(r"\\\$|\$\{([^}]*)\}|\$([A-Za-z0-9_]+)")

DEFAULT_NODE = "/params/*"

INCLUDE = Declaration(
    "include",
    (
        Attribute(
            "file",
            TEXT,
            default="",
            doc="relative to the include path",
            better="plain text may be UTF-8; other bytes are read as ISO-8859-1",
        ),
        Attribute("live_file", TEXT, default="", doc="in the hot folder; relative to the object's folder"),
        Attribute("node", TEXT, default=DEFAULT_NODE, doc="XPath that selects the elements"),
    ),
)


@dataclass(frozen=True, slots=True)
class IncludeRequest:
    """A file to be read. One of them is set: `file` as written, relative to the include path; `live_file`, absolute in
    the hot folder; `config_file`, relative to the directory of the start-up file."""

    file: str = ""
    live_file: str = ""
    config_file: str = ""

    @property
    def name(self) -> str:
        return self.file or self.live_file or self.config_file


#: returns the bytes of a file; raises OSError or WorkloadError
Include = Callable[[IncludeRequest], bytes]


def nothing_included(request: IncludeRequest) -> bytes:
    "For places where no file can be included, such as commands."
    raise WorkloadError(Code.INCLUDE_FAILED, file=request.name, problem="files cannot be included here")


@dataclass(slots=True)
class Reading:
    """The surroundings of one object while it is read. `folder` is the one that relative paths start from.

    Collected while reading: `live_files`, the included files of the hot folder, and `warnings`, mistakes that do not
    keep the object from being used.
    """

    folder: str
    environ: Mapping[str, str]
    include: Include = nothing_included
    live_files: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def substituted(self, text: str) -> str:
        return substituted(text, self.environ)

    def path(self, reference: str, element: Element) -> str:
        "The absolute path of an object that `element` refers to; empty stays empty."
        if not reference:
            return ""
        try:
            return paths.absolute(reference, self.folder)
        except WorkloadError as refusal:
            raise refusal.at(element.place) from None

    def warn(self, code: Code, place: Place, **values: object) -> None:
        self.warnings.append(WorkloadError(code, place, **values).problem)

    def included(self, element: Element) -> tuple[IncludeRequest, bytes]:
        "The file that an `<include>` names. Raises INCLUDE_FAILED, MISSING_ATTRIBUTE, NOT_ALLOWED."
        request = self._request(element)
        if request.live_file:
            self.live_files.append(request.live_file)
        try:
            return request, self.include(request)
        except OSError as error:
            problem = error.strerror or str(error)
            raise WorkloadError(Code.INCLUDE_FAILED, element.place, file=request.name, problem=problem) from error
        except WorkloadError as refusal:
            raise refusal.at(element.place) from None

    def _request(self, element: Element) -> IncludeRequest:
        given = values(element, INCLUDE)
        file, live_file = self.substituted(given["file"]), self.substituted(given["live_file"])
        if file and live_file:
            raise WorkloadError(Code.NOT_ALLOWED, element.place, attribute="live_file", reason="file is given already")
        if not file and not live_file:
            raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute="file", element="include")
        if file:
            return IncludeRequest(file=file)
        return IncludeRequest(live_file=self.path(live_file, element))


def substituted(text: str, environ: Mapping[str, str]) -> str:
    r"""The text with `$NAME` and `${NAME}` replaced by variables of `environ`; what is not set is empty.

    `\$` stands for a dollar sign; `${}` and a dollar sign without name stay one.
    """
    if "$" not in text:
        return text
    return _VARIABLE.sub(lambda found: _replacement(found, environ), text)


def _replacement(found: re.Match[str], environ: Mapping[str, str]) -> str:
    name = found[1] or found[2]
    return environ.get(name, "") if name else "$"
