"""The feed of events over the real reactor: questions that wait, what memory keeps, slow and absent clients."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from twisted.internet.defer import gatherResults

from models.merge import as_json
from netcore.event_stream import EventStream, EventStreams
from netcore.events import EventFeed
from netcore.http_stream import AnswerStream, Bare, Gone
from scheduler.changes import Change, Kind
from scheduler.commands.questions import NewEvents
from scheduler.errors import Code, WorkloadError
from scheduler.events.happening import Happening, Portion
from scheduler.protocol.levels import Level
from scheduler.xml.document import parse
from tests.support.reactor import in_reactor, reactor, running_reactor, wait_for

NOW = datetime(2024, 1, 31, tzinfo=UTC)


class Journal:
    "What a database would hold: rows from `first` on. `commit` is what the scribe does, in a thread of its own."

    def __init__(self, rows: int = 0, first: int = 1) -> None:
        self.rows = [Happening(number, NOW, "job.changed", "/old", {}) for number in range(first, rows + 1)]
        self.read_from: list[int] = []
        self.feed = EventFeed(running_reactor(), rows, self.read)

    def read(self, after: int, limit: int) -> Sequence[Happening]:
        self.read_from.append(after)
        return [row for row in self.rows if row.id > after][:limit]

    def commit(self, *kinds: Kind) -> None:
        last = self.rows[-1].id if self.rows else self.feed.last
        changes = [Change(kind, "/chain,1", detail={"task": 1}) for kind in kinds]
        self.rows += [Happening(last + n, NOW, c.kind.value, c.object, c.detail) for n, c in enumerate(changes, 1)]
        self.feed.committed(self.rows[-1].id, changes, NOW)

    def ask(self, after: int | None = None, timeout: float = 20.0, limit: int = 1000, kinds: str = "") -> Portion:
        question = NewEvents(after, timeout, limit, frozenset(kinds.split()))
        portion: Portion = in_reactor(self.feed.look_up, question)["events"]
        return portion

    def begin(self, after: int | None, timeout: float = 20.0, kinds: str = "") -> list[Portion]:
        "Ask without waiting; what comes is found in the list."
        found: list[Portion] = []
        question = NewEvents(after, timeout, 1000, frozenset(kinds.split()))

        def ask() -> None:
            self.feed.look_up(question).addCallback(lambda answers: found.append(answers["events"]))

        in_reactor(ask)
        return found


def numbers(portion: Portion) -> list[int]:
    return [row.id for row in portion.happenings]


def test_without_a_number_it_begins_now() -> None:
    journal = Journal(rows=7)
    assert journal.ask(timeout=0) == Portion((), 7)


def test_who_waits_gets_what_is_committed_once_and_in_order() -> None:
    journal = Journal(rows=3)
    found = journal.begin(3)
    assert found == []
    journal.commit(Kind.ORDER_ADDED, Kind.ORDER_TAKEN)
    (portion,) = wait_for(lambda: found)
    assert numbers(portion) == [4, 5]
    assert [row.kind for row in portion.happenings] == ["order.added", "order.taken"]
    journal.commit(Kind.ORDER_ENDED)
    assert numbers(journal.ask(portion.last)) == [6]
    assert journal.read_from == [], "all of it was in memory"


def test_nothing_is_kept_before_somebody_asks() -> None:
    journal = Journal()
    journal.commit(*[Kind.ORDER_ADDED] * 50)
    assert len(journal.feed._ring) == 0
    assert numbers(journal.ask(48)) == [49, 50]
    assert journal.read_from == [48], "so it comes from the database"
    journal.commit(Kind.ORDER_ENDED)
    assert numbers(journal.ask(50)) == [51]
    assert journal.read_from == [48]


def test_old_rows_come_from_the_database_without_a_gap() -> None:
    journal = Journal(rows=1200)
    journal.ask(timeout=0)
    journal.commit(*[Kind.ORDER_ADDED] * 300)
    seen: list[int] = []
    while len(seen) < 1500:
        portion = journal.ask(seen[-1] if seen else 0, timeout=0)
        seen += numbers(portion)
        assert portion.last == seen[-1]
    assert seen == list(range(1, 1501))


def test_limits_are_kept() -> None:
    journal = Journal(rows=30)
    assert numbers(journal.ask(10, limit=4)) == [11, 12, 13, 14]
    journal.commit(*[Kind.TASK_ENDED, Kind.ORDER_ENDED] * 10)
    portion = journal.ask(30, limit=3, kinds="order")
    assert (numbers(portion), portion.last) == ([32, 34, 36], 36)


def test_memory_says_what_the_database_would_say() -> None:
    journal = Journal()
    journal.ask(timeout=0)
    detail = {"task": 1, "at": NOW, "names": ("a", "b"), "none": None}
    journal.feed.committed(1, [Change(Kind.JOB_CHANGED, "/job", detail=detail)], NOW)
    (row,) = journal.ask(0).happenings
    assert row.detail == json.loads(json.dumps(detail, default=as_json))
    assert row.detail["at"] == "2024-01-31T00:00:00.000000+00:00"


def test_large_events_are_given_few_at_a_time() -> None:
    journal = Journal()
    journal.rows = [Happening(n, NOW, "event.published", "demo", {"event": "x" * 100_000}) for n in range(1, 8)]
    journal.feed.committed(7, [], NOW)
    assert numbers(journal.ask(0)) == [1, 2]
    assert numbers(journal.ask(2)) == [3, 4]
    assert numbers(journal.ask(6)) == [7]


def test_what_is_not_wanted_is_passed_over_and_still_counts_as_seen() -> None:
    journal = Journal()
    found = journal.begin(0, kinds="order.ended")
    journal.commit(*[Kind.TASK_ENDED] * 700)
    journal.commit(Kind.ORDER_ENDED)
    (portion,) = wait_for(lambda: found)
    assert numbers(portion) == [701]
    assert journal.ask(701, timeout=0, kinds="order.ended") == Portion((), 701)
    journal.commit(Kind.TASK_ENDED)
    assert journal.ask(701, timeout=0.01, kinds="order.ended").last == 702


@pytest.mark.parametrize(("after", "known"), [(3, "first one"), (11, "last one is 10"), (1000, "last one is 10")])
def test_who_has_been_away_too_long_or_asks_for_the_future_is_told_so(after: int, known: str) -> None:
    journal = Journal(rows=10, first=6)
    with pytest.raises(WorkloadError, match=known) as refused:
        journal.ask(after)
    assert refused.value.code is Code.EVENTS_LOST


def test_numbers_that_are_still_kept_lead_on_when_the_journal_was_trimmed() -> None:
    journal = Journal(rows=10, first=6)
    assert numbers(journal.ask(5)) == [6, 7, 8, 9, 10]
    assert journal.ask(10, timeout=0) == Portion((), 10)


def patience() -> list[Any]:
    "The timers of those who wait; other tests of this process may have left timers of other kinds."
    timers = in_reactor(reactor.getDelayedCalls)
    return [call for call in timers if getattr(call.func, "__qualname__", "") == "Deferred.cancel"]


def test_thousands_may_wait_and_one_commit_answers_all() -> None:
    journal = Journal()

    def ask_often() -> Any:
        return [journal.feed.look_up(NewEvents(0, 30.0, 10)) for _ in range(3000)]

    asked = in_reactor(ask_often)
    assert len(journal.feed._waiting[frozenset()]) == 3000
    assert len(patience()) >= 3000
    journal.commit(Kind.ORDER_ADDED)
    answers = in_reactor(gatherResults, asked)
    assert {tuple(numbers(each["events"])) for each in answers} == {(1,)}
    assert journal.feed._waiting == {}
    assert patience() == [], "timers are left"


def test_who_waits_for_other_kinds_is_not_woken_and_goes_on_behind_them() -> None:
    journal = Journal()
    found = journal.begin(0, kinds="order.ended")
    for _ in range(3):
        journal.commit(*[Kind.TASK_ENDED] * 5000)
    assert list(journal.feed._waiting) == [frozenset({"order.ended"})]
    journal.commit(Kind.TASK_ENDED, Kind.ORDER_ENDED, Kind.ORDER_ENDED)
    (portion,) = wait_for(lambda: found)
    assert numbers(portion) == [15_002, 15_003]
    assert journal.read_from == []
    assert journal.begin(15_003, timeout=0.05, kinds="order.ended") == []
    journal.commit(Kind.TASK_ENDED)
    assert journal.ask(15_003, timeout=0.05, kinds="order.ended") == Portion((), 15_004)


def test_who_comes_while_others_are_about_to_be_woken_sees_nothing_twice() -> None:
    journal = Journal()

    def ask_around_a_commit() -> Any:
        early = journal.feed.look_up(NewEvents(0, 20.0, 10))
        journal.commit(Kind.ORDER_ADDED)
        late = journal.feed.look_up(NewEvents(1, 0.1, 10))
        return gatherResults([early, late])

    early, late = in_reactor(ask_around_a_commit)
    assert numbers(early["events"]) == [1]
    assert late["events"] == Portion((), 1)


def test_the_end_of_the_engine_answers_who_waits() -> None:
    journal = Journal(rows=2)
    found = journal.begin(2)
    in_reactor(journal.feed.stop)
    assert wait_for(lambda: found) == [Portion((), 2)]
    assert journal.ask(2) == Portion((), 2)


# -- streams


class Client:
    "Takes a stream. While it is choked it takes nothing, and says so."

    def __init__(self, journal: Journal, after: int | None = None, kinds: str = "") -> None:
        self.received = b""
        self.ended: list[Any] = []

        def begin() -> None:
            stream = EventStream(running_reactor(), journal.feed, after, frozenset(kinds.split()))
            self.out = AnswerStream(running_reactor(), Bare(), self._take, True)
            stream.send(self.out).addBoth(self.ended.append)

        in_reactor(begin)

    def _take(self, data: bytes) -> None:
        self.received += data

    @property
    def ids(self) -> list[int]:
        return [int(number) for number in re.findall(rb'<event id="(\d+)"', self.received)]


def test_a_stream_goes_on_until_the_engine_ends() -> None:
    journal = Journal(rows=3)
    client = Client(journal, after=1)
    wait_for(lambda: client.ids == [2, 3])
    journal.commit(Kind.ORDER_ADDED)
    wait_for(lambda: client.ids == [2, 3, 4])
    in_reactor(journal.feed.stop)
    wait_for(lambda: client.ended)
    lines = client.received.decode("ascii").split("\n")
    assert (lines[0], len(lines), lines[-1]) == ("<events>", 5, "</events>")


def test_a_client_that_takes_nothing_holds_nothing_and_misses_nothing() -> None:
    journal = Journal()
    client = Client(journal)
    wait_for(lambda: client.received == b"<events>\n" and journal.feed._waiting)
    in_reactor(client.out.choke)
    for _ in range(12):
        journal.commit(*[Kind.ORDER_ADDED] * 1000)
    wait_for(lambda: client.ids)
    held = len(client.received)
    in_reactor(lambda: None)
    assert len(client.received) == held
    assert len(client.ids) <= 500
    assert len(journal.feed._ring) == 10_000
    in_reactor(client.out.unchoke)
    wait_for(lambda: len(client.ids) >= 12_000)
    assert client.ids == list(range(1, 12_001))
    assert journal.read_from, "what had left memory came from the database"
    in_reactor(client.out.lost)
    wait_for(lambda: client.ended)


def test_a_client_that_leaves_is_forgotten_at_once() -> None:
    journal = Journal()
    client = Client(journal)
    wait_for(lambda: journal.feed._waiting)
    in_reactor(client.out.lost)
    (failure,) = wait_for(lambda: client.ended)
    assert failure.check(Gone)
    assert journal.feed._waiting == {}


def test_a_client_that_ends_its_sending_gets_the_end() -> None:
    journal = Journal()
    client = Client(journal)
    wait_for(lambda: journal.feed._waiting)
    in_reactor(client.out.finish_soon)
    wait_for(lambda: client.ended)
    assert client.received == b"<events>\n</events>"


def test_a_stream_that_cannot_begin_there_says_so_and_ends() -> None:
    client = Client(Journal(rows=10, first=6), after=2)
    wait_for(lambda: client.ended)
    assert Code.EVENTS_LOST.code.encode() in client.received
    assert client.received.endswith(b"/>\n</events>")


def test_only_an_admitted_request_that_stands_alone_is_a_stream() -> None:
    streams = EventStreams(running_reactor(), Journal().feed)

    def is_stream(request: bytes, level: Level = Level.INFO) -> bool:
        return streams.stream_of(parse(request), level) is not None

    assert is_stream(b"<events.get/>")
    assert is_stream(b'<spooler><events.get kinds="order"/></spooler>')
    for other in (b"<s/>", b"<commands><events.get/></commands>", b'<events.get timeout="1"/>', b"<spooler/>",
                  b'<events.get after="x"/>', b'<events.get kinds="x"/>', b"<unknown/>"):  # fmt: skip
        assert not is_stream(other)
    assert not is_stream(b"<events.get/>", Level.SIGNAL)
    assert streams.stream_of(WorkloadError(Code.TOO_LARGE, limit=1), Level.ALL) is None
