"""Why does it not run? The engine knows; the page asks it shortly and does without when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, url_for
from lxml import etree

from scheduler.records import ObjectKind
from web import commands, engines, scope

#: kind of an obstacle -> shape of the sprite; anything else gets the diamond ("waits for a resource")
SHAPES = {
    "suspended": "bars",
    "paused": "bars",
    "stopped": "square",
    "job_stopped": "square",
    "chain_stopped": "square",
    "node_stopped": "square",
    "disabled": "slashed",
    "start_time": "clock",
    "delay": "clock",
    "start_at": "clock",
    "setback": "retry",
    "running": "play",
    "missing": "torn",
    "error": "octagon",
    "blacklisted": "barred",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    "One reason. `object` is the path of what is in the way, `address` its page (both may be empty)."

    text: str
    shape: str = "diamond"
    object: str = ""
    address: str = ""
    until: datetime | None = None


def order(scheduler_id: str, chain: str, order_id: str) -> list[Obstacle]:
    return _obstacles(scheduler_id, commands.why_order(chain, order_id))


def job(scheduler_id: str, path: str) -> list[Obstacle]:
    return _obstacles(scheduler_id, commands.why_job(path))


def _obstacles(scheduler_id: str, question: etree._Element) -> list[Obstacle]:
    address = scope.reachable(scheduler_id)
    if address is None:
        return []
    answer = engines.ask(address, question, current_app.extensions["stellwerk_settings"].why_timeout)
    if answer is None:
        return []
    return [_obstacle(scheduler_id, element) for element in answer.iter("obstacle") if element.get("text")]


def _obstacle(scheduler_id: str, element: etree._Element) -> Obstacle:
    name = element.get("object", "")
    return Obstacle(
        text=element.get("text", ""),
        shape=SHAPES.get(element.get("kind", ""), "diamond"),
        object=name,
        address=_address(scheduler_id, element.get("type", ""), name),
        until=_instant(element.get("until", "")),
    )


def _address(scheduler_id: str, kind: str, name: str) -> str:
    "The page of an object; empty when its type is not told or has no page."
    if kind == ObjectKind.JOB and name.startswith("/"):
        return url_for("jobs.page", scheduler_id=scheduler_id, path=name)
    if kind == ObjectKind.JOB_CHAIN and name.startswith("/"):
        return url_for("chains.page", scheduler_id=scheduler_id, chain=name)
    if kind == "task" and name.isdecimal():
        return url_for("tasks.page", scheduler_id=scheduler_id, task_id=int(name))
    return ""


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
