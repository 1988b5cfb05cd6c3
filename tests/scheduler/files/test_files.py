"""Files come, change, break and go while their objects work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.definitions import NodeDefinition
from scheduler.errors import Problem
from scheduler.messages import Activated, FileGone, FileRead, FilesChanged
from scheduler.records import FileKey, FileState, NodeAction, NodeKey, ObjectKind, OrderOrigin, OrderState
from scheduler.why import why_order
from tests.support.worlds import START, Definition, Engine, a_chain, a_job, an_order, read

LATER = START + timedelta(seconds=60)
BAD = Problem("SCHEDULER-232", "Attribute 'x' is unknown in <job>", 1, 5)


def gone(engine: Engine, definition: Definition) -> None:
    file = read(definition)
    engine.tell(FilesChanged((FileGone(file.kind, file.path),)))


def faulty(engine: Engine, definition: Definition) -> None:
    engine.tell(FilesChanged((replace(read(definition), definition=None, problem=BAD),)))


def file_of(engine: Engine, kind: str, path: str):
    return engine.world.files[FileKey(kind, path)]


def test_a_changed_job_is_used_at_once_when_it_is_idle() -> None:
    engine = Engine(a_job(title="old"))
    engine.files(a_job(title="new"))
    assert engine.world.jobs["/job"].definition.title == "new"


def test_a_changed_job_waits_for_its_tasks_and_starts_none_meanwhile() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    engine.command(AddOrder(job_chain="/chain", id="2"))
    engine.files(a_job(title="new"))
    assert engine.world.jobs["/job"].definition.title == ""
    assert file_of(engine, "job", "/job").successor is not None
    engine.end()
    assert engine.world.jobs["/job"].definition.title == "new"
    assert file_of(engine, "job", "/job").successor is None
    assert engine.launched


def test_a_faulty_change_leaves_the_old_version_at_work_and_shows_the_error() -> None:
    engine = Engine(a_job(title="old"))
    faulty(engine, a_job())
    file = file_of(engine, "job", "/job")
    assert engine.world.jobs["/job"].definition.title == "old"
    assert (file.state, file.problem) == (FileState.ACTIVE, BAD)
    engine.files(a_job(title="new"))
    assert file_of(engine, "job", "/job").problem is None
    assert engine.world.jobs["/job"].definition.title == "new"


def test_a_file_that_was_never_good_is_shown_with_its_error() -> None:
    engine = Engine()
    faulty(engine, a_job())
    assert "/job" not in engine.world.jobs
    assert (file_of(engine, "job", "/job").state, file_of(engine, "job", "/job").problem) == (FileState.UNDEFINED, BAD)
    gone(engine, a_job())
    assert not engine.world.files


def test_a_deleted_job_goes_when_its_task_has_ended() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    gone(engine, a_job())
    assert "/job" in engine.world.jobs
    assert file_of(engine, "job", "/job").removed
    engine.end()
    assert "/job" not in engine.world.jobs
    assert [o.kind for o in why_order(engine.world, engine.order())] == ["job_missing"]


def test_a_job_that_reappears_before_it_was_removed_stays() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    gone(engine, a_job())
    engine.files(a_job(title="back"))
    engine.run()
    assert engine.world.jobs["/job"].definition.title == "back"
    assert engine.nodes() == ["first", "second"]


def test_the_stop_flag_outlives_a_change_of_the_file() -> None:
    engine = Engine(a_job())
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.files(a_job(title="new"))
    assert engine.world.jobs["/job"].stopped


def test_an_order_whose_job_is_missing_waits_for_its_file() -> None:
    engine = Engine(a_chain(), an_order())
    assert not engine.launched
    engine.files(a_job())
    assert engine.launched


def test_a_permanent_order_waits_for_its_chain() -> None:
    engine = Engine(a_job(), an_order())
    assert file_of(engine, "order", "/chain,1").state is FileState.INITIALIZED
    engine.files(a_chain())
    assert engine.launched
    assert file_of(engine, "order", "/chain,1").state is FileState.ACTIVE


def test_an_order_file_that_names_an_unknown_state_shows_why_and_heals_with_the_chain() -> None:
    engine = Engine(a_job(), a_chain(), an_order(state="third"))
    problem = file_of(engine, "order", "/chain,1").problem
    assert problem is not None
    assert problem.code == "SCHEDULER-149"
    nodes = (NodeDefinition("third", "/job", "done"), NodeDefinition("done"))
    engine.files(a_chain("/chain", *nodes))
    assert engine.order().node == "third"
    assert file_of(engine, "order", "/chain,1").problem is None


def test_a_changed_chain_waits_until_no_order_is_in_a_task_and_keeps_node_actions() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="stop"))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(AddOrder(job_chain="/chain", id="2"))
    engine.files(replace(a_chain(), title="new"))
    assert engine.world.chains["/chain"].definition.title == ""
    engine.end()
    assert engine.world.chains["/chain"].definition.title == "new"
    assert engine.world.nodes[NodeKey("/chain", "second")].action is NodeAction.STOP
    assert engine.launched


def test_an_order_at_a_node_that_the_new_chain_lacks_waits_for_it() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", state="second"))
    only_first = (NodeDefinition("first", "/job", "done"), NodeDefinition("done"))
    engine.files(a_chain("/chain", *only_first))
    assert [o.kind for o in why_order(engine.world, engine.order())] == ["node_missing"]
    engine.files(a_chain(), a_job())
    assert engine.launched


def test_a_chain_that_comes_back_finds_its_orders_again() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    gone(engine, a_chain())
    assert "/chain" not in engine.world.chains
    engine.files(a_job(), a_chain())
    engine.run()
    assert engine.nodes() == ["first", "second"]


def test_a_permanent_order_is_replaced_between_rounds_and_inherits_only_suspension() -> None:
    engine = Engine(a_job(tasks=0), a_chain(), an_order(title="old", params={"a": "1"}))
    from scheduler.commands.modify_order import ModifyOrder

    engine.command(ModifyOrder(job_chain="/chain", order="1", suspended=True, title="by command"))
    engine.files(an_order(title="new"), written_at=LATER)
    order = engine.order()
    assert (order.title, order.state, dict(order.params)) == ("new", OrderState.SUSPENDED, {})


def test_a_changed_order_file_waits_for_the_end_of_the_round() -> None:
    engine = Engine(a_job(), a_chain(), an_order(title="old"))
    engine.files(an_order(title="new"), written_at=LATER)
    engine.end()
    assert engine.order().title == "old"
    engine.end()
    assert engine.order().title == "new"
    assert engine.order().touched, "the new version has no run time, so it starts at once"


def test_a_deleted_order_file_removes_the_order_after_its_round() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    gone(engine, an_order())
    engine.run()
    assert engine.nodes() == ["first", "second"]
    assert not engine.world.orders
    assert FileKey("order", "/chain,1") not in engine.world.files


def test_an_unchanged_order_file_keeps_what_was_stored_and_a_changed_or_deleted_one_discards_it() -> None:
    for written_at, title in [(START, "stored"), (LATER, "from file")]:
        engine = Engine(active=False)
        engine.world.put(replace(stored_order(), title="stored"))
        engine.tell(FilesChanged(tuple(read(d) for d in (a_job(tasks=0), a_chain()))))
        engine.tell(FilesChanged((read(an_order("p", title="from file", at="never"), written_at),)))
        engine.tell(Activated())
        assert engine.order("p").title == title
    engine = Engine(active=False)
    engine.world.put(stored_order())
    engine.tell(FilesChanged(tuple(read(d) for d in (a_job(), a_chain()))))
    engine.tell(Activated())
    assert not engine.world.orders


def stored_order():
    engine = Engine(a_job(tasks=0), a_chain(), an_order("p", at="never"))
    return engine.order("p")


def test_two_spellings_of_a_path_are_one_object() -> None:
    engine = Engine(a_job("/Job"))
    engine.tell(FilesChanged((FileRead(ObjectKind.JOB, "/jOB", "f", LATER, a_job("/jOB", title="x")),)))
    assert len(engine.world.jobs) == 1


def test_an_order_file_heals_also_with_a_chain_whose_new_version_had_to_wait() -> None:
    engine = Engine(a_job(), a_chain(), an_order(state="third"))
    engine.command(AddOrder(job_chain="/chain", id="busy"))
    engine.files(a_chain("/chain", *a_chain().nodes, NodeDefinition("third", "/job", "done")))
    engine.run()
    assert "third" in engine.nodes()


def test_each_of_several_orders_that_waited_for_a_chain_has_its_own_place_in_the_queue() -> None:
    engine = Engine(a_job(tasks=0), an_order("b"), an_order("a"))
    engine.files(a_chain())
    assert engine.order("b").ordering < engine.order("a").ordering


def test_an_order_file_waits_for_the_end_of_an_order_of_the_same_id_that_is_under_way() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", title="by command"))
    engine.files(an_order(title="from file"))
    assert (engine.order().title, len(engine.launched)) == ("by command", 1)
    engine.run()
    assert engine.nodes() == ["first", "second", "first", "second"]
    assert (engine.order().title, engine.order().origin) == ("from file", OrderOrigin.PERMANENT)


def test_a_new_version_that_leads_skipped_nodes_round_in_a_circle_holds_the_orders_there() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="next_state"))
    nodes = tuple(replace(n, next_state="second") if n.state == "second" else n for n in a_chain().nodes)
    engine.files(a_chain("/chain", *nodes))
    assert engine.world.nodes[NodeKey("/chain", "second")].action is NodeAction.STOP
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end()
    assert (engine.order().node, engine.launched) == ("second", {})
