"""The services are handed over to a chosen instance: they stop one after the other, the one that is under way comes to
its end, and neither a third instance nor the chosen one begins before that."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models import notices, tables
from models import services as store
from models.connect import create, reading, writing
from models.lease import Lease, read_lease
from models.right import lease_name
from scheduler.cluster.sight import DEAD_AFTER
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until

#: in the order in which they stop
SERVICES = ["clean_up", "restart", "proxy", "messages", "holds", "beats", "monitor", "history", "daily_plan"]
RULES = """<monitor><rule name="failures" on="job_failed" quiet="0" recovery="no"><tell>
<command timeout="120" line="echo begun >> {said}; while [ ! -e {go} ]; do sleep 0.1; done; echo told >> {said}"/>
</tell></rule></monitor>"""
BAD = '<job stop_on_error="no"><script language="shell">exit 3</script></job>'


class Desk:
    "What somebody at a page sees of the services, and wishes for."

    def __init__(self, engine: EngineProcess) -> None:
        self._scheduler_id = engine.scheduler_id
        self.database = create(engine.database_url, "web")

    def lease(self) -> Lease:
        with reading(self.database) as connection:
            found = read_lease(connection, lease_name(self._scheduler_id))
        assert found is not None
        return found

    def want(self, name: str) -> None:
        with writing(self.database) as connection:
            assert store.want_instance(connection, self._scheduler_id, name, "somebody", datetime.now(UTC))

    def ask(self, service: str) -> None:
        with writing(self.database) as connection:
            store.put_state(connection, self._scheduler_id, service, run_asked_at=datetime.now(UTC))

    def failures(self) -> list[int]:
        "How often each notice was made."
        with reading(self.database) as connection:
            return [each.count for each in notices.notices(connection, self._scheduler_id)]

    def messages(self) -> list[tuple[str, int]]:
        "State of each, and how often it was tried."
        table = tables.deliveries.c
        with reading(self.database) as connection:
            return [(row.state, row.attempts) for row in connection.execute(select(table.state, table.attempts))]


def stopped(services: ServicesProcess) -> list[str]:
    "The services that have stopped, as the instance says, the first one first."
    lines = services.output().splitlines(keepends=True)
    said = [str(json.loads(line).get("text", "")) for line in lines if line.endswith("\n") and line.startswith("{")]
    ends = [re.fullmatch(r"Service (\w+) has stopped", text) for text in said]
    return [each[1] for each in ends if each is not None]


@pytest.mark.longest
def test_the_chosen_instance_and_no_other_goes_on_when_all_have_stopped(tmp_path: Path, database_url: str) -> None:
    said, go = tmp_path / "said", tmp_path / "go"
    with EngineProcess(tmp_path, database_url) as engine, ExitStack() as stack:
        engine.job("/bad", BAD)
        Path(engine.config).with_name("monitor.xml").write_text(RULES.format(said=said, go=go))
        engine.start()
        desk = Desk(engine)
        stack.callback(desk.database.dispose)
        one, two, three = (stack.enter_context(ServicesProcess(engine, name)) for name in ("one", "two", "three"))
        stack.callback(go.touch)  # a test that fails leaves no message behind that nobody lets go
        every = {each.name: each for each in (one, two, three)}
        wait_until(lambda: all(each.instance() for each in every.values()), 60, "three instances")
        host = wait_until(lambda: next((each for each in every.values() if each.hosts()), None), 60, "a host")
        third, chosen = (each for each in every.values() if each is not host)
        engine.command('<start_job job="/bad"/>')
        wait_until(said.exists, 60, "a message that takes its time")
        before, beat = desk.lease(), host.beat()
        desk.want(chosen.name)
        wait_until(lambda: stopped(host) == SERVICES[:3], 60, "those that stop before the one that sends")
        # longer than a host may stand still that is not taken for dead
        wait_until(lambda: host.beat() > beat + DEAD_AFTER + 2, 60, "its beats")
        engine.command('<start_job job="/bad"/>')
        wait_until(lambda: desk.failures() == [2], 60, "those that stop later go on")
        desk.ask("clean_up")
        assert stopped(host) == SERVICES[:3]
        assert [each.name for each in every.values() if each.hosts()] == [host.name]
        assert (desk.lease().epoch, desk.lease().holder) == (before.epoch, before.holder)
        go.touch()
        chosen.wait_until_it_hosts(60)
        wait_until(lambda: not host.hosts(), 60, "it stands by")
        assert stopped(host) == SERVICES
        assert (desk.lease().epoch, desk.lease().holder) == (before.epoch + 1, chosen.name)
        assert not third.hosts()
        assert said.read_text() == "begun\ntold\n", "what was under way was neither cut nor done again"
        assert desk.messages() == [("sent", 1)]
        wait_until(lambda: chosen.runs("clean_up"), 60, "the run that was asked for meanwhile")
        assert [run.instance for run in chosen.runs("clean_up")] == [chosen.name]
        for each in every.values():
            each.kill9()  # as nobody looks any more, none has to take over from the other
