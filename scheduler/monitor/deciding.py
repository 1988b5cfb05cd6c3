"""What follows from occurrences and from the time: notices as they are afterwards, and what is to be sent.

    it happens, nothing is known of it             -> a notice, its first step at once
    it happens, and there is a notice of it        -> that one counts it; nobody is told again
    it happens soon after it was well (`quiet`)    -> its notice is open again; nobody is told until a further step
    it is well again                               -> the notice is over; who was told of it is told that, too
    time                                           -> further steps, as long as it is open

An occurrence that a notice knows already, by `about`, changes nothing; so looking twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.monitor.events import Event
from scheduler.monitor.notice import STILL, Notice, NoticeEvent, NoticeState, after
from scheduler.monitor.occurrence import Occurrence
from scheduler.monitor.rules import Means, Rule, Rules

#: rule, event and object
Key = tuple[str, Event, str]


@dataclass(frozen=True, slots=True)
class Told:
    "A message that is to be sent. `recovered`: it says that it is well again."

    notice: Notice
    means: Means
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    notices: tuple[Notice, ...] = ()
    told: tuple[Told, ...] = ()


def keys_of(rules: Rules, occurrences: Iterable[Occurrence]) -> set[Key]:
    "Of the notices that these occurrences may be about."
    return {
        (rule.name, each.event, each.object_key)
        for each in occurrences
        for rule in rules.about(each.event, each.object)
    }


class Deciding:
    """One look. `known` are the last notices by key, whatever their state; `number` hands out numbers of new ones.

    `outcome` holds only what has changed.
    """

    def __init__(
        self, rules: Rules, known: Mapping[Key, Notice], number: Callable[[], int], now: datetime
    ) -> None:
        self._rules = rules
        self._known = dict(known)
        self._number = number
        self._now = now
        self._changed: dict[int, Notice] = {}
        self._told: list[Told] = []

    @property
    def outcome(self) -> Outcome:
        return Outcome(tuple(self._changed.values()), tuple(self._told))

    def happened(self, each: Occurrence) -> None:
        for rule in self._rules.about(each.event, each.object):
            notice = self._known.get((rule.name, each.event, each.object_key))
            if each.good:
                self._is_well(rule, notice, each)
            elif each.silent_for and each.silent_for < rule.silent_after:
                continue
            elif notice is None or (notice.about < each.about and not self._goes_on(rule, notice, each)):
                self._begin(rule, each)

    def steps(self, notices: Iterable[Notice]) -> None:
        "Those of open notices that are due."
        for given in notices:
            notice = self._known.get(given.key, given)
            rule = self._rules.named(notice.rule)
            due = notice.next_at is not None and notice.next_at <= self._now
            if rule is not None and due and notice.state is NoticeState.OPEN:
                self._take_step(rule, notice)

    def _begin(self, rule: Rule, each: Occurrence) -> None:
        notice = Notice(
            self._number(), rule.name, each.event, rule.severity, each.object, each.object_key, each.about, each.text,
            NoticeState.OPEN, each.at, each.at, next_at=self._following(rule, 0, self._now),
        )  # fmt: skip
        self._put(notice)
        if notice.next_at is not None and notice.next_at <= self._now:
            self._take_step(rule, notice)

    def _goes_on(self, rule: Rule, notice: Notice, each: Occurrence) -> bool:
        "Whether the notice is still the one for it; it is counted then."
        counted = replace(notice, about=each.about, last_at=each.at, text=each.text, count=notice.count + 1)
        if notice.state in STILL:
            self._put(replace(counted, state=after(notice.state, NoticeEvent.AGAIN)))
            return True
        soon = notice.ended_at is not None and self._now - notice.ended_at < timedelta(seconds=rule.quiet)
        if notice.state is NoticeState.RECOVERED and soon:
            following = self._following(rule, notice.steps, self._now)
            self._put(
                replace(counted, state=after(notice.state, NoticeEvent.RELAPSE), ended_at=None, next_at=following)
            )
            return True
        return False

    def _is_well(self, rule: Rule, notice: Notice | None, each: Occurrence) -> None:
        if notice is None or notice.state not in STILL:
            return
        over = replace(notice, state=after(notice.state, NoticeEvent.RECOVER), ended_at=self._now, next_at=None)
        self._put(over)
        if rule.tell_recovery:
            told = dict.fromkeys(means for step in rule.steps[: notice.steps] for means in step.means)
            self._told += [Told(replace(over, text=each.text), means, recovered=True) for means in told]

    def _take_step(self, rule: Rule, notice: Notice) -> None:
        "The next step, or the last one again."
        place = min(notice.steps, len(rule.steps) - 1)
        step = rule.steps[place]
        taken = max(notice.steps, place + 1)
        following = self._following(rule, taken, notice.first_at)
        notice = replace(notice, state=after(notice.state, NoticeEvent.STEP), steps=taken, next_at=following)
        self._put(notice)
        self._told += [Told(notice, means) for means in step.means]

    def _following(self, rule: Rule, taken: int, begun: datetime) -> datetime | None:
        "When the step after so many is due, of a notice that began then; None: there is none."
        if taken < len(rule.steps):
            return max(begun + timedelta(seconds=rule.steps[taken].after), self._now)
        every = rule.steps[-1].every
        return self._now + timedelta(seconds=every) if every else None

    def _put(self, notice: Notice) -> None:
        self._known[notice.key] = notice
        self._changed[notice.number] = notice
