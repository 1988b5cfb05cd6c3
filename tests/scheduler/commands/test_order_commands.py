"""Orders in commands as clients write them: run times, payloads, ids."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.registry import declaration_of
from scheduler.errors import Code, WorkloadError
from scheduler.messages import CommandReceived
from scheduler.protocol.request import commands_of
from scheduler.records import Order, OrderState
from scheduler.xml.document import parse
from tests.support.worlds import START, Engine, a_chain, a_job


def tell(engine: Engine, xml: str) -> str:
    [element] = commands_of(parse(xml.encode()))
    reply = engine.tell(CommandReceived(declaration_of(element).decode(element, {}))).reply
    assert reply is not None
    return reply


def resting(**values: Any) -> Engine:
    return Engine(a_job(tasks=0), a_chain(**values))


def added(xml: str, path: str = "/chain") -> Order:
    engine = resting(path=path)
    tell(engine, xml)
    [order] = engine.world.orders.values()
    return order


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("written", ["plans/daily", "/plans/daily"])
def test_a_schedule_in_a_command_is_relative_to_the_root_and_stored_as_whole_path(written: str, quote: str) -> None:
    run_time = f"<run_time time_zone='UTC' schedule={quote}{written}{quote}/>"
    order = added(f'<add_order job_chain="/a/chain" id="1">{run_time}</add_order>', "/a/chain")
    assert order.run_time is not None
    assert order.run_time.schedule == "/plans/daily"
    assert 'schedule="/plans/daily"' in order.run_time_source


def test_a_run_time_says_when_the_order_starts() -> None:
    order = added('<add_order job_chain="chain"><run_time><period single_start="11:00"/></run_time></add_order>')
    assert order.start_at == START.replace(hour=11, minute=0, second=0)
    assert order.run_time_source == '<run_time><period single_start="11:00"/></run_time>'


def test_parameters_may_stand_in_a_payload_and_xml_beside_them() -> None:
    order = added("""<add_order job_chain="chain" id="1">
        <payload><params><param name="a" value="1"/></params></payload>
        <xml_payload><x y="1"><z/></x></xml_payload></add_order>""")
    assert (dict(order.params), order.xml_payload) == ({"a": "1"}, '<x y="1"><z/></x>')


@pytest.mark.parametrize("inside", ["", "<a/><b/>"])
def test_an_xml_payload_holds_exactly_one_element(inside: str) -> None:
    with pytest.raises(WorkloadError) as refusal:
        added(f'<add_order job_chain="chain"><xml_payload>{inside}</xml_payload></add_order>')
    assert refusal.value.code in (Code.MISSING_ELEMENT, Code.UNEXPECTED_ELEMENT)


@pytest.mark.parametrize("order_id", ["  two  blanks  ", "Ünicode", "a/b,c"])
def test_ids_keep_their_blanks_and_all_else(order_id: str) -> None:
    assert added(f'<add_order job_chain="chain" id="{order_id}"/>').id == order_id


def test_a_run_time_with_a_mistake_is_refused_with_its_place() -> None:
    with pytest.raises(WorkloadError) as refusal:
        added('<add_order job_chain="chain">\n<run_time><period begin="11:00" end="10:00"/></run_time></add_order>')
    assert (refusal.value.code, refusal.value.place and refusal.value.place.line) == (Code.PERIOD_BOUNDS, 2)


def test_all_that_modify_order_can_change_is_changed_in_one_go() -> None:
    engine = resting()
    tell(engine, '<add_order job_chain="chain" id="1" suspended="yes"/>')
    reply = tell(engine, """<modify_order job_chain="chain" order="1" action="reset" state="second" end_state="second"
        at="now+60" priority="7" suspended="yes" title="t">
        <params><param name="a" value="$HOME"/></params><run_time/><xml_payload><x/></xml_payload></modify_order>""")
    order = engine.order()
    assert reply == "<ok/>"
    assert (order.node, order.end_node, order.priority, order.title) == ("second", "second", 7, "t")
    assert (order.state, order.xml_payload, dict(order.params)) == (OrderState.SUSPENDED, "<x/>", {"a": "$HOME"})
    assert order.start_at is not None
    assert (order.start_at - START).total_seconds() == 60


def test_nothing_is_changed_when_one_part_of_modify_order_is_refused() -> None:
    engine = resting()
    tell(engine, '<add_order job_chain="chain" id="1"/>')
    before = engine.order()
    with pytest.raises(WorkloadError):
        tell(engine, '<modify_order job_chain="chain" order="1" title="t" priority="2" end_state="none"/>')
    assert engine.order() == before
