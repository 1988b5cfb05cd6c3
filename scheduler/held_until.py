"""What is stopped, suspended or paused until an instant, and goes on then by itself.

A command that holds an object makes a `Hold` beside it when it names an end (`held`). Whatever lets the object go again
takes the hold away with it, and so does whatever holds it anew without an end (`without_ended`, for every change). When
its time has come the object is let go as the opposite command would do it (`released`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.actions import LogLine
from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.hold import PAUSE, RELEASED, Hold, HoldKey, HoldKind, hold_key
from scheduler.order.modify import Wish, modified
from scheduler.records import (
    ChainState,
    Job,
    JobChain,
    Node,
    NodeAction,
    NodeKey,
    Order,
    OrderKey,
    OrderState,
    Pause,
    Record,
)
from scheduler.task.queue import unstopped
from scheduler.times import parse_at, time_text
from scheduler.world import World

_HELD = (OrderState.SUSPENDED, OrderState.SUSPENDING)


# -- made by commands


def end_of(world: World, text: str, now: datetime, *, holds: bool, needed: str) -> datetime | None:
    """The instant that the attribute `until` of a command names; None: it is empty or `never`.

    `holds`: whether the command holds anything; if it does not, ONLY_WITH names what is `needed`. Raises BAD_TIME, also
    for an instant that has passed.
    """
    if not text:
        return None
    if not holds:
        raise WorkloadError(Code.ONLY_WITH, attribute="until", other=needed)
    until = parse_at(text, now, ZoneInfo(world.identity.time_zone))
    if until is not None and until <= now:
        raise WorkloadError(Code.BAD_TIME, value=text, expected="a time that is still to come")
    return until


def held(world: World, change: Change, kind: HoldKind, name: str, until: datetime | None, author: str) -> Change:
    "`change` holds an object: with its end, or without the one that it had before."
    if until is not None:
        detail = {**change.detail, "until": time_text(until), **({"by": author} if author else {})}
        return replace(change, put=(*change.put, Hold(kind, name, until, author)), detail=detail)
    key = hold_key(kind, name)
    if world.holds.get(key) is None and key != PAUSE:  # that of a pause may be in the store alone
        return change
    return replace(change, drop=(*change.drop, (Hold, key)))


# -- gone with what they are about


def without_ended(world: World, change: Change) -> Change:
    "The change with the holds dropped that it brings to an end."
    if not world.holds:
        return change
    said = {record.key for record in change.put if type(record) is Hold}
    said |= {key for kind, key in change.drop if kind is Hold}
    over = [key for key in _ended(world, change) if key not in said and world.holds.get(key) is not None]
    dropped: tuple[Dropped, ...] = tuple((Hold, key) for key in dict.fromkeys(over))
    return replace(change, drop=(*change.drop, *dropped)) if dropped else change


def _ended(world: World, change: Change) -> Iterator[HoldKey]:
    there: dict[HoldKey, bool] = {}
    for kind, dropped in change.drop:
        key = _key_of_dropped(world, kind, dropped)
        if key is not None:
            there[key] = False
    for record in (*change.put, *change.keep):
        key = _key_of(record)
        if key is not None:
            there[key] = _is_held(record)
    yield from (key for key, stays in there.items() if not stays)
    if change.kind is Kind.JOB_STOPPED:  # for another reason, which may outlast the end of this one
        yield hold_key(HoldKind.JOB, change.object)


def _key_of_dropped(world: World, kind: type[Record], key: object) -> HoldKey | None:
    if kind is Job or kind is JobChain:
        return HoldKey(HoldKind.JOB if kind is Job else HoldKind.JOB_CHAIN, str(key))
    if isinstance(key, NodeKey) and kind is Node:
        return HoldKey(HoldKind.NODE, f"{key.chain},{key.state}")
    if isinstance(key, OrderKey) and kind is Order:
        order = world.orders.get(key)
        return _key_of(order) if order is not None else HoldKey(HoldKind.ORDER, f"{key.chain},{key.id}")
    return None


def _key_of(record: Record) -> HoldKey | None:
    match record:
        case Job():
            return HoldKey(HoldKind.JOB, record.key)
        case JobChain():
            return HoldKey(HoldKind.JOB_CHAIN, record.key)
        case Node():
            return HoldKey(HoldKind.NODE, f"{record.key.chain},{record.key.state}")
        case Order():
            return hold_key(HoldKind.ORDER, name_of(record))
        case Pause():
            return PAUSE
    return None


def _is_held(record: Record) -> bool:
    match record:
        case Job():
            return record.stopped
        case JobChain():
            return record.state is ChainState.STOPPED
        case Node():
            return record.action is not NodeAction.PROCESS
        case Order():
            return record.state in _HELD
        case Pause():
            return record.paused
    return False


def name_of(order: Order) -> str:
    "As a hold names it: that stays when it goes on from one nested chain to the next one."
    return f"{order.home},{order.id}"


# -- released by time


def released(world: World, now: datetime) -> Decision | None:
    "Lets the next object go whose time has come. One that is not there, because its file is faulty, waits for that."
    for hold in world.holds.due(now):
        change = _RELEASES[hold.kind](world, hold.key.key, now)
        if change is None:
            continue
        by = {"by": hold.author} if hold.author else {}
        detail = {**change.detail, **RELEASED, "until": time_text(hold.until), **by}
        line = LogLine("info", _sentence(hold), {"object": hold.object})
        return Decision([replace(change, drop=(*change.drop, (Hold, hold.key)), detail=detail)], [line])
    return None


def _sentence(hold: Hold) -> str:
    kind, held_as = _WORDS[hold.kind]
    name = f"{kind} {hold.object}" if hold.kind is not HoldKind.SCHEDULER else kind
    by = f" by {hold.author}" if hold.author else ""
    return f"The {name} was {held_as}{by} until {time_text(hold.until)} and goes on"


_WORDS = {
    HoldKind.JOB: ("job", "stopped"),
    HoldKind.JOB_CHAIN: ("job chain", "stopped"),
    HoldKind.NODE: ("node", "stopped or skipped"),
    HoldKind.ORDER: ("order", "suspended"),
    HoldKind.SCHEDULER: ("scheduler", "paused"),
}


def _job(world: World, key: str, now: datetime) -> Change | None:
    job = world.jobs.get(key)
    return Change(Kind.JOB_UNSTOPPED, job.path, put=(unstopped(job, now),)) if job is not None else None


def _chain(world: World, key: str, now: datetime) -> Change | None:
    chain = world.chains.get(key)
    if chain is None:
        return None
    return Change(Kind.CHAIN_UNSTOPPED, chain.path, put=(replace(chain, state=ChainState.RUNNING),))


def _node(world: World, key: str, now: datetime) -> Change | None:
    chain_key, _, state = key.partition(",")
    node = world.nodes.get(NodeKey(chain_key, state))
    if node is None:
        return None
    detail = {"node": node.state, "action": NodeAction.PROCESS.value}
    return Change(Kind.NODE_CHANGED, node.chain, put=(replace(node, action=NodeAction.PROCESS),), detail=detail)


def _order(world: World, key: str, now: datetime) -> Change | None:
    chain_key, _, order_id = key.partition(",")
    order = world.order_index.find(OrderKey(chain_key, order_id))
    return modified(world, order, Wish(suspended=False), now) if order is not None else None


def _scheduler(world: World, key: str, now: datetime) -> Change:
    return Change(Kind.SCHEDULER_CONTINUED, world.identity.scheduler_id, put=(Pause(False),))


_RELEASES: dict[HoldKind, Callable[[World, str, datetime], Change | None]] = {
    HoldKind.JOB: _job,
    HoldKind.JOB_CHAIN: _chain,
    HoldKind.NODE: _node,
    HoldKind.ORDER: _order,
    HoldKind.SCHEDULER: _scheduler,
}
