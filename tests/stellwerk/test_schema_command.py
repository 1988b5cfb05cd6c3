"`stellwerk schema` prints what can be compiled."

import subprocess
import sys

import pytest
from lxml import etree

from stellwerk.cli import print_schema


@pytest.mark.parametrize(
    ("words", "document"),
    [
        ([], '<start_job job="/a"/>'),
        (["commands"], "<commands><show_state/></commands>"),
        (["answers"], '<spooler><answer time="2024-01-31T10:20:30.123Z"><ok/></answer></spooler>'),
    ],
)
def test_the_schema_is_printed(words: list[str], document: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_schema(words) == 0
    printed = etree.XMLSchema(etree.fromstring(capsys.readouterr().out))
    assert printed.validate(etree.fromstring(document))
    assert not printed.validate(etree.fromstring("<nonsense/>"))


def test_there_are_two_schemas_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_schema(["orders"]) == 2
    assert "usage" in capsys.readouterr().err


def test_it_is_a_command_of_the_command_line() -> None:
    command = [sys.executable, "-m", "stellwerk.cli", "schema", "answers"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("<xs:schema")
