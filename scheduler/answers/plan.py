"The element of a change of the plan: `plan_override`."

from __future__ import annotations

from scheduler.answers.common import params
from scheduler.plan.override import Override
from scheduler.times import time_text
from scheduler.xml.write import element


def override_element(override: Override) -> str:
    chain, _, order_id = override.object.partition(",")
    is_job = override.kind == "job"
    return element(
        "plan_override",
        (
            ("number", str(override.number)),
            ("job", override.object if is_job else None),
            ("job_chain", None if is_job else chain),
            ("order", None if is_job else order_id),
            ("action", override.action.value),
            ("state", override.state.value),
            ("planned", time_text(override.planned_at) if override.planned_at else None),
            ("start", time_text(override.start_at) if override.start_at else None),
            ("task", str(override.task_id) if override.task_id is not None else None),
            ("created_at", time_text(override.created_at)),
            ("reason", override.reason or None),
            ("author", override.author or None),
        ),
        params(override.params) if override.params else "",
    )
