"""`<monitor>` of a job or of a file, and `<monitor.use>` of a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler import paths
from scheduler.configuration.reading import Reading
from scheduler.configuration.script import API_LANGUAGES, SCRIPT, read_script
from scheduler.definitions import MonitorDefinition, MonitorUse
from scheduler.xml.attribute_types import PATH, TEXT, YES_NO, integer
from scheduler.xml.declaration import Attribute, Declaration, one, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

DEFAULT_NAME = "scheduler"

MONITOR = Declaration(
    "monitor",
    (Attribute("name", TEXT, default=DEFAULT_NAME), Attribute("ordering", integer(), default=1)),
    (one(SCRIPT),),
    doc="its script must be in language python",
)
#: alone in a file, where its name is that of the file
MONITOR_FILE = Declaration(
    "monitor",
    (
        Attribute("name", TEXT, default=""),
        Attribute("ordering", integer(), default=1),
        Attribute("spooler_id", TEXT, default=""),
        Attribute("replace", YES_NO),
    ),
    (one(SCRIPT),),
)
MONITOR_USE = Declaration(
    "monitor.use",
    (
        Attribute("monitor", PATH, required=True),
        Attribute("ordering", integer(), doc="instead of the one in the monitor's file"),
    ),
)


def read_monitor(element: Element, path: str, reading: Reading) -> MonitorDefinition:
    "The monitor of a checked file. Raises what reading of its script raises."
    script_element = next(element.each("script"))
    return MonitorDefinition(
        path=path,
        script=read_script(script_element, path, reading, API_LANGUAGES),
        ordering=values(element, MONITOR_FILE)["ordering"],
        includes=tuple(dict.fromkeys(reading.live_files)),
        source=source_of(element),
    )


def read_monitor_uses(job: Element, path: str, reading: Reading) -> tuple[MonitorUse, ...]:
    "The monitors of a checked job, in the sequence of the file."
    return tuple(
        _own(child, path, reading) if child.tag == MONITOR.tag else _used(child, reading)
        for child in job.children
        if child.tag in (MONITOR.tag, MONITOR_USE.tag)
    )


def _own(element: Element, path: str, reading: Reading) -> MonitorUse:
    given = values(element, MONITOR)
    script = read_script(next(element.each("script")), path, reading, API_LANGUAGES)
    return MonitorUse(given["name"], given["ordering"], script)


def _used(element: Element, reading: Reading) -> MonitorUse:
    given = values(element, MONITOR_USE)
    monitor = reading.path(given["monitor"], element)
    return MonitorUse(paths.name(monitor), given["ordering"], monitor=monitor)


def in_order(uses: Iterable[MonitorUse], monitors: Mapping[str, MonitorDefinition]) -> tuple[MonitorUse, ...] | None:
    """The monitors of a job with their scripts, lowest ordering first; equal ones as the file has them.

    `monitors` are those of files by path. None when one of them is missing: the job is incomplete.
    """
    complete: list[tuple[int, MonitorUse]] = []
    for use in uses:
        found = monitors.get(use.monitor) if use.monitor else None
        if use.monitor and found is None:
            return None
        ordering = use.ordering if use.ordering is not None else found.ordering if found else 1
        script = found.script if found else use.script
        complete.append((ordering, MonitorUse(use.name, ordering, script, use.monitor)))
    return tuple(use for _, use in sorted(complete, key=lambda pair: pair[0]))
