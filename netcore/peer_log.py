"""Lines of the engine's log that a peer causes: only so many in a minute, so that nobody can fill the disk."""

from __future__ import annotations

from collections import Counter
from typing import Any

from twisted.logger import Logger

#: peers that are counted one by one in a minute; further ones count as one
_PEERS_MAX = 1000
_OTHERS = "other peers"


def named(address: str, by: str) -> str:
    "A peer as it is called in the log and by who executes: `127.0.0.1 (token deploy)`; without `by` its address."
    return f"{address} ({by})" if by else address


def address_of(peer: str) -> str:
    "Of a peer that is called so."
    return peer.partition(" ")[0]


class PeerLog:
    """`lines` of one peer are written in a minute; how many were left out is said with the first line after it.

    On the reactor's thread.
    """

    _log = Logger()

    def __init__(self, reactor: Any, lines: int) -> None:
        self._reactor = reactor
        self._lines = lines
        self._minute = float("-inf")
        self._said: Counter[str] = Counter()

    def info(self, peer: str, format: str, **values: Any) -> None:
        "The format may name `{peer}`."
        if self._has_room(peer):
            self._log.info(format, peer=peer, **values)

    def warn(self, peer: str, format: str, **values: Any) -> None:
        if self._has_room(peer):
            self._log.warn(format, peer=peer, **values)

    def _has_room(self, peer: str) -> bool:
        now = self._reactor.seconds()
        if now >= self._minute + 60:
            self._sum_up()
            self._minute = now
        if peer not in self._said and len(self._said) >= _PEERS_MAX:
            peer = _OTHERS
        self._said[peer] += 1
        return self._said[peer] <= self._lines

    def _sum_up(self) -> None:
        left_out = {peer: count - self._lines for peer, count in self._said.items() if count > self._lines}
        self._said.clear()
        if left_out:
            most = max(left_out, key=lambda peer: left_out[peer])
            self._log.warn(
                "{count} lines about {peers} peers were left out, most of them about {most}",
                count=sum(left_out.values()), peers=len(left_out), most=most,
            )  # fmt: skip
