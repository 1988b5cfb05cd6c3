"Fuzz target: the bytes of a connection, from framing to the decision of a command."

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.commands import declare
from scheduler.commands.registry import admit, declaration_of, question_of
from scheduler.errors import WorkloadError
from scheduler.messages import CommandReceived
from scheduler.protocol.framing import Blank, Close, Document, Framer, HttpBegins, Received, Refused
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of
from scheduler.xml.source import source_of
from scheduler.xml.write import element
from tests.support.fuzzing import BRIEFLY, FOR_LONG
from tests.support.mutations import SIZES, damaged, pieces, revalued
from tests.support.worlds import Engine, a_chain, a_job

COMMANDS = [
    b"<show_state what='all,orders job_chain_orders'/>\r\n",
    b'<?xml version="1.0" encoding="iso-8859-1"?><show_job job="/job" what="log task_queue"/>',
    b"s\n",
    b"show_state what='folders'\r\n",
    b"\r\n",
    b"<commands><show_job_chain job_chain='/chain'/><show_order job_chain='/chain' order='1'/></commands>",
    b"<spooler><add_order job_chain='/chain' id='1' state='second' at='now+60' priority='3' title='a&#10;b'>"
    b"<params><param name='a' value='$X'/></params><xml_payload><a b='c'>d<!-- e --></a></xml_payload>"
    b"<run_time><period begin='10:00' end='24:00' repeat='60'/></run_time></add_order></spooler>",
    b"<modify_order job_chain='/chain' order='1' suspended='yes' setback='no' state='first' at='2030-01-01 10:00:00'/>",
    b"<start_job job='/job' at='period' after='5' name='x' force='no'><params/><environment/></start_job>",
    b"<modify_job job='/job' cmd='stop'/><modify_spooler cmd='pause'/>",
    b"<job_chain_node.modify job_chain='/chain' state='first' action='next_state'/>",
    b"<job_chain.modify job_chain='/chain' state='stopped'/>",
    b"<kill_task job='/job' id='1' immediately='yes' timeout='never'/>",
    b"<show_calendar from='2030-01-01' before='2030-01-02' limit='5'/>",
    b"<show_history job='/job' prev='5'/><show_task id='1' what='log'/>",
    b"<terminate timeout='5' restart='no'/>",
    b"<modify_hot_folder folder='/a/'><job name='b'><script language='shell'>true</script></job></modify_hot_folder>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><show_state/>",
]

#: every command that there is, with all its attributes; some values are good
EVERY = [
    element(tag, [(each.name, "/job" if "job" in each.name else "1") for each in declared.element.attributes]).encode()
    for tag, declared in sorted(declare.COMMANDS.items())
]


def shown(received: Received) -> object:
    match received:
        case Document(element):
            return source_of(element)
        case Refused(error):
            return error.code
        case HttpBegins():
            return "HTTP"
        case Blank() | Close():
            return type(received)


def framed(chunks: list[bytes], framer: Framer) -> list[Received]:
    return [received for chunk in chunks for received in framer.feed(chunk)]


@given(damaged(COMMANDS), SIZES)
def any_chunking_gives_the_same(data: bytes, sizes: list[int]) -> None:
    whole, divided = Framer(5000, 20, 200), Framer(5000, 20, 200)
    expected = [shown(each) for each in framed([data], whole)]
    assert [shown(each) for each in framed(pieces(data, sizes), divided)] == expected
    assert divided.pending == whole.pending
    assert divided.held < 2 * len(data) + 300 * 200


def decided(document: Document, engine: Engine) -> None:
    "As the rim does it, but for questions to the database, which are answered with nothing."
    for each in commands_of(document.element):
        declaration = declaration_of(each)
        admit(engine.world, declaration, Level.ALL)
        command = declaration.decode(each, {"X": "x"})
        if question_of(engine.world, command) is None:
            engine.tell(CommandReceived(command, {}))


@given(st.lists(st.one_of(revalued(COMMANDS), revalued(EVERY), damaged(COMMANDS, most=2)), min_size=1, max_size=4))
def a_command_is_decided_or_refused(stream: list[bytes]) -> None:
    engine = Engine(a_job(order=True), a_chain())
    for received in framed(stream, Framer()):
        if isinstance(received, Document):
            with suppress(WorkloadError):
                decided(received, engine)


TARGETS = (any_chunking_gives_the_same, a_command_is_decided_or_refused)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_briefly(target: object) -> None:
    BRIEFLY(target)()  # type: ignore[operator]


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_for_long(target: object) -> None:
    FOR_LONG(target)()  # type: ignore[operator]
