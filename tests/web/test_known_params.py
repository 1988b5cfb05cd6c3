"""Who starts or resumes with parameters sees those that there are, and sends what is changed or added."""

from __future__ import annotations

import pytest

from models import connect, roles
from models.permissions import Role
from models.roles import Assignment
from scheduler.records import OrderState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_file, a_job, ago, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.commands import MASK

PARAMS = {"region": "north", "db_password": "geheim", "lines": "one\ntwo", "long": "x" * 1001, "note": ""}
JOB, ORDER = "/s/demo/jobs/sales/known", "/s/demo/orders/sales/daily/-/known"
FORMS = [
    (f"{JOB}/-/start", "start_job"),
    (f"{ORDER}/-/resume", "modify_order"),
    (f"{ORDER}/-/start-at", "modify_order"),
]


@pytest.fixture(autouse=True)
def known(site: Site) -> None:
    with Rows(site.url) as rows:
        job = a_job("/sales/known", params=PARAMS)
        rows.put(job)
        rows.put(a_file(job))
        rows.put(an_order("known", "/sales/daily", state=OrderState.SUSPENDED, params=PARAMS))


def shown(site: Site, address: str) -> dict[str, str]:
    rows = tree(site.get(address)).xpath('//div[@class="pairs"][input[@name="param_name"][@value]]')
    return {row.xpath("input/@value")[0]: row.xpath('string(input[@name="param_value"]/@value)') for row in rows}


def fields(site: Site, address: str, *changes: tuple[str, str, str]) -> dict[str, list[str]]:
    "The rows of the form as it opens; `changes`: the name that it has, its new name and value. Empty: a new row."
    form = tree(site.get(address))
    rows = [
        [row.xpath(f'string(input[@name="param_{part}"]/@value)') for part in ("name", "value", "was")]
        for row in form.xpath('//div[@class="pairs"]')
    ]
    for old, name, value in changes:
        row = next(row for row in rows if row[0] == old)
        row[:2] = [name, value]
    return {f"param_{part}": [row[number] for row in rows] for number, part in enumerate(("name", "value", "was"))}


def sent(engine_port: CommandServer, command: str) -> dict[str, str]:
    [found] = engine_port.sent(command)
    return {param.get("name", ""): param.get("value", "") for param in found.iterfind("params/param")}


@pytest.mark.parametrize(("address", "command"), FORMS)
def test_the_form_shows_what_there_is_and_sends_what_is_changed(
    site: Site, engine_port: CommandServer, address: str, command: str
) -> None:
    # what a field cannot hold without changing it is left out
    assert shown(site, address) == {"region": "north", "db_password": MASK, "note": ""}
    assert "geheim" not in site.get(address).text
    assert "Only what is changed or added is sent" in words(site.get(address))
    assert "Too long for a field, or of several lines, are lines, long" in words(site.get(address))
    rows = fields(site, address, ("region", "Region ", "north"), ("note", "note", "late"), ("", "new", "1"))
    # what was shown and left alone is not set back, whatever has become of it
    with Rows(site.url) as changed:
        later = {**PARAMS, "region": "south", "db_password": "anew"}
        changed.put(a_job("/sales/known", params=later))
        changed.put(an_order("known", "/sales/daily", state=OrderState.SUSPENDED, params=later))
    assert site.post(address, reason="because", **rows).status_code == 303
    assert sent(engine_port, command) == {"note": "late", "new": "1"}


def test_a_mask_that_stands_for_nothing_is_not_sent(site: Site, engine_port: CommandServer) -> None:
    address, command = FORMS[0]
    rows = fields(site, address, ("db_password", "old_password", MASK))
    answer = site.post(address, **rows)
    assert "Nothing is known here that the mask of old_password stands for" in words(answer)
    again = tree(answer).xpath('//input[@name="param_was"]/@value')
    assert f"db_password={MASK}" in again, "what the form showed first goes with it"
    assert engine_port.sent(command) == []
    rows = fields(site, address, ("db_password", " DB_Password", "typed"))
    site.post(address, **rows)
    assert sent(engine_port, command) == {"DB_Password": "typed"}


def test_a_secret_typed_anew_and_a_value_made_empty_count(site: Site, engine_port: CommandServer) -> None:
    site.post(FORMS[0][0], param_name=["region", "db_password"], param_value=["", "other"])
    assert sent(engine_port, "start_job") == {"region": "", "db_password": "other"}


def test_an_address_that_names_parameters_opens_with_these(site: Site) -> None:
    assert shown(site, f"{FORMS[0][0]}?param_name=a&param_value=b") == {"a": "b"}


def test_who_may_start_what_one_may_not_see_is_shown_no_parameters(site: Site, engine_port: CommandServer) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        roles.save_role(connection, Role("starter", "Starter", "", ("*.start", "*.resume")), ago(0))
    engine.dispose()
    an_account(site.url, "blind", Assignment("starter"))
    site.enter("blind")
    for address, _ in FORMS:
        assert site.get(address).status_code == 200
        assert shown(site, address) == {}
    # and cannot find out what they are by trying
    site.post(FORMS[0][0], param_name=["region"], param_value=["north"])
    assert sent(engine_port, "start_job") == {"region": "north"}
