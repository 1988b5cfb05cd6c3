"""Looks at what happens, by the rules of monitor.xml, and keeps notices; what is to be told goes into the store.

    the file of the rules has changed    -> read; a faulty one is told, and the rules before go on
    rows of the journal, the plan, beats of the members -> occurrences -> notices, messages
    time                                 -> further steps of open notices

Each look is one transaction with the mark of the last row, so no row counts twice, and none is left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.triggers.interval import IntervalTrigger

from models import monitor_sources as sources
from models import notices as store
from models import read, services
from models.connect import Connection
from models.notices import RulesInForce
from models.read.journal import JournalRow
from netcore.services.sending import post_office
from netcore.services.service import Service, Surroundings
from netcore.services.watched_lists import WatchedLists
from scheduler.changes import Kind
from scheduler.cluster.sight import Sight
from scheduler.errors import WorkloadError
from scheduler.monitor import from_journal, from_members, from_plan
from scheduler.monitor.deciding import Deciding, Key, Outcome, Told, keys_of
from scheduler.monitor.delivery import Delivery, address
from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice
from scheduler.monitor.occurrence import Occurrence
from scheduler.monitor.reading import FILE, read_rules
from scheduler.monitor.rules import Rules
from scheduler.monitor.words import body, facts, subject
from scheduler.records import EngineState

#: seconds between two looks, and between two looks at the plan
EVERY, PLAN_EVERY = 1.0, timedelta(seconds=5)
#: what happened longer ago when the monitor looks for the first time is no news
NEWS = timedelta(minutes=1)
#: rows of the journal in one transaction
ROWS = 500
#: how far back starts of the plan are news
PLAN_SINCE = timedelta(days=2)
#: bytes of the file of rules
LARGEST = 1 << 20
_PLAN_EVENTS = from_plan.EVENTS
_MEMBER_EVENTS = frozenset({Event.MEMBER_LOST, Event.HEARTBEAT_MISSED})

Signature = tuple[int, int, int]


class Monitor(Service):
    "`seconds` is a clock that never goes back."

    name = "monitor"

    def __init__(self, around: Surroundings, environ: Mapping[str, str], seconds: Callable[[], float]) -> None:
        super().__init__(around)
        self._environ = environ
        self._seconds = seconds
        self._file = Path(os.path.dirname(around.settings.config_file), FILE)
        self.begin()

    def begin(self) -> None:
        self._rules: Rules | None = None
        self._signature: Signature | None = None
        self._sight = Sight()
        self._lists = WatchedLists(self.around)
        self._plan_at: datetime | None = None

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        problem = self._read_file()
        rules = self._rules or Rules()
        wanted = frozenset(event for rule in rules.rules for event in rule.events)
        made = self._journal(rules)
        if wanted & _MEMBER_EVENTS:
            made += self._members(rules)
        if wanted & _PLAN_EVENTS:
            made += self._plan(rules)
        with_lists, filled = self._lists.look(rules)
        made += self._decide(with_lists, filled)
        made += self._steps(rules)
        if problem is not None:
            raise problem
        return f"{made} messages made" if made else ""

    # -- rules

    def _read_file(self) -> WorkloadError | None:
        "What is wrong with the file, said once for each version of it."
        signature = _signature(self._file)
        if self._rules is not None and signature == self._signature:
            return None
        self._signature = signature
        try:
            source = _content(self._file) if signature is not None else b""
            rules = read_rules(source, self._environ, str(self._file)) if source else Rules()
        except WorkloadError as error:
            self._keep_the_old_ones(error)
            return error
        self._rules = rules
        self._put_rules(source.decode("utf-8", "replace"), "")
        return None

    def _keep_the_old_ones(self, problem: WorkloadError) -> None:
        with self.around.right.reading() as connection:
            before = store.rules_in_force(connection, self.around.scheduler_id)
        source = before.source if before is not None else ""
        if self._rules is None:
            self._rules = self._read_again(source)
        self._put_rules(source, str(problem))

    def _read_again(self, source: str) -> Rules:
        "What was in force when the process ended before."
        try:
            return read_rules(source.encode(), self._environ, str(self._file)) if source else Rules()
        except WorkloadError:
            return Rules()  # of another version of the program

    def _put_rules(self, source: str, problem: str) -> None:
        with self.around.right.writing() as connection:
            rules = RulesInForce(str(self._file), source, self.around.now(), problem)
            store.put_rules(connection, self.around.scheduler_id, rules)

    # -- what happens

    def _journal(self, rules: Rules) -> int:
        "How many messages were made."
        scheduler_id, made = self.around.scheduler_id, 0
        with self.around.right.reading() as connection:
            last = sources.last_row(connection, scheduler_id)
            mark = services.mark(connection, scheduler_id, self.name)
            if mark is None or mark > last:
                mark = sources.last_row_before(connection, scheduler_id, self.around.now() - NEWS)
        while mark < last and not self.around.ending.is_set():
            with self.around.right.reading() as connection:
                rows = sources.rows_after(connection, scheduler_id, mark, last, from_journal.KINDS, ROWS)
                found = self._occurrences(connection, rows, rules)
            mark = rows[-1].id if len(rows) == ROWS else last
            made += self._decide(rules, found, mark)
        return made

    def _occurrences(self, connection: Connection, rows: Sequence[JournalRow], rules: Rules) -> list[Occurrence]:
        if not rules.rules:
            return []
        ended = [row for row in rows if row.kind in (Kind.ORDER_ENDED, Kind.ORDER_BLACKLISTED)]
        numbers = [int(row.detail.get("history") or 0) for row in ended]
        rounds = sources.rounds(connection, self.around.scheduler_id, numbers)
        return [
            each
            for row in rows
            for each in from_journal.occurrences(row.id, row.time, row.kind, row.object, row.detail, rounds.get)
        ]

    def _members(self, rules: Rules) -> int:
        began = self._seconds()
        try:
            with self.around.right.reading() as connection:
                members = read.members(connection, self.around.scheduler_id)
                open_ones = store.still(connection, self.around.scheduler_id)
        except Exception:
            self._sight.lose(self._seconds())
            raise
        self._sight.look({each.member_id: each.beat_at for each in members}, began, self._seconds())
        now = self.around.now()
        found = [
            occurrence
            for each in members
            for occurrence in from_members.of_member(
                each.member_id, each.host, each.beat_at, each.state == EngineState.STOPPED, each.dead,
                self._sight.still(each.member_id), now,
            )
        ]  # fmt: skip
        known = {each.member_id for each in members}
        found += [
            Occurrence(each.event, each.object, each.about, now, "Its entry is deleted.", good=True)
            for each in open_ones
            if each.event in _MEMBER_EVENTS and each.object not in known
        ]
        return self._decide(rules, found)

    def _plan(self, rules: Rules) -> int:
        now = self.around.now()
        if self._plan_at is not None and now < self._plan_at:
            return 0
        self._plan_at = now + PLAN_EVERY
        since = (now - PLAN_SINCE).date().isoformat()
        with self.around.right.reading() as connection:
            troubles = sources.troubles(connection, self.around.scheduler_id, since)
            open_ones = [
                each for each in store.still(connection, self.around.scheduler_id) if each.event in _PLAN_EVENTS
            ]
            keys = sorted({(from_plan.kind_of(each.event), each.object_key) for each in open_ones})
            starts = sources.starts_of(connection, self.around.scheduler_id, keys[:500], since)
        found = [
            from_plan.trouble(each.kind, each.object, each.planned_at, each.state, each.start_at) for each in troubles
        ]
        for notice in open_ones:
            mine = (from_plan.kind_of(notice.event), notice.object_key)
            own = [(each.planned_at, each.state) for each in starts if (each.kind, each.object_key) == mine]
            found += from_plan.recoveries(notice, own, now)
        return self._decide(rules, found)

    # -- what follows

    def _decide(self, rules: Rules, found: Sequence[Occurrence], mark: int | None = None) -> int:
        "How many messages were made. Nothing is written when nothing changes but for the mark."
        keys = keys_of(rules, found)
        if not keys:
            if mark is not None:
                self._write_mark(mark)
            return 0
        if mark is None and not self._changes_something(rules, found):
            return 0
        with self.around.right.writing() as connection:
            deciding = self._deciding(connection, rules, store.latest(connection, self.around.scheduler_id, keys))
            for each in found:
                deciding.happened(each)
            if mark is not None:
                services.put_mark(connection, self.around.scheduler_id, self.name, mark)
            return self._put(connection, rules, deciding.outcome)

    def _changes_something(self, rules: Rules, found: Sequence[Occurrence]) -> bool:
        "Beats and plan are looked at again and again, mostly for nothing: a read is enough to know that."
        with self.around.right.reading() as connection:
            known = store.latest(connection, self.around.scheduler_id, keys_of(rules, found), lock=False)
            deciding = self._deciding(connection, rules, known)
        for each in found:
            deciding.happened(each)
        return bool(deciding.outcome.notices)

    def _steps(self, rules: Rules) -> int:
        now, scheduler_id = self.around.now(), self.around.scheduler_id
        with self.around.right.reading() as connection:
            if not store.next_steps(connection, scheduler_id, now, limit=1, lock=False):
                return 0
        with self.around.right.writing() as connection:
            due = store.next_steps(connection, scheduler_id, now)
            deciding = self._deciding(connection, rules, {each.key: each for each in due})
            deciding.steps(due)
            return self._put(connection, rules, deciding.outcome)

    def _deciding(self, connection: Connection, rules: Rules, known: Mapping[Key, Notice]) -> Deciding:
        numbers = iter(range(store.last_number(connection, self.around.scheduler_id) + 1, 1 << 62))
        return Deciding(rules, known, lambda: next(numbers), self.around.now())

    def _put(self, connection: Connection, rules: Rules, outcome: Outcome) -> int:
        store.put(connection, self.around.scheduler_id, outcome.notices)
        first = store.last_delivery(connection, self.around.scheduler_id) + 1
        made = [self._delivery(number, told, rules) for number, told in enumerate(outcome.told, first)]
        store.add_deliveries(connection, self.around.scheduler_id, made)
        return len(made)

    def _delivery(self, number: int, told: Told, rules: Rules) -> Delivery:
        means, target, detail = address(told.means)
        settings, now = self.around.settings, self.around.now()
        template = rules.template_of(told.notice.event)
        if means == "mail":
            detail |= post_office(settings, rules.smtp, rules.sender)
        else:
            detail["facts"] = facts(told, settings.scheduler_id)
        return Delivery(
            number, told.notice.number, means, target, detail, subject(told, settings.scheduler_id, template),
            body(told, settings.scheduler_id, template), now, now, told.recovered,
        )  # fmt: skip

    def _write_mark(self, mark: int) -> None:
        with self.around.right.writing() as connection:
            services.put_mark(connection, self.around.scheduler_id, self.name, mark)


def _signature(file: Path) -> Signature | None:
    "None: there is no such file."
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)
