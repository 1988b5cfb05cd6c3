"""Every page that there is, with a real engine at work behind it, as people look at it in a real browser: light and
dark, on a telephone and on a wide screen, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import Map

from models import connect, notices
from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.monitor.rules import Severity
from tests.browser.looks import LOOKS, look_as, wrong_looks
from tests.support.classic_functions import CHAIN, CLUSTER, DONE, HELD, HERE, HISTORY, JOB, SETBACK
from tests.support.classic_world import ClassicWorld, classic_world
from tests.support.live_site import LiveSite
from tests.support.visitors import Contexts, Visitors
from tests.support.web_site import tree, words

pytestmark = pytest.mark.browser

#: words in braces are what the world has numbered
PAGES = {
    "overview": f"{HERE}/",
    "orders": f"{HERE}/orders",
    "orders-found": f"{HERE}/orders?q=state:setback",
    "order-waits": SETBACK,
    "order-held": HELD,
    "order-gone": DONE,
    "order-of-file": f"{HERE}/orders?chain=/sales/files",
    "order-log": f"{DONE}/-/runs/{{run}}/log",
    "order-new": f"{HERE}/orders/-/add?chain=/sales/flow",
    "order-notes": f"{HERE}/notes/order/sales/flow/-/held",
    "jobs": f"{HERE}/jobs",
    "jobs-stopped": f"{HERE}/jobs?q=state:stopped%20folder:/sales",
    "job": JOB,
    "job-removed": f"{HERE}/jobs/sales/going",
    "job-faulty": f"{HERE}/jobs/sales/spoilt",
    "job-changed": f"{HERE}/jobs/sales/slow",
    "job-starts": f"{JOB}?tab=starts",
    "job-orders": f"{HERE}/jobs/sales/one?tab=orders",
    "job-documentation": f"{JOB}?tab=documentation",
    "job-configuration": f"{JOB}?tab=configuration",
    "job-log": f"{HERE}/jobs/sales/warned/-/log",
    "job-notes": f"{HERE}/notes/job/sales/load",
    "task-running": f"{HERE}/tasks/{{running}}",
    "task-queued": f"{HERE}/tasks/{{queued}}",
    "task-ended": f"{HERE}/tasks/{{ended}}",
    "task-log": f"{HERE}/tasks/{{ended}}/-/log?find=out",
    "tasks-compared": f"{HERE}/compare/tasks?one={{running}}&other={{queued}}",
    "runs-compared": f"{HERE}/compare/runs?one={{run}}&other={{run}}",
    "chains": f"{HERE}/chains",
    "chain": CHAIN,
    "chain-node": f"{CHAIN}?node=second",
    "chain-starts": f"{CHAIN}?tab=starts",
    "chain-of-files": f"{HERE}/chains/sales/files",
    "chain-nested": f"{HERE}/chains/sales/outer",
    "chain-cleared": f"{HERE}/bulk/order/temporary?chain=/sales/flow",
    "history-of-orders": HISTORY,
    "history-of-tasks": f"{HISTORY}?kind=tasks",
    "history-failed": f"{HISTORY}?kind=tasks&state=failed",
    "reports": f"{HERE}/reports",
    "notices": f"{HERE}/notices",
    "notice": f"{HERE}/notices/1",
    "cluster": CLUSTER,
    "audit": f"{HERE}/audit",
    "audit-of-all": "/audit",
    "plan": f"{HERE}/plan",
    "plan-timeline": f"{HERE}/plan?view=timeline",
    "plan-month": f"{HERE}/plan?view=month",
    "plan-compared": f"{HERE}/plan?view=compare&all=yes",
    "plan-of-many": f"{HERE}/plan/-/add",
    "start-times": f"{HERE}/start-times",
    "calendars": f"{HERE}/calendars",
    "calendar": f"{HERE}/calendars/bank",
    "calendar-import": f"{HERE}/calendars/-/import",
    "calendar-tried": f"{HERE}/calendars/-/try?path=/bank",
    "folders-of-jobs": f"{HERE}/folders/jobs?open=*",
    "folders-of-chains": f"{HERE}/folders/chains?open=*",
    "folders-of-orders": f"{HERE}/folders/orders?open=*",
    "folders-of-resources": f"{HERE}/folders/resources?open=*",
    "dependencies": f"{HERE}/dependencies",
    "configuration": f"{HERE}/config",
    "configuration-new": f"{HERE}/config/-/new",
    "configuration-changes": f"{HERE}/config/-/versions",
    "definition": f"{HERE}/config/-/job/sales/load",
    "definition-faulty": f"{HERE}/config/-/job/sales/spoilt",
    "versions": f"{HERE}/config/-/job/saved/-/versions",
    "version": f"{HERE}/config/-/job/saved/-/versions/1",
    "resources": f"{HERE}/resources",
    "schedule": f"{HERE}/resources/schedules/nightly",
    "run-time": f"{HERE}/resources/run-time?compose=yes&day=1&at=02:30&zone=Europe/Berlin",
    "log": f"{HERE}/log",
    "search": f"{HERE}/search?q=load",
    "services": f"{HERE}/services",
    "service": f"{HERE}/services/daily_plan",
    "supervisor": "/supervisor",
    "schedulers": "/schedulers",
    "agents": "/agents",
    "operations": "/operations",
    "operation": "/operations/{operation}",
    "batch": f"{HERE}/bulk/batch/{{batch}}",
    "me": "/me",
    "me-keys": "/me/keys",
    "me-password": "/me/password",
    "me-permissions": "/me/permissions",
    "me-sessions": "/me/sessions",
    "me-tokens": "/me/tokens",
    "me-views": "/me/views",
    "wall": f"{HERE}/jobs?wall=yes",
    "admin-accounts": "/admin/accounts",
    "admin-account": "/admin/accounts/admin",
    "admin-account-new": "/admin/accounts/new",
    "admin-identity": "/admin/identity",
    "admin-maintenance": "/admin/maintenance",
    "admin-notifications": "/admin/notifications",
    "admin-roles": "/admin/roles",
    "admin-role": "/admin/roles/operator",
    "admin-role-new": "/admin/roles/new",
    "admin-settings": "/admin/settings",
    "help": "/help",
    "help-about": "/help/about",
    "help-api": "/help/api",
    "help-from-joc": "/help/from-joc",
    "help-keys": "/help/keys",
    "help-book": "/help/manual/operations",
}
SAVED = '<job title="Saved here"><script language="shell">true</script></job>'
#: what is no page of its own
PARTS = {
    "static", "start.index", "health.healthz", "health.readyz", "metrics.metrics", "help.notices", "moments.when",
    "live.pulse", "live.strip", "estate.pulse", "plan.log", "cluster.log", "me.session_ends", "views.wall",
    "walls.enter", "walls.turn",
}  # fmt: skip
#: what is seen elsewhere: forms and menus where each action is done; workers; the door; all states
ELSEWHERE = {
    "job_actions.action", "task_actions.action", "order_actions.action", "chain_actions.action",
    "chain_actions.node_action", "scheduler_actions.action", "scheduler_actions.member_action",
    "scheduler_actions.supervisor_action", "scheduler_actions.worker_action", "file_actions.action", "menus.menu",
    "general_menus.menu", "auth.login", "oidc.begin", "oidc.back", "supervisor.worker",
    "help.gallery",
}  # fmt: skip
#: of files to take away
TAKEN = ("export", "download", "raw", "raw_gz", "feed")


class Visit:
    "Two who look at everything: one with script in each look, one without, in German, whose words are longer."

    def __init__(self, browser: Browser, world: ClassicWorld, numbers: dict[str, str]) -> None:
        self.world, self.numbers = world, numbers
        self.live = LiveSite(world.site)
        self.visitors = Visitors(Contexts(browser, self.live), world.site)
        self.page = self.visitors()
        self.without_script = self.visitors(320, java_script_enabled=False, locale="de-DE")

    def open(self, page: Page, name: str) -> None:
        address = PAGES[name].format(**self.numbers)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address

    def close(self) -> None:
        self.visitors.close()
        self.live.close()


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with classic_world(tmp_path_factory.mktemp("pages")) as world:
        visit = Visit(browser, world, world.numbers | _made(world))
        yield visit
        visit.close()


def _made(world: ClassicWorld) -> dict[str, str]:
    "What only pages bring about: a version of a file, an operation, a batch; and a notice, as the services write it."
    site = world.site
    _noticed(world.engine.database_url)
    for address, given in (
        (f"{HERE}/config/-/job/saved/-/edit", {"source": SAVED, "reason": "A first version"}),
        (f"{HERE}/jobs/sales/halted/-/stop", {"reason": "New disks"}),
    ):
        assert site.post(address, address, **given).status_code == 303, address
    [operation, *_] = tree(site.get("/operations")).xpath('//a[starts-with(@href, "/operations/")]/@href')
    several = f"{HERE}/bulk/job"
    asked = tree(site.post(several, verb="unstop", object=["/sales/halted"]))
    [form] = asked.xpath("//form[@novalidate]")
    batch = site.client.post(several, data=dict(form.form_values()))
    assert batch.status_code == 303, words(batch)
    last = {"operation": operation, "batch": batch.location}
    return {name: str(address).rpartition("/")[2] for name, address in last.items()}


def _noticed(database_url: str) -> None:
    at = datetime.now(UTC)
    notice = Notice(
        1, "night", Event.JOB_FAILED, Severity.MAJOR, "/sales/broken", "/sales/broken", "1", "exit code 3",
        NoticeState.OPEN, at, at,
    )  # fmt: skip
    engine = connect.create(database_url, "services")
    with connect.writing(engine) as connection:
        notices.put(connection, "test", [notice])
    engine.dispose()


def test_every_page_is_looked_at(visit: Visit) -> None:
    rules: Map = visit.world.site.app.url_map
    adapter = rules.bind("localhost")
    opened = {adapter.match(address.partition("?")[0].format(**visit.numbers))[0] for address in PAGES.values()}
    pages = {
        rule.endpoint
        for rule in rules.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
        and rule.endpoint.rpartition(".")[2] not in TAKEN
    }  # fmt: skip
    assert pages - opened == PARTS | ELSEWHERE


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_fits_and_is_there_without_script(visit: Visit, name: str) -> None:
    look_as(visit.page, *LOOKS[0])
    visit.open(visit.page, name)
    assert wrong_looks(visit.page, f"engine-{name}") == []
    visit.open(visit.without_script, name)
    assert visit.without_script.locator("h1").first.inner_text()
    assert visit.without_script.evaluate("document.documentElement.scrollWidth") <= 320
    visit.visitors.check()
