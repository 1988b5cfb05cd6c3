"""Commands as a client writes them, given to a World."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from scheduler.commands.registry import declaration_of, question_of
from scheduler.decision import Decision
from scheduler.messages import CommandReceived
from scheduler.protocol.request import commands_of
from scheduler.xml.document import parse
from tests.support.worlds import Engine


def decided(engine: Engine, xml: str, answers: Mapping[str, Any] | None = None) -> Decision:
    "What the one command in `xml` decides, after its question was asked. Raises WorkloadError when it is refused."
    [element] = commands_of(parse(xml.encode()))
    command = declaration_of(element).decode(element, {"STAGE": "/data"})
    question_of(engine.world, command)
    return engine.tell(CommandReceived(command, answers or {}))


def asked(engine: Engine, xml: str, answers: Mapping[str, Any] | None = None) -> etree._Element:
    "The element that answers it."
    reply = decided(engine, xml, answers).reply
    assert reply is not None
    return etree.fromstring("".join(reply) if not isinstance(reply, str) else reply)
