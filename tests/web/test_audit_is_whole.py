"What is no command leaves its entry in the audit, too: sessions, a second person, bulk operations that go on."

from __future__ import annotations

import csv
import json
import re

import pytest

from models.roles import Assignment
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_member
from tests.support.waiting import wait_until
from tests.support.web_site import PASSWORD, Site, an_account, tree, words
from web import batches

JOB = "/s/demo/jobs/sales/load/-/"


def told(site: Site, query: str = "") -> list[dict[str, str]]:
    "The entries as a file for auditors has them, the oldest first."
    lines = site.get(f"/audit/export.jsonl?{query}").text.splitlines()
    return [json.loads(line) for line in reversed(lines)]


def deeds(site: Site, query: str = "") -> list[tuple[str, ...]]:
    return [tuple(each[name] for name in ("account", "action", "object", "result_code")) for each in told(site, query)]


def test_who_was_not_let_in_stands_there_when_the_account_is_one(site: Site) -> None:
    stranger = Site(site.url)
    stranger.sign_in(name=" Admin", password="wrong")
    stranger.sign_in(name="a password that was typed too early", password="wrong")
    an_account(site.url, "robot", Assignment("api"))
    stranger.sign_in(name="robot")
    stranger.close()
    assert deeds(site, "result=refused") == [
        ("admin", "session.begin", "admin", "refused"), ("robot", "session.begin", "robot", "refused"),
    ]  # fmt: skip
    assert [each["address"] for each in told(site)] == ["127.0.0.1"] * 2
    assert "Account or password is wrong." in words(site.get("/audit?account=admin"))
    page = words(site.get("/audit", headers={"Accept-Language": "de"}))
    assert "Konto oder Passwort ist falsch." in page


def test_sessions_end_by_somebody(site: Site) -> None:
    an_account(site.url, "mw", Assignment("viewer"))
    one, other = Site(site.url), Site(site.url)
    for each in (one, other, one):
        each.enter("mw")
    ends = re.findall(r'action="(/me/sessions/\w+/end)"', one.get("/me/sessions").text)
    one.post(ends[-1])
    one.post("/me/sessions/end-others")
    one.post("/me/sessions/end-others")
    site.post("/admin/accounts/mw/end-sessions", password=PASSWORD)
    one.sign_in(name="mw")
    one.post("/logout")
    found = [each for each in deeds(site, "object=mw") if each[1] == "session.end"]
    assert found == [(who, "session.end", "mw", "") for who in ("mw", "mw", "admin", "mw")]
    for each in (one, other):
        each.close()


def test_the_second_person_is_named_beside_what_was_agreed_to_and_under_the_own_name(
    site: Site, engine_port: CommandServer
) -> None:
    site.post("/admin/settings", **{"ui.confirm.job.stop": "four-eyes"})
    an_account(site.url, "second", Assignment("operator"), Assignment("auditor"))
    engine_port.reply = lambda command: refusal("SCHEDULER-204", "no") if len(engine_port.commands) > 1 else "<ok/>"
    for deed in ("agree", "agree", "reject"):
        site.enter()
        form = site.post(JOB + "stop", reason="disks", typed="/sales/load")
        address = re.findall(r"/operations/[\w.~-]+", site.get(form.location).text)[0]
        site.enter("second")
        site.post(f"{address}/{deed}")
    [done, refused, rejected] = told(site, "action=job.stop")
    assert (done["account"], done["result_code"], done["result_text"]) == ("admin", "", "agreed to by second")
    assert (refused["result_code"], refused["result_text"]) == ("SCHEDULER-204", "agreed to by second: no")
    assert (rejected["result_code"], rejected["result_text"]) == ("rejected", "rejected by second")
    seconds = told(site, "account=second")
    assert [each["action"] for each in seconds] == ["operation.agree", "operation.agree", "operation.reject"]
    assert [each["operation"] for each in seconds] == [each["operation"] for each in (done, refused, rejected)]
    lines = csv.DictReader(site.get("/audit/export.csv").text.splitlines())
    [line] = [each for each in lines if each["id"] == str(done["id"])]
    assert line["result_text"] == "agreed to by second"
    page = words(site.get("/s/demo/audit", headers={"Accept-Language": "de"}))
    assert "zugestimmt hat second" in page
    note = words(site.get("/s/demo/jobs/sales/load"))
    assert "by admin at" in note, "the last thing that was done to the job is the deed, not the word of the second"


def test_what_is_not_over_says_what_it_waits_for(site: Site) -> None:
    site.post("/admin/settings", **{"ui.confirm.job.stop": "four-eyes"})
    site.post(JOB + "stop", reason="disks", typed="/sales/load")
    with Rows(site.url) as rows:
        rows.beat(a_member(4444, state="stopped"))
    site.post(JOB + "start")
    for query, wanted in (("action=job.start", "waits for a member"), ("action=job.stop", "waits for a second person")):
        [row] = tree(site.get(f"/s/demo/audit?result=open&{query}")).xpath("//tr[starts-with(@id, 'entry-')]")
        assert wanted in row.text_content()
        assert "no answer yet" not in row.text_content(), "nothing was asked"
    assert {each["result_code"] for each in told(site, "result=open")} == {"pending"}


@pytest.mark.parametrize("deed", ["stop", "continue", "retry"])
def test_who_stops_a_bulk_operation_or_lets_it_go_on_again_is_known(
    site: Site, engine_port: CommandServer, deed: str
) -> None:
    page = site.post("/s/demo/bulk/job", verb="stop", object=["/sales/load"])
    fields = {each.get("name"): each.get("value", "") for each in tree(page).xpath("//main//form//input[@name]")}
    batch = site.client.post("/s/demo/bulk/job", data={**fields, "reason": "disks"}).location
    wait_until(lambda: "1 of 1, 1 done" in words(site.get(batch)), 30, "the end of the bulk operation")
    an_account(site.url, "other")
    site.enter("other")
    assert site.post(f"{batch}/{deed}").status_code == 303
    assert site.post(f"{batch}/nothing").status_code == 404
    key = batch.rpartition("/")[2]
    with site.app.app_context():
        wait_until(lambda: not batches.running(key), 30, "the end of what goes on")
    assert deeds(site, "account=other") == [("other", f"batch.{deed}", key, "")]
