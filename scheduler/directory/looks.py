"What the rim says of directories, and which directory is read next for a job."

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.directory.sources import due_source, source_read
from scheduler.directory.watches import due_watch, watch_read
from scheduler.messages import DirectoryChanged, DirectoryRead
from scheduler.records import Job
from scheduler.world import World


def next_reading(
    world: World, job: Job, may_take_orders: bool, others_may: bool, now: datetime
) -> Decision | None:
    """The next directory that is to be read for the job. None: none, and the World wakes in time for the next one.
    `others_may`: other members of an active cluster may take orders of distributed chains."""
    if job.definition.directory_watches:
        decision = due_watch(world, job, now)
        if decision is not None:
            return decision
    return due_source(world, job, now, shared=not may_take_orders) if may_take_orders or others_may else None


def directory_read(world: World, message: DirectoryRead, now: datetime) -> Iterator[Decision]:
    reading = world.readings.known(message.reader)
    if reading is None or reading.asked != message.number:
        return
    if message.reader.kind == "job":
        yield watch_read(world, reading, message, now)
    else:
        yield source_read(world, reading, message, now)


def directory_changed(world: World, message: DirectoryChanged, now: datetime) -> Iterator[Decision]:
    keep = tuple(replace(reading, hinted=True) for reading in world.readings.at(message.directory))
    if keep:
        yield Decision([Change(Kind.DIRECTORY_READ, message.directory, keep=keep)])
