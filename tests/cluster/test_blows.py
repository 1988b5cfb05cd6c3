"The blows of a campaign: all kinds come, equally often, alone and together."

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from tests.support.cluster_blows import hands

KINDS = [f"kind {number}" for number in range(10)]


@pytest.mark.parametrize("seed", range(20))
def test_each_kind_comes_equally_often(seed: int) -> None:
    counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    for hand in islice(hands(KINDS, random.Random(seed)), 30):
        counts.update(hand)
        assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_a_round_is_of_one_to_three_different_kinds(seed: int) -> None:
    dealt = list(islice(hands(KINDS, random.Random(seed)), 30))
    assert {len(hand) for hand in dealt} == {1, 2, 3}
    assert all(len(set(hand)) == len(hand) for hand in dealt)


def test_a_seed_repeats_them() -> None:
    first, again, other = (list(islice(hands(KINDS, random.Random(seed)), 10)) for seed in (1, 1, 2))
    assert first == again != other
