"""Job chains in job chains: orders pass from one nested chain to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.definitions import JobChainDefinition, NodeDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Activated, FileGone, FilesChanged
from scheduler.records import FileKey, FileState, ObjectKind, OrderState
from scheduler.why import why_order
from tests.support.worlds import Engine, a_job, an_order, read


def nested(name: str, **values: Any) -> JobChainDefinition:
    "Nodes `NAME1` and `NAME2` with a job, `end`, and `bad` for errors."
    nodes = (
        NodeDefinition(f"{name}1", "/job", f"{name}2", "bad"),
        NodeDefinition(f"{name}2", "/job", "end", "bad"),
        NodeDefinition("end"),
        NodeDefinition("bad"),
    )
    return JobChainDefinition(f"/{name}", nodes, **values)


def outer(path: str = "/outer", chains: str = "abc", **values: Any) -> JobChainDefinition:
    following = [*chains[1:].upper(), "done"]
    nodes = [
        NodeDefinition(chain.upper(), next_state=after, error_state="failed", job_chain=f"/{chain}")
        for chain, after in zip(chains, following, strict=True)
    ]
    return JobChainDefinition(path, (*nodes, NodeDefinition("done"), NodeDefinition("failed")), **values)


ROUND, END = NodeDefinition("O", job_chain="/outer", next_state="d"), NodeDefinition("d")
ALL = (nested("a"), nested("b"), nested("c"), outer())


def engine_with(*more: Any, tasks: int = 1, chains: tuple[JobChainDefinition, ...] = ALL, **job: Any) -> Engine:
    return Engine(a_job(tasks=tasks, **job), *chains, *more)


def add(engine: Engine, order_id: str = "1", chain: str = "/outer", **values: Any) -> None:
    engine.command(AddOrder(job_chain=chain, id=order_id, **values))


def change(engine: Engine, chain: str = "/outer", **values: Any) -> None:
    engine.command(ModifyOrder(job_chain=chain, order="1", **values))


def skip(engine: Engine, chain: str, *states: str, action: str = "next_state") -> None:
    for state in states:
        engine.command(ModifyJobChainNode(job_chain=chain, state=state, action=action))


def where(engine: Engine, order_id: str = "1") -> tuple[str, str, str, str]:
    order = engine.order(order_id, "/outer")
    return order.outer_chain, order.outer_node, order.chain, order.node


def gone(engine: Engine, chain: str) -> None:
    engine.tell(FilesChanged((FileGone(ObjectKind.JOB_CHAIN, chain),)))


def test_an_order_passes_all_nested_chains_and_each_has_a_history_row() -> None:
    engine = engine_with()
    add(engine)
    assert where(engine) == ("/outer", "A", "/a", "a1")
    engine.run()
    assert engine.nodes() == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert [(run.chain, run.node, run.failed) for run in engine.runs.values()] == [
        ("/a", "end", False), ("/b", "end", False), ("/c", "end", False)
    ]  # fmt: skip
    assert all(run.ended_at is not None for run in engine.runs.values())
    assert not engine.world.orders


def test_a_failed_last_step_leads_to_the_error_state_of_the_superordinate_chain() -> None:
    engine = engine_with()
    add(engine)
    engine.end()
    engine.end(exit_code=1)
    assert [(run.chain, run.node, run.failed) for run in engine.runs.values()] == [("/a", "bad", True)]
    assert not engine.world.orders


def test_without_error_state_the_failed_order_ends_there() -> None:
    chain = outer()
    first = replace(chain.nodes[0], error_state="")
    engine = engine_with(chains=(*ALL[:3], replace(chain, nodes=(first, *chain.nodes[1:]))))
    add(engine)
    engine.end(exit_code=1)
    assert not engine.world.orders


def test_an_order_that_recovers_in_a_nested_chain_goes_on_as_after_a_success() -> None:
    repairing = nested("a")
    nodes = (replace(repairing.nodes[0], error_state="a2"), *repairing.nodes[1:])
    engine = engine_with(chains=(replace(repairing, nodes=nodes), *ALL[1:]))
    add(engine)
    engine.run([1])
    assert engine.nodes()[:3] == ["a1", "a2", "b1"]


def test_a_permanent_order_repeats_from_the_initial_state_of_the_superordinate_chain() -> None:
    engine = engine_with(an_order("1", "/outer", state="B"))
    engine.run()
    assert engine.nodes() == ["b1", "b2", "c1", "c2"]
    order = engine.order("1", "/outer")
    assert (where(engine), order.touched, order.start_at) == (("/outer", "B", "/b", "b1"), False, None)
    change(engine, at="now")
    engine.run()
    assert len(engine.nodes()) == 8


@pytest.mark.parametrize("state", ["", "B"])
def test_an_order_file_of_a_superordinate_chain_starts_at_once_unless_it_says_later(state: str) -> None:
    engine = engine_with(an_order("1", "/outer", state=state))
    assert engine.launched
    later = engine_with(an_order("1", "/outer", state=state, at="now+60"))
    assert not later.launched
    later.later(60)
    assert later.launched


@pytest.mark.parametrize(
    ("skipped", "nodes"),
    [("a", ["b1", "b2", "c1", "c2"]), ("b", ["a1", "a2", "c1", "c2"]), ("c", ["a1", "a2", "b1", "b2"])],
)
def test_a_nested_chain_whose_nodes_are_all_skipped_is_passed_over(skipped: str, nodes: list[str]) -> None:
    engine = engine_with()
    skip(engine, f"/{skipped}", f"{skipped}1", f"{skipped}2")
    add(engine)
    engine.run()
    assert engine.nodes() == nodes


def test_a_skipped_node_of_the_superordinate_chain_is_passed_over() -> None:
    engine = engine_with()
    skip(engine, "/outer", "A", "C")
    add(engine)
    engine.run()
    assert engine.nodes() == ["b1", "b2"]


def test_where_everything_is_skipped_a_new_order_is_refused_and_a_permanent_one_waits() -> None:
    engine = engine_with(tasks=0)
    skip(engine, "/outer", "A", "B", "C")
    with pytest.raises(WorkloadError) as refusal:
        add(engine)
    assert refusal.value.code is Code.ORDER_AT_END


def test_a_permanent_order_that_cannot_go_in_anywhere_waits_until_a_node_works_again() -> None:
    engine = engine_with(an_order("1", "/outer", at="never"))
    skip(engine, "/outer", "A", "B", "C")
    change(engine, at="now")
    engine.run()
    assert engine.order("1", "/outer").chain == "/outer"
    assert [o.kind for o in why_order(engine.world, engine.order("1", "/outer"))][-1] == "nested_skipped"
    change(engine, at="now")
    assert not engine.launched
    skip(engine, "/outer", "B", action="process")
    assert engine.launched
    assert where(engine) == ("/outer", "B", "/b", "b1")


@pytest.mark.parametrize("at", ["never", "now+60"])
def test_skipping_a_nested_chain_does_not_start_an_order_that_rests_there(at: str) -> None:
    engine = engine_with(an_order("1", "/outer", at=at))
    start = engine.order("1", "/outer").start_at
    skip(engine, "/a", "a1", "a2")
    assert where(engine) == ("/outer", "B", "/b", "b1")
    assert (engine.launched, engine.order("1", "/outer").start_at) == ({}, start)


def test_reset_leads_back_to_the_first_nested_chain() -> None:
    engine = engine_with()
    add(engine)
    engine.end()
    engine.end()
    change(engine, suspended=True)
    engine.end()
    assert where(engine) == ("/outer", "B", "/b", "b2")
    change(engine, action="reset")
    assert where(engine) == ("/outer", "A", "/a", "a1")
    assert ("/b", True) in [(run.chain, run.ended_at is not None) for run in engine.runs.values()]
    assert len(engine.world.orders) == 1
    engine.run()
    assert not engine.world.orders


def test_end_state_names_a_state_of_the_superordinate_chain() -> None:
    engine = engine_with()
    with pytest.raises(WorkloadError) as refusal:
        add(engine, end_state="a1")
    assert refusal.value.code is Code.UNKNOWN_STATE
    add(engine, end_state="B")
    engine.run()
    assert engine.nodes() == ["a1", "a2", "b1", "b2"]


def test_an_order_can_be_moved_to_another_node_of_either_chain() -> None:
    engine = engine_with(tasks=0)
    add(engine)
    change(engine, state="a2")
    assert where(engine) == ("/outer", "A", "/a", "a2")
    change(engine, state="C")
    assert where(engine) == ("/outer", "C", "/c", "c1")
    change(engine, state="end")
    assert not engine.world.orders


def test_setting_the_end_of_a_nested_chain_leads_on_to_the_next_one() -> None:
    engine = engine_with(tasks=0)
    add(engine)
    change(engine, state="end")
    assert where(engine) == ("/outer", "B", "/b", "b1")


def test_a_suspended_order_that_reaches_the_end_of_a_nested_chain_is_suspended_in_the_next() -> None:
    engine = engine_with()
    add(engine)
    engine.end()
    change(engine, suspended=True)
    engine.end()
    assert (where(engine)[1], engine.order("1", "/outer").state) == ("B", OrderState.SUSPENDED)
    assert not engine.launched
    change(engine, suspended=False)
    engine.run()
    assert engine.nodes()[-1] == "c2"


def test_a_suspended_order_at_the_end_of_all_stays_on_the_blacklist_of_the_superordinate_chain() -> None:
    engine = engine_with()
    add(engine, state="C")
    engine.end()
    change(engine, suspended=True)
    engine.end()
    order = engine.order("1", "/outer")
    assert (order.state, order.chain, order.node) == (OrderState.BLACKLISTED, "/outer", "done")
    change(engine, suspended=False)
    assert not engine.world.orders


def test_delay_and_suspend_of_the_first_node_count_for_what_comes_from_another_nested_chain() -> None:
    b = nested("b")
    delaying = replace(b, nodes=(replace(b.nodes[0], delay=30.0), *b.nodes[1:]))
    c = nested("c")
    suspending = replace(c, nodes=(replace(c.nodes[0], suspend=True), *c.nodes[1:]))
    engine = engine_with(chains=(nested("a"), delaying, suspending, outer()))
    add(engine)
    engine.run()
    assert not engine.launched
    engine.later(30)
    engine.run()
    assert engine.order("1", "/outer").state is OrderState.SUSPENDED


# -- ids


def test_an_id_exists_once_in_all_connected_chains() -> None:
    engine = engine_with(tasks=0)
    add(engine)
    for chain in ("/outer", "/a", "/c"):
        with pytest.raises(WorkloadError) as refusal:
            add(engine, chain=chain, replace=False)
        assert refusal.value.code is Code.DUPLICATE_ORDER


def test_replacing_an_order_in_one_chain_replaces_it_wherever_it_is() -> None:
    engine = engine_with(tasks=0)
    add(engine, title="old")
    add(engine, chain="/c", title="new")
    assert [(order.chain, order.title) for order in engine.world.orders.values()] == [("/c", "new")]
    add(engine, title="newest", state="B")
    assert [(order.chain, order.title) for order in engine.world.orders.values()] == [("/b", "newest")]


def test_an_order_that_takes_the_place_of_a_running_one_in_another_chain_comes_when_its_step_has_ended() -> None:
    engine = engine_with()
    add(engine, title="old")
    add(engine, chain="/c", title="new")
    assert engine.order("1", "/a").title == "old"
    engine.end()
    assert [(order.chain, order.title) for order in engine.world.orders.values()] == [("/c", "new")]


def test_drawn_ids_are_free_in_all_connected_chains() -> None:
    engine = engine_with(tasks=0)
    add(engine, "1", chain="/c")
    engine.command(AddOrder(job_chain="/outer"))
    assert engine.order("2", "/outer").chain == "/a"


def test_a_chain_that_would_connect_chains_with_the_same_order_id_is_refused() -> None:
    engine = engine_with(tasks=0, chains=ALL[:3])
    add(engine, chain="/a")
    add(engine, chain="/c")
    engine.files(outer())
    assert engine.world.files[FileKey("job_chain", "/outer")].problem.code == "SCHEDULER-426"
    assert "/outer" not in engine.world.chains


def test_an_order_is_found_and_removed_by_the_name_of_either_chain() -> None:
    engine = engine_with(tasks=0)
    for chain in ("/outer", "/a"):
        add(engine)
        engine.command(RemoveOrder(job_chain=chain, order="1"))
        assert not engine.world.orders


# -- files


def test_a_superordinate_chain_waits_for_its_nested_chains_and_its_orders_wait_with_it() -> None:
    engine = engine_with(an_order("1", "/outer"), chains=(nested("a"), nested("c"), outer()))
    file = engine.world.files[FileKey("job_chain", "/outer")]
    assert (file.state, "/outer" in engine.world.chains) == (FileState.NOT_INITIALIZED, False)
    with pytest.raises(WorkloadError) as refusal:
        add(engine, "2")
    assert refusal.value.code is Code.CHAIN_NOT_READY
    engine.files(nested("b"))
    assert engine.world.files[FileKey("job_chain", "/outer")].state is FileState.ACTIVE
    engine.run()
    assert len(engine.nodes()) == 6


def test_a_waiting_superordinate_chain_can_be_changed_and_removed() -> None:
    engine = engine_with(chains=(nested("a"), outer(chains="ab")))
    engine.files(outer(chains="a"))
    assert "/outer" in engine.world.chains
    waiting = engine_with(chains=(nested("a"), outer(chains="ab")))
    gone(waiting, "/outer")
    waiting.files(nested("b"))
    assert "/outer" not in waiting.world.chains


def test_a_nested_chain_can_be_removed_only_when_no_superordinate_chain_holds_it() -> None:
    engine = engine_with()
    gone(engine, "/b")
    assert "/b" in engine.world.chains
    file = engine.world.files[FileKey("job_chain", "/b")]
    assert (file.removed, file.problem and file.problem.code) == (True, "SCHEDULER-894")
    gone(engine, "/outer")
    assert "/outer" not in engine.world.chains
    assert "/b" not in engine.world.chains


@pytest.mark.parametrize(
    ("chains", "code"),
    [
        ((outer("/b", "c"), outer("/outer", "b")), "SCHEDULER-412"),
        ((nested("a", distributed=True), outer("/outer", "a")), "SCHEDULER-413"),
        ((outer("/outer", "a", distributed=True),), "SCHEDULER-413"),
        ((JobChainDefinition("/outer", (ROUND, END)),), "SCHEDULER-414"),
    ],
)
def test_nesting_that_cannot_be_makes_the_chain_faulty(chains: tuple[JobChainDefinition, ...], code: str) -> None:
    engine = engine_with(chains=(nested("a"), nested("c"), *chains))
    file = engine.world.files[FileKey("job_chain", "/outer")]
    assert (file.state, file.problem.code if file.problem else "") == (FileState.UNDEFINED, code)


def test_a_nested_chain_in_use_cannot_become_superordinate_itself() -> None:
    engine = engine_with()
    engine.files(outer("/b", "c"))
    file = engine.world.files[FileKey("job_chain", "/b")]
    assert (file.problem.code, engine.world.chains["/b"].definition.is_superordinate) == ("SCHEDULER-412", False)


def test_orders_in_nested_chains_wait_while_their_superordinate_chain_is_gone() -> None:
    engine = engine_with(tasks=0)
    add(engine)
    gone(engine, "/outer")
    engine.files(a_job(tasks=1))
    assert not engine.launched
    assert [o.kind for o in why_order(engine.world, engine.order("1", "/a"))] == ["chain_missing"]
    engine.files(outer())
    engine.run()
    assert len(engine.nodes()) == 6


def test_a_superordinate_chain_is_replaced_when_no_order_inside_it_is_in_a_task() -> None:
    engine = engine_with()
    add(engine)
    engine.files(outer(title="new"))
    assert engine.world.chains["/outer"].definition.title == ""
    engine.end()
    assert engine.world.chains["/outer"].definition.title == "new"
    engine.run()
    assert len(engine.nodes()) == 6


def test_an_order_whose_node_of_the_superordinate_chain_is_gone_waits_for_it() -> None:
    engine = engine_with(tasks=0)
    add(engine, state="C")
    engine.files(outer(chains="ab"))
    engine.files(a_job(tasks=1))
    assert not engine.launched
    assert "node_missing" in [o.kind for o in why_order(engine.world, engine.order("1", "/c"))]
    engine.files(outer())
    assert engine.launched


# -- switches and limits


def test_a_stopped_superordinate_chain_lets_no_order_inside_it_be_taken() -> None:
    engine = engine_with()
    add(engine)
    engine.command(ModifyJobChain(job_chain="/outer", state="stopped"))
    engine.end()
    assert not engine.launched
    assert "chain_stopped" in [o.kind for o in why_order(engine.world, engine.order("1", "/a"))]
    engine.command(ModifyJobChain(job_chain="/outer", state="running"))
    assert engine.launched


def test_a_stopped_node_of_the_superordinate_chain_lets_orders_wait_before_the_nested_chain() -> None:
    engine = engine_with()
    skip(engine, "/outer", "B", action="stop")
    add(engine)
    engine.run()
    assert where(engine) == ("/outer", "B", "/b", "b1")
    skip(engine, "/outer", "B", action="process")
    engine.run()
    assert engine.nodes()[-1] == "c2"


def running(engine: Engine) -> list[str]:
    return sorted(order.id for order in engine.world.orders.values() if order.in_task)


def test_the_limit_of_a_superordinate_chain_counts_all_orders_inside_it() -> None:
    engine = engine_with(tasks=9, chains=(*ALL[:3], outer(max_orders=2)))
    for number in "123":
        add(engine, number)
    add(engine, "x", chain="/a")
    assert running(engine) == ["1", "2", "x"], "one that does not belong to it is not held back"
    assert "max_orders" in [o.kind for o in why_order(engine.world, engine.order("3", "/a"))]
    engine.end()
    engine.end()
    assert engine.world.touched_of("/outer") == 2
    while engine.world.order("/outer", "1") is not None:
        engine.end(next(task for task in engine.launched if engine.tasks[task].order_id == "1"))
    assert "3" in running(engine)


def test_the_limit_of_a_nested_chain_counts_those_that_have_begun_in_it() -> None:
    engine = engine_with(tasks=9, chains=(nested("a"), nested("b", max_orders=1), nested("c"), outer()))
    add(engine, "1", state="B")
    add(engine, "2")
    engine.end(2)
    engine.end(3)
    assert where(engine, "2") == ("/outer", "B", "/b", "b1")
    assert running(engine) == ["1"]
    assert [o.kind for o in why_order(engine.world, engine.order("2", "/outer"))] == ["max_orders"]
    engine.end(1)
    engine.end()
    assert where(engine, "1")[1] == "C"
    assert running(engine) == ["1", "2"]


# -- restarts


def test_after_a_restart_an_order_goes_on_inside_its_superordinate_chain() -> None:
    engine = engine_with()
    add(engine)
    engine.end()
    engine.end()
    after = Engine(active=False)
    after.world.counters.update(engine.world.counters)
    for record in (*engine.world.orders.values(), *engine.world.tasks.values()):
        after.world.put(record)
    after.files(a_job(), *reversed(ALL))
    after.tell(Activated())
    after.run()
    assert [step.node for _, step in sorted(after.steps.items())] == ["b1", "b1", "b2", "c1", "c2"]


def test_the_file_of_a_permanent_order_is_known_by_the_superordinate_chain() -> None:
    engine = engine_with(an_order("1", "/outer", title="old", at="never"))
    engine.tell(FilesChanged((read(an_order("1", "/outer", title="new", at="never")),)))
    assert [order.title for order in engine.world.orders.values()] == ["old"], "the file is as old as it was"
    gone_file = FileGone(ObjectKind.ORDER, "/outer,1")
    engine.tell(FilesChanged((gone_file,)))
    assert not engine.world.orders
