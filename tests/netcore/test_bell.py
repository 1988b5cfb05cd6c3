"What wakes other members: real datagrams; words that nobody else could have said; everything else only wakes."

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from netcore.cluster.bell import ASSIGNED, REPORTED, WORDS_MOST, Bell
from netcore.cluster.seal import sealed, unsealed
from scheduler.cluster.view import MemberView
from tests.support.reactor import in_reactor, running_reactor, wait_for

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Listener:
    """A bell, and what was heard of it: the kind, and the words, None for none. `breaths`: how many words were told at
    once."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.bell = Bell(running_reactor(), run)
        self.port = in_reactor(self.bell.listen, "127.0.0.1")
        self.heard: list[tuple[bytes, bytes | None]] = []
        self.breaths: list[int] = []
        for kind in (ASSIGNED, REPORTED):
            self.bell.hears(kind, lambda kind=kind: self.heard.append((kind, None)),  # type: ignore[misc]
                            lambda said, kind=kind: self._listen(kind, said))  # type: ignore[misc]

    def _listen(self, kind: bytes, said: list[bytes]) -> None:
        self.breaths.append(len(said))
        self.heard += [(kind, words) for words in said]

    @property
    def view(self) -> MemberView:
        return MemberView(f"id/{self.run}:1", "x", 1, "1", "running", NOW, NOW, run_token=self.run,
                          bell_port=self.port, ip_address="127.0.0.1")  # fmt: skip

    def knows(self, other: Listener) -> None:
        in_reactor(self.bell.others, (self.view, other.view))
        wait_for(lambda: self.bell.ring(other.run, ASSIGNED) is False and other.heard)
        other.heard.clear()


@pytest.fixture
def pair() -> Iterator[tuple[Listener, Listener]]:
    both = Listener("r1"), Listener("r2")
    yield both
    for each in both:
        in_reactor(each.bell.stop)


def test_words_are_heard_by_the_member_that_they_are_for(pair: tuple[Listener, Listener]) -> None:
    one, other = pair
    one.knows(other)
    one.bell.key = other.bell.key = "secret"
    wait_for(lambda: one.bell.ring("r2", REPORTED, b"words") and (REPORTED, b"words") in other.heard)
    assert not one.bell.ring("r2", REPORTED, b"x" * (WORDS_MOST + 1)), "they are too long, so it only rings"
    wait_for(lambda: (REPORTED, None) in other.heard)
    assert one.bell.ring("r3", REPORTED, b"words") is False


def test_what_lies_there_when_the_reactor_looks_is_told_at_once(pair: tuple[Listener, Listener]) -> None:
    one, other = pair
    one.knows(other)
    one.bell.key = other.bell.key = "secret"

    def say() -> None:
        for number in range(5):
            assert one.bell.ring("r2", REPORTED, b"%d" % number)

    in_reactor(say)
    wait_for(lambda: other.breaths)
    assert other.breaths == [5]
    assert [words for _, words in other.heard if words is not None] == [b"%d" % number for number in range(5)]


def test_words_without_a_common_secret_only_wake(pair: tuple[Listener, Listener]) -> None:
    one, other = pair
    one.knows(other)
    assert not one.bell.ring("r2", ASSIGNED, b"no key is known yet")
    one.bell.key, other.bell.key = "secret", "another"
    one.bell.ring("r2", ASSIGNED, b"words")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for junk in (b"", b"?", ASSIGNED + b"junk", sealed("guess", "r2", ASSIGNED, b"words")):
            stranger.sendto(junk, ("127.0.0.1", other.port))
        wait_for(lambda: stranger.sendto(REPORTED, ("127.0.0.1", other.port)) and (REPORTED, None) in other.heard)
    assert {words for _, words in other.heard} == {None}


@pytest.mark.parametrize(
    ("key", "run", "kind", "words"),
    [("key", "r2", b"a", b"words"), ("other", "r1", b"a", b"words"), ("key", "r1", b"r", b"words"),
     ("key", "r1", b"a", b"wordS")],
)  # fmt: skip
def test_a_seal_holds_key_receiver_kind_and_words(key: str, run: str, kind: bytes, words: bytes) -> None:
    said = sealed("key", "r1", b"a", b"words")
    assert unsealed("key", "r1", said) == b"words"
    assert unsealed(key, run, kind + said[1:-5] + words) is None
    assert unsealed("key", "r1", said[:9]) is None
