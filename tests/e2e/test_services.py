"The services beside a real engine: notices by webhook and command, deaths at any moment, commands given in an outage."

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from models import accounts, audit, notices, operations, tables
from models import services as store
from models.connect import create, reading, writing
from models.operations import Operation, State
from scheduler.monitor.notice import Notice
from tests.support.engine import EngineProcess
from tests.support.receiver import Receiver
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until

RULES = """<monitor>
<rule name="failures" on="job_failed" severity="major"><tell><webhook url="{url}/alarm"/></tell>
<tell after="2"><command line="echo $NOTICE_OBJECT >> {file}"/></tell></rule>
<rule name="deaths" on="heartbeat_missed" silent_after="3"><tell><webhook url="{url}/deaths"/></tell></rule>
</monitor>"""
BAD = '<job stop_on_error="no"><script language="shell">exit 3</script></job>'


class Watched:
    def __init__(self, engine: EngineProcess) -> None:
        self._engine = engine
        self.database = create(engine.database_url, "web")

    def notices(self) -> list[Notice]:
        with reading(self.database) as connection:
            return notices.notices(connection, self._engine.scheduler_id)[::-1]

    def figures(self) -> list[tuple[str, int]]:
        table = tables.report_days.c
        with reading(self.database) as connection:
            return [(row.object, row.failed) for row in connection.execute(select(table.object, table.failed))]

    def order(self, key: str, command: str) -> None:
        "A command as the pages leave it when no member takes it."
        now, scheduler_id = datetime.now(UTC), self._engine.scheduler_id
        with writing(self.database) as connection:
            account = accounts.find(connection, "me") or accounts.create(connection, "me", "operator", "x", now)
            entry = audit.begin(connection, now, scheduler_id, "me", "", "job.start", "/bad")
            operation = Operation(
                key, account.id, "me", scheduler_id, "job.start", "/bad", command, State.WAITING, now,
                entry=entry, permission="jobs.start", path="/bad",
            )  # fmt: skip
            operations.begin(connection, operation)

    def state(self, key: str) -> State:
        with reading(self.database) as connection:
            found = operations.find(connection, key)
        assert found is not None
        return found.state

    def pause(self, service: str, paused: bool) -> None:
        with writing(self.database) as connection:
            store.put_state(connection, self._engine.scheduler_id, service, paused=paused)

    def ask(self, service: str) -> None:
        with writing(self.database) as connection:
            store.put_state(connection, self._engine.scheduler_id, service, run_asked_at=datetime.now(UTC))

    def is_asked(self, service: str) -> bool:
        "Until that run is over."
        with reading(self.database) as connection:
            return store.states(connection, self._engine.scheduler_id)[service].run_asked_at is not None


def test_who_has_to_know_is_told_whoever_dies(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    with Receiver() as receiver, EngineProcess(tmp_path) as engine:
        Path(engine.config).parent.mkdir(parents=True, exist_ok=True)
        rules = RULES.format(url=receiver.url, file=calls)
        Path(engine.config).with_name("monitor.xml").write_text(rules.replace("job_failed", "job_fails"))
        engine.job("/bad", BAD)
        with ServicesProcess(engine, "one") as one:
            watched = Watched(engine)
            engine.start()
            one.wait_until_it_hosts()
            # wrong rules are refused by name, and do not keep the others from working
            refused = wait_until(lambda: [run for run in one.runs("monitor") if run.failed], 30, "the refusal")
            assert "monitor.xml, line 2" in refused[0].text
            assert "job_failed" in refused[0].text
            Path(engine.config).with_name("monitor.xml").write_text(rules)
            receiver.status = 503
            engine.command('<start_job job="/bad"/>')
            wait_until(lambda: receiver.at("/alarm"), 30, "the first attempt")
            with ServicesProcess(engine, "two") as two:
                wait_until(lambda: two.instance() is not None, 30, "the second instance")
                one.kill9()
                receiver.status = 204
                two.wait_until_it_hosts(30)
                wait_until(lambda: len(receiver.at("/alarm")) == 2, 30, "what is not sent is sent by the other one")
                wait_until(lambda: calls.exists() and calls.read_text() == "/bad\n", 30, "the second step")
                assert {each.headers["Idempotency-Key"] for each in receiver.at("/alarm")} == {"1.1"}
                wait_until(lambda: watched.figures() == [("/bad", 1)], 30, "the figures")
                watched.pause("monitor", True)
                beat = two.beat()
                wait_until(lambda: two.beat() > beat + 1, 30, "it has obeyed")
                watched.ask("monitor")  # one run follows the other, so that which was under way is over then
                wait_until(lambda: not watched.is_asked("monitor"), 30, "the asked run")
                engine.command('<start_job job="/bad"/>')
                wait_until(lambda: watched.figures() == [("/bad", 2)], 30, "the figures")
                assert watched.notices()[0].count == 1
                watched.pause("monitor", False)
                wait_until(lambda: watched.notices()[0].count == 2, 30, "it goes on where it was")
                engine.kill9()
                wait_until(lambda: receiver.at("/deaths"), 30, "the death of the engine")
                watched.order("k1", '<start_job job="/bad"/>')
                two.kill9()  # what was asked for in the outage outlives whoever was to send it
                two.start()
                engine.start()  # at another port
                wait_until(lambda: watched.state("k1") is State.DONE, 30, "the command of the outage")
                wait_until(lambda: watched.figures() == [("/bad", 3)], 30, "it ran")
                watched.ask("clean_up")
                told = wait_until(lambda: two.runs("clean_up"), 30, "a clean-up")
                assert (told[0].cause, told[0].text) == ("asked", "nothing is old enough")
                assert two.end() == 0
            watched.database.dispose()
