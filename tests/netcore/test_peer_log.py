"Lines about peers are limited, and what is left out is told."

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from netcore.peer_log import PeerLog


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []

    def observe(event: dict[str, object]) -> None:
        if event.get("log_namespace") == "netcore.peer_log.PeerLog":
            lines.append(str(event["log_format"]).format(**event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def test_each_peer_has_its_lines_in_each_minute_and_the_others_are_counted(said: list[str]) -> None:
    clock = Clock()
    log = PeerLog(clock, 3)
    for number in range(5):
        log.info("a", "{peer} {number}", number=number)
        log.warn("b", "{peer} {number}", number=number)
    assert said == ["a 0", "b 0", "a 1", "b 1", "a 2", "b 2"]
    clock.advance(61)
    log.info("a", "{peer} again")
    assert said[6:] == ["4 lines about 2 peers were left out, most of them about a", "a again"]
    clock.advance(61)
    log.info("a", "{peer} again")
    assert said[8:] == ["a again"]


def test_many_peers_are_not_remembered_one_by_one(said: list[str]) -> None:
    clock = Clock()
    log = PeerLog(clock, 2)
    for number in range(5000):
        log.info(f"peer {number}", "{peer}")
    assert len(said) == 1002


def test_no_lines_at_all_can_be_wanted(said: list[str]) -> None:
    log = PeerLog(Clock(), 0)
    log.warn("a", "{peer}")
    assert said == []
