"""What a supervisor says to operators: its workers, versions, differences, checks, releases."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.answers.common import error
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault, fault_text
from scheduler.supervisor.records import Check, ConfigurationVersion, Freeze, Merged, Overview, Release, Worker
from scheduler.supervisor.tree import Difference, Layer
from scheduler.times import time_text
from scheduler.xml.write import element, text

#: paths in a list of differences
_PATHS_MAX = 1000


def overview_element(overview: Overview) -> str:
    "`<supervisor>`: folder, workers, releases, and the versions of one worker."
    return element(
        "supervisor",
        [
            ("directory", overview.directory),
            ("exists", overview.exists),
            ("release", "automatic" if overview.automatic else "manual"),
            ("repository", overview.repository),
            ("revision", overview.revision or None),
        ],
        element("workers", (), *map(_worker, overview.workers)),
        element("folders", (), *(element("folder", [("name", name)]) for name in overview.folders)),
        element("problems", (), *map(_problem, overview.problems)),
        element("releases", (), *map(release_element, overview.releases)),
        versions_element(overview.versions),
    )


def _worker(worker: Worker) -> str:
    def instant(name: str, value: object) -> tuple[str, object]:
        return name, time_text(value) if value is not None else None  # type: ignore[arg-type]

    return element(
        "worker",
        [
            ("name", worker.name),
            ("scheduler_id", worker.scheduler_id),
            ("protocol", worker.protocol.value),
            ("ip", worker.ip),
            ("hostname", worker.hostname or None),
            ("tcp_port", worker.tcp_port or None),
            ("udp_port", worker.udp_port or None),
            ("version", worker.version or None),
            ("active", worker.active),
            ("connected", worker.connected),
            ("pair", worker.pair),
            ("busy", worker.busy),
            ("fetching", worker.fetching),
            instant("woken_at", worker.woken_at),
            ("directory", worker.directory or None),
            ("wanted", worker.wanted),
            ("applied", worker.applied),
            ("in_step", worker.in_step),
            instant("connected_at", worker.connected_at),
            instant("disconnected_at", worker.disconnected_at),
            instant("last_contact", worker.last_contact),
            instant("changed_at", worker.changed_at),
            instant("transferred_at", worker.transferred_at),
            instant("deactivate_at", worker.deactivate_at),
        ],
        error(worker.problem),
        *map(_fault, worker.faults),
        _freeze(worker.freeze) if worker.freeze is not None else "",
    )


def _freeze(freeze: Freeze) -> str:
    return element(
        "freeze",
        [
            ("version", freeze.version),
            ("at", time_text(freeze.at)),
            ("by", freeze.by or None),
            ("reason", freeze.reason or None),
            ("until", time_text(freeze.until) if freeze.until is not None else None),
        ],
    )


def _fault(fault: Fault) -> str:
    place = [("line", fault.line or None), ("col", fault.column or None)]
    return element("fault", [("file", fault.file), ("code", fault.code), ("text", fault_text(fault)), *place])


def _problem(problem: Problem) -> str:
    return element("problem", [("code", problem.code), ("text", problem.text)])


def release_element(release: Release) -> str:
    return element(
        "release",
        [
            ("revision", release.revision),
            ("title", release.title),
            ("released_at", time_text(release.released_at)),
            ("released_by", release.released_by or None),
            ("workers", release.workers),
            ("previous", release.previous or None),
        ],
    )


def versions_element(versions: Iterable[ConfigurationVersion]) -> str:
    return element(
        "versions",
        (),
        *(
            element(
                "version",
                [
                    ("worker", version.worker),
                    ("number", version.number),
                    ("checksum", version.checksum),
                    ("made_at", time_text(version.made_at)),
                    ("origin", version.origin.value),
                    ("files", version.files),
                    ("revision", version.revision or None),
                    ("released_by", version.released_by or None),
                ],
            )
            for version in versions
        ),
    )


def differences_element(found: Difference) -> str:
    counts = [("added", len(found.added)), ("changed", len(found.changed)), ("removed", len(found.removed))]
    kinds = [("added", found.added), ("changed", found.changed), ("removed", found.removed)]
    listed = [element("file", [("path", path), ("change", kind)]) for kind, paths in kinds for path in paths]
    return element("differences", counts, *listed[:_PATHS_MAX])


def merged_element(merged: Merged) -> str:
    "`<merged>`: each path with the checksums of its files in both folders. Those of two folders come first."
    listed = sorted(merged.layers, key=lambda layer: layer.general is None or layer.own is None)
    counts = [("files", sum(_counts(layer) for layer in listed)), ("paths", len(listed))]
    return element(
        "merged",
        [("worker", merged.worker), ("directory", merged.directory or None), *counts],
        *(
            element(
                "file",
                [
                    ("path", layer.path),
                    ("general", layer.general.digest if layer.general is not None else None),
                    ("own", layer.own.digest if layer.own is not None else None),
                    ("wins", "own" if layer.own_wins else "general"),
                ],
            )
            for layer in listed[:_PATHS_MAX]
        ),
    )


def _counts(layer: Layer) -> bool:
    "Whether there is a file of this path in the end."
    return (layer.own if layer.own_wins else layer.general) is not None


def checks_element(checks: Iterable[Check]) -> str:
    shown = list(checks)
    faults = len({fault.file for check in shown for fault in check.faults})
    return element(
        "checks",
        [("valid", faults == 0), ("faults", faults)],
        *(
            element("check", [("worker", check.worker)], differences_element(check.difference),
                    *map(_fault, check.faults))
            for check in shown
        ),
    )  # fmt: skip


def answered_element(document: str) -> str:
    "`<answered>`: what a worker has answered, as text."
    return element("answered", (), text(document))
