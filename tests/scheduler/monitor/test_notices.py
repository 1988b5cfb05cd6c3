"From occurrences and the time to notices and messages."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code, WorkloadError
from scheduler.monitor.deciding import Deciding, Key, Told
from scheduler.monitor.events import Event
from scheduler.monitor.notice import STILL, TABLE, Notice, NoticeEvent, NoticeState, after, by_hand
from scheduler.monitor.occurrence import Occurrence
from scheduler.monitor.rules import Command, Rule, Rules, Severity, Step, Template
from scheduler.monitor.words import body, facts, subject

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST, SECOND, LAST = Command("first"), Command("second"), Command("last")
RULE = Rule(
    "r", frozenset({Event.JOB_FAILED, Event.HEARTBEAT_MISSED}),
    (Step((FIRST,)), Step((SECOND,), 60), Step((LAST,), 300, 100)), severity=Severity.MAJOR, quiet=60,
)  # fmt: skip


class Story:
    "One monitor over time: what it has told so far, and its notices."

    def __init__(self, *rules: Rule) -> None:
        self.rules = Rules(rules or (RULE,))
        self.known: dict[Key, Notice] = {}
        self.all: dict[int, Notice] = {}
        self.told: list[Told] = []
        self.now = NOW
        self.marks = 0

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._look(steps=True)

    def happens(self, event: Event = Event.JOB_FAILED, name: str = "/a", good: bool = False, silent: float = 0) -> None:
        self.marks += 1
        self._look(Occurrence(event, name, f"{self.marks:09}", self.now, "why", good, silent))

    def again(self) -> None:
        "The same occurrence is looked at a second time."
        self._look(Occurrence(Event.JOB_FAILED, "/a", f"{self.marks:09}", self.now))

    def _look(self, *found: Occurrence, steps: bool = False) -> None:
        deciding = Deciding(self.rules, self.known, lambda: len(self.all) + 1, self.now)
        for each in found:
            deciding.happened(each)
        if steps:
            deciding.steps(list(self.known.values()))
        outcome = deciding.outcome
        self.told += outcome.told
        for notice in outcome.notices:
            self.all[notice.number] = notice
            self.known[notice.key] = notice

    def lines(self) -> list[str]:
        return [("well " if each.recovered else "") + getattr(each.means, "line", "") for each in self.told]

    @property
    def notice(self) -> Notice:
        return self.all[max(self.all)]


def test_the_first_step_is_at_once_and_others_follow_until_somebody_acknowledges() -> None:
    story = Story()
    story.happens()
    assert story.lines() == ["first"]
    story.later(59)
    assert story.lines() == ["first"]
    story.later(1)
    story.later(0)
    assert story.lines() == ["first", "second"]
    story.later(240)
    story.later(99)
    assert story.lines() == ["first", "second", "last"]
    story.later(1)
    assert story.lines() == ["first", "second", "last", "last"]
    acknowledged = by_hand(story.notice, NoticeEvent.ACKNOWLEDGE, "me", "I look", story.now)
    story.known[acknowledged.key] = acknowledged
    story.later(1000)
    assert len(story.told) == 4
    reopened = by_hand(acknowledged, NoticeEvent.REOPEN, "me", "", story.now)
    story.known[reopened.key] = reopened
    story.later(0)
    assert len(story.told) == 5


def test_what_happens_again_is_counted_and_not_told() -> None:
    story = Story()
    for _ in range(3):
        story.happens()
        story.again()
    assert story.lines() == ["first"]
    assert story.notice.count == 3
    story.happens(name="/A")
    assert story.notice.count == 4
    story.happens(name="/b")
    assert story.lines() == ["first", "first"]


def test_who_was_told_is_told_that_it_is_well_again_and_a_relapse_is_no_news() -> None:
    story = Story()
    story.happens()
    story.later(60)
    story.happens(good=True)
    assert story.lines() == ["first", "second", "well first", "well second"]
    assert story.notice.state is NoticeState.RECOVERED
    story.later(59)
    story.happens()
    assert story.notice.state is NoticeState.OPEN
    assert len(story.told) == 4
    story.later(300)
    assert story.lines()[4:] == ["last"]
    story.happens(good=True)
    story.later(60)
    story.happens()
    assert len(story.all) == 2
    assert story.lines()[-1] == "first"


def test_what_somebody_has_closed_begins_anew() -> None:
    story = Story()
    story.happens()
    closed = by_hand(story.notice, NoticeEvent.CLOSE, "me", "", story.now)
    story.known[closed.key] = closed
    story.again()
    assert len(story.told) == 1
    story.happens()
    assert (story.notice.number, len(story.told)) == (2, 2)


def test_silence_counts_from_what_the_rule_says() -> None:
    story = Story(RULE, replace(RULE, name="slow", silent_after=100))
    story.happens(Event.HEARTBEAT_MISSED, "m", silent=20)
    assert [each.notice.rule for each in story.told] == ["r"]
    story.happens(Event.HEARTBEAT_MISSED, "m", silent=100)
    assert [each.notice.rule for each in story.told] == ["r", "slow"]


def test_good_news_of_what_was_never_bad_are_none() -> None:
    story = Story(replace(RULE, tell_recovery=False))
    story.happens(good=True)
    assert not story.all
    story.happens()
    story.happens(good=True)
    assert story.lines() == ["first"]


@pytest.mark.parametrize(("state", "event"), list(product(NoticeState, NoticeEvent)))
def test_the_table_is_all_that_is_possible(state: NoticeState, event: NoticeEvent) -> None:
    if (state, event) in TABLE:
        assert after(state, event) is TABLE[state, event]
    else:
        with pytest.raises(WorkloadError) as refusal:
            after(state, event)
        assert refusal.value.code is Code.WRONG_STATE


@given(st.lists(st.sampled_from(["bad", "good", "again", "10", "100", "1000"]), max_size=40))
def test_nobody_is_told_twice_of_one_step_and_at_most_one_notice_is_open(deeds: Sequence[str]) -> None:
    story = Story(replace(RULE, steps=RULE.steps[:2], quiet=1e9))
    for deed in deeds:
        if deed == "again":
            if story.marks and story.known:
                story.again()
        elif deed in ("bad", "good"):
            story.happens(good=deed == "good")
        else:
            story.later(float(deed))
    assert sum(notice.state in STILL for notice in story.all.values()) <= 1
    assert len(story.all) <= 1
    assert story.lines().count("first") <= 1
    assert story.lines().count("second") <= 1


def test_messages_say_what_where_and_since_when() -> None:
    story = Story()
    story.happens()
    [told] = story.told
    assert subject(told, "demo") == "[demo] major: /a has failed"
    assert "Rule:       r" in body(told, "demo")
    assert facts(told, "demo")["event"] == "job_failed"
    story.later(60)
    assert "step 2" in body(story.told[-1], "demo")
    story.happens(good=True)
    assert subject(story.told[-1], "demo") == "[demo] well again: /a has failed"


def test_a_template_says_it_in_other_words() -> None:
    story = Story()
    story.happens()
    [told] = story.told
    own = Template(frozenset(), "{object} on {scheduler}", "{sentence} {nothing}\n{message}")
    assert subject(told, "demo", own) == "/a on demo"
    assert body(told, "demo", own) == f"/a has failed. {{nothing}}\n{body(told, 'demo')}"
    only_subject = Template(frozenset(), "{severity}")
    assert (subject(told, "demo", only_subject), body(told, "demo", only_subject)) == ("major", body(told, "demo"))
