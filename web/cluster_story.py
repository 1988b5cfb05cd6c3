"""How the right to work went from member to member, and how far the last command to end or to hand over is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from models.operations import Operation
from models.takeovers import TakeOver
from scheduler.cluster.claiming import Reason
from scheduler.records import EngineState
from web.actions.verbs import VERBS
from web.cluster import Card
from web.states import Look
from web.words import gettext, ngettext

#: actions that end members, or make others work, or take that back
ENDS = (
    "scheduler.fail-safe", "scheduler.terminate", "scheduler.restart", "scheduler.terminate-all",
    "scheduler.restart-all", "scheduler.abort", "scheduler.abort-restart", "scheduler.cancel-end", "member.terminate",
    "member.restart", "member.abort", "member.abort-restart", "member.confirm-loss",
)  # fmt: skip
_RESTARTS = frozenset(each for each in ENDS if "restart" in each)
_HAND_OVER, _CONFIRM, _CANCEL = "scheduler.fail-safe", "member.confirm-loss", "scheduler.cancel-end"
#: how long after its command a member may have ended, and how long the page looks back for one
SOON = timedelta(minutes=10)
#: how far back roles are told
DAYS = 90

_KINDS: dict[str, Look] = {
    Reason.FIRST: Look("neutral", "play", "start"),
    Reason.OWN: Look("neutral", "play", "came back"),
    Reason.ENDED: Look("neutral", "chevrons", "start after an end"),
    Reason.HANDED_OVER: Look("held", "chevrons", "switch-over"),
    Reason.LOST: Look("held", "chevrons", "switch-over after a loss"),
    Reason.DIED: Look("attention", "octagon", "fail-over"),
    Reason.SILENT: Look("attention", "octagon", "fail-over"),
}
_UNKNOWN = Look("neutral", "circle", "change")


@dataclass(frozen=True, slots=True)
class Change:
    "`command`: what somebody had ordered on these pages just before, where that is why."

    takeover: TakeOver
    look: Look
    command: Operation | None

    @property
    def seconds(self) -> float:
        return (self.takeover.active_at - self.takeover.noticed_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Step:
    "`at` None: it goes on. `seconds` since the command."

    text: str
    at: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Walk:
    "A command and its steps so far. `over`: nothing more is expected of it."

    command: Operation
    steps: tuple[Step, ...]
    over: bool


def word(command: Operation) -> str:
    "What was ordered."
    kind, _, verb = command.action.partition(".")
    return VERBS[kind, verb].word


def changes(takeovers: Sequence[TakeOver], commands: Sequence[Operation]) -> list[Change]:
    "The newest first, as the take-overs are."
    return [Change(each, _KINDS.get(each.reason, _UNKNOWN), _why(each, commands)) for each in takeovers]


def _why(takeover: TakeOver, commands: Sequence[Operation]) -> Operation | None:
    if takeover.reason in (Reason.FIRST, Reason.DIED, Reason.SILENT):
        wanted = tuple(action for action in ENDS if "abort" in action)
    else:
        wanted = tuple(action for action in ENDS if action != _CANCEL)
    before = takeover.active_at - SOON
    return next(
        (each for each in commands if each.action in wanted and before <= each.created_at <= takeover.active_at), None
    )


def walk(
    command: Operation, takeovers: Sequence[TakeOver], cards: Sequence[Card], work: Mapping[str, tuple[int, int]]
) -> Walk:
    "What has happened since the command. `work`: tasks and orders of members that run now."
    steps = [Step(gettext("asked by %(account)s", account=command.account), command.created_at, None)]
    if command.ended_at is not None:
        steps.append(_at(command, gettext("the engine has agreed"), command.ended_at))
    if command.action == _CANCEL:
        return Walk(command, tuple(steps), command.ended_at is not None)
    story = next((each for each in reversed(takeovers) if each.active_at > command.created_at), None)
    before = next((each for each in takeovers if each.active_at <= command.created_at), None)
    target = _target(command, story, before, cards)
    if target is not None and command.action != _CONFIRM and (ending := _ending(command, target, work)):
        steps.append(ending)
    again = target is not None and target.member.started_at > command.created_at
    later: list[tuple[datetime, str]] = []
    if again and target is not None:
        started = target.member.started_at
        later.append((started, gettext("%(member)s has started again", member=target.member.member_id)))
    if story is not None:
        claimed = gettext("%(member)s has taken the right to work", member=story.member_id)
        later.append((story.claimed_at, claimed))
        later.append((story.active_at, gettext("%(member)s is active", member=story.member_id)))
    steps += [_at(command, text, at) for at, text in sorted(later, key=itemgetter(0))]
    # whoever lives again, started by somebody else, has ended before
    ended = target is None or again or not target.lives
    if command.action == _CONFIRM:
        ended = target is None or not target.may_be_lost
    waited_for = story is not None if command.action == _HAND_OVER else again if command.action in _RESTARTS else ended
    return Walk(command, tuple(steps), waited_for)


def _target(
    command: Operation, story: TakeOver | None, before: TakeOver | None, cards: Sequence[Card]
) -> Card | None:
    "The member that the command was for: the one it names, else the one that was at work then."
    if command.action.startswith("member."):
        wanted = command.object
    elif story is not None:
        wanted = story.predecessor
    elif before is not None:
        wanted = before.member_id
    else:
        return next((card for card in cards if card.at_work), None)
    return next((card for card in cards if card.member.member_id == wanted), None)


def _ending(command: Operation, target: Card, work: Mapping[str, tuple[int, int]]) -> Step | None:
    member = target.member
    if member.started_at > command.created_at:
        return None
    if member.state == EngineState.STOPPED or member.dead:
        # the last sign of life of one that was aborted is older than the command
        at = max(member.beat_at, command.ended_at or command.created_at)
        return _at(command, gettext("%(member)s has ended", member=member.member_id), at)
    if not target.lives:
        return None
    tasks = work.get(member.member_id, (0, 0))[0]
    text = ngettext("%(member)s is ending, %(num)s task left", "%(member)s is ending, %(num)s tasks left", tasks,
                    member=member.member_id)  # fmt: skip
    return Step(text, None, None)


def _at(command: Operation, text: str, at: datetime) -> Step:
    return Step(text, at, (at - command.created_at).total_seconds())
