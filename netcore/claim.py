"""Whether this engine may write for its scheduler id, decided before it starts.

One scheduler id has one writer. Who holds the right is dead when its process is gone from this host, or when
its heartbeat stands still for `PATIENCE` seconds of our own clock, whatever the times in the database say.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models import read
from models.batch import Writer
from models.connect import create, reading
from models.lease import Lease, read_lease

#: seconds that a heartbeat may stand still
PATIENCE = 4.0
_LOOK_EVERY = 0.2


class InUse(Exception):
    "Another engine works for this scheduler id."


@dataclass(frozen=True, slots=True)
class Claim:
    "The opened writer, and the lease that it holds."

    writer: Writer
    lease: Lease


def claim(url: str, scheduler_id: str, member_id: str, host: str) -> Claim:
    """Takes the right to write. Blocks up to `PATIENCE` seconds. Raises InUse and the errors of the store."""
    seen = _wait_until_dead(url, scheduler_id, host)
    writer = Writer(url, scheduler_id, member_id)
    return Claim(writer, writer.open(datetime.now(UTC), seen))


def _wait_until_dead(url: str, scheduler_id: str, host: str) -> Lease | None:
    engine = create(url, "reader")
    try:
        first: Lease | None = None
        until = time.monotonic() + PATIENCE
        while True:
            with reading(engine) as connection:
                lease = read_lease(connection, scheduler_id)
                if lease is None or _holder_is_gone(connection, lease, host):
                    return lease
            if first is None:
                first = lease
            elif lease != first:
                raise InUse(f"{lease.holder} works for scheduler id {scheduler_id!r} with this database already")
            if time.monotonic() >= until:
                return lease
            time.sleep(_LOOK_EVERY)
    finally:
        engine.dispose()


def _holder_is_gone(connection: Any, lease: Lease, host: str) -> bool:
    "The holder said goodbye, or was a process of this host that does not exist any more."
    for member in read.members(connection, lease.scheduler_id):
        if member.member_id == lease.holder:
            return member.state == "stopped" or (member.host == host and not _exists(member.pid))
    return False


def _exists(pid: int) -> bool:
    "A process that we may not signal exists, too."
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
