"""What goes wrong is told in plain words with the right status, never with a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html

from tests.support.command_server import CommandServer
from tests.support.postgres import PostgresServer
from tests.support.rows import Rows, fill
from tests.support.web_site import Site, an_account, tree, words

STATE = '<state id="demo" host="box" tcp_port="4444" state="running" db_waiting="yes" db_error="connection refused"/>'


@pytest.mark.parametrize(
    "address", ["/nowhere", "/s/other/", "/s/demo/jobs/none", "/s/demo/chains/none", "/s/demo/tasks/99999"]
)
def test_what_is_not_there_is_404(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 404
    assert "There is no such page" in words(answer)


@pytest.mark.parametrize(
    "address", ["/s/demo/tasks/" + "9" * 30, "/s/demo/jobs?page=" + "9" * 30, "/s/demo/history?before=" + "9" * 30]
)
def test_enormous_numbers_do_no_harm(site: Site, address: str) -> None:
    assert site.get(address).status_code in (200, 404)


def test_a_form_without_token_says_that_nothing_was_done(site: Site) -> None:
    answer = site.client.post("/s/demo/jobs/sales/load/-/unstop", data={})
    assert answer.status_code == 400
    assert "Nothing was done." in words(answer)


def test_an_unexpected_error_shows_a_number_and_no_traceback(site: Site) -> None:
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    site.app.view_functions["help.keys"] = broken
    answer = site.get("/help/keys")
    assert answer.status_code == 500
    assert "Something went wrong here" in words(answer)
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


def test_a_fragment_gets_a_message_that_fits_into_its_place(site: Site) -> None:
    answer = site.fragment("/s/demo/jobs/none?part=job")
    assert answer.status_code == 404
    assert "<html" not in answer.text
    for address, target in (("/s/demo/jobs/none?part=job", "div#dialog-body"), ("/s/demo/menu/job?name=/no", "body")):
        dialog = tree(site.fragment(address, HX_Target=target))
        assert dialog.xpath('string(//h1[@id="dialog-title"])') == "There is no such page", "a dialog is named by it"
        assert dialog.xpath("//button[@data-close]/text()") == ["Close"]


@pytest.mark.parametrize("place", ["section#strip", "div#region-table"])
def test_a_live_region_that_cannot_be_made_says_so_and_asks_again(site: Site, place: str) -> None:
    def broken(scheduler_id: str) -> str:
        raise ZeroDivisionError("secret detail")

    tag, _, name = place.partition("#")
    site.app.view_functions["jobs.index"] = broken
    answer = site.fragment("/s/demo/jobs?q=a&part=table", HX_Target=place)
    assert answer.status_code == 500
    [region] = html.fromstring(f"<body>{answer.text}</body>").xpath("//body/*")
    assert (region.tag, region.get("id")) == (tag, name)
    assert region.get("hx-get") == "/s/demo/jobs?q=a&part=table"
    assert "data-live" in region.attrib
    assert re.search("under error [0-9a-f]{8}", words(answer))
    [again] = region.xpath(".//a")
    assert (again.text, again.get("href"), again.get("hx-target")) == ("Try again", "/s/demo/jobs", f"#{name}")


@pytest.mark.parametrize("place", ["div#dialog-body", "div#region-x<", "script#strip", ""])
def test_only_a_live_region_gets_one_in_its_place(site: Site, place: str) -> None:
    assert "hx-get" not in site.fragment("/s/demo/jobs/none?part=job", HX_Target=place).text


def test_a_database_without_tables_names_the_remedy(tmp_path: Path) -> None:
    site = Site(f"sqlite:///{tmp_path}/new.db")
    for address in ("/", "/login", "/s/demo/jobs"):
        answer = site.get(address)
        assert answer.status_code == 503, address
        assert "python -m models upgrade" in words(answer)
    assert site.get("/healthz").status_code == 200
    assert site.get("/readyz").status_code == 503
    site.close()


def test_probes_need_no_sign_in(empty_site: Site) -> None:
    assert empty_site.get("/healthz").status_code == 200
    assert empty_site.get("/readyz").status_code == 200


@pytest.mark.postgres
def test_without_database_the_engine_is_asked_what_it_knows(
    postgres_url: str, postgres_server: PostgresServer, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: STATE
    with Rows(postgres_url) as rows:
        fill(rows, engine_port.port)
    an_account(postgres_url)
    site = Site(postgres_url)
    site.sign_in()
    assert site.get("/s/demo/jobs").status_code == 200
    try:
        postgres_server.stop()
        answer = site.get("/s/demo/jobs")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "The database does not answer" in words(answer)
        assert "waits for it; running processes go on" in words(answer)
        assert 'http-equiv="refresh"' in answer.text
        assert "Traceback" not in answer.text
        engine_port.close()
        assert "The engine does not answer either." in words(site.get("/s/demo/jobs"))
    finally:
        postgres_server.start()
    assert site.get("/s/demo/jobs").status_code == 200
    site.close()
