"""Jobs that start when a directory changes: a new file, or a vanished one when all files count.

While the job is not stopped its directories are looked at, also when it runs or is not in its period; what changes then
leads to a start afterwards. A directory that becomes unreadable causes a last start.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.actions import LogLine, ReadDirectory
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.definitions import DirectoryWatch
from scheduler.directory.log import line
from scheduler.directory.pace import limits, watch_due
from scheduler.directory.reading import FoundFile, Reader, Reading, file_path
from scheduler.directory.sources import wake
from scheduler.errors import Code
from scheduler.job.lifecycle import MAY_START
from scheduler.messages import DirectoryRead
from scheduler.origin import of_directories
from scheduler.records import Cause, Job
from scheduler.task.resources import Resources
from scheduler.task.start import start_by_itself
from scheduler.world import World

#: bytes; an environment variable cannot hold much more
TRIGGER_FILES_MAX = 100_000


def due_watch(world: World, job: Job, now: datetime) -> Decision | None:
    "The next directory of the job that is to be read; otherwise the World wakes in time."
    if job.state not in MAY_START:
        return None
    for position, watch in enumerate(job.definition.directory_watches):
        reader = Reader("job", job.key, position)
        reading = world.readings.get(reader, watch)
        due = watch_due(reading)
        if due is None:
            continue
        if due > now:
            wake(world, reader, job.key, due)
            continue
        number = world.readings.next_number()
        fresh = replace(reading or Reading(reader, watch), asked=number, asked_at=now, hinted=False)
        action = ReadDirectory(reader, number, watch.directory, watch.regex)
        return Decision([Change(Kind.DIRECTORY_READ, job.path, keep=(fresh,))], [action])
    return None


def watch_read(world: World, reading: Reading, message: DirectoryRead, now: datetime) -> Decision:
    "What a reading of a watched directory means."
    job = world.jobs.get(reading.reader.owner)
    path = job.path if job is not None else reading.reader.owner
    again_from, _ = limits(reading.asked_at, now)
    read = replace(reading, asked=None, read_at=now, again_from=again_from, problem=message.problem)
    if message.problem is not None:
        return _unreadable(reading, read, path)
    first = reading.read_at is None or reading.problem is not None
    fresh = replace(read, files=message.files, changed=reading.changed or _is_change(reading, message, first))
    told: list[LogLine] = []
    if reading.problem is not None:
        told.append(line("info", path, Code.DIRECTORY_READABLE, directory=reading.watched.directory))
    known = {file.name for file in reading.files}
    told += [
        line("warn", path, Code.FILE_SEMICOLON, file=file_path(reading.watched.directory, file.name))
        for file in message.files
        if reading.watched.regex and ";" in file.name and file.name not in known
    ]
    return Decision([Change(Kind.DIRECTORY_READ, path, keep=(fresh,))], [*told])


def _is_change(reading: Reading, message: DirectoryRead, first: bool) -> bool:
    if first:
        return bool(reading.watched.regex and message.files)
    before = {file.name for file in reading.files}
    after = {file.name for file in message.files}
    return not after <= before or (not reading.watched.regex and after != before)


def _unreadable(reading: Reading, read: Reading, path: str) -> Decision:
    "The end of watching; a directory that was never readable is tried again and again."
    directory, problem = reading.watched.directory, read.problem
    if reading.read_at is not None and reading.problem is None:
        told = [line("error", path, Code.WATCH_ENDED, directory=directory, problem=problem)]
        return Decision([Change(Kind.DIRECTORY_READ, path, keep=(replace(read, changed=True, ended=True),))], [*told])
    news = [] if reading.problem is not None or problem is None else [LogLine("warn", f"{path}: {problem}")]
    return Decision([Change(Kind.DIRECTORY_READ, path, keep=(read,))], [*news])


# -- the start


def changed_readings(world: World, job: Job) -> list[Reading]:
    "The directories of the job whose changes have not led to a start yet."
    if not job.definition.directory_watches:
        return []
    return [reading for reading in world.readings.of("job", job.key) if reading.changed]


def start_for_change(world: World, job: Job, resources: Resources, now: datetime) -> Decision:
    "The task that the changes ask for."
    changed = changed_readings(world, job)
    noted = tuple(replace(reading, changed=False) for reading in changed)
    files, told = trigger_files(world, job)
    origin = of_directories(reading.watched.directory for reading in changed)
    decision = start_by_itself(world, job, Cause.DIRECTORY, resources, now, files, origin)
    decision.changes.append(Change(Kind.DIRECTORY_READ, job.path, keep=noted))
    decision.actions += told
    return decision


def trigger_files(world: World, job: Job) -> tuple[str, list[LogLine]]:
    "All files that fit now, of the directories with a regular expression, joined by `;`."
    paths = [
        file_path(watch.directory, file.name)
        for position, watch in enumerate(job.definition.directory_watches)
        for file in _files(world, Reader("job", job.key, position), watch)
        if watch.regex
    ]
    fitting = [path for path in paths if ";" not in path]
    kept, length = list[str](), 0
    for path in fitting:
        length += len(path.encode()) + 1
        if length > TRIGGER_FILES_MAX:
            cut = line("warn", job.path, Code.TRIGGER_FILES_CUT, count=len(fitting) - len(kept))
            return ";".join(kept), [cut]
        kept.append(path)
    return ";".join(kept), []


def _files(world: World, reader: Reader, watch: DirectoryWatch) -> tuple[FoundFile, ...]:
    reading = world.readings.get(reader, watch)
    return reading.files if reading is not None else ()
