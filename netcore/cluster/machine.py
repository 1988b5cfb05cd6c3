"""Which machine this is, and whether a process on it still lives.

Process ids mean something only within one running kernel and one pid namespace, so both make up the name of a
machine: containers with equal host names are different machines. A number that was given to another process
meanwhile is told by the start of the process.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from functools import lru_cache


@lru_cache(maxsize=1)
def this_machine() -> str:
    "Empty when the system does not say; then nobody is on the same machine."
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def process_start(pid: int) -> int | None:
    "When a process began, in ticks of this machine; None for one that does not exist, or has ended."
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def lives(pid: int, start: int) -> bool:
    "`start` 0: unknown, then any process with that number counts."
    found = process_start(pid)
    return found is not None and start in (0, found)


def watch(pid: int, start: int) -> int | None:
    "A descriptor that becomes readable when the process ends; None when it is gone. The caller closes it."
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return None
    if lives(pid, start):
        return pidfd
    os.close(pidfd)
    return None


def kill(pid: int, start: int, seconds: float) -> bool:
    "Ends a process for good and waits for it that long. True when it is gone; False also when we may not."
    pidfd = watch(pid, start)
    if pidfd is None:
        return True
    try:
        with suppress(PermissionError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(int(seconds * 1000)))
    except ProcessLookupError:
        return True
    finally:
        os.close(pidfd)
