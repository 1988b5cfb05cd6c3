"Signing in at a real OpenID Connect provider: who comes in, with which roles, and who does not."

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from models import accounts, connect, roles
from models.roles import Assignment
from tests.support.waiting import PATIENCE
from tests.support.web_site import Site, an_account, words
from web.auth.elsewhere import GroupRoles
from web.auth.identity import Provider
from web.settings import Settings, SettingsError

pytest.importorskip("authlib", reason="the extra oidc is not installed")

from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider

ROLES = GroupRoles.parse("ops=operator:/finance/; cn=admins,dc=x=administrator; robots=api")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OidcProvider]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    found = OidcProvider()
    yield found
    found.close()


@pytest.fixture
def door(sqlite_url: str, provider: OidcProvider) -> Iterator[Site]:
    an_account(sqlite_url)
    known = Provider("corp", provider.issuer, CLIENT_ID, CLIENT_SECRET, "Corporation", roles=ROLES)
    site = Site(sqlite_url, public_url="http://localhost", providers=(known,))
    yield site
    site.close()


def comes(site: Site, **changes: str) -> TestResponse:
    "The way of a browser: to the provider, and back."
    there = site.get("/login/oidc/corp?next=/me/permissions")
    assert there.status_code == 302
    answer = requests.get(there.location, allow_redirects=False, timeout=PATIENCE)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/login/oidc/corp/back"
    return site.get(f"{back.path}?{back.query}")


def roles_of(site: Site, name: str) -> list[Assignment]:
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        found = accounts.find(connection, name)
        given = roles.assignments(connection, found.id) if found else []
    engine.dispose()
    return given


def test_somebody_comes_in_with_the_roles_of_the_groups(door: Site, provider: OidcProvider) -> None:
    assert "Corporation" in words(door.get("/login"))
    answer = comes(door)
    assert (answer.status_code, answer.location) == (303, "/me/permissions")
    assert "M. Weber" in words(door.get("/me"))
    assert roles_of(door, "mw") == [Assignment("operator", "", "/finance/")]
    # the next time with other groups, under another name: it is the same person
    door.post("/logout")
    provider.claims |= {"groups": ["CN=Admins,DC=x"], "preferred_username": "m.weber"}
    assert comes(door).status_code == 303
    assert roles_of(door, "mw") == [Assignment("administrator")]
    # without any group that counts nobody comes in, and the roles are gone
    door.post("/logout")
    provider.claims["groups"] = ["others"]
    answer = comes(door)
    assert answer.status_code == 403
    assert "None of your groups has a role here." in words(answer)
    assert roles_of(door, "mw") == []
    assert door.get("/me").status_code == 303


def test_an_account_that_exists_is_never_taken_over(door: Site, provider: OidcProvider) -> None:
    provider.claims["preferred_username"] = "Admin"
    answer = comes(door)
    assert answer.status_code == 403
    assert "belongs to another account" in words(answer)
    assert door.sign_in().status_code == 303, "the local door stays open"


def test_an_account_for_programs_and_a_shut_one_stay_outside(door: Site, provider: OidcProvider) -> None:
    provider.claims["groups"] = ["robots"]
    assert comes(door).status_code == 403
    provider.claims["groups"] = ["ops"]
    assert comes(door).status_code == 303
    engine = connect.create(door.url, "web")
    with connect.writing(engine) as connection:
        found = accounts.find(connection, "mw")
        assert found is not None
        accounts.disable(connection, found.id)
    engine.dispose()
    assert door.get("/me").status_code == 303
    answer = comes(door)
    assert answer.status_code == 403
    assert "shut" in words(answer)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda claims: claims | {"nonce": "another"},
        lambda claims: claims | {"iss": "https://evil.example"},
        lambda claims: claims | {"aud": ["somebody else"]},
        lambda claims: claims | {"exp": 1},
    ],
)
def test_an_answer_that_was_not_meant_for_us_lets_nobody_in(door: Site, provider: OidcProvider, spoil: Any) -> None:
    provider.spoil = spoil
    answer = comes(door)
    assert answer.status_code == 401
    assert door.get("/me").status_code == 303


def test_a_way_back_that_nobody_began_leads_nowhere(door: Site, provider: OidcProvider) -> None:
    for query in ("", "?code=x&state=y", "?error=access_denied&state=y"):
        assert door.get(f"/login/oidc/corp/back{query}").status_code == 401, query
    assert door.get("/login/oidc/other").status_code == 404
    other = Site(door.url, public_url="http://localhost", providers=door.app.extensions["stellwerk_settings"].providers)
    answer = requests.get(door.get("/login/oidc/corp").location, allow_redirects=False, timeout=PATIENCE)
    stolen = urlsplit(answer.headers["Location"])
    assert other.get(f"{stolen.path}?{stolen.query}").status_code == 401, "a code works in the browser that asked"
    other.close()


def test_a_provider_that_is_away_leaves_the_local_door_open(door: Site, provider: OidcProvider) -> None:
    provider.close()
    answer = door.get("/login/oidc/corp")
    assert answer.status_code == 503
    assert "did not succeed" in words(answer)
    assert door.sign_in().status_code == 303


def test_mistakes_in_the_settings_are_told_together() -> None:
    good = {
        "PUBLIC_URL": "https://jobs.example.org",
        "OIDC_PROVIDERS": "corp",
        "OIDC_CORP_ISSUER": "https://id.example.org/",
        "OIDC_CORP_CLIENT_ID": "x",
        "OIDC_CORP_ROLES": "ops=operator@demo:/finance/",
    }
    [known] = Settings.from_environ(good).providers
    assert (known.issuer, known.roles.of(["OPS"])) == (
        "https://id.example.org",
        [Assignment("operator", "demo", "/finance/")],
    )
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"OIDC_PROVIDERS": "corp,Bad Name", "OIDC_CORP_ISSUER": "http://id.example.org"})
    told = str(caught.value)
    for word in ("PUBLIC_URL", "OIDC_CORP_ISSUER", "OIDC_CORP_CLIENT_ID", "OIDC_CORP_ROLES", "Bad Name"):
        assert word in told
