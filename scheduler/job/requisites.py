"Objects that a job cannot do without: while one is missing the job is incomplete and starts nothing."

from __future__ import annotations

from scheduler.definitions import JobDefinition
from scheduler.records import FileKey, ObjectKind
from scheduler.run_time.plan import calendars_of
from scheduler.world import World


def missing(world: World, job: JobDefinition) -> list[FileKey]:
    """Its schedule, its calendars and its monitors, as far as they are not there. Locks and process classes are waited
    for instead.

    A schedule that is the substitute of another one cannot be used, so it is missing.
    """
    found: list[FileKey] = []
    schedule = job.run_time.schedule
    if schedule and (schedule not in world.schedules or world.schedules[schedule].substitute):
        found.append(FileKey(ObjectKind.SCHEDULE, schedule))
    if schedule or job.run_time.calendar:
        known = world.schedules.calendars
        calendars = calendars_of(job.run_time, world.schedules)
        found += [FileKey(ObjectKind.CALENDAR, path) for path in calendars if path not in known]
    for use in job.monitors:
        if use.monitor and use.monitor not in world.monitors:
            found.append(FileKey(ObjectKind.MONITOR, use.monitor))
    return found
