"The pages of accounts, roles, settings, audit, operations and one's own account in a real browser."

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from models import connect, notices
from models.notices import RulesInForce
from tests.browser.conftest import NewPage, World
from tests.browser.looks import LOOKS, look_as, wrong_looks
from tests.support.rows import a_member, ago

pytestmark = pytest.mark.browser

PAGES = {
    "account": "/admin/accounts/mw?permission=jobs.stop&path=/sales/load",
    "role-own": "/admin/roles/night",
    "notifications": "/admin/notifications?scheduler=demo&event=job_failed",
    "audit-all": "/audit?account=admin",
    "me-sessions": "/me/sessions",
    "me-tokens": "/me/tokens",
}


def make(page: Page) -> str:
    "A role, an account and a token; returns the account's one-time password."
    page.goto("/admin/roles/new")
    page.fill("#key", "night")
    page.fill("#name", "Night shift")
    page.fill("#permissions", "*.view\njobs.start\n-logs.view")
    page.click("text=Save")
    page.goto("/admin/accounts/new")
    page.fill("#name", "mw")
    page.fill("#full_name", "Maria Weber")
    page.locator("select[name=role]").first.select_option("operator")
    page.locator("input[name=folder]").first.fill("/sales")
    page.click("button.primary")
    password = page.inner_text("#secret")
    page.goto("/me/tokens")
    page.fill("#name", "build server")
    page.click("button.primary")
    assert page.inner_text("#secret").startswith("stw_")
    return password


def told_of_failures(world: World) -> None:
    "By a rule of the monitor, with words of its own."
    rules = """<monitor><message on="job_failed" subject="{object} broke">{message}</message>
<rule name="failures" on="job_failed order_failed" object="/sales/*" but="/sales/check">
<tell><mail to="a@example.org"/></tell>
<tell after="600" every="3600"><webhook url="https://alarm.example.org/a/rather/long/address/of/somebody"/></tell>
</rule></monitor>"""
    engine = connect.create(world.site.url, "web")
    with connect.writing(engine) as connection:
        notices.put_rules(connection, "demo", RulesInForce("/srv/config/monitor.xml", rules, ago(9)))
    engine.dispose()


def test_pages_are_accessible_and_fit(new_page: NewPage, world: World) -> None:
    page = new_page()
    make(page)
    told_of_failures(world)
    world.rows.beat(a_member(4444, state="stopped"))
    page.goto("/s/demo/jobs/sales/load/-/stop")
    page.fill("#reason", "New disks")
    page.click("button.primary")
    page.click("text=Look after it")
    page.goto("/admin/notifications")
    page.click("text=Send a trial")
    problems: list[str] = []
    for number, (name, address) in enumerate({"operation": page.url, **PAGES}.items()):
        look_as(page, *LOOKS[0])
        page.goto(address)
        problems += wrong_looks(page, name, number % len(LOOKS))
    assert problems == []


@pytest.mark.parametrize("script", [True, False])
def test_a_new_person_signs_in_and_acts_within_the_folder(new_page: NewPage, world: World, script: bool) -> None:
    one_time = make(new_page(java_script_enabled=script))
    page = new_page(signed_in=False, java_script_enabled=script, errors=True)
    page.goto("/s/demo/jobs/sales/load")
    page.fill("#name", "mw")
    page.fill("#password", one_time)
    page.click("button.primary")
    page.wait_for_url("**/me/password")
    page.fill("#old", one_time)
    page.fill("#new", "quiet river green lamp")
    page.fill("#again", "quiet river green lamp")
    page.click("button.primary")
    world.rows.beat(a_member(world.engine.port))
    page.goto("/s/demo/jobs/sales/load/-/stop")
    page.fill("#reason", "New disks")
    page.click("button.primary")
    page.wait_for_url("**/s/demo/jobs/sales/load")
    assert "Stopped by mw" in page.inner_text("main")
    assert len(world.engine.sent("modify_job")) == 1
    page.goto("/s/demo/jobs")
    assert "check_disk" not in page.inner_text("main")
    assert page.goto("/admin/accounts").status == 403  # type: ignore[union-attr]
    assert "users.manage" in page.inner_text("main")
