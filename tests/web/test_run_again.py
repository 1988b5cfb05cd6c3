"""A job is started once more as a task of it ran: with its parameters, of which secret ones never leave the server."""

from __future__ import annotations

import pytest

from scheduler.params import Params
from scheduler.records import Cause, OrderState, TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_run, a_task, an_order
from tests.support.web_site import Site, tree, words
from web.commands import MASK

START = "/s/demo/jobs/sales/load/-/start"


@pytest.fixture(autouse=True)
def ran(site: Site) -> None:
    with Rows(site.url) as rows:
        params = {"region": "north", "db_password": "geheim"}
        rows.put(a_task(70, "/sales/load", params=params))
        rows.put(a_task(71, "/sales/load", state=TaskState.RUNNING, ended_at=None))
        rows.put(a_task(72, "/sales/load", cause=Cause.ORDER, chain="/sales/daily", order_id="1"))


def test_the_page_of_an_ended_task_offers_it(site: Site) -> None:
    [link] = tree(site.get("/s/demo/tasks/70")).xpath('//a[normalize-space()="Run again"]')
    assert link.get("href") == f"{START}?like=70"
    for running_or_of_an_order in (71, 72):
        assert "Run again" not in site.get(f"/s/demo/tasks/{running_or_of_an_order}").text


def test_the_form_holds_the_parameters_and_masks_secrets(site: Site) -> None:
    page = tree(site.get(f"{START}?like=70"))
    names = [each for each in page.xpath('//input[@name="param_name"]/@value') if each]
    values = [each for each in page.xpath('//input[@name="param_value"]/@value') if each]
    assert dict(zip(names, values, strict=True)) == {"region": "north", "db_password": MASK}
    assert "geheim" not in site.get(f"{START}?like=70").text
    assert "With the parameters of task 70." in words(site.get(f"{START}?like=70"))


def test_masks_that_come_back_stand_for_their_values(site: Site, engine_port: CommandServer) -> None:
    fields = {"param_name": ["region", "db_password", "more"], "param_value": ["south", MASK, "new"], "like": "70"}
    assert site.post(START, **fields).status_code == 303
    [command] = engine_port.sent("start_job")
    sent = {param.get("name"): param.get("value") for param in command.iterfind("params/param")}
    assert sent == {"region": "south", "db_password": "geheim", "more": "new"}
    assert "geheim" not in site.get("/s/demo/audit").text


def test_a_secret_that_was_typed_anew_counts(site: Site, engine_port: CommandServer) -> None:
    site.post(START, like="70", param_name=["db_password"], param_value=["other"])
    [command] = engine_port.sent("start_job")
    assert command.find("params/param").get("value") == "other"


@pytest.mark.parametrize("like", ["11111", "x", "-1", str(2**64), "12"])
def test_a_task_of_another_job_or_none_is_not_found(site: Site, like: str) -> None:
    address = f"/s/demo/jobs/housekeeping/check_disk/-/start?like={like}"
    assert site.get(address).status_code == 404


def test_a_refused_form_still_shows_masks(site: Site) -> None:
    answer = site.post(START, like="70", at="nonsense", param_name=["db_password"], param_value=[MASK])
    assert answer.status_code == 422
    assert "geheim" not in answer.text
    assert MASK in answer.text


ADD = "/s/demo/chains/sales/daily/-/add-order"


@pytest.fixture
def ended(site: Site) -> None:
    with Rows(site.url) as rows:
        params = {"region": "north", "db_password": "geheim"}
        rows.put(
            an_order("u7", "/sales/daily", state=OrderState.ENDED, params=params, priority=5),
            a_run(90, "/sales/daily", "u7", title="Monday"), a_run(91, "/sales/daily", "4711"), a_run(92, "/chain"),
        )  # fmt: skip


@pytest.mark.usefixtures("ended")
def test_an_order_is_added_again_with_what_is_kept_of_it(site: Site, engine_port: CommandServer) -> None:
    page, form = tree(site.get(f"{ADD}?like=90")), words(site.get(f"{ADD}?like=90"))
    given = {name: page.xpath(f'//*[@name="{name}"]/@value')[0] for name in ("order", "title", "priority")}
    assert given == {"order": "u7", "title": "Monday", "priority": "5"}
    assert "As run 90, with the parameters that are kept" in form
    assert "geheim" not in site.get(f"{ADD}?like=90").text
    fields = {"order": "u7", "like": "90", "param_name": ["region", "db_password"], "param_value": ["south", MASK]}
    assert site.post(ADD, **fields).status_code == 303
    [command] = engine_port.sent("add_order")
    assert (command.get("id"), command.get("replace")) == ("u7", "no")
    sent = {param.get("name"): param.get("value") for param in command.iterfind("params/param")}
    assert sent == {"region": "south", "db_password": "geheim"}
    assert "geheim" not in site.get("/s/demo/audit").text


@pytest.mark.usefixtures("ended")
def test_an_id_that_was_drawn_is_drawn_again_and_what_is_not_kept_is_told(site: Site) -> None:
    page = site.get(f"{ADD}?like=91")
    assert not tree(page).xpath('//*[@name="order"]/@value')[0]
    assert "The parameters of its order are not kept any more." in words(page)


def test_a_task_of_an_order_is_run_again_at_its_node_with_what_the_order_had(
    site: Site, engine_port: CommandServer
) -> None:
    begun = Params({"region": "north", "db_password": "x"})
    with Rows(site.url) as rows:
        rows.put(a_run(93, "/sales/daily", "u8", params=begun, last_params=begun.merged({"rows": "17"})))
        rows.put(a_task(930, "/sales/load", chain="/sales/daily", order_id="u8", node="second", history_id=93))
    [address] = tree(site.get("/s/demo/tasks/930")).xpath('//a[normalize-space()="Run again"]/@href')
    assert address == f"{ADD}?like=93&node=second"
    [menu] = tree(site.get("/s/demo/history?kind=tasks")).xpath('//*[@id="task-930"]//a[@data-menu]/@href')
    assert address in tree(site.get(menu)).xpath("//a/@href")
    form = tree(site.get(address))
    assert form.xpath("//*[@name='state']//option[@selected]/text()") == ["second"]
    names, values = (form.xpath(f'//*[@name="param_{each}"]/@value') for each in ("name", "value"))
    # the secret is not kept, and the order that had it is gone
    assert dict(zip(names, values, strict=True)) == {"region": "north", "db_password": "", "rows": "17"}
    assert "As run 93, with its parameters." in words(site.get(address))
    first = tree(site.get(f"{ADD}?like=93"))
    assert first.xpath('//*[@name="param_name"]/@value') == ["region", "db_password"]


def test_what_an_order_under_way_has_is_not_taken_away_from_it(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(an_order("u9", "/sales/daily", params={"db_password": "geheim"}))
        rows.put(a_run(94, "/sales/daily", "u9", params=Params({"db_password": "geheim"})))
    page = site.get(f"{ADD}?like=94")
    assert tree(page).xpath('//*[@name="order"]/@value') in ([], [""])
    assert MASK in page.text
    assert "geheim" not in page.text


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("like", ["11111", "x", "-1", str(2**64), "92"])
def test_a_run_of_another_chain_or_none_is_not_found(site: Site, like: str) -> None:
    assert site.get(f"{ADD}?like={like}").status_code == 404
