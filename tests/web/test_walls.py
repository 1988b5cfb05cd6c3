"""Screens on a wall: a link with a token of its own, views in turn, and nothing else than looking."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.support.every_address import addresses
from tests.support.web_site import Site, tree, words
from web.auth.walls import SHOWN

VIEWS = {"Stopped": "/s/demo/jobs?state=stopped", "Held": "/s/demo/orders?state=suspended"}


@pytest.fixture
def link(site: Site) -> str:
    "A link for both views, ten seconds each, without the host."
    for name, back in VIEWS.items():
        site.post("/me/views", name=name, back=back)
    numbers = tree(site.get("/me/views")).xpath('//input[@name="view"]/@value')
    made = site.post("/wall", "/me/views", view=numbers, seconds="10", name="control room")
    [address] = tree(made).xpath('//*[@id="wall-link"]/text()')
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def screen(site: Site, link: str) -> FlaskClient:
    "A browser in which nobody has ever signed in, after the link was opened there."
    client = site.app.test_client()
    answer = client.get(link)
    assert (answer.status_code, answer.location) == (303, "/wall/turn/0")
    return client


def test_a_screen_shows_the_views_in_turn(site: Site, screen: FlaskClient) -> None:
    shown = []
    address = "/wall/turn/0"
    for _ in range(3):
        page = screen.get(address, follow_redirects=True)
        assert page.status_code == 200
        shown.append(page.request.path)
        assert tree(page).xpath("//html/@class") == ["wall"]
        [turn] = tree(page).xpath('//meta[@http-equiv="refresh"]/@content')
        seconds, _, address = turn.partition(";url=")
        assert seconds == "10"
    assert shown == ["/s/demo/orders", "/s/demo/jobs", "/s/demo/orders"]
    assert "late" in words(screen.get("/wall/turn/0", follow_redirects=True))


def test_the_parts_of_the_page_and_the_pulse_come_too(site: Site, screen: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    page = tree(screen.get("/wall/turn/0", follow_redirects=True))
    for address in page.xpath("//*[@data-live]/@hx-get"):
        assert screen.get(address, headers=headers).status_code == 200, address
    tag = page.xpath('//*[@id="pulse"]/@hx-ptag')[0]
    assert screen.get("/s/demo/pulse", headers={**headers, "HX-PTag": tag}).status_code == 304


def test_a_screen_does_and_sees_nothing_else(site: Site, screen: FlaskClient) -> None:
    assert not tree(screen.get("/wall/turn/0", follow_redirects=True)).xpath('//main//form[@method="post"]')
    for method, endpoint, address in addresses(site):
        if endpoint in SHOWN | {"static", "metrics.metrics"} or endpoint.startswith(("health.", "auth.", "oidc.")):
            continue
        answer = screen.open(address, method=method)
        assert answer.status_code in (400, 401, 403, 404), (method, address, answer.status_code)
    assert screen.get("/s/demo/jobs/sales/load").status_code == 403
    assert screen.get("/s/demo/tasks/11/-/log").status_code == 403
    assert screen.get("/me/tokens").status_code == 403


def test_revoking_its_token_turns_the_screen_off(site: Site, screen: FlaskClient) -> None:
    page = tree(site.get("/me/tokens"))
    assert "wall display control room" in page.text_content()
    [revoke] = page.xpath('//form[contains(@action, "/revoke")]/@action')
    site.post(revoke)
    assert screen.get("/s/demo/orders?wall=1").location.startswith("/login")


def test_a_token_that_may_more_opens_no_screen(site: Site) -> None:
    made = site.post("/me/tokens", name="all", extent="all", days="30")
    secret = tree(made).xpath('//*[@id="secret"]/text()')[0]
    client = site.app.test_client()
    assert client.get(f"/wall/enter/{secret}?views=1").status_code == 404
    assert client.get("/wall/enter/stw_nothing?views=1").status_code == 404


def test_who_is_signed_in_stays_so(site: Site, link: str) -> None:
    assert site.get(link).location == "/wall/turn/0"
    assert site.get("/me").status_code == 200


def test_a_view_that_is_gone_is_left_out(site: Site, screen: FlaskClient) -> None:
    [remove, _] = tree(site.get("/me/views")).xpath('//form[contains(@action, "remove")]/@action')
    site.post(remove)
    assert screen.get("/wall/turn/0").location.startswith("/s/demo/jobs")


@pytest.mark.parametrize(("views", "seconds"), [([], "10"), (["1"], "1"), (["1"], "x"), (["1"], "")])
def test_what_makes_no_link_is_told(site: Site, views: list[str], seconds: str) -> None:
    site.post("/me/views", name="Stopped", back="/s/demo/jobs?state=stopped")
    answer = site.post("/wall", "/me/views", view=views, seconds=seconds)
    assert answer.status_code == 422
    assert "Choose views" in words(answer)


def test_the_making_of_a_link_is_in_the_audit(site: Site, link: str) -> None:
    assert "wall display control room" in words(site.get("/audit"))
