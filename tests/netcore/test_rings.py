"What is assigned is said to each member in one breath; what cannot be said only rings."

from __future__ import annotations

from netcore.cluster.bell import ASSIGNED, WORDS_MOST
from netcore.cluster.rings import Rings
from scheduler.actions import Launch, RingMember
from scheduler.cluster.assignment import Assignment
from scheduler.cluster.wire import assignments_from_words, launched
from scheduler.definitions import Script


class Heard:
    "By whom what was heard: the assignments of each datagram; none for one that only rings."

    def __init__(self) -> None:
        self.rings = Rings(self._ring)
        self.heard: list[tuple[str, list[Assignment]]] = []

    def _ring(self, run: str, kind: bytes, words: bytes) -> bool:
        assert kind == ASSIGNED
        assert len(words) <= WORDS_MOST
        self.heard.append((run, assignments_from_words(words, run) if words else []))
        return True

    def gather(self, *actions: RingMember) -> None:
        for action in actions:
            self.rings.gather(action)


def start(task_id: int, run: str, script: str = "exit 0") -> tuple[Assignment, RingMember]:
    launch = Launch(task_id, "/a", Script("shell", script), {}, f"{task_id}.log", f"a:{task_id}")
    ((assignment,), action) = launched(launch, run)
    assert isinstance(action, RingMember)
    return assignment, action


def test_each_member_hears_all_that_is_for_it_at_once() -> None:
    one, other = Heard(), [start(1, "r1"), start(2, "r2"), start(3, "r1")]
    one.gather(*(action for _, action in other))
    assert one.heard == []
    one.rings.say()
    assert one.heard == [("r1", [other[0][0], other[2][0]]), ("r2", [other[1][0]])]
    one.rings.say()
    assert len(one.heard) == 2


def test_what_has_no_words_or_too_many_only_rings() -> None:
    heard = Heard()
    short, long = start(1, "r1"), start(2, "r1", "x" * WORDS_MOST)
    heard.gather(long[1], short[1], RingMember("r1"))
    heard.rings.say()
    assert heard.heard == [("r1", []), ("r1", []), ("r1", [short[0]])]


def test_what_is_too_much_for_one_datagram_goes_in_several() -> None:
    heard = Heard()
    starts = [start(number, "r1", "x" * (WORDS_MOST // 3)) for number in range(5)]
    heard.gather(*(action for _, action in starts))
    heard.rings.say()
    assert [len(said) for _, said in heard.heard] == [2, 2, 1]
    assert [assignment for _, said in heard.heard for assignment in said] == [assignment for assignment, _ in starts]
