"""Writes files of the hot folder, all or none. Blocking, for a few small files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from netcore.folder_files import is_inside
from scheduler.errors import Code, WorkloadError

#: files that begin with a dot are no objects
_NEW, _OLD = ".new", ".old"


def write_all(directory: str, files: Iterable[tuple[str, bytes]]) -> None:
    """`files` are names relative to the directory, and contents; folders are made. Each appears in one piece.

    Raises NOT_WRITTEN; then everything is as before, but for empty folders.
    """
    prepared: list[tuple[str, str]] = []
    name = directory
    try:
        for name, data in files:
            path = _place(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            half_done = _beside(path, _NEW)
            prepared.append((path, half_done))
            with open(half_done, "wb") as file:
                file.write(data)
        _replace_all(prepared)
    except (OSError, ValueError) as error:
        problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise WorkloadError(Code.NOT_WRITTEN, file=name, problem=problem) from error
    finally:
        for _, half_done in prepared:
            with suppress(OSError):
                os.unlink(half_done)


def _place(directory: str, name: str) -> str:
    "Raises ValueError for a name that leads out of the directory, also over a link."
    path = os.path.join(directory, name)
    if "\0" in name or not is_inside(path, directory):
        raise ValueError("it does not lie in the hot folder")
    return path


def _beside(path: str, word: str) -> str:
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}{word}")


def _replace_all(prepared: list[tuple[str, str]]) -> None:
    "What was there before has a second name until all is in place."
    aside: list[tuple[str, str]] = []
    done: list[str] = []
    try:
        for path, half_done in prepared:
            with suppress(FileNotFoundError):
                os.unlink(_beside(path, _OLD))
            with suppress(FileNotFoundError):
                os.link(path, _beside(path, _OLD))
                aside.append((path, _beside(path, _OLD)))
            os.replace(half_done, path)
            done.append(path)
    except OSError:
        for path in done:
            with suppress(OSError):
                os.unlink(path)
        for path, old in aside:
            with suppress(OSError):
                os.replace(old, path)
        raise
    for _, old in aside:
        with suppress(OSError):
            os.unlink(old)
