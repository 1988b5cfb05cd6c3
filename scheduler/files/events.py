"""What else a change of the hot folder brings about: lines in the log, mails, and the jobs that watch over the folder.

A job that `<config configuration_add_event>` and its sisters name is started for every file that comes, changes or
goes, once the engine is at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler import paths
from scheduler.actions import Action, LogLine, SendMail
from scheduler.changes import Change, Kind
from scheduler.configuration.live import file_name_of
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.mail.letters import Severity, notice
from scheduler.messages import FileGone, FileRead
from scheduler.origin import of_file
from scheduler.params import Params
from scheduler.records import EngineState, SourceFile
from scheduler.task.queue import enqueue
from scheduler.world import World


def told(world: World, file: FileRead | FileGone, change: Change) -> list[Action]:
    "What the log and the mail say about a file that was read or is gone."
    name = f"{file.kind.value.replace('_', ' ')} {change.object}"  # a lock may be called as a job is
    if change.kind is not Kind.FILE_FAULTY:
        return [LogLine("info", f"{name}: {change.kind.value}", {"object": change.object}), *_warnings(file)]
    text = f"{name} is faulty: {change.detail.get('text', '')}"
    actions: list[Action] = [LogLine("error", text, {"object": change.object})]
    named = f"{file.file}\n\n{text}" if isinstance(file, FileRead) and file.file else text
    mail = notice(world, Severity.ERROR, f"{name} is faulty", named)
    return [*actions, SendMail(mail)] if mail is not None else actions


def _warnings(file: FileRead | FileGone) -> Iterator[LogLine]:
    definition = file.definition if isinstance(file, FileRead) else None
    for problem in getattr(definition, "warnings", ()):
        yield LogLine("warn", f"{file.path}: {problem}", {"object": file.path})


def started_job(
    world: World, file: FileRead | FileGone, known: SourceFile | None, now: datetime
) -> Decision | None:
    """The start of the job that is to know of this. `known` is the file as it was before."""
    lent = world.surroundings
    if isinstance(file, FileGone):
        event, path = "deleted", lent.delete_event
    elif known is None:
        event, path = "add", lent.add_event
    else:
        event, path = "modified", lent.modify_event
    name = file.file if isinstance(file, FileRead) else known.file if known is not None else ""
    if not path or not name or world.state is not EngineState.RUNNING:
        return None
    values = {
        "scheduler_live_filebase": paths.name(name) or file_name_of(file.kind, file.path),
        "scheduler_live_filepath": name,
        "scheduler_live_event": event,
    }
    try:
        job = world.job(path)
        if job is None:
            raise WorkloadError(Code.UNKNOWN_OBJECT, kind="job", path=path)
        environment = tuple((name.upper(), value) for name, value in values.items())
        _, change = enqueue(
            world, job, now, now, params=Params(values), environment=environment, unstop=False, client=of_file(name),
        )  # fmt: skip
    except WorkloadError as refusal:
        return Decision(actions=[LogLine("warn", f"No job starts for {name}: {refusal}", {"object": path})])
    return Decision([change])
