"Who hosts the services: wishes outlive it, a start that fails leaves nothing behind, and a signal never holds it up."

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from models import services as store
from models.connect import reading
from models.errors import StoreError
from netcore.services.host import Host
from netcore.services.service import Service
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER
from tests.support.waiting import wait_until

#: signals that come all the time, also between the steps of a wait whose time is over
SIGNALS = """
import signal
from netcore.services.ending import Ending
end, asked = Ending(), []
signal.signal(signal.SIGALRM, lambda *_: (asked.append(1), end.ask()))
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
while len(asked) < 3000:
    end.wait(0.0001)
signal.setitimer(signal.ITIMER_REAL, 0)
assert end.is_asked()
"""


class Asked(Service):
    "Fails, or dies, when it is asked; else it says what it did."

    name = "asked"
    dies = False

    def trigger(self) -> BaseTrigger:
        return IntervalTrigger(days=1)

    def run(self) -> str:
        return ""

    def run_asked(self) -> str:
        if self.dies:
            raise SystemExit  # the thread is gone before anything is recorded
        return "made"


class Counted(Asked):
    name = "counted"
    runs = 0

    def run(self) -> str:
        self.runs += 1
        return ""


class Ending(Event):
    "Notes in `told` who is told to end."

    def __init__(self, name: str, told: list[str]) -> None:
        super().__init__()
        self._name = name
        self._told = told

    def set(self) -> None:
        if not self.is_set():
            self._told.append(self._name)
        super().set()


class Ended(Counted):
    "Has an end of its own, as the services of a process have."

    def __init__(self, hosting: Hosting, name: str, told: list[str]) -> None:
        super().__init__(replace(hosting.around, ending=Ending(name, told)))
        self.name = name


class Writing(Ended):
    "Runs within one transaction until somebody lets it go."

    def __init__(self, hosting: Hosting, name: str, told: list[str]) -> None:
        super().__init__(hosting, name, told)
        self.began, self.let_go = Event(), Event()

    def run(self) -> str:
        with self.around.right.writing() as connection:
            store.put_mark(connection, SCHEDULER, self.name, 1)
            self.began.set()
            assert self.let_go.wait(60)
            store.put_mark(connection, SCHEDULER, self.name, 2)
        return super().run()


@pytest.fixture
def hosting(database_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(database_url, tmp_path)
    yield found
    found.close()


def wish(hosting: Hosting) -> None:
    with hosting.connection() as connection:
        store.put_state(connection, SCHEDULER, "asked", run_asked_at=hosting.now)


def wished(hosting: Hosting) -> bool:
    with reading(hosting.right.engine) as connection:
        return store.states(connection, SCHEDULER)["asked"].run_asked_at is not None


def runs(hosting: Hosting) -> list[tuple[str, str]]:
    with reading(hosting.right.engine) as connection:
        return [(run.cause, run.text) for run in store.runs(connection, SCHEDULER)]


def test_a_run_that_was_asked_for_is_made_once_by_whoever_hosts_them(hosting: Hosting) -> None:
    wish(hosting)  # nobody hosts them now
    host = Host(hosting.around, [Asked(hosting.around)], "one")
    host.start()
    wait_until(lambda: runs(hosting) == [("asked", "made")], what="the run of the wish from before")
    assert not wished(hosting)
    host.obey()
    hosting.now += timedelta(seconds=1)
    wish(hosting)
    host.obey()
    wait_until(lambda: len(runs(hosting)) == 2, what="the second run")
    host.stop()
    again = Host(hosting.around, [Asked(hosting.around)], "two")
    again.start()
    again.stop()
    assert len(runs(hosting)) == 2


def test_a_wish_stays_until_its_run_is_recorded(hosting: Hosting) -> None:
    wish(hosting)
    dying = Asked(hosting.around)
    dying.dies = True
    host = Host(hosting.around, [dying], "one")
    host.start()
    host.stop()
    assert wished(hosting)
    assert runs(hosting) == []
    other = Host(hosting.around, [Asked(hosting.around)], "two")
    other.start()
    wait_until(lambda: runs(hosting) == [("asked", "made")], what="the run by the other instance")
    other.stop()


def test_a_start_that_fails_leaves_nothing_behind(hosting: Hosting) -> None:
    host = Host(hosting.around, [Asked(hosting.around)], "one")
    with hosting.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE service_states RENAME TO elsewhere")
    with pytest.raises(StoreError):
        host.start()
    host.stop()  # nothing to stop, and no error
    with hosting.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO service_states")
    wish(hosting)
    host.start()
    wait_until(lambda: runs(hosting) == [("asked", "made")], what="it works after that")
    host.stop()


def test_services_run_when_the_clock_was_set_back_and_not_only_when_it_shows_their_time(hosting: Hosting) -> None:
    counted = Counted(hosting.around)
    host = Host(hosting.around, [counted], "one", lambda: hosting.monotonic)
    host.start()
    wait_until(lambda: counted.runs == 1, what="the first run")
    for _ in range(3):
        hosting.later(1)
        host.obey()
    hosting.now -= timedelta(hours=1)
    host.obey()
    wait_until(lambda: counted.runs == 2, what="the run after that")
    hosting.later(1)
    host.obey()
    host.stop()
    assert counted.runs == 2


def test_services_stop_one_after_the_other_and_none_within_a_transaction(hosting: Hosting) -> None:
    told: list[str] = []
    first, third = Ended(hosting, "first", told), Ended(hosting, "third", told)
    second = Writing(hosting, "second", told)
    host = Host(hosting.around, [first, second, third], "one")
    host.start()
    assert second.began.wait(30)
    wait_until(lambda: first.runs == third.runs == 1, 30, "the others have run")
    seen: list[list[str]] = []

    def meanwhile() -> bool:
        seen.append(list(told))
        if len(seen) == 3:
            second.let_go.set()
        return True

    host.stop(meanwhile)
    assert seen[:3] == [["third", "second"]] * 3, "the first goes on until the second has come to its end"
    assert told == ["third", "second", "first"]
    with reading(hosting.right.engine) as connection:
        assert store.marks(connection, SCHEDULER)["second"] == 2
    host.start()
    wait_until(lambda: [each.runs for each in (first, second, third)] == [2, 2, 2], 30, "after a stop they begin again")
    host.stop()


def test_all_services_are_told_to_end_when_the_right_is_lost_meanwhile(hosting: Hosting) -> None:
    told: list[str] = []
    first, second = Ended(hosting, "first", told), Writing(hosting, "second", told)
    host = Host(hosting.around, [first, second], "one")
    host.start()
    assert second.began.wait(30)

    def lost() -> bool:
        second.let_go.set()
        return False

    host.stop(lost)
    assert sorted(told) == ["first", "second"]
    told.clear()
    host.start()
    host.stop(at_once=True)
    assert told == ["first", "second"], "nobody is waited for before the others are told"


def test_a_signal_at_any_moment_of_a_wait_holds_nothing_up() -> None:
    # with the lock of a `threading.Event` this would stand still for ever
    subprocess.run([sys.executable, "-c", SIGNALS], check=True, timeout=60)
