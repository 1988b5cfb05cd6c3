"Operations run once for each key; the audit's chain shows what was tampered with."

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, delete, func, select, text, update

from models import accounts, audit, operations, tables
from models.connect import reading, writing
from models.operations import Operation, State
from tests.support.records import NOW, later

#: the second link of the chain
SECOND = tables.audit_links.c.id == select(func.min(tables.audit_links.c.id) + 1).scalar_subquery()


def an_operation(key: str = "k", state: State = State.SENDING) -> Operation:
    return Operation(key, 1, "admin", "demo", "job.stop", "/j", "<modify_job/>", state, NOW)


def test_of_two_with_one_key_the_second_finds_the_first(engine: Engine) -> None:
    with writing(engine) as connection:
        assert operations.begin(connection, an_operation()) is None
    with writing(engine) as connection:
        found = operations.begin(connection, an_operation(state=State.ASKED))
    assert found == an_operation()


def test_of_many_at_once_one_is_the_first(engine: Engine) -> None:
    def begin(_: int) -> bool:
        with writing(engine) as connection:
            return operations.begin(connection, an_operation()) is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(8))) == 1


def test_a_move_succeeds_from_the_expected_state_only(engine: Engine) -> None:
    with writing(engine) as connection:
        operations.begin(connection, an_operation(state=State.WAITING))
        assert operations.move(connection, "k", State.WAITING, State.SENDING)
        assert not operations.move(connection, "k", State.WAITING, State.SENDING)
        assert operations.move(connection, "k", State.SENDING, State.DONE, code="", ended_at=NOW)
        assert operations.in_state(connection, operations.OPEN) == []
        assert operations.forget(connection, later(1)) == 1


def some_entries(engine: Engine) -> list[int]:
    with writing(engine) as connection:
        found = [
            audit.begin(connection, NOW, "demo", "admin", "::1", "job.stop", f"/j{number}", reason="x")
            for number in range(3)
        ]
        for entry in found:
            audit.finish(connection, entry, "")
        audit.note(connection, NOW, "admin", "::1", "role.save", "r")
    return found


def test_the_chain_of_the_audit_holds(engine: Engine) -> None:
    some_entries(engine)
    with reading(engine) as connection:
        found = audit.check(connection)
    assert (found.links, found.faults) == (8, ())


def test_a_result_may_be_given_again(engine: Engine) -> None:
    (first, *_) = some_entries(engine)
    with writing(engine) as connection:
        audit.finish(connection, first, "no_answer", "late")
        assert audit.check(connection).faults == ()


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        ("a changed reason", update(tables.audit).where(tables.audit.c.object == "/j1").values(reason="y")),
        ("a changed result", update(tables.audit).where(tables.audit.c.object == "/j1").values(result_code="E")),
        ("a deleted entry", delete(tables.audit).where(tables.audit.c.object == "/j1")),
        ("a deleted link", delete(tables.audit_links).where(SECOND)),
        ("a changed link", update(tables.audit_links).where(SECOND).values(checksum="0")),
        (
            "an entry that was slipped in",
            text(
                "INSERT INTO audit (time, scheduler_id, account, address, action, object, command, result_code, "
                "result_text, reason) SELECT time, scheduler_id, account, address, action, object, command, "
                "result_code, result_text, reason FROM audit WHERE object = '/j1'"
            ),
        ),
    ],
)
def test_tampering_breaks_the_chain(engine: Engine, name: str, tamper: object) -> None:
    some_entries(engine)
    with writing(engine) as connection:
        connection.execute(tamper)  # type: ignore[call-overload]
        assert audit.check(connection).faults, name


def test_entries_from_before_there_was_a_chain_are_no_fault(engine: Engine) -> None:
    some_entries(engine)
    with writing(engine) as connection:
        connection.execute(delete(tables.audit_links))
        audit.note(connection, NOW, "admin", "", "role.save", "r")
        assert audit.check(connection).faults == ()


def test_many_writers_make_one_chain(engine: Engine) -> None:
    def note(number: int) -> None:
        with writing(engine) as connection:
            audit.note(connection, NOW, "admin", "", "role.save", str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(12)))
    with reading(engine) as connection:
        assert audit.check(connection).faults == ()


def test_an_account_goes_with_everything_that_is_its_own(engine: Engine) -> None:
    from models import keys, roles, views
    from models.roles import Assignment

    with writing(engine) as connection:
        account = accounts.create(connection, "a", "viewer", "hash", NOW)
        roles.assign(connection, account.id, [Assignment("viewer", "demo", "Finance"), Assignment("operator")])
        keys.begin_session(connection, account.id, "::1", "browser", NOW)
        _, secret = keys.make_token(connection, account.id, "ci", NOW, expires_at=later(10))
        views.save(connection, account.id, "mine", "/s/demo/jobs", "state=stopped", True, NOW)
        assert roles.assignments(connection, account.id) == [
            Assignment("operator"),
            Assignment("viewer", "demo", "/finance/"),
        ]
        assert keys.token(connection, secret, NOW) is not None
        assert keys.token(connection, secret, later(11)) is None
        assert [view.owner for view in views.of_account(connection, account.id + 1)] == ["a"]
        accounts.remove(connection, account.id)
    with reading(engine) as connection:
        for table in (tables.account_roles, tables.sessions, tables.tokens, tables.saved_views):
            assert connection.execute(table.select()).all() == [], table.name
