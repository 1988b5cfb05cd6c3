"""Scheduler variables by command, and what scripts are told of them."""

from __future__ import annotations

from scheduler.commands.registry import declaration_of
from scheduler.xml.document import parse
from tests.support.served import Served, a_python_job
from tests.support.worlds import Engine, a_chain


def told(engine: Engine, xml: str) -> str:
    element = parse(xml.encode())
    return str(engine.command(declaration_of(element).decode(element, {"HOME": "x"})).reply)


def test_variables_are_set_and_shown() -> None:
    engine = Engine()
    assert told(engine, '<params><param name="A" value="1"/><param name="b" value="$HOME"/></params>') == "<ok/>"
    assert told(engine, '<param name="a" value="2"/>') == "<ok/>"
    assert told(engine, '<param.get name="A"/>') == '<param name="A" value="2"/>'
    assert told(engine, '<param.get name="c"/>') == "<ok/>"
    expected = '<params count="2"><param name="a" value="2"/><param name="b" value="$HOME"/></params>'
    assert told(engine, "<params.get/>") == expected


def test_a_task_server_is_told_changed_variables_with_its_next_call() -> None:
    engine = Served(a_python_job(), a_chain()).add("1").add("2")
    engine.opened()
    told(engine, '<param name="a" value="2"/>')
    engine.returns()
    assert engine.calls[1][-1]["variables"] == {"a": "2"}
    engine.returns()
    assert "variables" not in engine.calls[1][-1]
