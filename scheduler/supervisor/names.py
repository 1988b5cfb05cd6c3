"""Names in central configurations.

A name that comes over a connection becomes a part of a path, so it is looked at closely: no separators, nothing that
leads upwards, no hidden names (those are the cache's own), nothing that cannot be a file name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.errors import Code, WorkloadError

#: the folder whose files are for every worker
ALL = "_all"
#: says that an empty folder is meant; without it, nothing is never taken for a configuration
EMPTY_MARK = ".empty"
#: bytes of a name that file systems take
NAME_MAX = 255
#: folders inside of each other
DEPTH_MAX = 50

_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")


def checked_name(name: str) -> str:
    "One part of a path. Raises UNSAFE_NAME."
    if not name:
        raise WorkloadError(Code.UNSAFE_NAME, name=name, reason="it is empty")
    if name.startswith("."):
        raise WorkloadError(Code.UNSAFE_NAME, name=name, reason="it begins with a dot")
    if _UNFIT.search(name):
        reason = "it holds a separator or a control character"
        raise WorkloadError(Code.UNSAFE_NAME, name=ascii(name)[1:-1], reason=reason)
    if len(name.encode()) > NAME_MAX:
        raise WorkloadError(Code.UNSAFE_NAME, name=name[:40], reason=f"it is longer than {NAME_MAX} bytes")
    return name


def checked_path(path: str) -> str:
    "A relative path with `/`, each part as `checked_name` wants it. Raises UNSAFE_NAME."
    if path.startswith("/"):
        raise WorkloadError(Code.UNSAFE_NAME, name=path, reason="it is absolute")
    parts = path.split("/")
    if len(parts) > DEPTH_MAX:
        raise WorkloadError(Code.UNSAFE_NAME, name=path[:40], reason=f"it lies more than {DEPTH_MAX} folders deep")
    for part in parts:
        checked_name(part)
    return path


@dataclass(frozen=True, slots=True)
class HostFolder:
    "A folder `host#port`: for the stand-alone worker at that address."

    name: str
    host: str
    port: int


def host_folder(name: str) -> HostFolder | None:
    "What a folder of the name `host#port` means; None for any other name, also one with a bad port."
    host, mark, port = name.rpartition("#")
    if not mark or not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) <= 65535:
        return None
    return HostFolder(name, host, int(port))
