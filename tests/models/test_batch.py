"""A batch is one transaction behind the fence, and writing it twice is like writing it once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, func, select, text

from models import read, tables
from models.batch import TaskLog, Writer
from models.connect import reading
from models.errors import FenceError, LostChanges, Unreachable
from models.lease import read_lease, take_lease
from models.load import load
from models.members import Member
from models.merge import batch
from scheduler.changes import Kind
from scheduler.records import Counter, Job, Node, NodeKey, Order, OrderKey, OrderState, TaskState
from tests.support.postgres import PostgresServer
from tests.support.records import (
    NOW,
    a_chain,
    a_job,
    a_node,
    a_run,
    a_step,
    a_task,
    an_ended_task,
    an_order,
    dropping,
    later,
    putting,
)


def number_of(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_of_several_records_with_one_key_the_last_is_written(writer: Writer, connection: Connection) -> None:
    orders = [an_order(node=node) for node in ("a", "b", "c")]
    last = writer.write([putting(order) for order in orders], now=NOW)
    assert last == 3
    assert [row.order.node for row in read.orders(connection, "s").rows] == ["c"]
    assert number_of(connection, "journal") == 3


def test_a_dropped_record_is_deleted_and_one_put_after_its_drop_stays(writer: Writer, connection: Connection) -> None:
    gone, back = an_order("gone"), an_order("back")
    writer.write([putting(gone, back)], now=NOW)
    drops = dropping((Order, gone.key), (Order, back.key), (Order, OrderKey("/none", "x")))
    writer.write([drops, putting(back)], now=NOW)
    assert [row.order.id for row in read.orders(connection, "s").rows] == ["back"]


def test_a_batch_larger_than_any_statement_is_one_transaction(writer: Writer, connection: Connection) -> None:
    tasks = [a_task(number) for number in range(1, 5001)]
    writer.write([putting(*tasks)], now=NOW)
    assert [task.id for task in load(connection, "s").tasks] == list(range(1, 5001))


def test_what_refers_to_something_may_come_with_it(writer: Writer, connection: Connection) -> None:
    writer.write([putting(a_node()), putting(a_chain()), putting(a_step(), a_run())], now=NOW)
    writer.write([dropping((Node, NodeKey("/sales/daily", "load")), (type(a_chain()), "/sales/daily"))], now=NOW)
    assert number_of(connection, "job_chain_nodes") == number_of(connection, "job_chains") == 0
    assert number_of(connection, "order_steps") == 1


def test_a_batch_that_breaks_a_reference_writes_nothing(writer: Writer, connection: Connection) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        writer.write([putting(an_order(), a_step())], now=NOW)
    assert number_of(connection, "orders") == number_of(connection, "journal") == 0
    assert writer.write([putting(an_order())], now=NOW) == 1


def test_the_journal_numbers_changes_without_gaps(writer: Writer, connection: Connection) -> None:
    writer.write([putting(an_order(), kind=Kind.ORDER_ADDED, object="/c,1", node="a")], now=NOW)
    writer.write([], now=later(1))
    writer.write([putting(an_order()), putting(a_task(), kind=Kind.TASK_QUEUED, object="/j")], now=later(2))
    rows = read.changes_since(connection, "s", 0)
    assert [(row.id, row.kind, row.object, row.time) for row in rows] == [
        (1, "order.added", "/c,1", NOW),
        (2, "order.changed", "/x", later(2)),
        (3, "task.queued", "/j", later(2)),
    ]
    assert rows[0].detail == {"node": "a"}
    assert read.last_journal_id(connection, "s") == 3


def test_numbers_go_on_after_the_journal_was_trimmed(
    writer: Writer, connection: Connection, engine: Engine, database_url: str
) -> None:
    writer.write([putting(an_order())], now=NOW)
    with engine.begin() as trimming:
        trimming.execute(delete(tables.journal))
    writer.close()
    second = Writer(database_url, "s", "a")
    second.open(later(1))
    assert second.write([putting(an_order())], now=later(1)) == 2
    second.close()


def test_a_deposed_holder_writes_nothing(writer: Writer, connection: Connection, database_url: str) -> None:
    second = Writer(database_url, "s", "b")
    assert second.open(later(1)).epoch == 2
    with pytest.raises(FenceError):
        writer.write([putting(an_order())], [TaskLog(1, b"")], now=later(2))
    with pytest.raises(FenceError):
        writer.write([], now=later(2))
    with pytest.raises(FenceError):
        writer.reopen()
    assert number_of(connection, "orders") == number_of(connection, "journal") == 0
    lease = read_lease(connection, "s")
    assert lease is not None
    assert (lease.holder, lease.beat_at) == ("b", later(1))
    second.close()


def test_the_same_holder_started_again_deposes_its_earlier_self(writer: Writer, database_url: str) -> None:
    again = Writer(database_url, "s", "a")
    again.open(later(1))
    with pytest.raises(FenceError):
        writer.write([], now=later(2))
    again.close()


def test_a_lease_that_has_beaten_meanwhile_is_not_taken(writer: Writer, engine: Engine) -> None:
    with reading(engine) as connection:
        seen = read_lease(connection, "s")
    writer.write([], now=later(1))
    with engine.begin() as connection, pytest.raises(FenceError):
        take_lease(connection, "s", "b", "token", later(2), seen)


def test_schedulers_in_one_database_do_not_meet(writer: Writer, connection: Connection, database_url: str) -> None:
    other = Writer(database_url, "t", "a")
    other.open(NOW)
    other.write([putting(an_order(), Counter("task", 5))], now=NOW)
    writer.write([putting(an_order(node="mine")), dropping((Order, OrderKey("/none", "")))], now=NOW)
    assert [order.node for order in load(connection, "t").orders] == ["load"]
    assert load(connection, "s").counters == {}
    assert read.scheduler_ids(connection) == ["s", "t"]
    other.close()


def test_a_heartbeat_moves_the_lease_and_the_member(writer: Writer, connection: Connection) -> None:
    member = Member("a", "host", 1, "0.1", NOW, "running", tcp_port=4444, database_problem="")
    writer.write([], now=later(1), member=member)
    writer.write([], now=later(2), member=member)
    lease = read_lease(connection, "s")
    assert lease is not None
    assert lease.beat_at == later(2)
    (found,) = read.members(connection, "s")
    assert (found.tcp_port, found.started_at, found.beat_at) == (4444, NOW, later(2))


@pytest.mark.parametrize("content", [b"", b"short\n", b"long line\n" * 10000, b"\x1f\x8b not gzip", bytes(range(256))])
def test_a_log_comes_back_whole_and_in_windows(writer: Writer, connection: Connection, content: bytes) -> None:
    writer.write([putting(an_ended_task(7))], [TaskLog(7, b"first try"), TaskLog(7, content)], now=NOW)
    assert read.task_log(connection, "s", 7) == content
    assert read.task_log(connection, "s", 7, 3, 5) == content[3:8]
    assert read.task_log_size(connection, "s", 7) == len(content)
    assert read.task_log(connection, "s", 8) is None


def batch_of_everything() -> list[object]:
    order = an_order(state=OrderState.ENDED, history_id=1)
    return [
        putting(a_job(), a_chain(), a_node()),
        putting(order, a_run(ended_at=later(1)), a_step(), an_ended_task(1), kind=Kind.ORDER_ENDED),
        putting(a_task(2, state=TaskState.RUNNING), Counter("task", 2)),
        dropping((Job, "/none")),
    ]


def everything(connection: Connection) -> dict[str, list[object]]:
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in tables.metadata.sorted_tables
    }


def test_a_batch_whose_commit_was_not_heard_of_is_written_again_without_harm(
    writer: Writer, connection: Connection
) -> None:
    changes, logs = batch_of_everything(), [TaskLog(1, b"log")]
    last = writer.write(changes, logs, now=NOW)  # type: ignore[arg-type]
    before = everything(connection)
    # what the writer knows when the answer to the commit is lost
    writer.journal_id = 0
    writer.reopen()
    assert writer.write(changes, logs, now=NOW) == last  # type: ignore[arg-type]
    after = everything(connection)
    assert {name: after[name] for name in after if name != "leases"} == {
        name: before[name] for name in before if name != "leases"
    }
    writer.journal_id = 0
    writer.write(changes, logs, now=later(9))  # type: ignore[arg-type]
    assert everything(connection)["journal"] == before["journal"]


def test_a_batch_of_a_lost_connection_comes_too_late_after_reopening(writer: Writer, connection: Connection) -> None:
    late = writer._connection
    assert late is not None
    fence, work = writer._own_fence(), batch([putting(an_order(node="old"))], [], NOW, 0)
    driver = late.driver_connection
    late.detach()
    writer._connection = None
    writer.reopen()
    assert writer.epoch == fence.epoch + 1
    writer.write([putting(an_order(node="new"))], now=later(1))
    with pytest.raises(FenceError):
        writer._write(driver, fence, work)
    late.close()
    assert [order.node for order in load(connection, "s").orders] == ["new"]


def test_a_database_that_has_forgotten_what_it_had_committed_is_not_written_to(
    writer: Writer, connection: Connection
) -> None:
    for number in range(3):
        writer.write([putting(an_order(f"o{number}"))], now=later(number))
    connection.execute(tables.leases.update().values(journal_id=2))  # as a standby has it that missed the last batch
    before = read_lease(connection, "s")
    with pytest.raises(LostChanges):
        writer.reopen()
    assert read_lease(connection, "s") == before


def test_the_state_after_a_crash_equals_the_memory(writer: Writer, connection: Connection) -> None:
    orders = [an_order(f"o{number}", ordering=number) for number in range(20)]
    for step in range(5):
        orders = [
            an_order(order.id, ordering=order.ordering, node=f"n{step}", steps=step, task_id=step) for order in orders
        ]
        writer.write([putting(order, a_task(step * 20 + order.ordering)) for order in orders], now=later(step))
    loaded = load(connection, "s")
    assert loaded.orders == orders
    assert len(loaded.tasks) == 100
    assert loaded.journal_id == 100


def test_ended_orders_and_tasks_are_not_loaded(writer: Writer, connection: Connection) -> None:
    writer.write([putting(an_order(state=OrderState.ENDED), an_ended_task(1), a_run(1, ended_at=NOW))], now=NOW)
    loaded = load(connection, "s")
    assert (loaded.orders, loaded.tasks, loaded.runs) == ([], [], {})
    assert read.orders(connection, "s", states=[OrderState.ENDED]).total == 1


@pytest.mark.postgres
def test_a_server_that_dies_and_returns_loses_and_doubles_nothing(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    writer = Writer(postgres_url, "s", "a")
    writer.open(NOW)
    writer.write([putting(an_order("before"))], now=NOW)
    postgres_server.kill9()
    lost = [putting(an_order("during"))]
    with pytest.raises(Unreachable):
        writer.write(lost, now=later(1))
    with pytest.raises(Unreachable):
        writer.reopen()
    with pytest.raises(Unreachable):
        writer.write(lost, now=later(2))
    postgres_server.start()
    writer.reopen()
    assert writer.write(lost, now=later(3)) == 2
    writer.close()
    again = Writer(postgres_url, "s", "a")
    assert again.open(later(4)).journal_id == 2
    again.close()


def test_a_busy_sqlite_file_means_try_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.connect.PATIENCE", 0)
    writer, other = Writer(sqlite_url, "s", "a"), Writer(sqlite_url, "t", "a")
    writer.open(NOW)
    other.open(NOW)
    blocker = other._connection
    assert blocker is not None
    blocker.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
    with pytest.raises(Unreachable):
        writer.write([putting(an_order())], now=NOW)
    blocker.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
    writer.reopen()
    assert writer.write([putting(an_order())], now=NOW) == 1
    writer.close()
    other.close()


def test_a_directory_in_place_of_the_sqlite_file_is_unreachable(tmp_path: Path) -> None:
    writer = Writer(f"sqlite:///{tmp_path}", "s", "a")
    with pytest.raises(Unreachable):
        writer.open(NOW)
    writer.close()


def test_counting_is_not_fooled_by_empty_tables(writer: Writer, connection: Connection) -> None:
    assert connection.execute(select(func.count()).select_from(tables.orders)).scalar_one() == 0
    assert load(connection, "none").orders == []
