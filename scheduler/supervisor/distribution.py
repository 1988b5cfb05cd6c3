"""Who shall have what: from the folders and the workers to new versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from scheduler.errors import Code, Problem, WorkloadError
from scheduler.supervisor.names import ALL, HostFolder, host_folder
from scheduler.supervisor.records import ConfigurationVersion, Origin, Protocol, Worker
from scheduler.supervisor.tree import Tree, checksum

#: numeric addresses of hosts that names of folders speak of
Addresses = Mapping[str, tuple[str, ...]]


def folder_of(worker: Worker, names: Collection[str], addresses: Addresses) -> str:
    """The folder that is meant for this worker alone; empty when there is none.

    A stand-alone worker with the classic protocol over TCP has the folder of its address, all others the folder of
    their scheduler id; with our protocol the one of the address does as well when there is no other.
    """
    by_id = worker.scheduler_id if worker.scheduler_id in names and worker.scheduler_id != ALL else ""
    match worker.protocol:
        case Protocol.CLASSIC:
            return by_id if worker.is_cluster_member else _by_address(worker, names, addresses)
        case Protocol.HTTP:
            return by_id
        case Protocol.PAIR:
            return by_id or _by_address(worker, names, addresses)


def duplicates(names: Iterable[str], addresses: Addresses) -> Iterator[Problem]:
    "Folders that mean the address of another one; the first by name counts."
    used: dict[tuple[str, int], str] = {}
    for folder in _host_folders(names):
        for address in addresses.get(folder.host, ()):
            first = used.setdefault((address, folder.port), folder.name)
            if first != folder.name:
                yield WorkloadError(Code.TWO_FOLDERS, ignored=folder.name, used=first).problem
                break


def next_version(
    worker: str,
    latest: ConfigurationVersion | None,
    tree: Tree,
    now: datetime,
    *,
    origin: Origin = Origin.FOLDER,
    revision: str = "",
    released_by: str = "",
    source: str = "",
    whatever: bool = False,
    sum_now: str = "",
) -> ConfigurationVersion | None:
    """The version that the tree makes necessary; None: the latest one says it already.

    `source` is the checksum of the folder when the tree does not come from there (a roll-back, a deployment). A worker
    that was rolled back stays so until the folder changes; with `whatever` it gets what the folder says now. `sum_now`
    is the checksum of the tree when it is known already.
    """
    sum_now = sum_now or checksum(tree)
    if latest is not None:
        known = latest.checksum if whatever or origin is not Origin.FOLDER else latest.source
        if known == sum_now and not (origin.from_elsewhere and latest.source != source):
            return None
    number = latest.number + 1 if latest is not None else 1
    return ConfigurationVersion(
        worker, number, sum_now, source or sum_now, now, origin, len(tree), revision, released_by
    )


def _by_address(worker: Worker, names: Iterable[str], addresses: Addresses) -> str:
    for folder in _host_folders(names):
        if folder.port == worker.tcp_port and worker.ip in addresses.get(folder.host, ()):
            return folder.name
    return ""


def _host_folders(names: Iterable[str]) -> Iterator[HostFolder]:
    for name in sorted(name for name in names if "#" in name):
        folder = host_folder(name)
        if folder is not None:
            yield folder
