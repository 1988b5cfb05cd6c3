"""Paths of objects: `/folder/name`, the hot folder is `/`.

Jobs and job chains are the same object whatever the case of their letters: compare `key(path)`,
show the path as written. Order ids and node states are case-sensitive.
"""

from __future__ import annotations

from scheduler.errors import Code, WorkloadError


def absolute(path: str, folder: str = "/") -> str:
    """The path with a leading slash and without `.`, `..` and doubled slashes.

    A path without leading slash is relative to `folder`: the root in commands, the folder of the
    referring object in configuration files. Raises ABOVE_ROOT when `..` leaves the root.
    """
    if path.startswith("/") and "//" not in path and "/." not in path and not path.endswith("/"):
        return path
    whole = path if path.startswith("/") else f"{folder}/{path}"
    segments: list[str] = []
    for segment in whole.split("/"):
        if segment in ("", "."):
            continue
        if segment == "..":
            if not segments:
                raise WorkloadError(Code.ABOVE_ROOT, path=path)
            segments.pop()
        else:
            segments.append(segment)
    return "/" + "/".join(segments)


def key(path: str) -> str:
    "What two spellings of the same job or job chain have in common."
    return path.lower()


def name(path: str) -> str:
    "The last segment."
    return path.rpartition("/")[2]


def folder(path: str) -> str:
    "The folder that holds the object; `/` for an object in the root."
    return path.rpartition("/")[0] or "/"


def bare(path: str) -> str:
    "The path as logs and the history show it: without the leading slash."
    return path[1:] if path.startswith("/") else path


def join(folder_path: str, object_name: str) -> str:
    "The path of an object in a folder."
    return f"{folder_path.rstrip('/')}/{object_name}"
