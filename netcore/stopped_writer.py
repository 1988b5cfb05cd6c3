"""Who is stopped within a transaction keeps everybody else from writing, on SQLite for as long as it stays so.

On PostgreSQL the server ends such a session. SQLite has no server, so whoever waits in vain looks who has the lock: a
process of this product is killed, because it may be killed at any time; of any other one the log tells its number.
Nothing is opened for that: to close the file of a lock would give up the locks that this very process has.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from twisted.logger import Logger

from models.connect import file_of
from netcore.cluster import machine

#: the byte of the file of shared memory that a writer has locked (SQLite, write-ahead logging)
_WRITER = "120"
#: seconds for which a process must stay stopped, and which a killed one has to end
LOOK_AGAIN, KILL_WAIT = 0.3, 2.0

_log = Logger()


def end_stopped_writer(database_url: str) -> None:
    "Called in any thread that could not write. Blocks for less than a second unless there is one."
    file = file_of(database_url)
    pid = writer_of(file) if file else None
    if pid is None or pid == os.getpid():
        return
    start = machine.process_start(pid)
    if start is None or not is_stopped(pid):
        return
    time.sleep(LOOK_AGAIN)
    if writer_of(str(file)) != pid or machine.process_start(pid) != start or not is_stopped(pid):
        return
    if not _is_ours(pid):
        _log.error("Process {pid} is stopped within a transaction: nobody else can write until it goes on", pid=pid)
        return
    _log.warn("SCHEDULER-837  Process {pid} is stopped within a transaction, nobody can write: it is killed", pid=pid)
    machine.kill(pid, start, KILL_WAIT)


def writer_of(file: str) -> int | None:
    "The process that is within a writing transaction of a database; None: nobody, or the system does not say."
    shared = f"{os.path.realpath(file)}-shm"
    try:
        inode = str(os.stat(shared).st_ino)
        with open("/proc/locks", encoding="ascii") as locks:
            holders = list(_holders(locks, inode))
    except OSError:
        return None
    return next((pid for pid in holders if _has_open(pid, shared)), None)


def _holders(locks: Iterator[str], inode: str) -> Iterator[int]:
    "Whose lock is on that byte of a file with that number, on any file system. Lines with an arrow only wait for it."
    for line in locks:
        words = line.split()
        is_writer = len(words) == 8 and words[3] == "WRITE" and words[6] == words[7] == _WRITER
        if is_writer and words[5].rpartition(":")[2] == inode and int(words[4]) > 0:
            yield int(words[4])


def _has_open(pid: int, file: str) -> bool:
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{each}") == file for each in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def is_stopped(pid: int) -> bool:
    "By SIGSTOP, a terminal, or a debugger."
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    "Whether it runs in the same Python as we do."
    try:
        return os.path.samefile(f"/proc/{pid}/exe", "/proc/self/exe")
    except OSError:
        return False
