"""The reference of commands says what the declarations say, and leaves nothing out."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from scheduler.answers.options import WORDS
from scheduler.commands.registry import COMMANDS
from scheduler.commands.show import Shows
from scheduler.reference import COMMANDS as REFERENCE
from scheduler.reference import common
from scheduler.xml.fields import attributes_of
from tests.support.answers_schema import check_answer

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "make_commands.py"
NAMES = sorted({declared.tags[0] for declared in COMMANDS.values()})
SHOWN = {attribute.name for attribute in attributes_of(Shows)}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_the_page_is_the_one_that_its_script_makes(made: dict[str, Any]) -> None:
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run python docs/make_commands.py"


def test_every_command_is_described_and_nothing_else() -> None:
    assert sorted(REFERENCE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_and_child_has_a_meaning(name: str) -> None:
    declared, said = COMMANDS[name], REFERENCE[name]
    assert said.summary.endswith(".")
    if declared.whole:
        return
    attributes = {attribute.name for attribute in declared.element.attributes}
    assert attributes - set(said.attributes) - set(common.ATTRIBUTES) == set(), "without meaning"
    assert set(said.attributes) - attributes == set(), "there is no such attribute"
    children = {child.tag for place in declared.element.children for child in place.alternatives if child.supported}
    assert children - set(said.children) - set(common.CHILDREN) == set(), "without meaning"
    assert set(said.children) - children == set(), "there is no such child"


def test_every_word_of_what_has_a_meaning() -> None:
    assert set(common.WORDS) == {*WORDS, "none", "all", "all!"}


@pytest.mark.parametrize("name", [name for name in NAMES if name in REFERENCE and REFERENCE[name].examples])
def test_the_answers_of_the_examples_are_as_declared(name: str, made: dict[str, Any]) -> None:
    for request in REFERENCE[name].examples:
        check_answer(etree.fromstring(made["Example"]().answer(request)))


def test_the_page_tells_every_answer_of_the_examples(made: dict[str, Any]) -> None:
    fences = re.findall(r"```xml\n(.*?)\n```", made["page"](), re.DOTALL)
    assert len(fences) == 2 * sum(len(said.examples) for name, said in REFERENCE.items() if name in COMMANDS)
