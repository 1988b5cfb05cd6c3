"""What a file that was read, or has vanished, means for its object."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.files import chains, jobs, orders, resources
from scheduler.messages import FileGone, FileRead
from scheduler.records import FileKey, FileState, ObjectKind, SourceFile, file_key
from scheduler.world import World

_KINDS = {
    ObjectKind.LOCK: resources,
    ObjectKind.MONITOR: resources,
    ObjectKind.CALENDAR: resources,
    ObjectKind.SCHEDULE: resources,
    ObjectKind.PROCESS_CLASS: resources,
    ObjectKind.JOB: jobs,
    ObjectKind.JOB_CHAIN: chains,
    ObjectKind.ORDER: orders,
}


def file_read(world: World, read: FileRead, now: datetime) -> Change:
    "A new or changed file: in use at once, waiting, or faulty."
    known = world.files.get(file_key(read.kind, read.path))
    if read.definition is None:
        return _faulty(known, read)
    problem = resources.problem_among_others(world, read.definition) or chains.problem_among_others(
        world, read.definition
    )
    if problem is not None:
        return _faulty(known, replace(read, definition=None, problem=problem))
    fresh = SourceFile(read.kind, read.path, read.file, read.written_at, FileState.ACTIVE, read.definition)
    if _first_version(world, fresh, known) or _KINDS[read.kind].idle(world, fresh):
        return take_over(world, fresh, known, now)
    waits = known or replace(fresh, definition=None, state=FileState.INITIALIZED)
    waiting = replace(
        waits, successor=read.definition, successor_written_at=read.written_at, problem=None, removed=False,
        file=read.file,
    )  # fmt: skip
    return Change(Kind.FILE_CHANGED, read.path, put=(waiting,), detail={"waits": True})


def _first_version(world: World, fresh: SourceFile, known: SourceFile | None) -> bool:
    "Whether nothing of this file is in use that would have to become idle first."
    if fresh.kind is ObjectKind.ORDER and orders.displaces(world, fresh):
        return False
    return known is None or known.definition is None or known.state is FileState.NOT_INITIALIZED


def file_gone(world: World, gone: FileGone, now: datetime) -> Change | None:
    "A vanished file: its object goes now, or when it is idle."
    known = world.files.get(file_key(gone.kind, gone.path))
    if known is None:
        return None
    if known.definition is not None and not _KINDS[gone.kind].idle(world, replace(known, removed=True)):
        problem = chains.why_it_stays(world, known) or known.problem
        waiting = replace(known, removed=True, successor=None, problem=problem)
        return Change(Kind.FILE_REMOVED, known.path, put=(waiting,), detail={"waits": True})
    return _remove(world, known, now)


def settle_file(world: World, key: FileKey, now: datetime) -> Change | None:
    "Carry out a replacement or removal that waits, when the object is idle by now."
    file = world.files.get(key)
    if file is None or not (file.removed or file.successor is not None):
        return None
    if not _KINDS[file.kind].idle(world, file):
        return None
    if file.successor is None:
        return _remove(world, file, now)
    fresh = SourceFile(
        file.kind, file.path, file.file, file.successor_written_at, FileState.ACTIVE, file.successor,
        problem=file.problem,
    )  # fmt: skip
    return take_over(world, fresh, file, now)


def take_over(world: World, fresh: SourceFile, known: SourceFile | None, now: datetime) -> Change:
    "The version in `fresh` is in use from now on."
    change = _KINDS[fresh.kind].install(world, fresh, now)
    kind = Kind.FILE_ADDED if known is None else Kind.FILE_CHANGED
    return Change(kind, fresh.path, put=change.put, drop=change.drop, detail=change.detail)


def _remove(world: World, file: SourceFile, now: datetime) -> Change:
    change = _KINDS[file.kind].remove(world, file, now)
    return Change(
        Kind.FILE_REMOVED, file.path, put=change.put, drop=(*change.drop, (SourceFile, file.key)),
        detail={**change.detail, "kind": file.kind.value},
    )  # fmt: skip


def _faulty(known: SourceFile | None, read: FileRead) -> Change:
    "The old version goes on; a first version that is faulty is shown all the same."
    if known is None or known.definition is None:
        shown = SourceFile(read.kind, read.path, read.file, read.written_at, FileState.UNDEFINED, problem=read.problem)
    else:
        shown = replace(known, problem=read.problem, removed=False)
    detail = {"error": read.problem.code, "text": str(read.problem)} if read.problem else {}
    return Change(Kind.FILE_FAULTY, read.path, put=(shown,), detail=detail)
