"""Versions of configurations, the contents of their files, and the workload schedulers that get them.

Each function works in the caller's transaction (`connect.writing`, or `connect.reading` for those that only look).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select

from models import supervisor_transfers
from models.inserts import insert_into
from models.tables import (
    configuration_contents,
    configuration_releases,
    configuration_versions,
    workload_freezes,
    workload_schedulers,
)
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import ConfigurationVersion, Origin, Protocol, Release, Worker
from scheduler.supervisor.tree import Tree, manifest_of, tree_of

#: rows of one statement
_SLICE = 200
_VERSIONS = configuration_versions.c
_CONTENTS = configuration_contents.c


def keep_contents(connection: Connection, scheduler_id: str, contents: Mapping[str, bytes]) -> None:
    "Contents by digest; those that are there already stay."
    put = insert_into(connection.dialect.name, configuration_contents).on_conflict_do_nothing()
    rows = [{"scheduler_id": scheduler_id, "digest": digest, "data": data} for digest, data in contents.items()]
    for start in range(0, len(rows), _SLICE):
        connection.execute(put, rows[start : start + _SLICE])


def missing_contents(connection: Connection, scheduler_id: str, digests: Iterable[str]) -> set[str]:
    "Those of the digests whose contents are not kept."
    wanted = set(digests)
    return wanted - contents(connection, scheduler_id, wanted, only_digests=True).keys()


def contents(
    connection: Connection, scheduler_id: str, digests: Iterable[str], *, only_digests: bool = False
) -> dict[str, bytes]:
    "The contents of those digests that are kept (with `only_digests` empty ones)."
    wanted = sorted(set(digests))
    found: dict[str, bytes] = {}
    columns = [_CONTENTS.digest] if only_digests else [_CONTENTS.digest, _CONTENTS.data]
    for start in range(0, len(wanted), _SLICE):
        part = wanted[start : start + _SLICE]
        statement = select(*columns).where(_CONTENTS.scheduler_id == scheduler_id, _CONTENTS.digest.in_(part))
        for row in connection.execute(statement):
            found[row[0]] = b"" if only_digests else bytes(row[1])
    return found


def add_versions(
    connection: Connection, scheduler_id: str, versions: Sequence[tuple[ConfigurationVersion, Tree]]
) -> None:
    "New versions with their trees, whose contents are kept already. Raises IntegrityError for a number that is taken."
    manifests: dict[str, bytes] = {}
    rows: list[dict[str, Any]] = []
    by_checksum: dict[str, str] = {}
    for version, tree in versions:
        digest = by_checksum.get(version.checksum)
        if digest is None:
            manifest = manifest_of(tree)
            digest = by_checksum[version.checksum] = hashlib.sha256(manifest).hexdigest()
            manifests[digest] = manifest
        rows.append(
            {
                "scheduler_id": scheduler_id, "worker": version.worker, "number": version.number,
                "checksum": version.checksum, "source": version.source, "manifest": digest, "files": version.files,
                "made_at": version.made_at, "origin": version.origin.value, "revision": version.revision,
                "released_by": version.released_by,
            }
        )  # fmt: skip
    if rows:
        keep_contents(connection, scheduler_id, manifests)
        connection.execute(insert(configuration_versions), rows)


def latest_versions(connection: Connection, scheduler_id: str) -> dict[str, ConfigurationVersion]:
    "The newest version of each worker, by its name."
    newest = (
        select(_VERSIONS.worker, func.max(_VERSIONS.number).label("number"))
        .where(_VERSIONS.scheduler_id == scheduler_id)
        .group_by(_VERSIONS.worker)
        .subquery()
    )
    statement = select(configuration_versions).where(
        _VERSIONS.scheduler_id == scheduler_id,
        _VERSIONS.worker == newest.c.worker,
        _VERSIONS.number == newest.c.number,
    )
    return {row.worker: _version(row) for row in connection.execute(statement)}


def versions(connection: Connection, scheduler_id: str, worker: str, limit: int = 50) -> list[ConfigurationVersion]:
    "The newest first."
    statement = (
        select(configuration_versions)
        .where(_VERSIONS.scheduler_id == scheduler_id, _VERSIONS.worker == worker)
        .order_by(_VERSIONS.number.desc())
        .limit(limit)
    )
    return [_version(row) for row in connection.execute(statement)]


def version_with_tree(
    connection: Connection, scheduler_id: str, worker: str, number: int
) -> tuple[ConfigurationVersion, dict[str, Any]] | None:
    "A version and its tree; None when there is none of that number (any more)."
    statement = select(configuration_versions).where(
        _VERSIONS.scheduler_id == scheduler_id, _VERSIONS.worker == worker, _VERSIONS.number == number
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    manifest = contents(connection, scheduler_id, [row.manifest]).get(row.manifest)
    return None if manifest is None else (_version(row), tree_of(manifest))


def trim(connection: Connection, scheduler_id: str, keep: int) -> None:
    """Forget all but the newest versions of each worker and the one that it is frozen at, and the contents that no
    version needs any more."""
    newest, freezes = latest_versions(connection, scheduler_id), supervisor_transfers.freezes(connection, scheduler_id)
    dropped = 0
    for worker, version in newest.items():
        old = (_VERSIONS.worker == worker) & (_VERSIONS.number <= version.number - keep)
        if worker in freezes:
            old &= _VERSIONS.number != freezes[worker].version
        dropped += connection.execute(
            delete(configuration_versions).where(_VERSIONS.scheduler_id == scheduler_id, old)
        ).rowcount
    if not dropped:
        return
    used = select(_VERSIONS.manifest).where(_VERSIONS.scheduler_id == scheduler_id).distinct()
    manifests = set(connection.execute(used).scalars())
    needed = set(manifests)
    for manifest in contents(connection, scheduler_id, manifests).values():
        needed.update(entry.digest for entry in tree_of(manifest).values())
    kept = set(connection.execute(select(_CONTENTS.digest).where(_CONTENTS.scheduler_id == scheduler_id)).scalars())
    useless = sorted(kept - needed)
    for start in range(0, len(useless), _SLICE):
        part = useless[start : start + _SLICE]
        connection.execute(
            delete(configuration_contents).where(_CONTENTS.scheduler_id == scheduler_id, _CONTENTS.digest.in_(part))
        )


def add_release(connection: Connection, scheduler_id: str, release: Release) -> None:
    connection.execute(
        insert(configuration_releases).values(
            scheduler_id=scheduler_id, revision=release.revision, title=release.title, previous=release.previous,
            released_at=release.released_at, released_by=release.released_by, workers=release.workers,
        )
    )  # fmt: skip


def releases(connection: Connection, scheduler_id: str, limit: int = 20) -> list[Release]:
    "The newest first."
    c = configuration_releases.c
    statement = select(configuration_releases).where(c.scheduler_id == scheduler_id).order_by(c.id.desc()).limit(limit)
    return [
        Release(row.revision, row.title, row.released_at, row.released_by, row.workers, row.previous)
        for row in connection.execute(statement)
    ]


def save_workers(connection: Connection, scheduler_id: str, workers: Iterable[Worker]) -> None:
    "Each as it is now, in place of what was known."
    table = workload_schedulers
    rows = [_row(scheduler_id, worker) for worker in workers]
    if not rows:
        return
    names = [row["name"] for row in rows]
    connection.execute(delete(table).where(table.c.scheduler_id == scheduler_id, table.c.name.in_(names)))
    connection.execute(insert(table), rows)


def workers(connection: Connection, scheduler_id: str) -> list[Worker]:
    "All that ever registered, by name; nobody is connected as far as the database knows."
    table = workload_schedulers
    statement = select(table).where(table.c.scheduler_id == scheduler_id).order_by(table.c.name)
    freezes = supervisor_transfers.freezes(connection, scheduler_id)
    return [replace(_worker(row), freeze=freezes.get(row.name)) for row in connection.execute(statement)]


def supervisors_of(connection: Connection, worker_scheduler_id: str) -> list[tuple[str, str]]:
    "Those with which this scheduler has registered, each with the name that it has there."
    c = workload_schedulers.c
    statement = select(c.scheduler_id, c.name).where(c.worker_scheduler_id == worker_scheduler_id)
    return [(row[0], row[1]) for row in connection.execute(statement.order_by(c.scheduler_id, c.name))]


def forget_worker(connection: Connection, scheduler_id: str, name: str) -> None:
    "The worker, its versions and what was sent to it; contents go with the next `trim`."
    supervisor_transfers.forget(connection, scheduler_id, name)
    table = workload_schedulers
    connection.execute(delete(table).where(table.c.scheduler_id == scheduler_id, table.c.name == name))
    connection.execute(
        delete(configuration_versions).where(_VERSIONS.scheduler_id == scheduler_id, _VERSIONS.worker == name)
    )


def _version(row: Row[Any]) -> ConfigurationVersion:
    return ConfigurationVersion(
        row.worker, row.number, row.checksum, row.source, row.made_at, Origin(row.origin), row.files, row.revision,
        row.released_by,
    )  # fmt: skip


def _row(scheduler_id: str, worker: Worker) -> dict[str, Any]:
    problem = worker.problem
    return {
        "scheduler_id": scheduler_id, "name": worker.name, "worker_scheduler_id": worker.scheduler_id,
        "protocol": worker.protocol.value, "ip": worker.ip, "hostname": worker.hostname, "tcp_port": worker.tcp_port,
        "udp_port": worker.udp_port, "version": worker.version, "directory": worker.directory,
        "is_cluster_member": worker.is_cluster_member, "connected_at": worker.connected_at,
        "disconnected_at": worker.disconnected_at, "last_contact": worker.last_contact,
        "transferred_at": worker.transferred_at, "applied": worker.applied,
        "problem_code": problem.code if problem else None, "problem_text": problem.text if problem else None,
        "faults": [[f.file, f.code, f.text, f.line, f.column] for f in worker.faults],
    }  # fmt: skip


def _worker(row: Row[Any]) -> Worker:
    problem = Problem(row.problem_code, row.problem_text or "") if row.problem_code else None
    faults = tuple(
        Fault(file=file, code=code, text=text, line=line, column=column)
        for file, code, text, line, column in row.faults
    )
    return Worker(
        row.name, row.worker_scheduler_id, Protocol(row.protocol), row.ip, row.hostname, row.tcp_port, row.udp_port,
        row.version, connected_at=row.connected_at, disconnected_at=row.disconnected_at, last_contact=row.last_contact,
        directory=row.directory, applied=row.applied, transferred_at=row.transferred_at, problem=problem,
        faults=faults, is_cluster_member=row.is_cluster_member,
    )  # fmt: skip


def workers_in_step(connection: Connection, scheduler_id: str) -> tuple[int, int, int]:
    """How many workload schedulers a supervisor knows, how many have not the newest version without being frozen, how
    many are not connected."""
    w, v = workload_schedulers.c, configuration_versions.c
    newest = (
        select(func.max(v.number))
        .where(v.scheduler_id == w.scheduler_id, v.worker == w.name)
        .correlate(workload_schedulers)
        .scalar_subquery()
    )
    frozen = exists().where(workload_freezes.c.scheduler_id == w.scheduler_id, workload_freezes.c.worker == w.name)
    away = w.connected_at.is_(None) | w.disconnected_at.is_not(None)
    statement = select(
        func.count(), func.count().filter(w.applied < func.coalesce(newest, 0), ~frozen), func.count().filter(away)
    ).where(w.scheduler_id == scheduler_id)
    total, behind, not_connected = connection.execute(statement).one()
    return total, behind, not_connected
