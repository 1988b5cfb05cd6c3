"""Whether a cluster is as it should be: one sentence, what to worry about, and what a switch-over would meet. Pure.

A member's clock is judged by its newest sign of life. It is written at least every second and a half, by its own clock;
so a member that lives, but whose sign of life is older or comes from the future, has a clock that is apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from models.members import Member
from models.takeovers import TakeOver
from scheduler.cluster.claiming import Reason
from scheduler.cluster.sight import Quality
from web.cluster import READY, WAITS_FOR_PRIMARY, Card
from web.words import duration, gettext, ngettext

#: clocks that are further apart are worth a warning
APART = timedelta(seconds=2)
#: how old the newest sign of life of a member that lives may be, when clocks are alike
BEAT = timedelta(seconds=1.5)
#: an older sign of life of who would go on is worth a warning
FRESH = timedelta(seconds=10)
#: proofs that somebody else can take over
_TESTED = frozenset({Reason.HANDED_OVER.value, Reason.LOST.value, Reason.DIED.value, Reason.SILENT.value})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the member in charge has seen of another one: how many signs of life, how many late, and how they are now.
    `recent`: the longest silences lately, the newest last; None: it did not look."""

    beats: int
    late: int
    quality: str
    recent: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    "What it tells when it is asked. `slowest_commit`: seconds; None: it does not tell."

    seen: dict[str, Seen]
    slowest_commit: float | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    "Something that one looks at before a switch-over."

    good: bool
    text: str


def told(answer: etree._Element | None) -> Told:
    "From the answer to `commands.show_cluster`; None: it did not come."
    if answer is None:
        return Told({})
    seen = {
        each.get("cluster_member_id", ""): Seen(
            int(each.get("heart_beat_count", "0")),
            int(each.get("late_heart_beat_count", "0")),
            each.get("heart_beat_quality", ""),
            tuple(None if word == "-" else float(word) for word in each.get("recent_silences", "").split()),
        )
        for each in answer.iter("cluster_member")
    }
    measured = next(answer.iter("operations"), None)
    slowest = measured.get("slowest_commit_ms") if measured is not None else None
    return Told(seen, float(slowest) / 1000 if slowest else None, True)


def clock_apart(card: Card, known: Told, now: datetime) -> float | None:
    """Seconds that the clock of a member is ahead of `now` (negative: behind), 0 where no difference can be told. None:
    it is not known whether it lives."""
    seen = known.seen.get(card.member.member_id)
    lives = known.answered if card.at_work else seen is not None and seen.beats > 0 and seen.quality == Quality.GOOD
    if card.member.dead or not lives:
        return None
    difference = card.member.beat_at - now
    if difference < timedelta():
        difference = min(difference + BEAT, timedelta())
    return difference.total_seconds() if abs(difference) > APART else 0.0


def leaders(cards: Iterable[Card]) -> list[Card]:
    "The members that say that they lead. More than one is a disaster."
    return [card for card in cards if card.lives and card.member.active and card.member.exclusive]


def successors(cards: Iterable[Card]) -> list[Card]:
    "Those that could take over, in the order in which they would."
    ready = [card for card in cards if card.look == READY]
    return sorted(ready, key=lambda c: (c.member.precedence or 0, c.member.backup, c.member.started_at))


def workers(cards: Iterable[Card]) -> list[Card]:
    return [card for card in cards if card.lives and card.member.distributed and card.member.active]


def sentence(cards: Sequence[Card], takeovers: Sequence[TakeOver], now: datetime) -> str:
    "The state of the cluster in one sentence; empty for an engine that stands alone."
    if not any(card.member.clustered for card in cards):
        return ""
    leading, next_ones = leaders(cards), successors(cards)
    head = gettext("Active cluster") if any(c.member.distributed for c in cards) else gettext("Passive cluster")
    parts = [_at_work(leading)]
    if number := sum(card not in leading for card in workers(cards)):
        parts.append(ngettext("%(num)s other member works", "%(num)s other members work", number))
    else:
        parts.append(
            gettext("%(member)s would take over", member=next_ones[0].member.member_id)
            if next_ones
            else gettext("nobody would take over")
        )
    return f"{head}: {', '.join([*parts, _tested(takeovers, now)])}."


def _at_work(leading: Sequence[Card]) -> str:
    if not leading:
        return gettext("nobody is active")
    return gettext("%(member)s is active", member=" + ".join(card.member.member_id for card in leading))


def _tested(takeovers: Sequence[TakeOver], now: datetime) -> str:
    last = next((each for each in takeovers if each.reason in _TESTED), None)
    if last is None:
        return gettext("taking over was never tested")
    return gettext("last tested %(time)s ago", time=duration((now - last.active_at).total_seconds()))


def two_lead(cards: Sequence[Card]) -> list[str]:
    "The names of several that say that they lead; mostly none."
    found = [card.member.member_id for card in leaders(cards)]
    return found if len(found) > 1 else []


def warnings(cards: Sequence[Card], known: Told, now: datetime) -> list[str]:
    "What to worry about, in sentences."
    if not any(card.member.clustered for card in cards):
        return _of_clocks(cards, known, now)
    found = []
    if any(card.look == WAITS_FOR_PRIMARY for card in cards):
        found.append(_nobody_begins(cards))
    elif not successors(cards) and len(workers(cards)) < 2:
        found.append(gettext("There is no standby: when the active member dies, nothing runs until one is started."))
    versions = sorted({card.member.version for card in cards if card.lives})
    if len(versions) > 1:
        found.append(gettext("Members are of different versions: %(versions)s.", versions=", ".join(versions)))
    return found + _of_clocks(cards, known, now)


def _nobody_begins(cards: Sequence[Card]) -> str:
    "Why backups wait although nobody works, and what can be done about it."
    if any(card.may_be_lost and not card.lives for card in cards):
        return gettext(
            "The last active member has ended, and it was not wished that a backup goes on: start a primary, or confirm"
            " that the one that has ended is lost."
        )
    return gettext(
        "Nobody has worked here yet. A backup only goes on with what a primary has begun: start a member without"
        " -backup."
    )


def _of_clocks(cards: Sequence[Card], known: Told, now: datetime) -> list[str]:
    found = []
    for card in cards:
        if seconds := clock_apart(card, known, now):
            names = {"member": card.member.member_id, "time": duration(abs(seconds))}
            if seconds > 0:
                found.append(gettext("The clock of %(member)s is about %(time)s ahead of this web server's.", **names))
            else:
                found.append(gettext("The clock of %(member)s is about %(time)s behind this web server's.", **names))
    return found


def could_follow(cards: Sequence[Card]) -> list[str]:
    "The ids of those that a switch-over could make active."
    return [card.member.member_id for card in _followers(cards)]


def _followers(cards: Sequence[Card]) -> list[Card]:
    leading = leaders(cards)
    return [card for card in (*successors(cards), *workers(cards)) if card not in leading]


@dataclass(frozen=True, slots=True)
class UnderWay:
    "Running tasks, commands to members that are not obeyed yet, workers that have not got their configuration yet."

    tasks: int
    commands: int
    transfers: int = 0


def checks(cards: Sequence[Card], under_way: UnderWay, now: datetime, chosen: str = "") -> list[Check]:
    "Before a switch-over: who would go on (`chosen`: the member that somebody has chosen), and what is under way."
    leading, others = leaders(cards), _followers(cards)
    other = next((card for card in others if chosen in ("", card.member.member_id)), None)
    if other is None:
        if chosen and others:
            return [Check(False, gettext("%(member)s is not ready to take over.", member=chosen))]
        return [Check(False, gettext("No other member is ready: nothing would run afterwards."))]
    member, age = other.member, duration((now - other.member.beat_at).total_seconds())
    fresh = gettext("%(member)s would go on; its last sign of life is %(time)s old.", member=member.member_id, time=age)
    found = [Check(now - member.beat_at < FRESH, fresh)]
    tasks, commands, transfers = under_way.tasks, under_way.commands, under_way.transfers
    for card in leading[:1]:
        found += _alike(card, other)
    idle = gettext("No task runs.")
    busy = ngettext("%(num)s task runs and is asked to end first.", "%(num)s tasks run and are asked to end first.",
                    tasks)  # fmt: skip
    found.append(Check(not tasks, busy if tasks else idle))
    late = ngettext("%(num)s workload scheduler has not got its newest configuration yet.",
                    "%(num)s workload schedulers have not got their newest configuration yet.", transfers)  # fmt: skip
    found.append(Check(not transfers, late if transfers else gettext("No transfer of a configuration is unfinished.")))
    if commands:
        found.append(Check(False, ngettext("%(num)s command to a member is not obeyed yet.",
                                           "%(num)s commands to members are not obeyed yet.", commands)))  # fmt: skip
    return found


def _alike(one: Card, other: Card) -> list[Check]:
    same_version = one.member.version == other.member.version
    version = other.member.version
    return [
        Check(same_version, gettext("Both are of version %(version)s.", version=version) if same_version
              else gettext("It is of version %(version)s, the active one is not.", version=version)),
        _same_files(one.member, other.member),
    ]  # fmt: skip


def _same_files(one: Member, other: Member) -> Check:
    "By what the files say, wherever they lie."
    if not (one.files_digest and other.files_digest):
        return Check(False, gettext("It is not known yet whether both have the same configuration."))
    digest = short(other.files_digest)
    if one.files_digest == other.files_digest:
        return Check(True, gettext("Both have the same configuration, %(version)s.", version=digest))
    names = {"other": digest, "folder": other.live_folder, "own": short(one.files_digest)}
    return Check(
        False,
        gettext("It has another configuration, %(other)s in %(folder)s; the active one has %(own)s.", **names),
    )


def short(digest: str) -> str:
    "As much of it as people compare."
    return digest[:8]
