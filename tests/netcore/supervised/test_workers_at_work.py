"The real worker and the real supervisor, over real connections, with everything that happens to them."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from twisted.internet.defer import Deferred

from netcore import folder_watch
from netcore.supervised import link as links
from netcore.supervisor import transfers
from netcore.supervisor.central_watch import Pace
from netcore.supervisor.session import Session
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import questions as q
from scheduler.supervisor.messages import Contents, Fault
from scheduler.supervisor.outstanding import Command, Kind
from scheduler.supervisor.settings import AsWorker
from tests.support.command_server import CommandServer, refusal
from tests.support.cut_proxy import CutProxy
from tests.support.reactor import in_reactor, wait_for
from tests.support.supervising import JOB, KEY, AtWork, Station

PATIENT, FAST = (f"[central]\nheartbeat = 1\nloss = {seconds}\n" for seconds in (30, 2))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path / "station", sqlite_url, PATIENT) as made:
        made.put("_all/a.job.xml")
        made.put("w/sub/b.job.xml")
        yield made


def at_work(stack: ExitStack, directory: Path, *ports: int, name: str = "w", **settings: object) -> AtWork:
    usual = AsWorker(key=KEY, reconnect=0.2, interval=60, patience=5)
    address = " ".join(f"127.0.0.1:{port}" for port in ports)
    made = AtWork(directory / name, address, name, replace(usual, **settings))  # type: ignore[arg-type]
    return stack.enter_context(made)


def test_what_the_folder_says_takes_effect_and_goes_again(station: Station, stack: ExitStack, tmp_path: Path) -> None:
    worker = at_work(stack, tmp_path, station.number)
    wait_for(lambda: worker.worker.first.called)
    both = {"a.job.xml": JOB.format("_all/a.job.xml"), "sub/b.job.xml": JOB.format("w/sub/b.job.xml")}
    wait_for(lambda: worker.files == both)
    station.wait_for("w", lambda known: known.applied == 1 and known.in_step)
    station.put("w/a.job.xml", "own")
    wait_for(lambda: worker.files == both | {"a.job.xml": "own"})
    station.remove("w/a.job.xml")
    station.remove("w/sub/b.job.xml")
    wait_for(lambda: worker.files == {"a.job.xml": both["a.job.xml"]})
    known = station.wait_for("w", lambda known: known.in_step and known.wanted >= 3)
    assert (known.hostname, known.tcp_port, known.version) == ("here", 4444, "1.0")
    assert worker.effective[-1] == worker.files


def test_many_files_and_large_ones_come_in_pieces(station: Station, stack: ExitStack, tmp_path: Path) -> None:
    for number in range(700):
        station.put(f"_all/f{number:03}/x.sh", f"{number}" * 10)
    for number in range(4):
        station.put(f"_all/large{number}", f"{number}" * (2 << 20))
    worker = at_work(stack, tmp_path, station.number)
    station.wait_for("w", lambda known: known.applied and known.in_step)
    assert len(worker.files) == 706
    assert worker.files["large3"] == "3" * (2 << 20)


def test_a_worker_that_starts_without_supervisor_works_on_with_its_cache_and_is_in_step_when_it_comes(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    worker = at_work(stack, tmp_path, station.number)
    station.wait_for("w", lambda known: known.applied == 1)
    worker.close()
    before = worker.files
    station.close()
    try:
        worker.open()
        wait_for(lambda: worker.worker.first.called)
        assert worker.files == before
        assert worker.worker.number == 1
        station.put("_all/later.job.xml")
    finally:
        station.open()
    wait_for(lambda: "later.job.xml" in worker.files)
    station.wait_for("w", lambda known: known.in_step and known.connected)


def test_a_connection_that_is_cut_comes_back_and_nothing_is_lost(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    proxy = stack.enter_context(CutProxy(station.number))
    worker = at_work(stack, tmp_path, proxy.port)
    for round_ in range(3):
        station.wait_for("w", lambda known: known.connected and known.in_step)
        proxy.cut()
        station.put(f"_all/{round_}.job.xml")
        wait_for(lambda name=f"{round_}.job.xml": name in worker.files)  # type: ignore[misc]


def test_a_frozen_connection_is_noticed_on_both_sides(sqlite_url: str, stack: ExitStack, tmp_path: Path) -> None:
    station = stack.enter_context(Station(tmp_path / "station", sqlite_url, FAST))
    station.put("_all/a.job.xml")
    proxy = stack.enter_context(CutProxy(station.number))
    worker = at_work(stack, tmp_path, proxy.port)
    station.wait_for("w", lambda known: known.connected and known.in_step)
    proxy.frozen.set()
    station.wait_for("w", lambda known: not known.connected)
    wait_for(lambda: worker.state != "paired")
    proxy.frozen.clear()
    proxy.cut()
    station.wait_for("w", lambda known: known.connected and known.in_step)


def test_a_supervisor_that_dies_in_the_middle_of_a_transfer_changes_nothing(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    proxy = stack.enter_context(CutProxy(station.number))
    worker = at_work(stack, tmp_path, proxy.port)
    station.wait_for("w", lambda known: known.applied == 1)
    before = worker.files
    proxy.cut()
    wait_for(lambda: worker.state != "paired")
    proxy.breaks_after = 100_000
    station.put("_all/large", "x" * (1 << 20))
    count = proxy.connections
    wait_for(lambda: proxy.connections > count + 4)
    assert worker.files == before
    assert worker.worker.number == 1
    proxy.breaks_after = None
    station.wait_for("w", lambda known: known.in_step and known.applied == 2)
    assert worker.files["large"] == "x" * (1 << 20)


def test_a_transfer_that_breaks_off_again_and_again_gets_further_each_time(
    station: Station, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers, "CONTENTS_MAX", 100_000)
    for number in range(6):
        station.put(f"_all/large{number}", f"{number}" * 80_000)
    proxy = stack.enter_context(CutProxy(station.number))
    proxy.breaks_after = 270_000  # two of the files in base64, not three
    worker = at_work(stack, tmp_path, proxy.port)
    station.wait_for("w", lambda known: known.applied == 1)
    assert worker.files["large5"] == "5" * 80_000
    assert proxy.connections >= 6, "a pair for every two files"


def test_faults_of_files_come_back_to_the_supervisor_and_the_files_stay(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    worker = at_work(stack, tmp_path, station.number)
    station.wait_for("w", lambda known: known.applied == 1)
    worker.faults = [Fault(file="bad.job.xml", code="SCHEDULER-113", text="unexpected", line=1, column=6)]
    station.put("_all/bad.job.xml", "<job><nonsense/></job>")
    known = station.wait_for("w", lambda known: known.faults)
    assert (known.faults[0].file, known.in_step) == ("bad.job.xml", True)
    assert worker.files["bad.job.xml"] == "<job><nonsense/></job>"


def test_a_change_by_hand_in_the_cache_is_repaired(station: Station, stack: ExitStack, tmp_path: Path) -> None:
    worker = at_work(stack, tmp_path, station.number, interval=0.3)
    wait_for(lambda: len(worker.files) == 2)
    before = worker.files
    (worker.directory / "cache" / "a.job.xml").unlink()
    (worker.directory / "cache" / "b.txt").write_text("mine")
    wait_for(lambda: worker.files == before)


def test_with_all_wake_ups_blocked_a_change_is_effective_with_the_next_comparison(
    tmp_path: Path, sqlite_url: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No hints of the system at the supervisor, which by itself looks at its folder once an hour; no commands to the
    worker. So a change is effective after one interval, which is a minute unless it is set."""
    assert AsWorker().interval == 60
    monkeypatch.setattr(folder_watch, "_observer", lambda directory, hint: None)
    station = stack.enter_context(Station(tmp_path / "station", sqlite_url, FAST, pace=Pace(0.05, 1, 3600)))
    station.put("_all/a.job.xml")
    worker = at_work(stack, tmp_path, station.number, interval=0.3)
    station.wait_for("w", lambda known: known.applied == 1 and not known.busy)
    monkeypatch.setattr(Session, "raise_command", lambda self, command: None)
    for number in range(3):
        station.put(f"_all/{number}.job.xml")
        wait_for(lambda name=f"{number}.job.xml": name in worker.files)  # type: ignore[misc]
    # the same by the classic protocol, to which no datagram comes
    classic = at_work(stack, tmp_path, station.number, name="keyless", key="", interval=0.3)
    wait_for(lambda: len(classic.files) == 4)
    station.put("_all/last.job.xml")
    wait_for(lambda: "last.job.xml" in classic.files)


def test_commands_of_the_supervisor(station: Station, stack: ExitStack, tmp_path: Path) -> None:
    worker = at_work(stack, tmp_path, station.number, commands=True)
    station.wait_for("w", lambda known: known.connected and known.in_step and not known.busy)
    answered = station.ask(q.ExecuteAt("w", '<start_job job="/a"/>'))
    assert etree.fromstring(answered["answer"])[0][0].tag == "ok"
    assert worker.executed == ['<start_job job="/a"/>']
    worker.settings = replace(worker.settings, commands=False)
    with pytest.raises(WorkloadError) as refused:
        station.ask(q.ExecuteAt("w", '<start_job job="/a"/>'))
    assert refused.value.code is Code.NO_REMOTE_COMMANDS
    assert len(worker.executed) == 1
    session = station.supervisor.session("w")
    assert session is not None
    in_reactor(session.raise_command, Command(Kind.ABORT))
    in_reactor(session.raise_command, Command(Kind.COMPARE))
    in_reactor(session.raise_command, Command(Kind.QUIT))
    wait_for(lambda: worker.quits == 1)
    station.wait_for("w", lambda known: not known.busy)


def test_the_answer_to_a_command_of_an_earlier_connection_is_not_taken_for_one_of_this(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    proxy = stack.enter_context(CutProxy(station.number))
    worker = at_work(stack, tmp_path, proxy.port, commands=True)
    station.wait_for("w", lambda known: known.applied and known.in_step and not known.busy)
    working: list[Deferred[str]] = []

    def slow(text: str) -> Deferred[str]:
        working.append(Deferred())
        return working[-1]

    worker.worker._execute = slow  # type: ignore[method-assign]
    first, second = '<start_job job="/a"/>', '<start_job job="/b"/>'
    answers: list[str] = []
    numbers: list[int] = []

    def ask(text: str) -> None:
        session = station.supervisor.session("w")
        assert session is not None
        session.execute(text).addBoth(lambda result: answers.append(str(result)))
        assert session.outstanding.sent is not None
        numbers.append(session.outstanding.sent.number)

    in_reactor(ask, first)
    wait_for(lambda: len(working) == 1)
    proxy.cut()
    wait_for(lambda: len(answers) == 1)
    assert Code.NOT_CONNECTED.code in answers[0]
    wait_for(lambda: (session := station.supervisor.session("w")) is not None and session.outstanding.numbers == 1)
    station.wait_for("w", lambda known: known.connected and not known.busy)
    in_reactor(ask, second)
    wait_for(lambda: len(working) == 2)
    assert numbers[0] == numbers[1]
    in_reactor(working[0].callback, "<late/>")
    in_reactor(working[1].callback, "<spooler/>")
    wait_for(lambda: len(answers) == 2)
    assert answers[1] == "<spooler/>"


def test_a_worker_in_the_middle_of_a_long_request_still_hears_that_it_is_to_leave_the_batch(
    station: Station, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = at_work(stack, tmp_path, station.number)
    station.wait_for("w", lambda known: known.applied == 1 and not known.busy)
    waiting: list[Deferred[str]] = []
    contents = station.supervisor.contents

    def slow(name: str, message: Contents) -> Deferred[str]:
        # one file of two, and that late
        asked = replace(message, contents=message.contents[:1])
        waiting.append(Deferred())
        waiting[-1].addCallback(lambda _: contents(name, asked))
        return waiting[-1]

    monkeypatch.setattr(station.supervisor, "contents", slow)
    station.put("_all/one", "1")
    station.put("_all/two", "2")
    wait_for(lambda: waiting)
    session = station.supervisor.session("w")
    assert session is not None
    in_reactor(session.raise_command, Command(Kind.ABORT))
    wait_for(lambda: session.outstanding.urgent is None and session.outstanding.sent is not None)
    monkeypatch.undo()
    in_reactor(waiting[0].callback, None)
    left = station.wait_for("w", lambda known: known.problem)
    assert "the batch was left" in str(left.problem)
    assert left.applied == 1
    assert set(worker.files) == {"a.job.xml", "sub/b.job.xml"}
    station.ask(q.SendNow("w"))
    station.wait_for("w", lambda known: known.in_step and known.problem is None)


# -- who is the supervisor?


def test_a_wrong_key_is_told_on_both_sides_and_nothing_is_taken(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    worker = at_work(stack, tmp_path, station.number, key="another key, long enough")
    wait_for(lambda: "STELLWERK-061" in worker.worker.links[0].problem)
    unknown = at_work(stack, tmp_path, station.number, name="stranger")
    wait_for(lambda: "STELLWERK-060" in unknown.worker.links[0].problem)
    assert (worker.files, unknown.files) == ({}, {})
    wait_for(lambda: worker.worker.first.called)


def test_a_second_worker_of_a_name_is_refused_and_comes_in_when_the_first_one_goes(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    first = at_work(stack, tmp_path / "one", station.number)
    station.wait_for("w", lambda known: known.connected)
    second = at_work(stack, tmp_path / "two", station.number)
    wait_for(lambda: "STELLWERK-062" in second.worker.links[0].problem)
    assert first.state == "paired"
    first.close()
    wait_for(lambda: second.state == "paired")
    wait_for(lambda: len(second.files) == 2)


def test_somebody_who_does_not_know_the_key_is_no_supervisor(stack: ExitStack, tmp_path: Path) -> None:
    def reply(command: etree._Element) -> str:
        if command.tag == "supervisor.hello":
            return '<supervisor.challenge version="1" supervisor_id="fake" nonce="n" role="active"/>'
        return '<supervisor.authenticated proof="0000"/>'

    fake = stack.enter_context(CommandServer(reply))
    worker = at_work(stack, tmp_path, fake.port)
    wait_for(lambda: "does not know our key" in worker.worker.links[0].problem)
    assert not fake.sent("supervisor.register")


def test_a_supervisor_that_does_not_answer_does_not_hold_up_the_start_nor_the_end(
    stack: ExitStack, tmp_path: Path
) -> None:
    silent = stack.enter_context(CommandServer(lambda command: None))
    worker = at_work(stack, tmp_path, silent.port, patience=0.2)
    wait_for(lambda: worker.worker.first.called)
    assert worker.state == "greeting"
    worker.close()
    assert worker.state == "stopped"


# -- a classic supervisor


ANSWER = """<configuration.directory><configuration.directory name="s"><configuration.file name="b.job.xml"
 last_write_time="2015-06-10T12:00:00.123Z"><content encoding="base64">Yg==</content></configuration.file>
</configuration.directory>{}</configuration.directory>"""


def test_at_a_classic_supervisor_the_worker_speaks_the_classic_protocol(stack: ExitStack, tmp_path: Path) -> None:
    answers = {
        "supervisor.hello": refusal("SCHEDULER-105", "unknown command"),
        "register_remote_scheduler": '<ok recommended="supervisor.configuration.fetch"/>',
        "supervisor.remote_scheduler.configuration.fetch_updated_files": ANSWER.format(""),
    }
    classic = stack.enter_context(CommandServer(lambda command: answers[command.tag], chunk=100))
    worker = at_work(stack, tmp_path, classic.port, interval=0.3)
    wait_for(lambda: worker.files == {"s/b.job.xml": "b"})
    wait_for(lambda: len(classic.sent("supervisor.remote_scheduler.configuration.fetch_updated_files")) >= 3)
    assert worker.state == "classic"
    [registered] = classic.sent("register_remote_scheduler")
    assert dict(registered.attrib) == {"scheduler_id": "w", "tcp_port": "4444", "version": "1.0"}
    listed = classic.sent("supervisor.remote_scheduler.configuration.fetch_updated_files")[-1]
    [folder] = listed
    assert (folder.tag, folder.get("name")) == ("configuration.directory", "s")
    assert dict(folder[0].attrib) == {
        "name": "b.job.xml", "last_write_time": "2015-06-10T12:00:00.123Z", "md5": "92eb5ffee6ae2fec3ad71c777531578f",
    }  # fmt: skip
    # nothing that leaves the cache, and nothing that would wipe it, is taken over
    for evil in (
        '<configuration.directory><configuration.file name="../x" removed="yes"/></configuration.directory>',
        '<configuration.directory><configuration.directory name="s" removed="yes"/></configuration.directory>',
        "<configuration.directory>", "<ok/>",
    ):  # fmt: skip
        answers["supervisor.remote_scheduler.configuration.fetch_updated_files"] = evil
        count = len(classic.commands)
        wait_for(lambda count=count: len(classic.commands) > count + 1)  # type: ignore[misc]
        assert worker.files == {"s/b.job.xml": "b"}
    answers["supervisor.remote_scheduler.configuration.fetch_updated_files"] = ANSWER.format(
        '<configuration.file name="x" last_write_time="2015-06-10T12:00:00Z"><content encoding="base64">eA==</content>'
        "</configuration.file>"
    )
    wait_for(lambda: worker.files == {"s/b.job.xml": "b", "x": "x"})


def test_a_worker_that_insists_on_proofs_does_not_speak_the_classic_protocol(
    stack: ExitStack, tmp_path: Path
) -> None:
    classic = stack.enter_context(CommandServer(lambda command: refusal("SCHEDULER-105", "unknown command")))
    worker = at_work(stack, tmp_path, classic.port, classic=False)
    wait_for(lambda: "does not allow the classic protocol" in worker.worker.links[0].problem)
    assert not classic.sent("register_remote_scheduler")


def test_both_of_our_own_sides_understand_each_other_in_the_classic_protocol(
    station: Station, stack: ExitStack, tmp_path: Path
) -> None:
    worker = at_work(stack, tmp_path, station.number, name="keyless", key="", interval=0.3)
    wait_for(lambda: worker.files.keys() == {"a.job.xml"})
    station.put("_all/c.job.xml")
    wait_for(lambda: worker.files.keys() == {"a.job.xml", "c.job.xml"})
    station.remove("_all/a.job.xml")
    wait_for(lambda: worker.files.keys() == {"c.job.xml"})


# -- a cluster of supervisors


def test_the_worker_is_connected_with_all_members_and_obeys_the_active_one(
    tmp_path: Path, sqlite_url: str, stack: ExitStack
) -> None:
    first = stack.enter_context(Station(tmp_path / "first", sqlite_url, PATIENT))
    second = Station(tmp_path / "second", sqlite_url, PATIENT)
    second.active = False
    second.put("_all/a.job.xml")
    stack.enter_context(second)
    first.put("_all/a.job.xml")
    worker = at_work(stack, tmp_path, first.number, second.number)
    wait_for(lambda: [link.state for link in worker.worker.links] == ["paired", "paired"])
    wait_for(lambda: worker.files.keys() == {"a.job.xml"})
    assert [link.active for link in worker.worker.links] == [True, False]
    # the first one is deposed without knowing it; what it still says is not obeyed
    second.active, second.term = True, 2
    in_reactor(second.supervisor.became_active)
    second.put("_all/b.job.xml")
    wait_for(lambda: worker.files.keys() == {"a.job.xml", "b.job.xml"})
    second.wait_for("w", lambda known: known.in_step and known.applied == 2)
    in_reactor(first.supervisor.notify, "w")
    first.wait_for("w", lambda known: known.problem)
    assert "only the active supervisor" in str(first.worker("w").problem)


def test_a_refusal_makes_the_worker_wait_longer(stack: ExitStack, tmp_path: Path, station: Station) -> None:
    assert links.REFUSED_PAUSE > 1
    worker = at_work(stack, tmp_path, station.number, key="another key, long enough", reconnect=0.1)
    wait_for(lambda: worker.worker.links[0].problem)
    assert worker.state in ("waiting", "connecting", "greeting", "authenticating")
