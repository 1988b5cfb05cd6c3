"What the scheduler lets go at its time stands in the audit, once, with the reason for which it had been held."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from models import audit, clean_up, releases, services
from models import monitor_sources as sources
from models.audit import Entry
from models.errors import FenceError
from models.read.journal import JournalRow
from models.right import Right
from netcore.services.released_holds import MARK_EVERY, ReleasedHolds
from scheduler.changes import Change, Kind
from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.decision import Decision
from scheduler.definitions import Definition, NodeDefinition
from scheduler.messages import Message
from scheduler.times import time_text
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER
from tests.support.worlds import Engine, a_chain, a_job

#: what holds each kind of object, and the deed and the object of its release as the audit names them
HOLDS: dict[str, tuple[Any, str, str]] = {
    "job": (ModifyJob(job="/job", cmd="stop"), "job.unstop", "/job"),
    "chain": (ModifyJobChain(job_chain="/chain", state="stopped"), "chain.unstop", "/chain"),
    "node": (
        ModifyJobChainNode(job_chain="/chain", state="first", action="stop"), "node.process", "/chain,first",
    ),
    "skip": (
        ModifyJobChainNode(job_chain="/chain", state="second", action="next_state"), "node.process", "/chain,second",
    ),
    "order": (ModifyOrder(job_chain="/chain", order="1", suspended=True), "order.resume", "/chain,1"),
    "pause": (ModifySpooler(cmd="pause"), "scheduler.continue", ""),
}  # fmt: skip


@pytest.fixture
def hosting(database_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(database_url, tmp_path)
    yield found
    found.close()


class Journaled(Engine):
    "With all that it has decided."

    def __init__(self, *definitions: Definition) -> None:
        self.changes: list[Change] = []
        super().__init__(*definitions)

    def tell(self, message: Message) -> Decision:
        decision = super().tell(message)
        self.changes += decision.changes
        return decision


def release(hosting: Hosting, *names: str, author: str = "ann") -> datetime:
    "Journals what an engine does until the time of these holds has come; when that was."
    engine = Journaled(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", at="now+5400"))
    for name in names:
        engine.command(replace(HOLDS[name][0], until="now+3600", author=author))
    hosting.write(*engine.changes, at=engine.now)
    hosting.write(*engine.later(3600).changes, at=engine.now)
    return engine.now


def entries(hosting: Hosting) -> list[Entry]:
    "The oldest first; the chain of checksums holds."
    with hosting.connection() as connection:
        assert audit.check(connection).faults == ()
        return audit.entries(connection)[::-1]


def ordered(
    hosting: Hosting, name: str, at: datetime, reason: str, command: str, account: str = "ann", about: str = ""
) -> None:
    "As the pages note a command before it is sent."
    hold, _, usual = HOLDS[name]
    about = about or usual
    action = {"job": "job.stop", "order": "order.suspend", "pause": "scheduler.pause"}[name]
    assert hold
    with hosting.connection() as connection:
        entry = audit.begin(
            connection, at, SCHEDULER, account, "10.0.0.7", action, about, command, reason, ticket="T-1"
        )
        audit.finish(connection, entry, "")


def test_each_kind_of_object_is_noted_as_the_command_that_would_have_done_it(hosting: Hosting) -> None:
    at = release(hosting, *HOLDS)
    assert ReleasedHolds(hosting.around).run() == f"{len(HOLDS)} releases noted"
    made = entries(hosting)
    assert {(entry.action, entry.object) for entry in made} == {(action, about) for _, action, about in HOLDS.values()}
    assert len(made) == len(HOLDS)
    for entry in made:
        assert (entry.scheduler_id, entry.account, entry.time) == (SCHEDULER, releases.BY_ITSELF, at)
        assert (entry.command, entry.result_code) == ("", "")
        assert entry.result_text == f"Its time had come: it was held by ann until {time_text(at)}"


def test_nothing_is_noted_that_people_have_let_go_or_held(hosting: Hosting) -> None:
    engine = Engine(a_job(), a_chain())
    for command in (
        ModifyJob(job="/job", cmd="stop", until="now+60"), ModifyJob(job="/job", cmd="unstop"),
        ModifySpooler(cmd="pause", until="now+60"), ModifySpooler(cmd="continue"),
    ):  # fmt: skip
        hosting.write(*engine.command(command).changes)
    assert ReleasedHolds(hosting.around).run() == ""
    assert entries(hosting) == []


def test_it_says_why_it_had_been_held_when_that_was_ordered_on_the_pages(hosting: Hosting) -> None:
    at = release(hosting, "job", "order", "pause")
    ordered(hosting, "job", at.replace(minute=1), "Too early", '<modify_job job="/job" cmd="stop"/>')
    ordered(hosting, "job", at.replace(minute=2), "New disks", '<modify_job cmd="stop" until="now+3600"/>')
    ordered(hosting, "job", at.replace(minute=3), "Not mine", '<modify_job cmd="stop" until="now+9"/>', "bob")
    ordered(hosting, "order", at.replace(year=at.year + 1), "Later", '<modify_order until="now+9"/>')
    ReleasedHolds(hosting.around).run()
    made = {entry.action: (entry.reason, entry.ticket) for entry in entries(hosting)[4:]}
    assert made == {
        "job.unstop": ("New disks", "T-1"), "order.resume": ("", ""), "scheduler.continue": ("", "")
    }  # fmt: skip


@pytest.mark.parametrize("named", ["/A", "/outer", "/B"])
def test_an_order_that_has_gone_on_to_another_nested_chain_keeps_its_reason(hosting: Hosting, named: str) -> None:
    nodes = NodeDefinition("1", "/job", "end"), NodeDefinition("end")
    engine = Journaled(
        a_job(), *(a_chain(path, *nodes) for path in ("/A", "/B", "/c")),
        a_chain(
            "/outer", NodeDefinition("a", job_chain="/a", next_state="b"),
            NodeDefinition("b", job_chain="/b", next_state="end"), NodeDefinition("end"),
        ),
    )  # fmt: skip
    engine.command(AddOrder(job_chain="/outer", id="1"))
    hold = ModifyOrder(job_chain=named if named == "/outer" else "/A", order="1", suspended=True)
    engine.command(replace(hold, until="now+3600", author="ann"))
    begin = engine.now
    engine.end()
    assert engine.order("1", "/outer").chain == "/B", "it stands there, suspended"
    hosting.write(*engine.changes, at=begin)
    hosting.write(*engine.later(3600).changes, at=engine.now)
    ordered(hosting, "order", begin, "Stock-taking", '<modify_order until="now+3600"/>', about=f"{named},1")
    ordered(hosting, "order", begin, "Other", '<modify_order until="now+3600"/>', about="/c,1")
    ReleasedHolds(hosting.around).run()
    [released] = [entry for entry in entries(hosting) if entry.action == "order.resume"]
    assert (released.object, released.reason) == ("/B,1", "Stock-taking")


def test_who_held_it_is_left_out_when_nobody_said_so(hosting: Hosting) -> None:
    at = release(hosting, "job", author="")
    ordered(hosting, "job", at.replace(minute=1), "Somebody's", '<modify_job until="x"/>', account="")
    ReleasedHolds(hosting.around).run()
    entry = entries(hosting)[-1]
    assert entry.result_text == f"Its time had come: it was held until {time_text(at)}"
    assert entry.reason == ""


def test_each_is_noted_once_whoever_looks_and_whatever_comes_between(hosting: Hosting) -> None:
    release(hosting, "job", "chain")
    follower = ReleasedHolds(hosting.around)

    def dies(connection: object) -> None:
        raise OSError("no more")

    event.listen(hosting.right.engine, "commit", dies)
    with pytest.raises(OSError, match="no more"):
        follower.run()
    event.remove(hosting.right.engine, "commit", dies)
    assert entries(hosting) == [], "neither the entries nor the mark are there"
    assert follower.run() == "2 releases noted"
    assert follower.run() == ""
    assert ReleasedHolds(hosting.around).run() == "", "as another process would look that goes on"
    release(hosting, "pause")
    assert follower.run() == "1 releases noted"
    assert [entry.action for entry in entries(hosting)] == ["job.unstop", "chain.unstop", "scheduler.continue"]


def test_an_instance_that_lost_the_right_or_was_overtaken_notes_nothing(
    hosting: Hosting, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(hosting, "job")
    follower = ReleasedHolds(hosting.around)
    rows_after = sources.rows_after

    def the_other_is_faster(*given: Any) -> list[JournalRow]:
        monkeypatch.undo()
        assert ReleasedHolds(hosting.around).run() == "1 releases noted"
        return rows_after(*given)

    monkeypatch.setattr(sources, "rows_after", the_other_is_faster)
    with pytest.raises(RuntimeError, match="has moved"):
        follower.run()
    assert len(entries(hosting)) == 1
    release(hosting, "pause")
    other = Right(hosting.url, SCHEDULER, "two", "token two")
    with hosting.connection() as connection:
        lease = other.look(connection)
    other.take(lease, hosting.now)
    with pytest.raises(FenceError):
        follower.run()
    other.close()
    assert len(entries(hosting)) == 1


def read_mark(hosting: Hosting) -> int | None:
    with hosting.connection() as connection:
        return services.mark(connection, SCHEDULER, "holds")


def test_the_journal_is_kept_for_it_and_the_mark_follows_seldom_where_nothing_is_released(hosting: Hosting) -> None:
    follower = ReleasedHolds(hosting.around)
    hosting.write(Change(Kind.VARIABLE_SET, "/"))
    follower.run()
    first = read_mark(hosting)
    assert first == 1, "the clean-up goes by it"
    release(hosting, "job")
    with hosting.connection() as connection:
        services.put_mark(connection, SCHEDULER, "history", 10_000)
        chosen = clean_up.CHOOSE["journal"](connection, SCHEDULER, hosting.now, None, 100)
    assert chosen.rows <= 1
    follower.run()
    moved = read_mark(hosting)
    hosting.write(*[Change(Kind.VARIABLE_SET, "/")] * (MARK_EVERY - 1))
    follower.run()
    assert read_mark(hosting) == moved
    hosting.write(*[Change(Kind.VARIABLE_SET, "/")] * 2)
    follower.run()
    assert read_mark(hosting) == (moved or 0) + MARK_EVERY + 1
