"""One file of the hot folder -> the definition of its object."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler import paths
from scheduler.configuration.job import JOB, read_job
from scheduler.configuration.job_chain import JOB_CHAIN, read_job_chain
from scheduler.configuration.live import split_order_path
from scheduler.configuration.order import ADD_ORDER, ORDER, read_order
from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.definitions import Definition, OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.attribute_types import YES_NO
from scheduler.xml.declaration import check
from scheduler.xml.document import parse
from scheduler.xml.element import Element


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
    root = parse(data)
    reading = Reading(paths.folder(path), environ, include)
    match kind:
        case ObjectKind.JOB:
            check(root, JOB, "the file")
            _check_named(root, path)
            return read_job(root, path, reading)
        case ObjectKind.JOB_CHAIN:
            check(root, JOB_CHAIN, "the file")
            _check_named(root, path)
            return read_job_chain(root, path, reading)
        case ObjectKind.ORDER:
            check(root, ADD_ORDER if root.tag == ADD_ORDER.tag else ORDER, "the file")
            return _order(root, path, reading)


def _check_named(root: Element, path: str) -> None:
    "A file names its object, so the element need not; if it does, it must agree but for the case of letters."
    name = root.get("name")
    expected = paths.name(path)
    if name and name.lower() != expected.lower():
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
    return WorkloadError(
        Code.NOT_ALLOWED, root.place, attribute=attribute, reason="the element is alone in its file"
    )


def _order(root: Element, path: str, reading: Reading) -> OrderDefinition:
    chain, order_id = split_order_path(path)
    given_id, given_chain = root.get("id"), root.get("job_chain")
    if given_id and given_id != order_id:
        raise WorkloadError(Code.ORDER_ID_DISAGREES, root.place, expected=order_id, name=given_id)
    if given_chain and paths.key(reading.path(given_chain, root)) != paths.key(chain):
        raise WorkloadError(Code.CHAIN_DISAGREES, root.place, expected=chain, name=given_chain)
    _check_alone(root)
    return read_order(root, chain, order_id, reading)
