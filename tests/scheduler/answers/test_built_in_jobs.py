"""The engine's own jobs can be asked for, and no list shows them."""

from __future__ import annotations

import pytest
from lxml import etree

from scheduler.answers.options import ShowOptions
from scheduler.answers.state import state_element
from scheduler.commands.show_job import ShowJob
from tests.support.worlds import Engine, a_job


@pytest.mark.parametrize("path", ["/scheduler_file_order_sink", "scheduler_service_forwarder"])
def test_built_in_jobs_exist_but_are_invisible(path: str) -> None:
    engine = Engine(a_job())
    reply = engine.command(ShowJob(job=path, what="task_history")).reply
    assert reply is not None
    job = etree.fromstring(reply)
    assert (job.get("path"), job.get("visible"), job.get("state")) == (f"/{path.lstrip('/')}", "never", "pending")
    assert path.lstrip("/") not in state_element(engine.world, ShowOptions())
