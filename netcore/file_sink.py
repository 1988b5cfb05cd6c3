"Removes and moves the files of orders, in a thread. To do it again does no harm: a file that is gone is gone."

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from datetime import datetime

from scheduler.actions import DisposeFile
from scheduler.errors import Code, WorkloadError
from scheduler.messages import FileDisposed


def dispose(action: DisposeFile) -> FileDisposed:
    "Carry out the action; whatever goes wrong is told in the message."
    problem = None
    try:
        if action.sink is not None and not (action.again and _is_newer(action.file, action.again)):
            _remove(action.file) if action.sink.remove else _move(action.file, action.sink.move_to)
        remains = os.path.lexists(action.file)
        if action.again and remains and action.sink is not None and _is_newer(action.file, action.again):
            remains = False  # it is another file
    except WorkloadError as error:
        problem = error.problem
        remains = os.path.lexists(action.file)
    except ValueError as error:  # a path that no file can have
        problem = WorkloadError(Code.FILE_NOT_REMOVED, file=action.file, problem=error).problem
        remains = False
    return FileDisposed(action.chain, action.order_id, action.ordering, remains, problem)


def _is_newer(file: str, instant: datetime) -> bool:
    "Whether the file was written or put there after that instant."
    try:
        found = os.lstat(file)
    except OSError:
        return False
    return max(found.st_mtime, found.st_ctime) > instant.timestamp()


def _remove(file: str) -> None:
    try:
        os.unlink(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WorkloadError(Code.FILE_NOT_REMOVED, file=file, problem=error.strerror) from error


def _move(file: str, directory: str) -> None:
    "A file of that name in the directory is replaced, in one go: it is never half there."
    if not os.path.isdir(directory):
        problem = "it is no directory" if os.path.exists(directory) else "there is no such directory"
        raise WorkloadError(Code.FILE_NOT_MOVED, file=file, directory=directory, problem=problem)
    target = os.path.join(directory, os.path.basename(file))
    try:
        if os.path.lexists(target) and os.path.samefile(os.path.dirname(file) or ".", directory):
            problem = "it lies there already"
            raise WorkloadError(Code.FILE_NOT_MOVED, file=file, directory=directory, problem=problem)
        os.replace(file, target)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise WorkloadError(
                Code.FILE_NOT_MOVED, file=file, directory=directory, problem=error.strerror
            ) from error
        _copy_over(file, target, directory)


def _copy_over(file: str, target: str, directory: str) -> None:
    "To another file system: under a hidden name first, then the source goes."
    half_done = os.path.join(directory, f".{os.path.basename(file)}.{os.getpid()}.part")
    try:
        shutil.copy2(file, half_done)
        with open(half_done, "rb") as copy:
            os.fsync(copy.fileno())
        os.replace(half_done, target)
        os.unlink(file)
    except OSError as error:
        with suppress(OSError):
            os.unlink(half_done)
        raise WorkloadError(
            Code.FILE_NOT_MOVED, file=file, directory=directory, problem=error.strerror or str(error)
        ) from error
