"""When a directory is to be read again. Reading takes at most a tenth of the time, however much happens there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.directory.reading import Reading

#: seconds between looks of a job at its directories, unless the system says that something has happened
WATCH_EVERY = 10.0
#: seconds until the next try for a directory that could not be read yet
WATCH_TRY_AGAIN = 60.0
#: so long, in seconds, files are at least taken to be there; and at least so long a directory is left alone
FRESH, PAUSE = 1.0, 0.1
#: how many times as long as the reading took
SHARE = 10

AT_ONCE = datetime.min.replace(tzinfo=UTC)


def limits(asked_at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    "`again_from` and `good_until` of a reading that was asked for then and has come now."
    took = max(0.0, (now - asked_at).total_seconds()) if asked_at is not None else 0.0
    return (
        now + timedelta(seconds=max(PAUSE, SHARE * took)),
        now + timedelta(seconds=max(FRESH, SHARE * took)),
    )


def source_due(
    reading: Reading | None, waiting: bool, emptied: bool, repeat: float | None, after_error: float | None
) -> datetime | None:
    """When the directory of a source is to be read again, if its job could take an order then.

    `waiting`: files of the last reading are left. Without `repeat` it is read whenever the job asks. None: it is being
    read, or never again.
    """
    if reading is None or reading.read_at is None:
        return None if reading is not None and reading.asked is not None else AT_ONCE
    if reading.asked is not None or reading.again_from is None or reading.good_until is None:
        return None
    if reading.problem is not None:
        return _later(reading.read_at, after_error)
    due = [at for at in (_later(reading.read_at, repeat),) if at is not None]
    if reading.hinted or emptied or repeat is None:
        due.append(reading.again_from)
    if waiting:
        due.append(reading.good_until)
    return max(min(due), reading.again_from)


def watch_due(reading: Reading | None) -> datetime | None:
    "The same for a directory that a job watches."
    if reading is None or reading.read_at is None:
        return None if reading is not None and reading.asked is not None else AT_ONCE
    if reading.asked is not None or reading.ended or reading.again_from is None:
        return None
    if reading.problem is not None:
        return _later(reading.read_at, WATCH_TRY_AGAIN)
    return reading.again_from if reading.hinted else _later(reading.read_at, WATCH_EVERY)


def _later(instant: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else instant + timedelta(seconds=seconds)
