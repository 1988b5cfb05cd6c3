"The schemas compile, and say what the declarations say."

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scheduler.answers.declared.model import answer_element, by_key, many
from scheduler.commands.registry import COMMANDS, declaration_of
from scheduler.configuration.job import JOB
from scheduler.errors import Code, WorkloadError
from scheduler.reference import COMMANDS as REFERENCE
from scheduler.schema.of_answers import answers_schema
from scheduler.schema.of_commands import commands_schema
from scheduler.schema.of_declarations import TypesOfDeclarations
from scheduler.schema.parts import schema
from scheduler.xml.document import parse
from tests.support.answers_schema import check_answer, check_reply


@cache
def commands() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(commands_schema()))


def is_valid(request: str) -> bool:
    return bool(commands().validate(etree.fromstring(request)))


def test_the_schema_of_answers_compiles() -> None:
    etree.XMLSchema(etree.fromstring(answers_schema()))


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_examples_of_the_reference_are_valid(name: str) -> None:
    for request in REFERENCE[name].examples:
        assert is_valid(request), (request, commands().error_log.last_error)


@pytest.mark.parametrize(
    "request_",
    [
        "<show_state/>",
        '<show_state what="all" max_orders="" />',
        "<spooler><show_state/></spooler>",
        '<commands><s/><start_job job="a" at="now"><params><param name="a" value="b"/></params></start_job></commands>',
        '<spooler><commands><order job_chain="/a"/></commands></spooler>',
        '<events.get after="3"/>',
        '<kill_task id="1" job="a" immediately="YES" timeout="never"/>',
        '<modify_order job_chain="a" order="1"><run_time><period begin="10:00" end="11:00"/></run_time></modify_order>',
    ],
)
def test_requests_that_are_accepted(request_: str) -> None:
    assert is_valid(request_), commands().error_log.last_error


@pytest.mark.parametrize(
    "request_",
    [
        "<nonsense/>",
        "<commands/>",
        "<commands><events.get/></commands>",
        "<spooler><s/><s/></spooler>",
        '<show_state nonsense=""/>',
        '<show_state max_orders="many"/>',
        "<start_job/>",
        '<start_job job=""/>',
        '<kill_task id="1" job="a" immediately="perhaps"/>',
        '<remove_order job_chain="a" order="1"><x/></remove_order>',
        "<show_state>text</show_state>",
    ],
)
def test_requests_that_are_refused(request_: str) -> None:
    assert not is_valid(request_)


_VALUES = st.sampled_from(
    ["", "yes", "no", "1", "-1", "never", "12:30", "x", "/a", "stopped", "99999999999", "1.5", "reset"]
)


@given(st.sampled_from(sorted(COMMANDS)), st.data())
def test_what_the_schema_lets_through_is_read(name: str, data: st.DataObject) -> None:
    "For commands without children; the other way round the engine may accept more, such as blanks around numbers."
    declared = COMMANDS[name].element
    element = etree.Element(name)
    for attribute in declared.attributes:
        if data.draw(st.booleans()):
            element.set(attribute.name, data.draw(_VALUES))
    request = etree.tostring(element, encoding="unicode")
    if not is_valid(request) or COMMANDS[name].whole:
        return
    root = parse(request.encode())
    try:
        declaration_of(root).decode(root, {})
    except WorkloadError as refusal:
        # what must stand in it, some commands say only when they read it
        if refusal.code is not Code.MISSING_ELEMENT:
            raise AssertionError(f"{request}: {refusal}") from refusal


def test_configuration_elements_make_a_schema_too() -> None:
    types = TypesOfDeclarations()
    name = types.name_of(JOB)
    made = etree.XMLSchema(
        etree.fromstring(schema([("job", name)], types.types.values(), types.simple_types.values(), "jobs"))
    )
    assert made.validate(etree.fromstring('<job title="x"><script language="shell">true</script></job>'))
    assert not made.validate(etree.fromstring('<job titel="x"/>'))


# -- answers


def envelope(fragment: str) -> bytes:
    return f'<spooler><answer time="2024-01-31T10:20:30.123Z">{fragment}</answer></spooler>'.encode()


@pytest.mark.parametrize(
    "fragment",
    [
        "<ok/>",
        "<ok/><ok/>",
        '<ERROR code="SCHEDULER-161" text="SCHEDULER-161  There is none" time="2024-01-31T10:20:30Z"/>',
        '<job path="/a" job="a" state="pending" order="no"/>',
        '<params count="0"/>',
        '<history><history.entry task="1" id="1" job_name="a/b"/></history>',
        '<order path="/" id="1" order="1" next_start_time="2038-01-19 03:14:07.000Z"/>',
    ],
)
def test_answers_that_are_declared(fragment: str) -> None:
    check_answer(envelope(fragment))


@pytest.mark.parametrize(
    "fragment",
    [
        "<okay/>",
        '<ERROR text="without code"/>',
        '<job path="/a" job="a" state="asleep"/>',
        '<job path="/a" job="a" state="pending" colour="red"/>',
        '<job path="a" job="a" state="pending"/>',
        '<params/>',
        '<params count="0"><job/></params>',
        '<job path="/a" job="a" state="pending" next_start_time="2024-01-31T10:20:30Z"/>',
        '<history><history.entry task="1" id="1" job_name="/a/b"/></history>',
        '<job path="/a" job="a" state="pending"><log/><tasks count="0"/></job>',
    ],
)
def test_answers_that_are_not(fragment: str) -> None:
    with pytest.raises(AssertionError, match="not what is declared"):
        check_reply(fragment)


def test_declarations_of_answers_fit_together() -> None:
    with pytest.raises(ValueError, match="two answer elements"):
        by_key([answer_element("a"), answer_element("a")])
    with pytest.raises(ValueError, match="nobody declares"):
        by_key([answer_element("a", "", (), [many("b")])])
