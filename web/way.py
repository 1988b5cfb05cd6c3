"""The way of an order through its chain, as a row of stops: passed, here, to come. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.read import NodeRow
from scheduler.records import NodeAction


@dataclass(frozen=True, slots=True)
class Stop:
    "`held`: orders stop at the node or pass it without its job. `failed`: it was done, and ended with an error."

    state: str
    action: NodeAction
    here: bool
    done: bool
    failed: bool
    end: bool

    @property
    def held(self) -> bool:
        return self.action is not NodeAction.PROCESS


def way(nodes: Sequence[NodeRow], here: str, visited: Mapping[str, bool]) -> list[Stop]:
    """The stops from the first node by its next states, with those the order has seen besides.

    `visited`: nodes where the order was, and whether the last step there went well. Error states are left out unless
    the order is there or was there. `here` is empty for an order that is gone.
    """
    shown = _straight(nodes) | set(visited) | {here}
    return [_stop(node, here, visited) for node in nodes if node.state in shown]


def _stop(node: NodeRow, here: str, visited: Mapping[str, bool]) -> Stop:
    done = node.state in visited and node.state != here
    failed = done and not visited[node.state]
    return Stop(node.state, node.action, node.state == here, done, failed, node.is_end)


def _straight(nodes: Sequence[NodeRow]) -> set[str]:
    by_state = {node.state: node for node in nodes}
    passed: set[str] = set()
    state = nodes[0].state if nodes else ""
    while state in by_state and state not in passed:
        passed.add(state)
        state = by_state[state].next_state
    return passed
