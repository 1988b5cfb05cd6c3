"""What a task server is told of the job, the task, the scheduler and an order; see `taskserver.messages`.

The names of the fields are those of the protocol. The rim adds what only it knows: the full name of the log.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduler import paths
from scheduler.configuration.monitor import in_order
from scheduler.definitions import JobDefinition
from scheduler.mail.letters import settings_of
from scheduler.records import FileKey, Order, Task
from scheduler.task.api_state import Phase, Server
from scheduler.world import World

Fields = dict[str, Any]

_LEVELS = {"none": 3, "fatal": 3, "error": 2, "warn": 1}


def is_api(job: JobDefinition) -> bool:
    "Whether the steps of the job are calls of a script, so that one process serves many of them."
    return job.script.language != "shell"


def is_served(job: JobDefinition) -> bool:
    "Whether tasks of the job have a task server, for its script or for its monitors."
    return is_api(job) or bool(job.monitors)


def new_server(world: World, job: JobDefinition, now: datetime) -> Server | None:
    "The task server of a task that starts now; None when the job needs none."
    if not is_served(job):
        return None
    look_at = call_limit(job, now, now)
    return Server(Phase.BEGIN, look_at=look_at, step_at=now, variables=world.variables_version)


def call_limit(job: JobDefinition, started_at: datetime, now: datetime) -> datetime | None:
    "When a call that begins now is to be over; a shell job has one timeout for the whole task."
    if job.timeout is None:
        return None
    return (now if is_api(job) else started_at) + timedelta(seconds=job.timeout)


def takes_orders(world: World, job: JobDefinition) -> bool:
    return job.order or bool(world.nodes_served_by(job.path.lower()))


def begin_message(world: World, job: JobDefinition, task: Task) -> Fields:
    return {
        "type": "begin",
        "job": _job(world, job),
        "task": _told(
            id=task.id, cause=task.cause.value, params=dict(task.params.pairs()), trigger_files=task.trigger_files
        ),
        "scheduler": _scheduler(world),
        "log": _told(
            title=f"Task {paths.bare(task.job)}:{task.id}",
            level=_level(settings_of(world, job).log_level),
            time_zone=world.identity.time_zone,
        ),
    }


def _job(world: World, job: JobDefinition) -> Fields:
    uses = in_order(job.monitors, world.monitors) or ()
    file = world.files.get(FileKey("job", job.path.lower()))
    maximum = next((delay.setback_count for delay in job.setback_delays if delay.is_maximum), 0)
    return _told(
        path=job.path,
        title=job.title,
        order=takes_orders(world, job),
        script=job.script.text if is_api(job) else None,
        monitors=[(use.name, use.ordering, use.script.text) for use in uses if use.script is not None],
        process_class=job.process_class,
        folder_path=paths.folder(job.path),
        configuration_directory=file.file.rpartition("/")[0] if file is not None else "",
        max_order_setbacks=maximum,
    )


def _scheduler(world: World) -> Fields:
    identity = world.identity
    return _told(
        id=identity.scheduler_id,
        host=identity.host,
        tcp_port=identity.tcp_port,
        udp_port=identity.udp_port,
        uri=f"http://{identity.host}:{identity.tcp_port}" if identity.tcp_port else "",
        configuration_directory=identity.live_directory,
        log_dir=identity.log_dir,
        db_name=identity.database,
        param=identity.param,
        variables=variables(world),
    )


def variables(world: World) -> dict[str, str]:
    return dict(world.all_params().pairs())


def order_fields(world: World, order: Order) -> Fields:
    fields: Fields = {
        "id": order.id,
        "chain": order.chain,
        "state": order.node,
        "params": dict(order.params.pairs()),
        "next_start": "now",
    }
    node = world.nodes.get(order.node_key)
    if node is not None:
        fields["next_state"] = node.definition.next_state
        fields["error_state"] = node.definition.error_state
    for name, value in (
        ("title", order.title),
        ("priority", order.priority),
        ("state_text", order.state_text),
        ("end_state", order.end_node),
        ("setback_count", order.setback_count),
        ("ignore_max_orders", order.ignore_max_orders),
        ("xml_payload", order.xml_payload),
        ("run_time", order.run_time_source),
        ("history_id", order.history_id),
    ):
        if value:
            fields[name] = value
    return fields


def _told(**fields: Any) -> Fields:
    "Fields that say nothing are left out."
    return {name: value for name, value in fields.items() if value not in (None, "", [], 0)}


def _level(word: str | None) -> int:
    "The number of a level: `debug9` is -9."
    if word and word.startswith("debug"):
        return -int(word.removeprefix("debug") or 1)
    return _LEVELS.get(word or "", 0)
