"""Logs of tasks whose files are used again and again.

To make a file and to delete one is dear where hundreds of tasks end per second: ext4 passes over the inodes that were
freed within the last minutes, looking at each of them, which took a third of the starter's time. So a log is a second
name of a spare file. When the log is stored the scribe removes the task's name, as that of any log, and the spare file
is free for another task. Whoever still has it open keeps it: such a file is not used again. The names last exactly as
long as without all this, so nothing is different after a crash.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections import deque
from contextlib import suppress

from netcore.spool import SPARE, Spool

#: files that exist at most; beyond that every log is a file of its own
MOST = 64
_OPEN = os.O_APPEND | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class LogFiles:
    "For one thread. `close` removes the spare names; what a sudden end leaves goes with `Spool.prepare`."

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        #: paths of files that are free, or will be when their logs are stored; the one that was lent first first
        self._spares: deque[str] = deque()
        #: spare paths by the names of the logs that they are now
        self._lent: dict[str, str] = {}
        self._made = 0
        self._most = MOST

    def open(self, file: str) -> int:
        "As `Spool.open_log`."
        path = self._spool.log_path(file)
        spare = self._free() or self._new()
        if spare:
            try:
                os.link(spare, path)
                log = os.open(path, _OPEN)
                self._lent[file] = spare
                return log
            except FileExistsError:  # of an earlier run, or something that is no log
                self._spares.append(spare)
            except OSError as error:
                self._forget(spare)
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    self._most = 0  # the file system knows no second names
        return self._spool.open_log(file)

    def give_back(self, file: str, short: bool) -> None:
        "The log is complete. A long one would fill the disk until it is used again."
        spare = self._lent.pop(file, None)
        if spare is None:
            return
        if short:
            self._spares.append(spare)
        else:
            self._forget(spare)

    def close(self) -> None:
        for spare in (*self._spares, *self._lent.values()):
            self._forget(spare)
        self._spares.clear()
        self._lent.clear()

    def _free(self) -> str:
        "An empty file whose log is stored; empty: there is none."
        if not self._spares:
            return ""
        spare = self._spares.popleft()
        try:
            descriptor = os.open(spare, _OPEN)
        except OSError:
            return ""
        try:
            if os.fstat(descriptor).st_nlink > 1:
                self._spares.append(spare)
                return ""
            # Granted only if nobody else has it open, such as a process that has left the group of its task.
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            os.ftruncate(descriptor, 0)
            return spare
        except OSError:
            self._forget(spare)
            return ""
        finally:
            # Now, because ext4 writes a file that was emptied to the disk at the next close.
            os.close(descriptor)

    def _new(self) -> str:
        "The path of another file; empty: there are enough."
        if len(self._spares) + len(self._lent) >= self._most:
            return ""
        self._made += 1
        spare = f"{self._spool.log_dir}/{SPARE}{os.getpid()}.{self._made}"
        try:
            os.close(os.open(spare, _OPEN | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError:
            return ""
        return spare

    def _forget(self, spare: str) -> None:
        with suppress(OSError):
            os.unlink(spare)
