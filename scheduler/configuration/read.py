"""One file of the hot folder -> the definition of its object."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scheduler import paths
from scheduler.configuration.calendar import CALENDAR, read_calendar
from scheduler.configuration.job import JOB, read_job
from scheduler.configuration.job_chain import JOB_CHAIN, read_job_chain
from scheduler.configuration.live import split_order_path
from scheduler.configuration.lock import LOCK, read_lock
from scheduler.configuration.monitor import MONITOR_FILE, read_monitor
from scheduler.configuration.order import ADD_ORDER, ORDER, read_order
from scheduler.configuration.process_class import PROCESS_CLASS, read_process_class
from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.configuration.run_time import SCHEDULE, SCHEDULE_AS_RUN_TIME, read_schedule
from scheduler.definitions import Definition, OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.attribute_types import YES_NO
from scheduler.xml.declaration import Declaration, check
from scheduler.xml.document import parse
from scheduler.xml.element import Element

#: what a file of a kind holds, and how it is read once it is checked
_ROOTS: dict[ObjectKind, tuple[Declaration, Callable[[Element, str, Reading], Definition]]] = {
    ObjectKind.LOCK: (LOCK, lambda element, path, reading: read_lock(element, path)),
    ObjectKind.MONITOR: (MONITOR_FILE, read_monitor),
    ObjectKind.CALENDAR: (CALENDAR, read_calendar),
    ObjectKind.SCHEDULE: (SCHEDULE, read_schedule),
    ObjectKind.PROCESS_CLASS: (PROCESS_CLASS, lambda element, path, reading: read_process_class(element, path)),
    ObjectKind.JOB: (JOB, read_job),
    ObjectKind.JOB_CHAIN: (JOB_CHAIN, read_job_chain),
}
#: letter case does not count in names of these
_ANY_CASE = (ObjectKind.JOB, ObjectKind.JOB_CHAIN)


def read_object(
    kind: ObjectKind,
    path: str,
    data: bytes,
    environ: Mapping[str, str],
    include: Include = nothing_included,
) -> Definition:
    """The object that the file of `path` (orders: `FOLDER/CHAIN,ID`) with the content `data` defines.

    `environ` are the environment variables that `$NAME` refers to. Raises WorkloadError with a place.
    """
    return read_element(kind, path, parse(data), environ, include)


def read_element(
    kind: ObjectKind,
    path: str,
    root: Element,
    environ: Mapping[str, str],
    include: Include = nothing_included,
    where: str = "the file",
) -> Definition:
    "As `read_object`, from an element; `where` is what holds it, for messages."
    reading = Reading(paths.folder(path), environ, include)
    if kind is ObjectKind.ORDER:
        check(root, ADD_ORDER if root.tag == ADD_ORDER.tag else ORDER, where)
        return _order(root, path, reading)
    declaration, read = _ROOTS[kind]
    if kind is ObjectKind.SCHEDULE and root.tag == SCHEDULE_AS_RUN_TIME.tag:
        declaration = SCHEDULE_AS_RUN_TIME
    check(root, declaration, where)
    _check_named(root, path, any_case=kind in _ANY_CASE)
    return read(root, path, reading)


def read_checked(
    kind: ObjectKind, path: str, root: Element, environ: Mapping[str, str], include: Include = nothing_included
) -> Definition:
    "As `read_element`, of an element of a command, which is checked already and may name itself; not for orders."
    return _ROOTS[kind][1](root, path, Reading(paths.folder(path), environ, include))


def _check_named(root: Element, path: str, any_case: bool) -> None:
    "A file names its object, so the element need not; if it does, it must agree."
    name = root.get("name")
    expected = paths.name(path)
    agrees = name == expected or (any_case and name.lower() == expected.lower())
    if name and not agrees:
        raise WorkloadError(Code.NAME_DISAGREES, root.place, expected=expected, name=name)
    _check_alone(root)


def _check_alone(root: Element) -> None:
    "What makes sense only in a start-up file or a command."
    if root.get("spooler_id"):
        raise _not_allowed(root, "spooler_id")
    replace = root.get("replace")
    if replace and not YES_NO.read(replace, "replace"):
        raise _not_allowed(root, "replace")


def _not_allowed(root: Element, attribute: str) -> WorkloadError:
    return WorkloadError(Code.NOT_ALLOWED, root.place, attribute=attribute, reason="the element is alone in its file")


def _order(root: Element, path: str, reading: Reading) -> OrderDefinition:
    chain, order_id = split_order_path(path)
    given_id, given_chain = root.get("id"), root.get("job_chain")
    if given_id and given_id != order_id:
        raise WorkloadError(Code.ORDER_ID_DISAGREES, root.place, expected=order_id, name=given_id)
    if given_chain and paths.key(reading.path(given_chain, root)) != paths.key(chain):
        raise WorkloadError(Code.CHAIN_DISAGREES, root.place, expected=chain, name=given_chain)
    _check_alone(root)
    return read_order(root, chain, order_id, reading)
