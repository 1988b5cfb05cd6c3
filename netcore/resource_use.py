"""What processes use of the machine: at their end by what the kernel tells whoever reaps them, while they run by /proc.

Loaded in the starter, too: standard library only.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from typing import NamedTuple

from netcore.run_mark import VARIABLE, RunMark

#: as the fields of `scheduler.task.usage.Usage`
Used = tuple[float, float, int, bool, int, int]
#: what the kernel counts storage in, whatever the file system does
_BLOCK = 512
_MARK = VARIABLE.encode() + b"="
#: places in `stat`, from the state on
_PARENT, _GROUP, _TIMES = 1, 2, slice(11, 15)
#: processes of a task that are told one by one
MOST = 100


def used_at_end(usage: resource.struct_rusage) -> Used:
    """Of a process that this one has started and reaped. The kernel counts the memory of the starting process as the
    child's own until its exec, so the child's peak is known only when it is larger."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        round(usage.ru_utime, 6), round(usage.ru_stime, 6), usage.ru_maxrss * 1024, usage.ru_maxrss <= floor,
        usage.ru_inblock * _BLOCK, usage.ru_oublock * _BLOCK,
    )  # fmt: skip


#: of one process, as the fields of `scheduler.task.usage.OneProcess`
One = tuple[int, int, str, int, float]


class Running(NamedTuple):
    """Of the processes of a task now: as `Used`, how many there are, and the resident memory of all, in bytes; and the
    first of them one by one."""

    used: Used
    processes: int
    memory: int
    each: tuple[One, ...] = ()


def used_now(mark: RunMark, task_id: int) -> Running | None:
    """What the processes of a task use that this run of the engine has started; None when there are none.

    They are known by their mark, and by the process groups of those that have it. Who has left its group and has no
    mark any more does not count. Blocking: it looks at all processes of the machine.
    """
    entry = b"\0" + _MARK + os.fsencode(mark.of_task(task_id)) + b"\0"
    found = {pid: words for pid in _pids() if (words := _stat(pid))}
    marked = {pid for pid in found if entry in _environment(pid)}
    groups = {found[pid][_GROUP] for pid in marked}
    ours = [(pid, words) for pid, words in found.items() if pid in marked or words[_GROUP] in groups]
    return _sum(ours) if ours else None


def _sum(processes: list[tuple[str, list[str]]]) -> Running:
    ticks = os.sysconf("SC_CLK_TCK")
    user = system = peak = memory = read = written = 0
    each: list[One] = []
    for pid, words in sorted(processes, key=lambda one: int(one[0])):
        own_user, own_system, their_user, their_system = map(int, words[_TIMES])
        user += own_user + their_user
        system += own_system + their_system
        status, moved = _fields(f"/proc/{pid}/status"), _fields(f"/proc/{pid}/io")
        peak = max(peak, status.get("VmHWM", 0) * 1024)
        resident = status.get("VmRSS", 0) * 1024
        memory += resident
        if len(each) < MOST:
            each.append((int(pid), int(words[_PARENT]), _name(pid), resident, (own_user + own_system) / ticks))
        read += moved.get("read_bytes", 0)
        written += moved.get("write_bytes", 0)
    used = (user / ticks, system / ticks, peak, False, read, written)
    return Running(used, len(processes), memory, tuple(each))


def _name(pid: str) -> str:
    "The short one of the program: arguments may hold what is not to be shown."
    with suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
        return file.read().rstrip("\n")
    return ""


def _pids() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: str) -> list[str]:
    "The words of `stat` from the state on; none when it has gone."
    with suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()
    return []


def _environment(pid: str) -> bytes:
    "Entries between NUL bytes; nothing where we may not look."
    with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        return b"\0" + file.read() + b"\0"
    return b""


def _fields(path: str) -> dict[str, int]:
    "Lines `name: number`, with the unit left out; nothing where we may not look."
    found = {}
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name, _, rest = line.partition(":")
            number = rest.split()
            if number and number[0].isdigit():
                found[name] = int(number[0])
    return found
