"What operators can hold back and hand on: frozen workers, versions of one worker for others, where files come from."

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from models import supervisor_transfers
from models.connect import create, reading
from models.errors import StoreError
from models.supervisor_transfers import KeptTransfer
from netcore.supervisor.freezing import Freezing
from netcore.supervisor.workers import Workers
from scheduler.errors import Code
from scheduler.supervisor import questions as q
from scheduler.supervisor.records import Freeze, Origin, Outcome, Protocol, Worker
from scheduler.supervisor.settings import AsWorker
from scheduler.supervisor.tree import Difference
from tests.support.reactor import in_reactor, wait_for
from tests.support.records import NOW
from tests.support.supervising import KEY, AtWork, Hand, Station, done
from tests.support.supervisor_asked import Obedient, overview, refused

CLASSIC = '<register_remote_scheduler scheduler_id="x" tcp_port="9" udp_port="9" version="1"/>'
FETCH = "<supervisor.remote_scheduler.configuration.fetch_updated_files{}"


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path, sqlite_url) as made:
        made.put("_all/a.job.xml")
        yield made


def transfers(station: Station, worker: str = "w", least: int = 1) -> list[KeptTransfer]:
    "The newest first, as soon as so many are kept."
    engine = create(station.database_url, "reader")

    def kept() -> list[KeptTransfer] | None:
        with reading(engine) as connection:
            found = supervisor_transfers.transfers(connection, station.supervisor.scheduler_id, worker)
        return found if len(found) >= least else None

    found = wait_for(kept)
    engine.dispose()
    assert found is not None
    return found


def frozen(station: Station, name: str = "w") -> Freeze | None:
    return station.worker(name).freeze


def test_who_is_away_is_behind_since_the_first_change(station: Station) -> None:
    worker = Obedient(station)
    assert station.worker("w").changed_at is None
    for hand in (worker.data, worker.control):
        hand.close()
    station.wait_for("w", lambda worker: not worker.connected)
    station.put("_all/b.job.xml")
    since = station.wait_for("w", lambda worker: worker.wanted == 2).changed_at
    assert since is not None
    station.put("_all/c.job.xml")
    assert station.wait_for("w", lambda worker: worker.wanted == 3).changed_at == since


def test_a_frozen_worker_gets_nothing_new_and_everything_when_it_is_released(station: Station) -> None:
    worker = Obedient(station)
    first = dict(worker.files)
    station.ask(q.FreezeWorker("w", "me", "an audit"))
    found = frozen(station)
    assert found is not None
    assert (found.version, found.by, found.reason, found.until) == (1, "me", "an audit", None)
    station.put("_all/b.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 2)
    # it is told nothing, and when it asks by itself it has what it should have; what it has lost comes again
    assert worker.data.ask('<supervisor.fetch checksum="0" listed="yes"/>').get("number") == "1"
    asked = worker.data.ask('<supervisor.fetch checksum="0"/>')
    assert (asked.tag, asked.get("number")) == ("supervisor.differs", "1")
    # what would be handed out is compared all the same
    assert station.ask(q.Differences("w", 1, 2))["differences"] == Difference(("b.job.xml",))
    for question in (q.SendNow("w"), q.RollBack("w", 1), q.Deploy("w", "w", 1)):
        assert refused(station, question).code is Code.WORKER_FROZEN
    assert station.ask(q.SendNow())["versions"] == []
    station.ask(q.Unfreeze("w", "you"))
    assert worker.obey() == 2
    assert worker.files.keys() == {*first, "b.job.xml"}
    assert refused(station, q.Unfreeze("w")).code is Code.NOT_FROZEN
    assert refused(station, q.FreezeWorker("nobody")).code is Code.UNKNOWN_WORKER
    assert refused(station, q.FreezeWorker("w", until="soon")).code is Code.BAD_TIME


def test_it_stays_frozen_when_the_supervisor_begins_anew_and_until_its_time_has_come(station: Station) -> None:
    Obedient(station)
    station.ask(q.FreezeWorker("w", "me", "holidays", "now+3600"))
    station.close()
    station.open()
    overview(station)
    found = frozen(station)
    assert found is not None
    assert (found.version, found.reason) == (1, "holidays")
    assert found.until is not None
    assert found.until - found.at == timedelta(hours=1)
    again = Obedient(station)
    station.put("_all/b.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 2)
    station.ask(q.FreezeWorker("w", "me", "not so long", "now+0"))
    assert again.obey() == 2
    assert frozen(station) is None


def test_what_is_on_its_way_arrives_and_the_worker_stays_with_that(station: Station) -> None:
    worker = Obedient(station)
    station.put("_all/b.job.xml")
    command = worker.control.next_command()
    wait_for(lambda: station.worker("w").woken_at)
    version = worker.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    assert station.worker("w").fetching
    station.ask(q.FreezeWorker("w"))
    digests = [file.get("digest") for file in version.iter("file")]
    asked = "".join(f'<content digest="{digest}"/>' for digest in digests)
    contents = worker.data.ask(f"<supervisor.contents>{asked}</supervisor.contents>")
    assert [each.get("digest") for each in contents] == digests
    worker.control.say(done(command, 2))
    station.wait_for("w", lambda worker: worker.applied == 2)
    found = frozen(station)
    assert found is not None
    assert found.version == 2
    station.put("_all/c.job.xml")
    station.wait_for("w", lambda worker: worker.wanted == 3)
    assert worker.data.ask('<supervisor.fetch checksum="0" listed="yes"/>').get("number") == "2"


def test_a_classic_worker_is_frozen_too(station: Station) -> None:
    hand = Hand(station)
    hand.ask(CLASSIC)
    name = "127.0.0.1#9"
    station.wait_for(name, lambda worker: worker.wanted == 1)
    assert [file.get("name") for file in hand.ask(FETCH.format("/>"))] == ["a.job.xml"]
    station.ask(q.FreezeWorker(name))
    station.put("_all/b.job.xml")
    station.wait_for(name, lambda worker: worker.wanted == 2)
    assert station.worker(name).woken_at is None
    have = (station.remote / "_all" / "a.job.xml").read_bytes()
    known = md5(have, usedforsecurity=False).hexdigest()
    listed = FETCH.format(f'><configuration.file name="a.job.xml" md5="{known}"/></{FETCH[1:-2]}>')
    assert len(hand.ask(listed)) == 0
    station.ask(q.Unfreeze(name))
    assert station.worker(name).woken_at is not None
    assert [file.get("name") for file in hand.ask(listed)] == ["b.job.xml"]
    second, first = transfers(station, name, 2)
    assert (first.transfer.outcome, first.transfer.difference) == (Outcome.GIVEN, Difference(("a.job.xml",)))
    assert (second.transfer.before, second.transfer.number, second.added) == (1, 2, 1)


def test_a_version_and_a_file_of_one_worker_are_given_to_others(station: Station) -> None:
    worker, other = Obedient(station), Obedient(station, "v")
    old = dict(worker.files)
    station.put("_all/a.job.xml", "second")
    station.put("_all/b.job.xml", "more")
    assert worker.obey() == other.obey() == 2
    made = station.ask(q.Deploy("v", "w", 1, by="me"))["versions"]
    assert [(each.worker, each.number, each.origin, each.released_by) for each in made] == [
        ("v", 3, Origin.DEPLOYMENT, "me")
    ]
    assert other.obey() == 3
    assert other.files == old
    # it stays so until the folder changes for it
    in_reactor(station.supervisor.distribution.distribute, station.supervisor.distribution.central)
    assert station.worker("v").wanted == 3
    [one] = station.ask(q.Deploy("w", "w", 1, "a.job.xml"))["versions"]
    assert worker.obey() == one.number == 3
    assert worker.files.keys() == {"a.job.xml", "b.job.xml"}
    assert worker.files["a.job.xml"] == old["a.job.xml"]
    assert station.ask(q.Deploy("w", "w", 1, "a.job.xml"))["versions"] == []
    assert refused(station, q.Deploy("w", "v", 1, "b.job.xml")).code is Code.NOT_IN_VERSION
    assert refused(station, q.Deploy("w", "v", 9)).code is Code.UNKNOWN_CONFIGURATION
    assert refused(station, q.Deploy("w", "nobody", 1)).code is Code.UNKNOWN_WORKER


def test_each_file_has_its_origin(station: Station) -> None:
    Obedient(station)
    station.put("w/a.job.xml", "our own")
    station.put("w/c.job.xml")
    station.put("_all/b.job.xml")
    found = station.ask(q.AskMerged("w"))["merged"]
    assert (found.worker, found.directory) == ("w", "w")
    assert [(each.path, bool(each.general), bool(each.own), each.own_wins) for each in found.layers] == [
        ("a.job.xml", True, True, True), ("b.job.xml", True, False, False), ("c.job.xml", False, True, True),
    ]  # fmt: skip
    assert refused(station, q.AskMerged("nobody")).code is Code.UNKNOWN_WORKER


def test_every_transfer_is_remembered_with_its_files_and_its_end(station: Station, tmp_path: Path) -> None:
    "By the real worker; then by one that refuses, and one that goes away in the middle."
    settings = AsWorker(key=KEY, reconnect=0.2, interval=60, patience=5)
    with AtWork(tmp_path / "w", f"127.0.0.1:{station.number}", settings=settings) as real:
        station.wait_for("w", lambda worker: worker.applied == 1)
        station.put("_all/b.job.xml")
        station.remove("_all/a.job.xml")
        station.wait_for("w", lambda worker: worker.applied and worker.in_step and "b.job.xml" in real.files)
        *_, first = transfers(station, least=2)
    assert (first.transfer.before, first.transfer.number, first.transfer.outcome) == (0, 1, Outcome.APPLIED)
    assert first.transfer.difference == Difference(("a.job.xml",))
    assert first.transfer.ended_at >= first.transfer.started_at
    kept = transfers(station, least=2)
    gone = {path for each in kept for path in each.transfer.difference.removed}
    assert gone == {"a.job.xml"}
    station.wait_for("w", lambda worker: not worker.connected)

    hand = Obedient(station)
    station.put("_all/c.job.xml")
    command = hand.control.next_command()
    hand.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    hand.control.say(done(command, hand.number, problem="the disk is full"))
    newest = transfers(station, least=len(kept) + 2)[0].transfer
    assert (newest.outcome, newest.problem) == (Outcome.REFUSED, "the disk is full")
    refusing = station.worker("w")
    assert refusing.problem is not None
    assert refusing.problem.code == Code.BROKEN_TRANSFER.code

    hand.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    for each in (hand.data, hand.control):
        each.close()
    station.wait_for("w", lambda worker: not worker.connected)
    assert not station.worker("w").fetching
    Obedient(station)
    found = transfers(station, least=len(kept) + 4)
    assert [each.transfer.outcome for each in found[:2]] == [Outcome.APPLIED, Outcome.BROKEN_OFF]


def test_who_compares_by_himself_and_has_it_is_in_step(station: Station) -> None:
    worker = Obedient(station)
    station.put("_all/b.job.xml")
    command = worker.control.next_command()
    version = worker.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    worker.control.say(done(command, 1, problem="the disk is full"))
    station.wait_for("w", lambda worker: worker.problem)
    worker.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
    assert worker.data.ask(f'<supervisor.fetch checksum="{version.get("checksum")}"/>').tag == "supervisor.unchanged"
    known = station.worker("w")
    assert (known.applied, known.problem, known.in_step) == (2, None, True)
    assert transfers(station, least=3)[0].transfer.outcome is Outcome.APPLIED


class Written:
    "What is written of freezes, without a database. `problem`: it cannot be written."

    def __init__(self) -> None:
        self.freezes: list[Freeze | None] = []
        self.problem: Exception | None = None

    def freeze(self, name: str, freeze: Freeze | None) -> Deferred[None]:
        self.freezes.append(freeze)
        return fail(self.problem) if self.problem is not None else succeed(None)

    def save(self, workers: object) -> Deferred[None]:
        return succeed(None)


def test_a_freeze_ends_when_its_time_has_come_also_when_the_clock_is_set() -> None:
    clock, written, ahead = Clock(), Written(), [timedelta()]
    told: list[str] = []

    def now() -> datetime:
        return NOW + timedelta(seconds=clock.seconds()) + ahead[0]

    def freeze(until: datetime | None) -> None:
        done_ = freezing.freeze(workers.all()[0], now(), "me", "why", until)
        assert done_.called
        done_.addErrback(lambda failure: failure.trap(StoreError))

    workers = Workers(clock, written)  # type: ignore[arg-type]
    workers.put(Worker("w", "w", Protocol.PAIR, "", applied=4))
    freezing = Freezing(
        clock, written, workers, now, lambda: True, told.append, lambda name: told.append(f"{name} released")  # type: ignore[arg-type]
    )
    freeze(NOW + timedelta(hours=1))
    freeze(NOW + timedelta(hours=2))
    assert [each and (each.version, each.until) for each in written.freezes] == [
        (4, NOW + timedelta(hours=1)), (4, NOW + timedelta(hours=2)),
    ]  # fmt: skip
    clock.pump([60.0] * 59)
    assert told == ["w", "w"]
    ahead[0] = timedelta(hours=1)
    clock.advance(60)
    assert told == ["w", "w", "w released"]
    assert workers.all()[0].freeze is None
    written.problem = StoreError("the disk is full")
    freeze(None)
    assert workers.all()[0].freeze is None, "what is not written does not count"
    freezing.stop()
    assert [call for call in clock.getDelayedCalls() if call.func == freezing.look] == []
