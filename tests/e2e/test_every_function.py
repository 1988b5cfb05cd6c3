"""Each function of the classic operations interface is found on its page, with an engine at work behind the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.classic_functions import FUNCTIONS, Function
from tests.support.classic_world import ClassicWorld, classic_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassicWorld]:
    with classic_world(tmp_path_factory.mktemp("functions")) as world:
        yield world


ROWS = [(group, function) for group, functions in FUNCTIONS.items() for function in functions]


@pytest.mark.parametrize(
    "function", [function for _, function in ROWS], ids=[f"{group}: {function.name}" for group, function in ROWS]
)
def test_a_function_is_on_its_page(world: ClassicWorld, function: Function) -> None:
    address, proof = (text.format(**world.numbers) for text in (function.address, function.proof))
    page = world.page(address)
    assert page.xpath(proof), f"{proof}\nis not on {address}:\n{' '.join(page.text_content().split())}"
