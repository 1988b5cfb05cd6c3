"""Signing in and out: sessions, the throttle, the way back, the first account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import accounts, connect
from tests.support.every_address import addresses
from tests.support.web_site import PASSWORD, Site, an_account, tree, words
from web.auth import throttle
from web.auth.addresses import safe_next
from web.auth.first_admin import create_first_admin
from web.auth.people import FEED, OPEN


def test_no_page_is_open_to_strangers(empty_site: Site) -> None:
    for method, endpoint, address in addresses(empty_site):
        if endpoint in OPEN:
            continue
        data = {"csrf_token": empty_site.token("/login")} if method == "POST" else None
        answer = empty_site.client.open(address, method=method, data=data)
        if endpoint.startswith("api."):
            assert answer.status_code == 401, (method, address)
            continue
        if endpoint.startswith(f"{FEED}."):  # the token in the address is none
            assert answer.status_code == 404, (method, address)
            continue
        assert answer.status_code == 303, (method, address)
        assert answer.location.startswith("/login"), (method, address)


def test_after_signing_in_one_is_where_one_wanted_to_go(empty_site: Site) -> None:
    answer = empty_site.get("/s/demo/jobs?q=x")
    assert answer.location == "/login?next=/s/demo/jobs?q%3Dx"
    answer = empty_site.sign_in(next="/me")
    assert (answer.status_code, answer.location) == (303, "/me")
    assert empty_site.get("/me").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\\b",
        "/\tx",
        "evil",
        "",
        "/\r\nSet-Cookie: a=b",
    ],
)
def test_the_way_back_never_leads_to_another_site(address: str) -> None:
    assert safe_next(address, "/") == "/"


def test_a_wrong_password_and_an_unknown_account_look_the_same(empty_site: Site) -> None:
    wrong, unknown = empty_site.sign_in(password="wrong"), empty_site.sign_in(name="nobody", password="wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert "Account or password is wrong." in words(wrong)
    assert "Account or password is wrong." in words(unknown)


def test_the_account_name_ignores_case(empty_site: Site) -> None:
    assert empty_site.sign_in(name=" Admin ").status_code == 303


def test_after_too_many_failures_even_the_right_password_has_to_wait(empty_site: Site) -> None:
    for _ in range(throttle.OF_ACCOUNT_FROM_ADDRESS):
        assert empty_site.sign_in(password="wrong").status_code == 401
    assert empty_site.sign_in().status_code == 429


def test_one_place_cannot_lock_an_account_for_another_place(empty_site: Site) -> None:
    for _ in range(throttle.FROM_ADDRESS):
        empty_site.sign_in(password="wrong")
    other = {"REMOTE_ADDR": "192.0.2.7"}
    token = empty_site.token("/login")
    answer = empty_site.client.post(
        "/login", data={"name": "admin", "password": PASSWORD, "csrf_token": token}, environ_overrides=other
    )
    assert answer.status_code == 303


def test_signing_out_ends_the_session(empty_site: Site) -> None:
    empty_site.sign_in()
    assert empty_site.post("/logout").status_code == 303
    assert empty_site.get("/me").status_code == 303


def test_signing_out_by_a_link_is_not_possible(empty_site: Site) -> None:
    empty_site.sign_in()
    assert empty_site.get("/logout").status_code == 405


def test_changing_the_password_ends_other_sessions(empty_site: Site) -> None:
    empty_site.sign_in()
    engine = connect.create(empty_site.url, "web")
    with connect.writing(engine) as connection:
        account = accounts.find(connection, "admin")
        assert account is not None
        accounts.set_password(connection, account.id, account.password_hash, datetime.now(UTC))
    engine.dispose()
    assert empty_site.get("/me").status_code == 303


def test_a_disabled_account_is_out_at_once(empty_site: Site) -> None:
    empty_site.sign_in()
    engine = connect.create(empty_site.url, "web")
    with connect.writing(engine) as connection:
        account = accounts.find(connection, "admin")
        assert account is not None
        accounts.disable(connection, account.id)
    engine.dispose()
    assert empty_site.get("/me").status_code == 303
    assert empty_site.sign_in().status_code == 401


def test_the_session_before_signing_in_is_not_taken_over(empty_site: Site) -> None:
    empty_site.get("/login")
    with empty_site.client.session_transaction() as session:
        session["planted"] = "yes"
    empty_site.sign_in()
    with empty_site.client.session_transaction() as session:
        assert "planted" not in session


def test_an_expired_session_sends_the_page_to_the_door_not_its_fragment(empty_site: Site) -> None:
    answer = empty_site.fragment("/s/demo/jobs?part=table")
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"
    assert answer.data == b""


def test_who_signs_in_again_is_led_back_to_the_page_whose_fragment_found_the_session_expired(empty_site: Site) -> None:
    part = "/s/demo/jobs?part=table"
    door = empty_site.fragment(part, HX_Current_URL="http://localhost/s/demo/jobs?q=state:stopped").headers["HX-Redirect"]
    assert door == "/login?next=/s/demo/jobs?q%3Dstate:stopped"
    assert '"/s/demo/jobs?q=state:stopped"' in empty_site.get(door).text
    elsewhere = empty_site.fragment(part, HX_Current_URL="http://elsewhere/s/demo/jobs")
    assert elsewhere.headers["HX-Redirect"] == "/login"


def test_a_page_that_is_left_open_tells_that_the_session_ends_and_prolongs_it(site: Site) -> None:
    dialog = site.fragment("/s/demo/jobs/sales/load/-/stop")
    opened = [site.get("/s/demo/jobs"), site.get("/admin/accounts/new"), dialog]
    [address] = {place for page in opened for place in tree(page).xpath('//*[@class="session"][not(*)]/@hx-get')}
    assert tree(dialog).xpath('//*[@class="session"]/following-sibling::form'), "nothing behind a dialog can be reached"
    stay = "/me/sessions/stay"

    def told() -> bool:
        answer = site.fragment(address)
        assert answer.status_code == 200
        return "You are signed out at" in answer.text

    site.leave_unused(timedelta(hours=12) - timedelta(minutes=11))
    assert not told()
    nearly = timedelta(hours=12) - timedelta(minutes=9)
    site.leave_unused(nearly)
    assert told()
    # who opens a page uses the session, so that page has nothing to tell
    assert "signed out" not in words(site.get("/s/demo/jobs"))
    token = site.token("/me")
    site.leave_unused(nearly)
    answer = site.client.post(stay, data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.data, answer.headers["HX-Trigger"]) == (200, b"", "stayed")
    assert "stellwerk=" in answer.headers["Set-Cookie"]
    assert not told()
    # a page stays as it is when the time is over: a form on it may be half filled
    site.leave_unused(nearly)
    assert told()
    site.client.delete_cookie("stellwerk")
    over = site.fragment(address)
    assert (over.status_code, over.data, "HX-Redirect" in over.headers) == (204, b"", False)
    assert site.get(address).status_code == 404
    site.enter()
    # and without script
    assert site.post(stay, back="/s/demo/jobs").headers["Location"] == "/s/demo/jobs"
    assert site.get(stay).status_code == 405


def test_all_web_processes_share_one_signing_key(sqlite_url: str) -> None:
    an_account(sqlite_url)
    one, other = Site(sqlite_url), Site(sqlite_url)
    one.sign_in()
    cookie = one.client.get_cookie("stellwerk")
    assert cookie is not None
    other.client.set_cookie("stellwerk", cookie.value)
    assert other.get("/me").status_code == 200
    one.close()
    other.close()


def test_cookies_are_kept_from_scripts_and_other_sites(empty_site: Site) -> None:
    empty_site.sign_in()
    cookie = empty_site.client.get_cookie("stellwerk")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Lax", False)


def test_with_https_outside_cookies_are_secure(sqlite_url: str) -> None:
    site = Site(sqlite_url, public_url="https://jobs.example.org")
    answer = site.get("/login", base_url="https://jobs.example.org")
    assert "__Host-stellwerk=" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers
    site.close()


def test_an_open_page_that_nobody_uses_does_not_prolong_its_session(site: Site) -> None:
    assert "Set-Cookie" in site.get("/s/demo/jobs").headers
    for address in ("/s/demo/pulse", "/s/demo/strip", "/static/app.css", "/s/demo/jobs?part=table"):
        assert "Set-Cookie" not in site.fragment(address).headers, address


def test_the_first_admin_is_made_once(database_url: str) -> None:
    engine = connect.create(database_url, "web")
    password = create_first_admin(engine)
    assert password is not None
    assert create_first_admin(engine) is None
    engine.dispose()
    site = Site(database_url)
    assert site.sign_in(password=password).status_code == 303
    site.close()
