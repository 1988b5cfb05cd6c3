"The control plane's own tables: accounts, sign-ins, audit, secrets."

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from models import accounts, audit, secrets
from models.accounts import NameTaken
from models.connect import reading, writing
from tests.support.records import NOW, later


def test_an_account_is_found_whatever_the_letter_case(engine: Engine) -> None:
    with writing(engine) as connection:
        created = accounts.create(connection, " Admin ", "administrator", "hash", NOW)
    with reading(engine) as connection:
        assert accounts.find(connection, "ADMIN") == created == accounts.by_id(connection, created.id)
        assert (created.name, created.created_at, created.disabled) == ("Admin", NOW, False)
        assert accounts.count(connection) == 1
        assert accounts.find(connection, "nobody") is None
        assert accounts.all_accounts(connection) == [created]


def test_a_name_is_given_once_and_the_transaction_goes_on(engine: Engine) -> None:
    with writing(engine) as connection:
        accounts.create(connection, "a", "r", "hash", NOW)
        with pytest.raises(NameTaken):
            accounts.create(connection, "A", "r", "other", NOW)
        accounts.create(connection, "b", "r", "hash", NOW)
    with reading(engine) as connection:
        assert accounts.count(connection) == 2


def test_a_new_password_is_dated_but_a_better_hash_is_not(engine: Engine) -> None:
    with writing(engine) as connection:
        account = accounts.create(connection, "a", "r", "old", NOW)
        accounts.improve_hash(connection, account.id, "better")
        accounts.disable(connection, account.id)
        found = accounts.by_id(connection, account.id)
        assert found is not None
        assert (found.password_hash, found.password_changed_at, found.disabled) == ("better", NOW, True)
        accounts.set_password(connection, account.id, "new", later(1))
        found = accounts.by_id(connection, account.id)
        assert found is not None
        assert (found.password_hash, found.password_changed_at) == ("new", later(1))


def test_a_choice_leaves_what_was_kept_meanwhile(engine: Engine) -> None:
    with writing(engine) as connection:
        account, other = (accounts.create(connection, name, "r", "hash", NOW) for name in "ab")
        accounts.prefer(connection, account.id, {"language": "de", "rows": "50"})
        accounts.prefer(connection, account.id, {"rows": "100"})
        kept = [accounts.by_id(connection, each.id) for each in (account, other)]
    assert [each and each.preferences for each in kept] == [{"language": "de", "rows": "100"}, {}]


def test_failures_count_within_the_window_and_since_the_last_success(engine: Engine) -> None:
    attempts = [("a", "x", False, -60), ("a", "x", False, 0), ("A", "y", False, 1), ("b", "x", False, 2)]
    with writing(engine) as connection:
        for name, address, succeeded, when in attempts:
            accounts.note_attempt(connection, name, address, succeeded, later(when))
        assert accounts.failures(connection, "a", "x", later(-10)) == (1, 2, 2)
        assert accounts.failures(connection, "a", "x", later(-100)) == (2, 3, 3)
        accounts.note_attempt(connection, "a", "x", True, later(3))
        assert accounts.failures(connection, "a", "x", later(-100)) == (0, 0, 0)
        accounts.note_attempt(connection, "a", "x", False, later(4))
        assert accounts.failures(connection, "a", "x", later(-100)) == (1, 1, 1)
        assert accounts.forget_attempts(connection, later(0)) == 1


def test_a_deed_is_in_the_audit_before_and_after_its_answer(engine: Engine) -> None:
    with writing(engine) as connection:
        first = audit.begin(connection, NOW, "s", "admin", "::1", "job.stop", "/j", "<modify_job/>", "because")
        audit.begin(connection, NOW, "t", "admin", "::1", "sign-in", "")
        (entry,) = audit.entries(connection, "s")
        assert (entry.id, entry.result_code, entry.reason) == (first, audit.PENDING, "because")
        audit.finish(connection, first, "SCHEDULER-161", "no such job")
    with reading(engine) as connection:
        (entry,) = audit.entries(connection, object="/j")
        assert (entry.result_code, entry.result_text, entry.time) == ("SCHEDULER-161", "no such job", NOW)
        newest = audit.entries(connection, limit=1)
        assert [entry.action for entry in newest] == ["sign-in"]
        assert [entry.id for entry in audit.entries(connection, before=newest[0].id)] == [first]


def test_the_first_secret_stays(engine: Engine) -> None:
    with writing(engine) as connection:
        assert secrets.take(connection, "key", "one", NOW) == "one"
    with writing(engine) as connection:
        assert secrets.take(connection, "key", "two", later(1)) == "one"
