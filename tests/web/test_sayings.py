"What the engine says in English reaches a German reader in German, with its names and numbers."

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler import why
from scheduler.errors import Code
from scheduler.list_filter import parse
from web.sayings import SAYINGS, _coded, in_other_words
from web.words import catalogue

#: what stands in the places of `scheduler.why`, by the expression; anything else is a number
IN_PLACES = {
    "names": ": task 7 of /a/job, task 8 of /b",
    "world.database_problem": "it is away",
    "world.state.value": "stopping",
    "job.state.value": "stopped",
    "order.node": "'second'",
    "key.kind": "lock",
}


def test_the_place_of_a_fault_in_a_file_goes_along() -> None:
    expected = "<params> or <script>"
    said = f"SCHEDULER-113  Element <scrpt> was not expected in <job>; {expected} was expected (line 2, column 3)"
    told = _coded(said, catalogue("de").text)
    assert told is not None
    assert "erwartet war <params> oder <script>" in told
    assert told.endswith(" (Zeile 2, Spalte 3)")


def german(said: str) -> str | None:
    return in_other_words(said, catalogue("de").text)


def sentences() -> Iterator[str]:
    "All that begins like a sentence in the module, but for what describes it."
    tree = ast.parse(Path(why.__file__).read_text())
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in described | inside or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        said = _said(node)
        if said[:1].isupper() and " " in said:
            yield said.replace("in use: ", "in use by ").replace("held: ", "held by ")


def _said(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    pieces = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            pieces.append(IN_PLACES.get(ast.unparse(part.value), "7"))
        elif isinstance(part, ast.Constant):
            pieces.append(str(part.value))
    return "".join(pieces)


def test_every_reason_is_told_in_the_language_of_the_reader() -> None:
    found = list(sentences())
    assert len(found) > 40
    assert [said for said in found if german(said) is None] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "The lock is held by task 12 of /sales/load, task 9 of /b c",
            "Die Sperre hält Task 12 von /sales/load, Task 9 von /b c",
        ),
        ("The job is stopped", "Zustand des Jobs: gestoppt"),
        (
            "The job is stopped; last error: SCHEDULER-280 The process ended with exit code 9",
            "Zustand des Jobs: gestoppt; letzter Fehler: SCHEDULER-280 Der Prozess endete mit Exit-Code 9",
        ),
        (
            "The job is stopped; last error: SCHEDULER-1 Anything",
            "Zustand des Jobs: gestoppt; letzter Fehler: SCHEDULER-1 Anything",
        ),
        ("The job chain has no node '100%' any more", "Die Jobkette hat keinen Knoten „100%“ mehr"),
        ("Nobody has said this", None),
    ],
)
def test_names_and_numbers_go_along(said: str, told: str | None) -> None:
    assert german(said) == told


@pytest.mark.parametrize("typed", ["colour:blue", "state:", "state:blue", "since:blue", "owner:", "x " * 21])
def test_what_is_wrong_in_the_search_field_is_told_in_the_language_of_the_reader(typed: str) -> None:
    fault = parse(typed, {"state": ("stopped", "busy"), "since": (), "owner": ()}).fault
    assert fault
    assert german(fault) is not None


@pytest.mark.parametrize(
    ("code", "places"),
    [
        (Code.EXIT_CODE, {"exit_code": 3}),
        (Code.SIGNALLED, {"signal": 9}),
        (Code.TIMED_OUT, {"seconds": 5}),
        (Code.KILLED, {}),
        (Code.NOT_STARTED, {"problem": "no such file"}),
        (Code.INTERRUPTED, {}),
        (Code.STDERR_OUTPUT, {"line": "no\nmore"}),
        (Code.TOO_SHORT, {"seconds": 1.5, "limit": 2}),
        (Code.TOO_LONG, {"limit": 2}),
        (Code.MONITOR_REFUSED, {}),
        (Code.FILE_REMAINS, {"file": "/in/a.csv"}),
        (Code.UNKNOWN_OBJECT, {"kind": "process_class", "path": "/a"}),
        (Code.UNKNOWN_ORDER, {"order": "1", "chain": "/a"}),
        (Code.UNKNOWN_STATE, {"chain": "/a", "state": "x"}),
        (Code.DUPLICATE_ORDER, {"order": "1", "chain": "/a"}),
        (Code.ORDER_IN_TASK, {"order": "1", "task": 4}),
        (Code.NOT_ACTIVE, {"state": "stopping", "command": "start_job"}),
        (Code.INCLUDE_FAILED, {"file": "x.sh", "problem": "No such file"}),
        (Code.UNEXPECTED_ELEMENT, {"element": "a", "parent": "b", "expected": "<c> or <d>"}),
        (Code.DATABASE_WAITS, {"problem": "x"}),
    ],
)
def test_what_tasks_and_refusals_say_is_as_the_engine_words_it(code: Code, places: dict[str, object]) -> None:
    assert german(code.template.format(**places)) is not None


def test_no_sentence_stands_twice() -> None:
    assert len(set(SAYINGS)) == len(SAYINGS)
