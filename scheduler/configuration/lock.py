"""`<lock>` of a file, and `<lock.use>` of a job."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.configuration.reading import Reading
from scheduler.definitions import LockDefinition, LockUse
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import NAME, PATH, TEXT, YES_NO, integer
from scheduler.xml.declaration import Attribute, Declaration, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

LOCK = Declaration(
    "lock",
    (
        Attribute("name", NAME, default=""),
        Attribute("max_non_exclusive", integer(0), doc="unlimited if it is not given"),
        Attribute("spooler_id", TEXT, default=""),
        Attribute("replace", YES_NO, doc="only in commands and in the start-up file"),
    ),
)
LOCK_USE = Declaration(
    "lock.use",
    (Attribute("lock", PATH, required=True), Attribute("exclusive", YES_NO, default=True)),
)


def read_lock(element: Element, path: str) -> LockDefinition:
    "The lock of a checked `<lock>`."
    return LockDefinition(path, values(element, LOCK)["max_non_exclusive"], source=source_of(element))


def read_lock_uses(elements: Iterable[Element], job: str, reading: Reading) -> tuple[LockUse, ...]:
    """The locks of a job, each once. Raises LOCK_TWICE for one that is used both exclusively and not."""
    uses: dict[str, LockUse] = {}
    for element in elements:
        given = values(element, LOCK_USE)
        use = LockUse(reading.path(given["lock"], element), given["exclusive"])
        if uses.setdefault(use.lock, use) != use:
            raise WorkloadError(Code.LOCK_TWICE, element.place, job=job, lock=use.lock)
    return tuple(uses.values())
