"""How orders and their chains are shown to clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.show_job_chain import ShowJobChain
from scheduler.commands.show_order import ShowOrder
from scheduler.commands.show_state import ShowState
from scheduler.definitions import JobChainDefinition, NodeDefinition, OrderDefinition, SetbackDelay
from scheduler.run_time.model import Schedule
from tests.support.run_times import run_time
from tests.support.worlds import Engine, a_chain, a_job, an_order, two_steps

USING = '<run_time schedule="/s"/>'
NODES = NodeDefinition("A", next_state="done", job_chain="/chain"), NodeDefinition("done")
NESTED = JobChainDefinition("/outer", NODES)


def using_schedule() -> OrderDefinition:
    return replace(an_order("p"), run_time=run_time(USING), run_time_source=USING)


def asked(engine: Engine, command: Any) -> Any:
    reply = engine.command(command).reply
    assert reply is not None
    return etree.fromstring(reply)


def order_shown(engine: Engine, order_id: str = "1", chain: str = "/chain", what: str = "") -> Any:
    return asked(engine, ShowOrder(job_chain=chain, order=order_id, what=what))


def chain_shown(engine: Engine, chain: str = "/chain", what: str = "orders") -> Any:
    return asked(engine, ShowJobChain(job_chain=chain, what=what))


def test_an_order_with_a_schedule_shows_when_it_starts_and_by_which_schedule() -> None:
    schedule = Schedule("/s", run_time('<run_time><period single_start="11:00"/></run_time>'))
    engine = Engine(a_job(), a_chain(), schedule, using_schedule())
    shown = order_shown(engine, "p", what="run_time")
    assert shown.get("next_start_time") == shown.get("at") == "2024-01-31T11:00:00.000Z"
    assert shown.get("active_schedule") == "/s"
    assert shown.find("run_time").get("schedule") == "/s"
    assert [(r.get("type"), r.get("path"), r.get("is_missing")) for r in shown.iter("requisite")] == [
        ("Job_chain", "/chain", None),
        ("Schedule", "/s", None),
    ]


def test_an_order_whose_schedule_is_missing_says_so() -> None:
    engine = Engine(a_job(), a_chain(), using_schedule())
    shown = order_shown(engine, "p", what="why")
    assert shown.get("next_start_time").startswith("2038-")
    assert [(r.get("type"), r.get("is_missing")) for r in shown.iter("requisite")] == [
        ("Job_chain", None), ("Schedule", "yes"),
    ]  # fmt: skip
    assert [(o.get("kind"), o.get("type"), o.get("object")) for o in shown.iter("obstacle")] == [
        ("schedule_missing", "schedule", "/s")
    ]


def test_an_order_that_was_set_back_shows_until_when_and_how_often() -> None:
    delays = (SetbackDelay(1, 60.0, is_maximum=True),)
    engine = Engine(a_job(setback_delays=delays), a_chain("/chain", *two_steps(on_error="setback")))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end(exit_code=1)
    shown = order_shown(engine)
    assert (shown.get("setback_count"), shown.get("at")) == ("1", None)
    assert shown.get("setback") == shown.get("next_start_time") == "2024-01-31T10:21:30.000Z"


def test_an_order_in_a_nested_chain_shows_where_it_stands_in_the_superordinate_one() -> None:
    engine = Engine(a_job(), a_chain(), NESTED)
    engine.command(AddOrder(job_chain="/outer", id="1"))
    shown = order_shown(engine, chain="/outer")
    assert (shown.get("job_chain"), shown.get("state"), shown.get("initial_state")) == ("/chain", "first", "A")
    assert (shown.get("touched"), shown.get("nested_touched")) == ("yes", "yes")
    entry = shown.find("order.job_chain_stack/order.job_chain_stack.entry")
    assert (entry.get("job_chain"), entry.get("state")) == ("/outer", "A")


def test_a_superordinate_chain_shows_its_nested_chains_and_the_orders_in_them() -> None:
    engine = Engine(a_job(tasks=0), a_chain(), NESTED)
    engine.command(AddOrder(job_chain="/outer", id="1"))
    engine.command(AddOrder(job_chain="/chain", id="2"))
    shown = chain_shown(engine, "/outer")
    assert (shown.get("orders"), shown.get("state")) == ("1", "running")
    node = shown.find("job_chain_node")
    assert (node.get("state"), node.get("job_chain"), node.get("job")) == ("A", "/chain", None)
    queue = node.find("order_queue")
    assert (queue.get("length"), [order.get("id") for order in queue]) == ("1", ["1"])
    assert shown.get("order_id_space") == chain_shown(engine).get("order_id_space") == "outer"
    state = asked(engine, ShowState())
    chains = [chain.get("job_chain") for chain in state.iterfind("order_id_spaces/order_id_space/job_chain")]
    assert chains == ["/chain", "/outer"]


def test_a_superordinate_chain_without_its_nested_chain_is_under_construction() -> None:
    engine = Engine(a_job(), NESTED)
    state = asked(engine, ShowState(what="job_chains"))
    for shown in (chain_shown(engine, "/outer"), state.find("job_chains/job_chain")):
        assert shown.get("state") == "under_construction"
        assert shown.find("file_based").get("state") == "not_initialized"
        requisite = shown.find("file_based/requisites/requisite")
        assert (requisite.get("type"), requisite.get("path"), requisite.get("is_missing")) == (
            "Job_chain", "/chain", "yes"
        )  # fmt: skip


def test_an_order_that_waits_for_the_step_of_its_predecessor_is_shown_as_replacement() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", title="old"))
    shown = asked(engine, AddOrder(job_chain="/chain", id="1", title="new")).find("order")
    assert (shown.get("replacement"), shown.get("title"), shown.get("task")) == ("yes", "new", None)
    assert (order_shown(engine).get("replaced"), order_shown(engine).get("title")) == ("yes", "old")


def test_the_payload_shows_parameters_and_the_xml_payload() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", xml_payload="<a><b/></a>"))
    shown = order_shown(engine, what="payload")
    assert shown.find("xml_payload/a/b") is not None
    assert order_shown(engine).find("xml_payload") is None


def test_an_order_on_the_blacklist_is_shown_in_it() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", end_state="first"))
    engine.command(ModifyOrder(job_chain="/chain", order="1", suspended=True))
    engine.end()
    assert order_shown(engine).get("on_blacklist") == "yes"
    blacklist = chain_shown(engine, what="blacklist").find("blacklist")
    assert (blacklist.get("count"), blacklist[0].get("id")) == ("1", "1")


def test_a_chain_that_is_not_to_be_seen_is_listed_only_while_it_has_orders() -> None:
    hidden, never = a_chain("/hidden", visible="no"), a_chain("/never", visible="never")
    engine = Engine(a_job(tasks=0), hidden, never)

    def listed() -> list[str]:
        state = asked(engine, ShowState(what="job_chains"))
        return [chain.get("path") for chain in state.iterfind("job_chains/job_chain")]

    assert listed() == []
    for chain in ("/hidden", "/never"):
        engine.command(AddOrder(job_chain=chain, id="1"))
    assert listed() == ["/hidden"]
    assert chain_shown(engine, "/never").get("visible") == "never"
