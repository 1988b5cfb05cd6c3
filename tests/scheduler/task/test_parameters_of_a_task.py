"Which of several parameters of one name a shell job sees, under which name, and what `$NAME` in them means."

from __future__ import annotations

from itertools import product

import pytest

from scheduler.commands.registry import declaration_of
from scheduler.configuration import IncludeRequest, read_object
from scheduler.definitions import OrderDefinition
from scheduler.params import NONE, Params
from scheduler.records import ObjectKind
from scheduler.xml.document import parse
from tests.support.worlds import Engine, a_chain, a_job, an_order


@pytest.mark.parametrize(("scheduler", "job", "order"), list(product((False, True), repeat=3)))
def test_the_order_beats_the_job_and_that_beats_the_scheduler(scheduler: bool, job: bool, order: bool) -> None:
    engine = Engine(active=False)
    engine.world.configured = Params({"Name": "scheduler"}) if scheduler else NONE
    engine = _with(engine, job, order)
    [launch] = engine.launched.values()
    expected = "order" if order else "job" if job else "scheduler" if scheduler else None
    assert launch.environment.get("SCHEDULER_PARAM_NAME") == expected


def _with(engine: Engine, job: bool, order: bool) -> Engine:
    from scheduler.messages import Activated

    engine.files(
        a_job(params={"NAME": "job"} if job else {}), a_chain(), an_order(params={"name": "order"} if order else {})
    )
    engine.tell(Activated())
    return engine


@pytest.mark.parametrize(
    ("prefix", "name"), [("SCHEDULER_PARAM_", "SCHEDULER_PARAM_ROWS"), ("MY_", "MY_ROWS"), ("", "ROWS")]
)
def test_the_prefix_of_the_variables_is_the_standard_one_another_one_or_none(prefix: str, name: str) -> None:
    engine = Engine(a_job(), a_chain(), an_order(params={"rows": "17"}), variable_prefix=prefix)
    [launch] = engine.launched.values()
    assert launch.environment[name] == "17"


ORDER = '<order><params>{0}</params></order>'


def test_a_variable_of_the_engine_is_put_into_parameters_of_orders_in_a_file_an_included_file_and_a_command() -> None:
    environ = {"PATH": "/usr/bin"}
    param = '<param name="p" value="$PATH:${NONE}:\\$HOME"/>'

    def include(request: IncludeRequest) -> bytes:
        return f"<params>{param}</params>".encode()

    for inside in (param, '<include file="p.xml"/>'):
        data = ORDER.format(inside).encode()
        order = read_object(ObjectKind.ORDER, "/chain,1", data, environ, include)
        assert isinstance(order, OrderDefinition)
        assert order.params == Params({"p": "/usr/bin::$HOME"})
    element = parse(f'<add_order job_chain="/chain" id="2"><params>{param}</params></add_order>'.encode())
    engine = Engine(a_job(), a_chain())
    engine.command(declaration_of(element).decode(element, environ))
    assert engine.order("2").params == Params({"p": "/usr/bin::$HOME"})
