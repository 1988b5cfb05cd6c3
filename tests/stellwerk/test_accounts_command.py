"`stellwerk accounts` on a real database: what it does, refuses and prints."

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import update

from models import accounts, audit, connect, tables
from models.connect import writing
from web.accounts_command import main
from web.auth import passwords


def test_accounts_are_managed_without_anybody_signed_in(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["-db", sqlite_url, *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    assert re.search(r"account  admin\npassword \S{19} ", run("first-admin")[1])
    assert "nothing was done" in run("first-admin")[1]
    status, out, _ = run("add", "mw", "operator@demo:Finance", "viewer", "--full-name", "M. Weber")
    assert status == 0
    one_time = re.findall(r"password (\S+)", out)[0]
    assert re.search(r"mw +open +local +operator@demo:/finance/ viewer\n", run("list")[1])
    assert run("add", "MW")[0] == 1
    assert run("add", "eve", "king")[2] == "stellwerk accounts: There is no role king.\n"
    where = ("--scheduler", "demo", "--path", "/finance/x")
    assert run("explain", "mw", "jobs.stop", *where)[1].startswith("yes, through")
    assert run("explain", "mw", "jobs.stop", "--path", "/x")[1].startswith("no:")
    assert run("explain", "mw", "jobs.fly")[0] == 1
    assert run("assign", "mw", "auditor")[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("quiet river green lamp\n"))
    assert run("password", "mw", "--read", "--keep") == (0, "", "")
    assert run("password", "nobody")[0] == 1
    secret = run("token", "mw", "ci", "--days", "3", "--permission", "jobs.*")[1].strip()
    assert secret.startswith("stw_")
    assert secret not in run("tokens", "mw")[1]
    assert run("revoke", "mw", "ci")[0] == 0
    assert run("revoke", "mw", "ci")[0] == 1
    assert run("disable", "admin")[2].endswith("Nobody could manage accounts afterwards.\n")
    assert run("disable", "mw")[0] == run("enable", "mw")[0] == 0
    engine = connect.create(sqlite_url, "web")
    with writing(engine) as connection:
        found = accounts.find(connection, "mw")
        assert found is not None
        assert passwords.matches(found.password_hash, "quiet river green lamp")
        assert not passwords.matches(found.password_hash, one_time)
        assert not found.must_change
        assert all("(command line)" in entry.account for entry in audit.entries(connection) if entry.object == "mw")
    assert run("audit-check")[0] == 0
    with writing(engine) as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.object == "mw").values(account="somebody else"))
    engine.dispose()
    status, out, _ = run("audit-check")
    assert status == 1
    assert "BROKEN" in out
    assert run("remove", "mw")[0] == 0
    assert "viewer" in run("roles")[1]


def test_a_database_without_tables_is_told(empty_database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-db", empty_database_url, "list"]) == 2
    assert capsys.readouterr().err.startswith("stellwerk accounts: ")


@pytest.mark.parametrize("words", [[], ["fly"], ["add"], ["token", "mw"]])
def test_wrong_use_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: stellwerk accounts" in capsys.readouterr().err
