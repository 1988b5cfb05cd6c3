"""Logs over HTTP from a real database and real files: ended ones, growing ones, and those that there are not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, inlineCallbacks

from models.batch import TaskLog as StoredLog
from netcore import http_logs
from netcore.http_logs import HttpLogs
from netcore.http_stream import AnswerStream, Gone
from netcore.spool import Spool
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.protocol.http_exchange import Exchange, RequestReader
from scheduler.protocol.http_limits import HttpLimits, HttpRefusal
from scheduler.protocol.http_routes import JobLog, MainLog, OrderLog, ShowLog, TaskLog
from scheduler.records import OrderState, Task, TaskState
from scheduler.world import Identity, World
from tests.support.command_server import CommandServer
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.rows import SCHEDULER, Rows, a_job, a_run, a_step, a_task, an_order

END = b"</pre></body></html>\n"


class Reader:
    "A client of a log: what it has received, and whether it is complete."

    def __init__(self, logs: HttpLogs, asked: object, following: bool = True) -> None:
        self._logs = logs
        self._asked = ShowLog(asked)  # type: ignore[arg-type]
        self._following = following
        self.received = b""
        self.ended = False
        self.out: AnswerStream | None = None

    @inlineCallbacks
    def open(self) -> Any:
        stream = yield self._logs.open(self._asked)
        requests = RequestReader()
        requests.receive(b"GET / HTTP/1.0\r\n\r\n")
        exchange = requests.advance()
        assert isinstance(exchange, Exchange)
        exchange.head(200, (), 0)
        self.out = AnswerStream(running_reactor(), exchange, self._take, self._following)
        stream.send(self.out).addCallbacks(self._end, lambda failure: failure.trap(Gone))

    def _take(self, data: bytes) -> None:
        self.received += data

    def _end(self, _: object) -> None:
        self.ended = True

    def wait(self, words: bytes) -> None:
        wait_for(lambda: words in self.received)

    @property
    def text(self) -> str:
        "The lines without their markup."
        wait_for(lambda: self.ended)
        body = self.received.partition(b"<pre class='log'>\n")[2].removesuffix(END).decode("iso-8859-1")
        return body.replace("<span>", "").replace("</span>", "")


class Site:
    def __init__(self, tmp_path: Path, url: str) -> None:
        self.log_file = tmp_path / "scheduler.log"
        self.log_file.write_text("2024-01-31 10:20:30.123Z [info]   started\n")
        self.world = World(Identity(scheduler_id=SCHEDULER, log_file=str(self.log_file)), datetime.now(UTC))
        self.spool = Spool(tmp_path / "log", tmp_path / "run")
        self.spool.prepare()
        self.logs = HttpLogs(running_reactor(), self.world, self.spool, url, HttpLimits(streams=3))

    def read(self, asked: object, following: bool = True) -> Reader:
        reader = Reader(self.logs, asked, following)
        in_reactor(reader.open)
        return reader

    def put(self, *records: Any) -> None:
        in_reactor(lambda: [self.world.put(record) for record in records] and None)


@pytest.fixture
def rows(sqlite_url: str) -> Iterator[Rows]:
    with Rows(sqlite_url) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(http_logs, "PAUSE", 0.01)
    monkeypatch.setattr(http_logs, "LATE", 0.05)
    made = Site(tmp_path, sqlite_url)
    yield made
    made.logs.close()


def refusal(site: Site, asked: object) -> int:
    with pytest.raises(HttpRefusal) as refused:
        site.read(asked)
    return refused.value.status


def test_the_log_of_an_ended_task(site: Site, rows: Rows) -> None:
    rows.put(a_task(5), logs=[StoredLog(5, b"one\ntwo <&>\nlast")])
    assert site.read(TaskLog(5)).text == "one\ntwo &lt;&amp;&gt;\nlast\n"


def test_a_task_whose_log_is_not_kept(site: Site, rows: Rows) -> None:
    rows.put(a_task(5))
    assert "not kept" in site.read(TaskLog(5)).text


def test_what_there_is_not(site: Site) -> None:
    for asked in (TaskLog(99), OrderLog("/c", "x"), OrderLog("/c", "x", 7), JobLog("/nothing")):
        assert refusal(site, asked) == 404


def test_a_running_task_is_followed_up_to_its_last_line(site: Site, rows: Rows) -> None:
    running = a_task(5, state=TaskState.RUNNING, log_file="task.job.5.log")
    site.put(running)
    reader = site.read(TaskLog(5))
    log = site.spool.open_log("task.job.5.log")
    for line in (b"one\n", b"two\n"):
        os.write(log, line)
        reader.wait(line.strip())
    site.put(a_task(5, log_file="task.job.5.log"))
    # lines of the engine may come after the end, until the file is removed
    os.write(log, b"three\n")
    site.spool.discard("task.job.5.log")
    os.close(log)
    assert reader.text == "one\ntwo\nthree\n"


def test_a_client_that_sends_nothing_more_gets_what_is_there(site: Site) -> None:
    site.put(a_task(5, state=TaskState.RUNNING, log_file="task.job.5.log"))
    os.close(log := site.spool.open_log("task.job.5.log"))
    assert log
    Path(site.spool.log_path("task.job.5.log")).write_text("one\n")
    assert site.read(TaskLog(5), following=False).text == "one\n"
    reader = site.read(TaskLog(5))
    reader.wait(b"one")
    assert not reader.ended
    assert reader.out is not None
    in_reactor(reader.out.finish_soon)
    assert reader.text == "one\n"


def test_a_client_that_leaves_leaves_no_open_file(site: Site) -> None:
    site.put(a_task(5, state=TaskState.RUNNING, log_file="task.job.5.log"))
    os.close(site.spool.open_log("task.job.5.log"))
    reader = site.read(TaskLog(5))
    reader.wait(b"<pre")
    wait_for(lambda: _opened("task.job.5.log") == 1)
    assert reader.out is not None
    in_reactor(reader.out.lost)
    wait_for(lambda: _opened("task.job.5.log") == 0)
    wait_for(lambda: site.logs.streams == 0)


def _opened(name: str) -> int:
    count = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            count += name in os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
    return count


def test_the_log_of_an_ended_order_is_that_of_its_steps_and_only_their_lines(site: Site, rows: Rows) -> None:
    # a task that served several orders: of each step only its own lines belong to the order
    rows.put(
        a_run(7, order_id="o"), a_task(1), a_task(2),
        a_step(7, 1, task_id=1), a_step(7, 2, task_id=2, node="second", log_begin=7, log_end=12),
        logs=[StoredLog(1, b"first\n"), StoredLog(2, b"others\nmine\nothers\n")],
    )  # fmt: skip
    for asked in (OrderLog("/chain", "o"), OrderLog("/CHAIN", "o", 7)):
        text = site.read(asked).text
        assert [line for line in text.splitlines() if not line.startswith("---")] == ["first", "mine"]
        assert "--- step 2, node second, job /job, task 2" in text
    assert refusal(site, OrderLog("/chain", "other", 7)) == 404


def test_an_order_is_followed_from_step_to_step(site: Site, rows: Rows) -> None:
    order = an_order("o", state=OrderState.RUNNING, history_id=7, steps=1, task_id=1)
    site.put(order, a_task(1, state=TaskState.RUNNING, log_file="task.job.1.log"))
    rows.put(a_run(7, order_id="o", ended_at=None), a_task(1, state=TaskState.RUNNING), a_step(7, 1, ended_at=None))
    log = site.spool.open_log("task.job.1.log")
    reader = site.read(OrderLog("/chain", "o"))
    os.write(log, b"one\n")
    reader.wait(b"one")
    os.write(log, b"two\n")
    os.close(log)
    rows.put(a_task(1), a_step(7, 1), logs=[StoredLog(1, b"one\ntwo\n")])
    rows.put(a_task(2), a_step(7, 2, task_id=2, node="second"), logs=[StoredLog(2, b"three\n")])
    site.put(a_task(1), an_order("o", history_id=7, steps=2))
    reader.wait(b"three")
    assert not reader.ended
    site.put(an_order("o", state=OrderState.ENDED, history_id=7, steps=2))
    assert [line for line in reader.text.splitlines() if "---" not in line] == ["one", "two", "three"]


@contextmanager
def at_another_member(site: Site, written: list[bytes]) -> Iterator[Task]:
    "A running task of a member whose log of it is what is written."
    def part(command: Any) -> str:
        begin, log = int(command.get("offset")), written[0]
        end = min(len(log), begin + int(command.get("limit")))
        return f'<log offset="{begin}" next_offset="{end}" size="{len(log)}" line="1">{log[begin:end].decode()}</log>'

    with CommandServer(part) as server:
        member = MemberView("s/b:1", "b", 1, "1", "running", datetime.now(UTC), datetime.now(UTC),
                            run_token="r", tcp_port=server.port, ip_address="127.0.0.1")  # fmt: skip
        site.world.cluster = ClusterView("s/a:1", members=(member,))
        yield a_task(1, state=TaskState.RUNNING, log_file="task.job.1.log", member_id="s/b:1", member_run="r")


@pytest.mark.parametrize("following", [True, False])
def test_a_step_whose_task_server_lives_on_at_another_member_is_read_there(
    site: Site, rows: Rows, monkeypatch: pytest.MonkeyPatch, following: bool
) -> None:
    monkeypatch.setattr(http_logs, "SLICE", 10)
    with at_another_member(site, [b"others\nmine\nmine, too\nothers\n"]) as task:
        site.put(task)
        rows.put(a_run(7, order_id="o"), task, a_step(7, 1, task_id=1, log_begin=7, log_end=22))
        text = site.read(OrderLog("/chain", "o"), following).text
        assert [line for line in text.splitlines() if "---" not in line] == ["mine", "mine, too"]


@pytest.mark.parametrize("asked", [TaskLog(1), OrderLog("/chain", "o")])
def test_a_step_that_another_member_runs_is_followed_there(site: Site, rows: Rows, asked: TaskLog | OrderLog) -> None:
    written = [b""]
    with at_another_member(site, written) as running:
        site.put(an_order("o", state=OrderState.RUNNING, history_id=7, steps=1, task_id=1), running)
        rows.put(a_run(7, order_id="o", ended_at=None), a_task(1, state=TaskState.RUNNING), a_step(7, 1, ended_at=None))
        reader = site.read(asked)
        for line in (b"one\n", b"two\n"):
            written[0] += line
            reader.wait(line.strip())
        rows.put(a_task(1), a_step(7, 1), logs=[StoredLog(1, b"one\ntwo\nthree\n")])
        site.put(a_task(1), an_order("o", state=OrderState.ENDED, history_id=7, steps=1))
        assert [line for line in reader.text.splitlines() if "---" not in line] == ["one", "two", "three"]


def test_an_order_that_has_not_begun(site: Site) -> None:
    site.put(an_order("o"))
    assert "not been started" in site.read(OrderLog("/chain", "o")).text


def test_the_log_of_a_job_that_is_gone_is_that_of_its_last_tasks(site: Site, rows: Rows) -> None:
    rows.put(*(a_task(number) for number in range(1, 13)), logs=[StoredLog(n, b"of %d\n" % n) for n in range(1, 13)])
    lines = [line for line in site.read(JobLog("/JOB")).text.splitlines() if "---" not in line]
    assert lines == [f"of {number}" for number in range(3, 13)]


def test_the_log_of_a_job_goes_on_with_its_next_task(site: Site, rows: Rows) -> None:
    job = a_job()
    site.put(job)
    reader = site.read(JobLog("/job"))
    reader.wait(b"<pre")
    rows.put(a_task(1), logs=[StoredLog(1, b"one\n")])
    site.put(replace(job, all_tasks=1))
    reader.wait(b"one")
    assert not reader.ended
    assert reader.out is not None
    in_reactor(reader.out.finish_soon)
    wait_for(lambda: reader.ended)


def test_the_log_of_the_engine_goes_on_in_the_next_file(site: Site) -> None:
    reader = site.read(MainLog())
    reader.wait(b"<span class='log_info'>2024-01-31 10:20:30.123Z [info]   started</span>\n")
    site.log_file.rename(site.log_file.with_suffix(".old"))
    site.log_file.write_text("next\n")
    reader.wait(b"<span>next</span>\n")
    assert reader.received.count(b"<hr size='1'/>") == 1
    assert reader.out is not None
    in_reactor(reader.out.finish_soon)
    wait_for(lambda: reader.ended)


def test_too_many_are_refused_until_one_ends(site: Site) -> None:
    readers = [site.read(MainLog()) for _ in range(3)]
    assert refusal(site, MainLog()) == 503
    out = readers[0].out
    assert out is not None
    in_reactor(out.lost)
    wait_for(lambda: site.logs.streams == 2)
    readers.append(site.read(MainLog()))
    for reader in readers[1:]:
        assert reader.out is not None
        in_reactor(reader.out.lost)


def test_without_the_database_it_is_said_so(site: Site, tmp_path: Path) -> None:
    logs = HttpLogs(running_reactor(), site.world, site.spool, f"sqlite:///{tmp_path}/missing/none.db")

    def ask() -> Deferred[Any]:
        return logs.open(ShowLog(TaskLog(1)))

    with pytest.raises(HttpRefusal) as refused:
        in_reactor(ask)
    assert refused.value.status == 503
    logs.close()
