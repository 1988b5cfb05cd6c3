"""`<remote_schedulers>`: the engines that are registered with this one as their supervisor."""

from __future__ import annotations

from scheduler.answers.common import error
from scheduler.answers.options import ShowOptions
from scheduler.supervisor.records import Protocol, Worker
from scheduler.times import time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element


def remote_schedulers(world: World, options: ShowOptions) -> str:
    "Always there, because clients decide by its count whether they show such engines."
    workers = world.remote_schedulers()
    active = sum(worker.active for worker in workers)
    each = [_remote_scheduler(worker) for worker in workers] if "remote_schedulers" in options else []
    return element("remote_schedulers", [("count", len(workers)), ("active", active)], *each)


def _remote_scheduler(worker: Worker) -> str:
    changed = worker.changed_at is not None and worker.applied != worker.wanted

    def seconds(name: str, value: object) -> tuple[str, object]:
        return name, time_text_seconds(value) if value is not None else None  # type: ignore[arg-type]

    return element(
        "remote_scheduler",
        [
            ("ip", worker.ip),
            ("hostname", worker.hostname or None),
            ("udp_port", worker.udp_port or None),
            ("scheduler_id", worker.scheduler_id or None),
            ("version", worker.version),
            ("active", worker.active),
            # over HTTP there is no connection that lasts
            ("connected", worker.connected and worker.protocol is not Protocol.HTTP),
            seconds("connected_at", worker.connected_at),
            seconds("disconnected_at", worker.disconnected_at),
            ("configuration_directory", worker.directory or None),
            ("configuration_changed", "yes" if changed else None),
            seconds("configuration_changed_at", worker.changed_at if changed else None),
            seconds("configuration_transfered_at", worker.transferred_at),
            seconds("deactivate_at", worker.deactivate_at),
        ],
        error(worker.problem),
    )
