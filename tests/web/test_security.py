"""Headers, forged requests, and text that wants to be HTML."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.commands.registry import COMMANDS
from scheduler.errors import Problem
from scheduler.protocol.levels import Level
from tests.support.command_server import CommandServer
from tests.support.every_address import addresses
from tests.support.rows import Rows, a_chain, a_file, a_job, a_member, a_run, a_task, an_order
from tests.support.web_site import Site, an_account, tree
from web import static_files
from web.security import HEADERS

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_every_answer_carries_the_headers(site: Site) -> None:
    for method, _, address in addresses(site):
        answer = site.client.open(address, method=method, buffered=True)
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (method, address, name)


def test_the_policy_allows_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_are_never_cached(site: Site) -> None:
    for address in ("/login", "/s/demo/", "/s/demo/jobs", "/nowhere"):
        answer = site.get(address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "HX-Request" in answer.headers["Vary"]


def test_static_files_are_kept_for_ever_under_their_hash_only(site: Site) -> None:
    version = static_files.version("app.css")
    assert "immutable" in site.get(f"/static/app.css?v={version}").headers["Cache-Control"]
    assert "immutable" not in site.get("/static/app.css?v=other").headers["Cache-Control"]


def test_vendored_files_are_unchanged() -> None:
    recorded = static_files.vendored()
    files = [
        file
        for file in (static_files.DIRECTORY / "vendor").rglob("*")
        if file.is_file() and file.name != "VENDORED.toml"
    ]
    names = {str(file.relative_to(static_files.DIRECTORY)) for file in files}
    assert names == set(recorded)
    for name, checksum in recorded.items():
        assert static_files.checksum(static_files.DIRECTORY / name) == checksum, name


def test_what_runs_on_every_page_stays_small_and_the_viewer_of_logs_comes_with_logs_only(site: Site) -> None:
    assert (static_files.DIRECTORY / "app.js").stat().st_size < 15 * 1024
    own = "//script[not(contains(@src, 'vendor'))]/@src"
    assert [name.partition("?")[0] for name in tree(site.get("/me")).xpath(own)] == ["/static/app.js"]
    named = [name.partition("?")[0] for name in tree(site.get("/s/demo/log")).xpath(own)]
    assert named == ["/static/app.js", "/static/log.js"]


def test_no_change_without_token(site: Site) -> None:
    for method, endpoint, address in addresses(site):
        if method == "POST":
            assert site.client.post(address, data={}, buffered=True).status_code == 400, endpoint


def test_get_changes_nothing(site: Site, engine_port: CommandServer) -> None:
    for method, _, address in addresses(site):
        if method == "GET":
            site.get(address)
    asked = {command.tag for command in engine_port.commands}
    assert asked
    assert [tag for tag in sorted(asked) if COMMANDS[tag].level > Level.INFO] == []


def test_text_from_outside_is_shown_as_text(sqlite_url: str) -> None:
    chain, nodes = a_chain("/evil", "/evil", title=EVIL)
    nodes[0] = replace(nodes[0], definition=replace(nodes[0].definition, on_error=EVIL))
    job = a_job("/evil", title=EVIL, params={EVIL: EVIL}, description=EVIL)
    with Rows(sqlite_url) as rows:
        rows.put(
            chain,
            nodes,
            job,
            a_file(job, Problem(EVIL, EVIL, 1, 1)),
            a_file(chain, Problem(EVIL, EVIL)),
            an_order(EVIL, "/evil", title=EVIL, params={EVIL: EVIL}, last_error=EVIL, state_text=EVIL),
            a_run(1, "/evil", EVIL, title=EVIL, state_text=EVIL),
            a_task(1, "/evil", name=EVIL, problem=Problem(EVIL, EVIL)),
        )
        rows.beat(a_member(1, state="running", database_problem=EVIL, log_file=EVIL))
    an_account(sqlite_url)
    site = Site(sqlite_url)
    site.sign_in()
    pages = [
        "/s/demo/",
        "/s/demo/orders",
        "/s/demo/jobs",
        "/s/demo/chains",
        "/s/demo/history",
        "/s/demo/history?kind=tasks",
    ]
    pages += [
        "/s/demo/jobs/evil",
        "/s/demo/chains/evil",
        "/s/demo/tasks/1",
        "/s/demo/cluster",
        "/s/demo/jobs/evil/-/stop",
    ]
    pages += tree(site.get("/s/demo/orders")).xpath('//a[starts-with(@href, "/s/demo/orders/evil/-/")]/@href')
    assert len(pages) >= 12
    for address in pages:
        answer = site.get(address)
        assert answer.status_code == 200, address
        assert "<script>alert" not in answer.text, address
        assert "<img src=x" not in answer.text, address
    site.close()


@pytest.mark.parametrize("query", ["q", "state", "chain", "kind", "page", "before", "part", "run", "of", "back"])
def test_arguments_of_the_address_are_shown_as_text(site: Site, query: str) -> None:
    for address in ("/s/demo/orders", "/s/demo/history", "/s/demo/jobs/sales/load/-/stop"):
        answer = site.client.get(address, query_string={query: EVIL})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_values_of_secret_parameters_are_not_shown(site: Site) -> None:
    page = site.get("/s/demo/orders/sales/daily/-/2026-11-20").text
    assert "db_password" in page
    assert "geheim" not in page
