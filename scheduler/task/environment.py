"""The environment of a shell job, on top of the engine's own.

Built in the sequence of the classic engine, later entries win: job's environment, start_job's environment, scheduler
variables, standard variables, task parameters, order parameters. So for equal parameter names an order beats a
task, a task beats the scheduler. `SCHEDULER_RETURN_VALUES` is added by the rim, which makes the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scheduler import paths
from scheduler.definitions import JobDefinition
from scheduler.records import FileKey, Order, Task
from scheduler.world import World


def environment(world: World, job: JobDefinition, task: Task, order: Order | None) -> dict[str, str]:
    prefix = world.identity.variable_prefix
    result = _of_job(world, job, task.environment)
    result["SCHEDULER_TASK_ID"] = str(task.id)
    result["SCHEDULER_TASK_TRIGGER_FILES"] = task.trigger_files
    _add_params(result, prefix, task.params)
    if order is not None:
        result.update(_of_order(world, order))
        _add_order_params(result, prefix, order)
    return result


def _of_job(world: World, job: JobDefinition, own: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """What all tasks of the job have; a copy. Kept until the job, its file or a scheduler variable changes,
    unless the task has variables of its own, which come between."""
    if own:
        return _made_of_job(world, job, own)
    file = world.files.get(FileKey("job", job.path.lower()))
    seen = (job, file, world.configured, world.variables_version)
    kept = world.environments.get(job.path)
    if kept is None or any(now is not then and now != then for now, then in zip(seen, kept[0], strict=True)):
        kept = world.environments[job.path] = (seen, _made_of_job(world, job, ()))
    return dict(kept[1])


def _made_of_job(world: World, job: JobDefinition, own: tuple[tuple[str, str], ...]) -> dict[str, str]:
    result = dict(job.environment)
    result.update(own)
    _add_params(result, world.identity.variable_prefix, world.all_params())
    result.update(_standard(world, job))
    return result


@lru_cache(maxsize=4096)
def variable(prefix: str, name: str) -> str:
    "Other characters than letters stay as they are, even where `sh` cannot name the variable."
    return prefix + name.upper()


def _add_params(result: dict[str, str], prefix: str, params: Mapping[str, str]) -> None:
    "A parameter whose name holds `=` cannot be a variable; the task starts without it."
    for name, value in params.items():
        if "=" not in name:
            result[variable(prefix, name)] = value


def _add_order_params(result: dict[str, str], prefix: str, order: Order) -> None:
    "`STATE/NAME` reaches, as NAME, only the job at node STATE."
    for name, value in order.params.items():
        if "=" in name:
            continue
        state, slash, rest = name.rpartition("/")
        if not slash:
            result[variable(prefix, name)] = value
        elif state == order.node:
            result[variable(prefix, rest)] = value


def _standard(world: World, job: JobDefinition) -> dict[str, str]:
    identity = world.identity
    return {
        "SCHEDULER_HOST": identity.host,
        "SCHEDULER_ID": identity.scheduler_id,
        "SCHEDULER_TCP_PORT": str(identity.tcp_port or ""),
        "SCHEDULER_UDP_PORT": str(identity.udp_port or ""),
        "SCHEDULER_SUPERVISOR_HOST": "",
        "SCHEDULER_SUPERVISOR_PORT": "",
        "SCHEDULER_CONFIGURATION_DIRECTORY": identity.live_directory,
        "SCHEDULER_JOB_CONFIGURATION_DIRECTORY": _directory(world, "job", job.path),
        "SCHEDULER_JOB_NAME": paths.name(job.path),
    }


def _of_order(world: World, order: Order) -> dict[str, str]:
    return {
        "SCHEDULER_JOB_CHAIN": paths.name(order.chain),
        "SCHEDULER_JOB_CHAIN_CONFIGURATION_DIRECTORY": _directory(world, "job_chain", order.chain),
        "SCHEDULER_ORDER_ID": order.id,
        "SCHEDULER_ORDER_STATE": order.node,
        "SCHEDULER_ORDER_HISTORY_ID": str(order.history_id or ""),
    }


def _directory(world: World, kind: str, path: str) -> str:
    "Directory of the object's file; empty when it has none."
    file = world.files.get(FileKey(kind, path.lower()))
    return file.file.rpartition("/")[0] if file is not None else ""
