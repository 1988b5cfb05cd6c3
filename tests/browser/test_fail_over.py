"""A real cluster before a real browser: the member at work dies, and the open page tells the story by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, visited
from tests.support.cluster import Cluster
from tests.support.live_site import LiveSite
from tests.support.visitors import Contexts
from tests.support.web_site import Site, an_account

pytestmark = pytest.mark.browser


@pytest.fixture
def cluster(tmp_path: Path, sqlite_url: str) -> Iterator[Cluster]:
    with Cluster(tmp_path, sqlite_url) as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        primary.shell_job("/long", "sleep 600")
        cluster.start(primary, backup)
        yield cluster


@pytest.fixture
def new_page(cluster: Cluster, live: LiveSite, contexts: Contexts) -> Iterator[NewPage]:
    an_account(cluster.database_url)
    site = Site(cluster.database_url)
    with visited(site, live, contexts) as visitors:
        yield visitors
    site.close()


@pytest.mark.timeout(180)
def test_the_page_tells_a_fail_over_without_being_reloaded(new_page: NewPage, cluster: Cluster) -> None:
    primary, backup = cluster.members
    page = new_page(errors=True)
    page.goto(f"/s/{cluster.id}/cluster")
    expect(page.locator("#region-members .panel")).to_have_count(2)
    expect(page.locator("#region-members")).to_contain_text("ready to take over")
    page.evaluate("window.stayed = true")
    primary.kill9()
    story = page.locator("#region-takeovers")
    expect(story).to_contain_text(backup.member_id)
    expect(story).to_contain_text("The process of the one before was gone")
    for step in ("last sign of life seen", "decided to take over", "right to work taken", "at work"):
        row = story.locator("tr", has_text=step)
        expect(row.locator("time")).to_have_count(1)
    expect(page.locator("#region-members")).to_contain_text("dead")
    expect(page.locator("#strip .badge")).to_have_text("running")
    expect(page.locator("#strip")).to_contain_text(f":{backup.port}")
    assert page.evaluate("window.stayed")

    # back to the first one, chosen in the form; the banner counts, and the end is taken back
    cluster.launch(primary)
    members = page.locator("#region-members")
    expect(members).to_contain_text("ready to take over")
    backup.command('<start_job job="/long"/>')
    expect(members).to_contain_text("1 running task")
    page.get_by_role("link", name="Switch over").click()
    form = page.locator("#dialog form")
    expect(form).to_contain_text(f"{primary.member_id} would go on")
    expect(form).to_contain_text("Both have the same configuration")
    form.locator("select[name=next_member]").select_option(primary.member_id)
    form.locator("input[name=timeout]").fill("600")
    form.locator("#reason").fill("patch")
    form.locator("#typed").fill(cluster.id)
    form.locator("button.danger").click()
    banner = members.locator(".banner", has_text="The scheduler ends within")
    banner.get_by_role("button", name="Cancel the end").click()
    expect(banner).to_have_count(0)
    expect(page.locator("#strip .badge")).to_have_text("running")
    assert backup.active
