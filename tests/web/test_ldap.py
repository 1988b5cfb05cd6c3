"Signing in with the password of a real directory."

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("ldap3", reason="the extra ldap is not installed")
pytest.importorskip("cryptography", reason="needed to make the certificate of the directory")

from models import accounts, connect, roles
from models.roles import Assignment
from tests.support.directory_server import BASE, PASSWORD, PEOPLE, ROOT, DirectoryServer, NoDirectory, program
from tests.support.web_site import PASSWORD as LOCAL_PASSWORD
from tests.support.web_site import Site, an_account, words
from web.auth import ldap
from web.auth.elsewhere import GroupRoles
from web.auth.identity import Directory
from web.settings import Settings, SettingsError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryServer]:
    try:
        program()
    except NoDirectory as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(f"slapd is required here: {problem}")
        pytest.skip(f"slapd is missing: {problem}")
    found = DirectoryServer(tmp_path_factory.mktemp("directory"))
    yield found
    found.close()


@pytest.fixture
def directory(server: DirectoryServer) -> Directory:
    mapping = GroupRoles.parse("ops=operator:/finance/; robots=api")
    return Directory(server.url, BASE, bind_dn=ROOT, bind_password=PASSWORD, roles=mapping)


@pytest.fixture
def door(sqlite_url: str, directory: Directory) -> Iterator[Site]:
    an_account(sqlite_url)
    site = Site(sqlite_url, directory=directory)
    yield site
    site.close()


def test_somebody_is_looked_up_without_a_password(
    server: DirectoryServer, directory: Directory, sqlite_url: str
) -> None:
    assert ldap.look_up(directory, "mw") == ldap.sign_in(directory, "mw", PEOPLE["mw"])
    assert ldap.look_up(directory, "nobody") is None
    assert ldap.look_up(directory, "") is None
    an_account(sqlite_url)
    site = Site(sqlite_url, directory=directory)
    site.enter()
    page = words(site.get("/admin/identity?source=ldap&name=mw"))
    assert "Mw of the directory" in page
    assert "Would come in; the account is made at the first sign-in." in page
    site.close()


def test_the_directory_knows_who_it_is(server: DirectoryServer, directory: Directory) -> None:
    found = ldap.sign_in(directory, "mw", PEOPLE["mw"])
    assert found is not None
    assert (found.name, found.full_name) == ("mw", "Mw of the directory")
    assert found.subject == f"uid=mw,ou=people,{BASE}"
    assert found.groups == (f"cn=ops,ou=groups,{BASE}",)
    for name, password in (
        ("mw", "wrong"),
        ("mw", ""),
        ("", "x"),
        ("nobody", "x"),
        ("*", PEOPLE["mw"]),
        ("mw)(uid=*", PEOPLE["mw"]),
        ("twin", PEOPLE["twin"]),  # two have this name
    ):
        assert ldap.sign_in(directory, name, password) is None, (name, password)


def test_the_connection_is_secured_and_the_certificate_is_checked(
    server: DirectoryServer, directory: Directory
) -> None:
    secured = replace(directory, start_tls=True, ca_file=str(server.certificate))
    assert ldap.sign_in(secured, "mw", PEOPLE["mw"]) is not None
    with pytest.raises(ldap.DirectoryAway):
        ldap.sign_in(replace(directory, start_tls=True), "mw", PEOPLE["mw"])


@pytest.mark.parametrize("change", [{"bind_password": "wrong"}, {"url": "ldap://127.0.0.1:1"}])
def test_a_directory_that_cannot_be_searched_is_told_as_such(directory: Directory, change: dict[str, Any]) -> None:
    with pytest.raises(ldap.DirectoryAway):
        ldap.sign_in(replace(directory, **change), "mw", PEOPLE["mw"])


def test_people_of_the_directory_come_in_with_the_roles_of_their_groups(door: Site) -> None:
    assert door.sign_in("mw", PEOPLE["mw"]).status_code == 303
    assert "Mw of the directory" in words(door.get("/me"))
    engine = connect.create(door.url, "web")
    with connect.reading(engine) as connection:
        found = accounts.find(connection, "mw")
        assert found is not None
        assert (found.source, found.password_hash) == ("ldap", "")
        assert roles.assignments(connection, found.id) == [Assignment("operator", "", "/finance/")]
    engine.dispose()
    assert "changed there" in words(door.get("/me/password"))
    door.post("/logout")
    assert door.sign_in("mw", "wrong").status_code == 401
    assert door.sign_in("eve", PEOPLE["eve"]).status_code == 403, "for programs only"


def test_a_local_account_is_never_asked_for_in_the_directory(door: Site) -> None:
    an_account(door.url, "eve", Assignment("viewer"))
    assert door.sign_in("eve", PEOPLE["eve"]).status_code == 401
    assert door.sign_in("eve", LOCAL_PASSWORD).status_code == 303


def test_without_the_directory_local_accounts_still_sign_in(sqlite_url: str, directory: Directory) -> None:
    an_account(sqlite_url)
    site = Site(sqlite_url, directory=replace(directory, url="ldap://127.0.0.1:1"))
    answer = site.sign_in("mw", PEOPLE["mw"])
    assert answer.status_code == 503
    assert "does not answer" in words(answer)
    assert site.sign_in().status_code == 303
    site.close()


def test_mistakes_in_the_settings_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"LDAP_URL": "ldap://ldap.example.org", "LDAP_FILTER": "(uid=x)", "LDAP_ROLES": "ops"})
    told = str(caught.value)
    for word in ("in the clear", "LDAP_FILTER", "LDAP_BASE", "LDAP_ROLES"):
        assert word in told
