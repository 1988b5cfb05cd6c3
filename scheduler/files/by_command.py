"""Objects that commands define and remove.

They live like their sisters from files: a version that cannot take over at once waits until the object is idle. One
that nobody else knows is stored with its text and comes back with the engine, until a command removes it or a file of
its name appears. The classic engine forgets it when it ends; here an engine may be ended at any time, and what was
acknowledged stands.

An object that has a file, or stands in scheduler.xml, is changed until that is read again: when the file changes, and
at the next start.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.actions import RemoveFile
from scheduler.configuration.by_command import Made
from scheduler.configuration.read import read_object
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files import chains, resources
from scheduler.files.apply import file_gone, file_read
from scheduler.files.events import told
from scheduler.messages import FileDeleted, FileGone, FileRead
from scheduler.records import ObjectKind, SourceFile, file_key
from scheduler.remembered import MadeObject
from scheduler.world import World

#: how refusals call the kinds
WORDS = {
    ObjectKind.JOB: "Job",
    ObjectKind.JOB_CHAIN: "Job_chain",
    ObjectKind.LOCK: "Lock",
    ObjectKind.PROCESS_CLASS: "Process_class",
    ObjectKind.CALENDAR: "Calendar",
    ObjectKind.SCHEDULE: "Schedule",
    ObjectKind.MONITOR: "Monitor",
}


def define(world: World, objects: Iterable[Made], now: datetime) -> Decision:
    """All of them or none. Raises NOT_ALLOWED when one exists and is not to be replaced, DUPLICATE_FILE when two are
    the same, FAULTY_FILE for one that is impossible in the company of the others."""
    decision = Decision(reply="<ok/>")
    seen = set()
    for made in objects:
        key = file_key(made.kind, made.path)
        known = world.files.get(key)
        if key in seen:
            raise WorkloadError(Code.DUPLICATE_FILE, file=made.path, other=made.path)
        seen.add(key)
        if known is not None and not made.replaces:
            reason = f"there is a {made.kind.value} {made.path} already"
            raise WorkloadError(Code.NOT_ALLOWED, attribute="replace", reason=reason)
        read = FileRead(made.kind, made.path, known.file if known else "", _time(known, now), made.definition)
        _check_among_others(world, read)
        change = file_read(world, read, now)
        decision.changes.append(change)
        decision.actions += told(world, read, change)
    return decision


def _time(known: SourceFile | None, now: datetime) -> datetime | None:
    "What has another home keeps its time (none, in scheduler.xml); see `SourceFile.by_command`."
    return now if known is None or known.by_command else known.written_at


def _check_among_others(world: World, read: FileRead) -> None:
    problem = resources.problem_among_others(world, read.definition) or chains.problem_among_others(
        world, read.definition
    )
    if problem is not None:
        raise WorkloadError(Code.FAULTY_FILE, file=read.path, problem=str(problem))


def made_before(world: World) -> tuple[FileRead, ...]:
    """What commands had defined before the engine started, to be read with the objects of scheduler.xml.

    One that cannot be read any more, because a file that it includes is gone, is shown as faulty until the engine ends.
    """
    return tuple(_read_again(world, made) for made in world.remembered.made)


def _read_again(world: World, made: MadeObject) -> FileRead:
    lent = world.surroundings
    try:
        definition = read_object(made.kind, made.path, made.source.encode(), lent.environ, lent.include)
    except WorkloadError as refusal:
        return FileRead(made.kind, made.path, "", made.defined_at, None, refusal.problem)
    return FileRead(made.kind, made.path, "", made.defined_at, definition)


def remove(world: World, kind: ObjectKind, path: str, now: datetime) -> Decision:
    """The file goes at once, then the object, when it is idle; while the file cannot be deleted nothing changes.

    Raises UNKNOWN_OBJECT.
    """
    file = world.files.get(file_key(kind, path))
    if file is not None and file.file:
        return Decision(actions=[RemoveFile(file.file, FileDeleted(kind, file.path))], reply="<ok/>")
    change = file_gone(world, FileGone(kind, path), now)
    if change is None:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind=WORDS[kind], path=path)
    return Decision([change], reply="<ok/>")
