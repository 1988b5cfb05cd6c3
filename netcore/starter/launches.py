"Between the words of the core and those of the starter. Loaded in the engine only."

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netcore.starter.orders import Order
from scheduler.actions import Launch
from scheduler.errors import Code, WorkloadError


def order_of(launch: Launch) -> Order:
    return Order(
        launch.task_id, launch.job, launch.script.text, launch.environment, launch.log_file, launch.title,
        launch.stderr_level, launch.priority, launch.job_log, launch.log_level, launch.joins,
    )  # fmt: skip


def as_refusal(code: str, values: Mapping[str, Any]) -> WorkloadError:
    return WorkloadError(Code[code], **values)
