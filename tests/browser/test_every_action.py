"""Every action that there is, done by a person in a real browser with real engines behind the pages.

With script on a wide dark screen, where forms are dialogs, and without script on a narrow light one, where they are
pages. The audit has each of them afterwards, with its reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import visited
from tests.browser.deeds import files, jobs, members, orders, plan, scheduler, supervisor
from tests.browser.deeds.deed import Kind, do
from tests.support.live_site import LiveSite
from tests.support.visitors import Contexts
from tests.support.web_site import Site, an_account
from web.actions.verbs import REASON, VERBS

pytestmark = pytest.mark.browser

#: by the names of their modules
KINDS = {
    cast(str, kind.__name__).rpartition(".")[2]: cast(Kind, kind)
    for kind in (files, jobs, members, orders, plan, scheduler, supervisor)
}


def test_every_action_is_done_here() -> None:
    done = [action for kind in KINDS.values() for action in kind.ACTIONS]
    assert sorted(done) == sorted(verb.action for verb in VERBS.values())


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("name", KINDS)
def test_actions_are_done_by_the_engine_and_told_in_the_audit(
    name: str, script: bool, live: LiveSite, contexts: Contexts, tmp_path: Path
) -> None:
    kind = KINDS[name]
    with kind.world(tmp_path) as world:
        an_account(world.engine.database_url)
        site = Site(world.engine.database_url)
        site.show_all()
        with visited(site, live, contexts) as visitors:
            look = {"width": 1440, "color_scheme": "dark"} if script else {"width": 320, "color_scheme": "light"}
            page = visitors(errors=True, java_script_enabled=script, **look)
            done = []
            for deed in kind.deeds(world):
                do(page, deed, script)
                done.append(deed.action)
            assert {*done} == {*kind.ACTIONS} - world.left_out
            page.goto(f"{world.home}/audit?size=200")
            for action in done:
                entry = page.locator("main tr[data-row]", has=page.get_by_text(action, exact=True)).first
                expect(entry).to_be_visible()
                if VERBS[tuple(action.split(".", 1))].level >= REASON:  # type: ignore[index]
                    expect(entry).to_contain_text(f"Because of {action}")
        site.close()
