"Why something does not run, for programs: what the engine says, with its stable words, and who put it there."

from __future__ import annotations

import pytest

from models.roles import Assignment
from tests.support.api_program import DEMO, Program, problem
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_member
from tests.support.web_site import Site, an_account

LATE = f"{DEMO}/orders/sales/daily/-/late/-/why"
LOAD = f"{DEMO}/jobs/sales/load/-/why"
STOPPED = '<obstacle kind="stopped" type="job" object="/sales/load" text="The job is stopped" until="{}"/>'


@pytest.mark.parametrize(("address", "question"), [(LATE, "show_order"), (LOAD, "job.why")])
def test_a_program_gets_the_obstacles_that_the_pages_show(
    site: Site, engine_port: CommandServer, address: str, question: str
) -> None:
    form = "/s/demo/jobs/sales/load/-/stop"
    site.post(form, form_page=form, reason="New disks")
    engine_port.reply = lambda command: f"<a><why>{STOPPED.format('2030-03-09T06:00:00Z')}</why></a>"
    answer = Program(site).get(address).json
    assert len(engine_port.sent(question)) == 1
    assert answer == {
        "answered": True,
        "obstacles": [
            {
                "kind": "stopped", "object": "/sales/load", "text": "The job is stopped",
                "until": "2030-03-09T06:00:00Z", "task_ids": [], "by": "admin", "reason": "New disks",
            }
        ],
    }  # fmt: skip


def test_that_no_engine_answers_is_not_told_as_if_nothing_were_in_the_way(
    site: Site, engine_port: CommandServer
) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port), 300)
    assert Program(site).get(LATE).json == {"answered": False, "obstacles": []}
    assert engine_port.commands == []


def test_what_is_not_there_or_out_of_sight_is_asked_of_nobody(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "clerk", Assignment("viewer", folder="/finance/"))
    for address in (LATE, LOAD):
        assert problem(Program(site, "clerk").get(address)) == (404, "not_found")
    assert problem(Program(site).get(f"{DEMO}/jobs/none/-/why")) == (404, "not_found")
    assert problem(Program(site).get(f"{DEMO}/orders/sales/daily/-/none/-/why")) == (404, "not_found")
    assert engine_port.commands == []
