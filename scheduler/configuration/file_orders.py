"""`<file_order_source>` and `<file_order_sink>`: where file orders come from, and what becomes of the files."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.configuration.reading import Reading
from scheduler.configuration.value_types import REGEX
from scheduler.definitions import FileOrderSink, FileOrderSource, NodeDefinition
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import SECONDS, TEXT, YES_NO, Seconds
from scheduler.xml.declaration import Attribute, Declaration, values
from scheduler.xml.element import Element

DEFAULT_REPEAT = 10.0
LEAST_REPEAT = 1.0

SOURCE = Declaration(
    "file_order_source",
    (
        Attribute("directory", TEXT, required=True),
        Attribute("regex", REGEX, default="", doc="searched in the name of the file"),
        Attribute("repeat", Seconds("no"), default=DEFAULT_REPEAT, doc="at least 1 s"),
        Attribute("delay_after_error", SECONDS, doc="as `repeat` if it is not given"),
        Attribute("next_state", TEXT, default="", doc="the first node if it is not given"),
        Attribute("alert_when_directory_missing", YES_NO, default=True),
        Attribute("max", TEXT, default="", ignored=True, doc="as in the classic engine"),
    ),
    better="read at once where the system tells of changes",
)
SINK = Declaration(
    "file_order_sink",
    (
        Attribute("state", TEXT, required=True),
        Attribute("remove", YES_NO),
        Attribute("move_to", TEXT, default="", doc="an existing directory"),
        Attribute("delay", SECONDS, default=0.0),
    ),
    better="no task and no process; a file moved to another file system is never seen half there",
)


def read_sources(elements: Iterable[Element], first_state: str, reading: Reading) -> tuple[FileOrderSource, ...]:
    "The sources of a checked chain; orders enter at `first_state` unless a source says otherwise."
    return tuple(_source(element, first_state, reading) for element in elements)


def _source(element: Element, first_state: str, reading: Reading) -> FileOrderSource:
    given = values(element, SOURCE)
    repeat: float | None = given["repeat"]
    if repeat is not None:
        repeat = max(repeat, LEAST_REPEAT)
    delay: float | None = given["delay_after_error"]
    return FileOrderSource(
        directory=reading.substituted(given["directory"]),
        regex=given["regex"],
        repeat=repeat,
        delay_after_error=repeat if delay is None else delay,
        next_state=given["next_state"] or first_state,
        alert_when_directory_missing=given["alert_when_directory_missing"],
    )


def read_sink(element: Element, reading: Reading) -> NodeDefinition:
    """The node of a checked `<file_order_sink>`.

    Raises MISSING_ATTRIBUTE when it neither removes nor moves, NOT_ALLOWED when it does both.
    """
    given = values(element, SINK)
    remove, move_to = bool(given["remove"]), reading.substituted(given["move_to"])
    if remove and given["move_to"]:
        reason = "remove is given already"
        raise WorkloadError(Code.NOT_ALLOWED, element.place, attribute="move_to", reason=reason)
    if not remove and not move_to:
        raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute="remove", element=SINK.tag)
    return NodeDefinition(given["state"], SINK_JOB, delay=given["delay"], sink=FileOrderSink(remove, move_to))
