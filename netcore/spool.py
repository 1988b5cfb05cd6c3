"""The files that an engine keeps for its processes: logs, scripts, return values.

    log_dir/task.<path>.<id>.log      one per task; goes into the database when the task has ended
    log_dir/.spare.<pid>.<n>          another name of a log, or an empty file for the next one (`starter.log_files`)
    log_dir/task.<path>.<id>.log.long the whole of one that is longer than what is stored of it
    run_dir/scripts/<sha256>          one per distinct script text, executable
    returns_dir/<task id>             SCHEDULER_RETURN_VALUES of a running task

Files are for the engine's own user only (0600, scripts 0700), and so are the directories. Nothing here knows the
reactor; `take_log` and `discard` are called from the scribe's thread, scripts, logs and files for return
values are made by the starter, which has an object of its own for the same directories.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: the longest file name that usual file systems take, in bytes
NAME_MAX = 255
#: what the name of a log ends with that is longer than what is stored of it, and how many bytes of them are kept
LONG = ".long"
LONG_MOST = 8 << 30
#: what the names of files begin with that the starter uses for logs (see `starter.log_files`)
SPARE = ".spare."
#: script texts whose paths are remembered; with more of them all are worked out again
SCRIPTS_MAX = 4096
_LOG_NAME = re.compile(r"task\.(?P<path>.+)\.(?P<id>[0-9]+)\.log")
_NEW = os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


def task_of_log(name: str) -> int | None:
    "The task id in the name of a task log; None for other files."
    match = _LOG_NAME.fullmatch(name)
    return int(match["id"]) if match else None


def _short_enough(name: str) -> str:
    "A name that file systems take: the middle of one that is too long is cut, and made unique again by a digest."
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) <= NAME_MAX:
        return name
    match = _LOG_NAME.fullmatch(name)
    end = f"~{hashlib.sha256(encoded).hexdigest()[:16]}.{match['id'] if match else 0}.log"
    return encoded[: NAME_MAX - len(end)].decode("utf-8", "ignore") + end


def returns_place(run_dir: str, memory: str = "/dev/shm") -> str:  # noqa: S108
    """Where return values are kept: in memory, where the system has such a file system, else in `run_dir`.

    Every task makes and removes such a file; on a disk each would become part of the database's next flush.
    They need not outlive the processes that write them. A place that is not ours alone is not used.
    """
    own = os.path.join(memory, f"stellwerk-{os.geteuid()}")
    try:
        os.makedirs(own, mode=0o700, exist_ok=True)
        found = os.lstat(own)
    except (OSError, ValueError):
        return os.path.join(run_dir, "returns")
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        return os.path.join(run_dir, "returns")
    return os.path.join(own, hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:16])


class Spool:
    """Names, places and contents of an engine's spool files. `prepare` makes the directories.

    `stored_max`: bytes of a log that are stored at most, its end; None: all of it, as far as `take_log` says.
    """

    def __init__(self, log_dir: str | Path, run_dir: str | Path, stored_max: int | None = None) -> None:
        self.log_dir = os.path.abspath(log_dir)
        self.run_dir = os.path.abspath(run_dir)
        self.scripts_dir = os.path.join(self.run_dir, "scripts")
        self.returns_dir = returns_place(self.run_dir)
        self._stored_max = stored_max
        self._scripts: dict[str, str] = {}
        self._script_lock = Lock()
        self._job_log_lock = Lock()
        #: short logs of ended tasks, so that their files need not be opened again
        self._kept: dict[str, bytes] = {}
        #: logs of which only the beginning and the end were taken
        self._cut: set[str] = set()

    def prepare(self) -> None:
        """Make the directories, and clear scripts, return values and spare files of earlier runs.

        Call it when left-over processes have ended. Raises OSError.
        """
        for directory in (self.log_dir, self.run_dir, self.scripts_dir, self.returns_dir):
            os.makedirs(directory, mode=0o700, exist_ok=True)
        for directory, beginning in ((self.scripts_dir, ""), (self.returns_dir, ""), (self.log_dir, SPARE)):
            for name in os.listdir(directory):
                if name.startswith(beginning):
                    with suppress(OSError):
                        os.unlink(os.path.join(directory, name))
        self._scripts.clear()

    # -- task logs

    def log_path(self, file: str) -> str:
        """The path of a log. A name that would lead out of the directory is refused with ValueError, one that is too
        long for a file system is shortened."""
        if "/" in file or "\0" in file or file in ("", ".", ".."):
            raise ValueError(f"{file!r} is no file name")
        return f"{self.log_dir}/{_short_enough(file)}"

    def open_log(self, file: str) -> int:
        "A new, empty log, open for appending and reading; the caller closes the descriptor. Raises OSError."
        return os.open(self.log_path(file), os.O_APPEND | os.O_RDWR | _NEW, 0o600)

    def join_log(self, file: str) -> int:
        "A log that somebody writes already, as `open_log`."
        flags = os.O_APPEND | os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self.log_path(file), flags, 0o600)

    def open_errors(self, file: str, task_id: int, apart: bool) -> int:
        """Standard error of a task: its log opened once more, or, `apart`, a file without name that is gone when it is
        closed. Raises OSError."""
        if not apart:
            return os.open(self.log_path(file), os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        path = os.path.join(self.run_dir, f"stderr.{task_id}")
        descriptor = os.open(path, os.O_APPEND | os.O_RDWR | _NEW, 0o600)
        os.unlink(path)
        return descriptor

    def append_log(self, file: str, line: bytes) -> None:
        "One more line of the engine in the log of a task that is not stored yet; none when there is no log."
        kept = self._kept.get(file)
        if kept is not None:
            self._kept[file] = kept + line
        with suppress(OSError, ValueError):
            descriptor = os.open(self.log_path(file), os.O_APPEND | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                write_line(descriptor, line)
            finally:
                os.close(descriptor)

    def append_to_job_log(self, file: str, log: int) -> None:
        "All of the log with this descriptor, which is closed. Any thread; what cannot be written is left out."
        try:
            with self._job_log_lock, suppress(OSError, ValueError):
                flags = os.O_APPEND | os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                with open(os.open(self.log_path(file), flags, 0o600), "ab") as target:
                    offset = 0
                    while part := os.pread(log, 1 << 20, offset):
                        target.write(part)
                        offset += len(part)
        finally:
            os.close(log)

    def read_log(self, file: str, offset: int = 0, limit: int = 1 << 20) -> bytes | None:
        "At most `limit` bytes of a log from `offset`; None when there is no such log (any more)."
        try:
            with open(self.log_path(file), "rb", buffering=0) as log:
                return os.pread(log.fileno(), limit, offset)
        except (OSError, ValueError):
            return None

    def log_size(self, file: str) -> int:
        "Bytes; 0 when there is no such log."
        try:
            return os.stat(self.log_path(file)).st_size
        except (OSError, ValueError):
            return 0

    def keep_log(self, file: str, content: bytes) -> None:
        "What the file of an ended task holds, for `take_log`."
        self._kept[file] = content

    def kept_log(self, file: str) -> bytes | None:
        "What `take_log` would give, as long as it need not read the file. It stays; `forget` is the end of it."
        kept = self._kept.get(file)
        return kept if kept is None else self._end_of(kept)

    def reread_log(self, file: str) -> None:
        "Somebody else has written into the log since it was kept: `take_log` reads the file."
        self._kept.pop(file, None)

    def forget(self, file: str) -> None:
        "As `discard`, for a log that was never taken."
        self._kept.pop(file, None)
        self.discard(file)

    def take_log(self, file: str, limit: int = 16 << 20) -> bytes | None:
        """The whole log of an ended task; None when there is none.

        From a log larger than `limit` bytes the first and the last half are taken, with a line in between
        that says how much is left out.
        """
        kept = self._kept.pop(file, None)
        most = self._stored_max
        if kept is not None:
            return self._end_of(kept)
        try:
            with open(self.log_path(file), "rb", buffering=0) as log:
                descriptor = log.fileno()
                size = os.fstat(descriptor).st_size
                if most is not None and size > most:
                    return _read_all(descriptor, size - most, most)
                if size <= limit:
                    return _read_all(descriptor, 0, size)
                self._cut.add(file)
                half = limit // 2
                note = f"\n... {size - 2 * half} bytes are left out here ...\n".encode()
                return _read_all(descriptor, 0, half) + note + _read_all(descriptor, size - half, half)
        except (OSError, ValueError):
            return None

    def _end_of(self, kept: bytes) -> bytes:
        most = self._stored_max
        return kept if most is None else kept[max(0, len(kept) - most) :]

    def discard(self, file: str) -> None:
        """Remove a log that is stored now; no complaint when it is gone already.

        One of which only parts are stored is kept under another name, as long as there is room for it.
        """
        cut = file in self._cut
        self._cut.discard(file)
        with suppress(OSError, ValueError):
            path = self.log_path(file)
            if cut:
                os.replace(path, path + LONG)
                self._make_room()
            else:
                os.unlink(path)

    def whole_log(self, file: str) -> str:
        "The path of the log as the task wrote it; empty when it is not kept. Raises nothing."
        with suppress(ValueError):
            path = self.log_path(file)
            for each in (path, path + LONG):
                if os.path.exists(each):
                    return each
        return ""

    def same_log(self, file: str, other: str) -> bool:
        "Whether both names mean the same log."
        return file == other or _short_enough(file) == _short_enough(other)

    def _make_room(self) -> None:
        "Remove the oldest of the logs that are kept beside their stored parts, beyond `LONG_MOST` bytes."
        with os.scandir(self.log_dir) as entries:
            found = [(entry.stat(), entry.path) for entry in entries if entry.name.endswith(f".log{LONG}")]
        room = LONG_MOST
        for status, path in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
            room -= status.st_size
            if room < 0:
                os.unlink(path)

    def left_over_logs(self) -> Iterator[tuple[int, str]]:
        "(task id, name) of every task log in the directory, such as an earlier run has left."
        with suppress(FileNotFoundError), os.scandir(self.log_dir) as entries:
            for entry in entries:
                task_id = task_of_log(entry.name)
                if task_id is not None and entry.is_file(follow_symlinks=False):
                    yield task_id, entry.name

    # -- scripts

    def script(self, text: str) -> str:
        "The path of an executable file with this text; written when it is not there. Raises OSError."
        path = self._scripts.get(text)
        if path is None:
            if len(self._scripts) >= SCRIPTS_MAX:
                self._scripts.clear()
            path = self._scripts[text] = os.path.join(self.scripts_dir, _digest(text))
        if not os.path.exists(path):
            with self._script_lock:
                if not os.path.exists(path):
                    self._write_script(text)
        return path

    def write_script(self, text: str) -> str:
        "Write the script's file again, as a new file under the same name, whatever is there. Raises OSError."
        with self._script_lock:
            return self._write_script(text)

    def _write_script(self, text: str) -> str:
        path = os.path.join(self.scripts_dir, _digest(text))
        half_done = f"{path}.new"
        os.makedirs(self.scripts_dir, mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            os.unlink(half_done)
        descriptor = os.open(half_done, os.O_WRONLY | _NEW, 0o700)
        try:
            with open(descriptor, "wb", closefd=True) as file:
                file.write(_script_bytes(text))
            os.replace(half_done, path)
        except OSError:
            with suppress(OSError):
                os.unlink(half_done)
            raise
        return path

    # -- return values

    def returns_path(self, task_id: int) -> str:
        return f"{self.returns_dir}/{task_id}"

    def make_returns(self, task_id: int) -> str:
        "An empty file for a task's return values; gives its path. Raises OSError."
        path = self.returns_path(task_id)
        os.close(os.open(path, os.O_WRONLY | _NEW, 0o600))
        return path

    def take_returns(self, task_id: int, limit: int) -> bytes | None:
        """What the task has written, and remove the file. None when that is more than `limit` bytes.

        The job owns this file while it runs: a missing one is empty, and anything but a regular file is not read.
        """
        path = self.returns_path(task_id)
        try:
            found = os.lstat(path)
        except OSError:
            return b""
        content: bytes | None = b""
        if stat.S_ISREG(found.st_mode) and found.st_size:
            content = _read_regular(path, limit)
        with suppress(OSError):
            os.unlink(path)
        return content


def write_line(log: int, line: bytes) -> None:
    "Append a line of the engine to an open log, on a line of its own. Raises OSError."
    size = os.fstat(log).st_size
    if size and os.pread(log, 1, size - 1) != b"\n":
        line = b"\n" + line
    os.write(log, line)


def _digest(text: str) -> str:
    return hashlib.sha256(_script_bytes(text)).hexdigest()


def _script_bytes(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogateescape")
    return encoded if encoded.endswith(b"\n") else encoded + b"\n"


def _read_all(descriptor: int, offset: int, length: int) -> bytes:
    "`length` bytes from `offset`, fewer only when the file ends before."
    parts = []
    while length > 0:
        part = os.pread(descriptor, length, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


def _read_regular(path: str, limit: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        content = _read_all(descriptor, 0, limit + 1)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return content if len(content) <= limit else None
