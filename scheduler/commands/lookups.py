"""What commands name, found or refused."""

from __future__ import annotations

from scheduler import paths
from scheduler.errors import Code, WorkloadError
from scheduler.records import FileKey, FileState, Job, JobChain, ObjectKind, Order, SourceFile
from scheduler.world import World


def find_job(world: World, path: str) -> Job:
    "Raises UNKNOWN_OBJECT; a job of which only a faulty file exists says that."
    job = world.job(paths.absolute(path))
    if job is None:
        _faulty(world, ObjectKind.JOB, path)
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job", path=paths.absolute(path))
    return job


def find_chain(world: World, path: str) -> JobChain:
    "Raises UNKNOWN_OBJECT; a chain that is not usable says why (FAULTY_FILE, CHAIN_NOT_READY)."
    chain = world.chain(paths.absolute(path))
    if chain is None:
        _faulty(world, ObjectKind.JOB_CHAIN, path)
        unusable = unusable_file(world, ObjectKind.JOB_CHAIN, path)
        if unusable is not None:
            reason = unusable.problem or "a nested job chain is missing"
            raise WorkloadError(Code.CHAIN_NOT_READY, chain=paths.absolute(path), reason=reason)
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job_chain", path=paths.absolute(path))
    return chain


def find_order(world: World, chain_path: str, order_id: str) -> Order:
    "Raises UNKNOWN_OBJECT and UNKNOWN_ORDER."
    order = world.order(paths.absolute(chain_path), order_id)
    if order is None:
        chain = find_chain(world, chain_path)
        raise WorkloadError(Code.UNKNOWN_ORDER, order=order_id, chain=chain.path)
    return order


def faulty_file(world: World, kind: ObjectKind, path: str) -> SourceFile | None:
    "The file of an object of which no version was ever usable."
    file = world.files.get(FileKey(kind.value, paths.absolute(path).lower()))
    return file if file is not None and file.definition is None else None


def unusable_file(world: World, kind: ObjectKind, path: str) -> SourceFile | None:
    "As `faulty_file`; also the file of a chain that waits for a nested one."
    file = world.files.get(FileKey(kind.value, paths.absolute(path).lower()))
    unusable = file is not None and (file.definition is None or file.state is FileState.NOT_INITIALIZED)
    return file if unusable else None


def _faulty(world: World, kind: ObjectKind, path: str) -> None:
    file = faulty_file(world, kind, path)
    if file is not None:
        raise WorkloadError(Code.FAULTY_FILE, file=file.file, problem=file.problem or "")
