"""The page about identity providers: what is set, without secrets, and who would get what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models import accounts, connect
from models.roles import Assignment
from tests.support.web_site import Site, an_account, words
from web.auth.elsewhere import GroupRoles
from web.auth.identity import Directory, Provider

PAGE = "/admin/identity"
#: nobody listens there
DIRECTORY = Directory(
    "ldap://127.0.0.1:9", "dc=example", bind_dn="cn=reader", bind_password="geheim",
    roles=GroupRoles.parse("ops=operator:/finance/; lost=nothing"),
)  # fmt: skip


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    pytest.importorskip("authlib", reason="the extra oidc is not installed")
    an_account(sqlite_url)
    mapping = GroupRoles.parse("*=viewer; admins=administrator")
    provider = Provider("corp", "https://id.example.org", "stellwerk", "geheim", "Corporate", roles=mapping)
    site = Site(sqlite_url, providers=(provider,), directory=DIRECTORY, public_url="https://jobs.example.org")
    site.app.config["SESSION_COOKIE_SECURE"] = False
    site.app.config["SESSION_COOKIE_NAME"] = "stellwerk"
    site.enter()
    yield site
    site.close()


def test_what_is_set_is_shown_without_secrets(site: Site) -> None:
    page = site.get(PAGE)
    for word in ("Corporate", "https://id.example.org", "https://jobs.example.org/login/oidc/corp/back",
                 "cn=reader", "operator:/finance/", "administrator"):  # fmt: skip
        assert word in words(page), word
    assert "geheim" not in page.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("source=oidc:corp&name=new&groups=Admins", "Would come in; the account is made at the first sign-in."),
        ("source=oidc:corp&name=admin&groups=x", "the name admin belongs to another account here."),
        ("source=ldap&name=x&groups=cn=ops,ou=groups", "Would come in"),
        ("source=ldap&name=x&groups=lost", "none of the groups has a role here."),
        ("source=ldap&name=x", "The directory cannot be asked"),
    ],
)
def test_a_dry_run_tells_who_would_get_what(site: Site, query: str, expected: str) -> None:
    assert expected in words(site.get(f"{PAGE}?{query}"))
    engine = connect.create(site.url, "reader")
    with connect.reading(engine) as connection:
        assert [account.name for account in accounts.all_accounts(connection)] == ["admin"]
    engine.dispose()


def test_only_who_manages_accounts_sees_it(site: Site) -> None:
    an_account(site.url, "mw", Assignment("operator"))
    site.enter("mw")
    assert site.get(PAGE).status_code == 403


def test_without_sources_it_says_how_to_set_one(empty_site: Site) -> None:
    empty_site.enter()
    assert "neither OIDC_PROVIDERS nor LDAP_URL is set" in words(empty_site.get(PAGE))
