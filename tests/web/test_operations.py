"Double submit, commands that wait, a second person, passwords asked again: what lies between a button and the engine."

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models import accounts, audit, connect, operations, roles, tables
from models.operations import Operation, State
from models.roles import Assignment, Role
from scheduler.records import TaskState
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_file, a_job, a_member, a_task, ago, stopped
from tests.support.waiting import wait_until
from tests.support.web_site import PASSWORD, Site, an_account, password_hash, tree, words
from web.actions import delivery

JOB = "/s/demo/jobs/sales/load/-/"


def stored(site: Site) -> list[Operation]:
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        found = operations.in_state(connection, list(State))
    engine.dispose()
    return found


def change(site: Site, statement: Any) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        connection.execute(statement)
    engine.dispose()


def away(site: Site) -> None:
    "No member takes commands."
    with Rows(site.url) as rows:
        rows.beat(a_member(4444, state="stopped"))


def back_again(site: Site, port: int) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(port))


def test_the_same_form_sent_twice_runs_once(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: '<ok><task id="77" job="/sales/load"/></ok>'
    first = site.post(JOB + "start", operation="abc")
    assert "Task 77" in words(site.get(first.location))
    again = site.post(JOB + "start", operation="abc")
    assert "Task 77" in words(site.get(again.location))
    assert len(engine_port.commands) == 1
    assert len(stored(site)) == 1
    engine_port.reply = lambda command: refusal("SCHEDULER-204", "no")
    for _ in range(2):
        page = site.get(site.post(JOB + "start", operation="def").location)
        assert "SCHEDULER-204" in words(page)
    assert len(engine_port.commands) == 2
    # somebody else's key is another one
    an_account(site.url, "other", Assignment("operator"))
    site.enter("other")
    site.post(JOB + "start", operation="abc")
    assert len(engine_port.commands) == 3


def test_every_form_and_button_carries_a_key_of_its_own(site: Site) -> None:
    forms = [site.get(JOB + "stop").text for _ in range(2)]
    assert all('name="operation"' in form for form in forms)
    assert forms[0] != forms[1]


def test_a_command_waits_for_a_member_and_is_sent_when_one_comes(
    site: Site, engine_port: CommandServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "EVERY_SECONDS", 0.05)
    away(site)
    page = site.get(site.post(JOB + "stop", reason="disks").location)
    assert "Waits for a member." in words(page)
    [waiting] = stored(site)
    assert waiting.state is State.WAITING
    assert "waits for a member" in words(site.get(f"/operations/{waiting.key}"))
    assert engine_port.commands == []
    back_again(site, engine_port.port)
    wait_until(lambda: stored(site)[0].state is State.DONE)
    assert len(engine_port.sent("modify_job")) == 1
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        [entry] = audit.entries(connection, "demo")
        assert (entry.result_code, entry.reason, entry.operation) == ("", "disks", waiting.key)
        assert audit.check(connection).faults == ()
    engine.dispose()


def test_what_waits_can_be_withdrawn_expires_and_is_not_sent_without_permission(
    site: Site, engine_port: CommandServer
) -> None:
    away(site)
    for key in ("withdraw", "old", "shut"):
        if key == "shut":
            an_account(site.url, "mw", Assignment("operator"))
            site.enter("mw")
        site.post(JOB + "unstop", operation=key)
    by_key = {each.key.partition(".")[2]: each for each in stored(site)}
    assert site.post(f"/operations/{by_key['old'].key}/withdraw").status_code == 303
    assert stored(site)[0].state is State.WAITING, "somebody else's cannot be withdrawn"
    change(site, update(tables.accounts).where(tables.accounts.c.name == "mw").values(disabled=True))
    site.enter("admin")
    site.post(f"/operations/{by_key['withdraw'].key}/withdraw")
    c = tables.operations.c
    long_ago = by_key["old"].created_at - delivery.WAITS - timedelta(minutes=1)
    change(site, update(tables.operations).where(c.key == by_key["old"].key).values(created_at=long_ago))
    back_again(site, engine_port.port)
    with site.app.app_context():
        assert delivery.deliver(by_key["old"].created_at) == 0
    states = {each.key.partition(".")[2]: each.state for each in stored(site)}
    assert states == {"withdraw": State.WITHDRAWN, "old": State.EXPIRED, "shut": State.REJECTED}
    assert engine_port.commands == []


def test_four_eyes_a_second_person_has_to_agree(site: Site, engine_port: CommandServer) -> None:
    change(site, tables.web_settings.insert().values(name="ui.confirm.job.stop", value="four-eyes"))
    form = {"reason": "disks", "typed": "/sales/load"}
    assert "A second person is needed." in words(site.get(site.post(JOB + "stop", **form).location))
    [asked] = stored(site)
    address = f"/operations/{asked.key}"
    assert engine_port.commands == []
    assert site.post(f"{address}/agree").status_code == 403, "nobody agrees with oneself"
    an_account(site.url, "viewer", Assignment("viewer"))
    site.enter("viewer")
    assert site.get(address).status_code == 404
    an_account(site.url, "second", Assignment("operator"))
    site.enter("second")
    assert "Agree and run" in words(site.get(address))
    site.post(f"{address}/agree")
    assert len(engine_port.sent("modify_job")) == 1
    [done] = stored(site)
    assert (done.state, done.approver) == (State.DONE, "second")
    site.post(f"{address}/agree")
    assert len(engine_port.commands) == 1


def test_four_eyes_a_second_person_may_say_no(site: Site, engine_port: CommandServer) -> None:
    change(site, tables.web_settings.insert().values(name="ui.confirm.job.unstop", value="four-eyes"))
    site.post(JOB + "unstop", reason="x", typed="/sales/load")
    an_account(site.url, "second", Assignment("operator"))
    site.enter("second")
    assert "unstop" in site.get("/operations").text.lower()
    site.post(f"/operations/{stored(site)[0].key}/reject")
    assert stored(site)[0].state is State.REJECTED
    assert engine_port.commands == []


def test_an_administrator_chooses_how_much_an_action_asks_for(site: Site, engine_port: CommandServer) -> None:
    form = {"ui.confirm.job.stop": "none", "ui.hide.job.unstop": "yes", "reasons": "Because\nOtherwise"}
    assert site.post("/admin/settings", **form).status_code == 303
    assert site.post(JOB + "stop").status_code == 303
    assert len(engine_port.sent("modify_job")) == 1
    assert site.get(JOB + "unstop").status_code == 404
    assert site.post(JOB + "unstop").status_code == 404
    assert "Otherwise" in site.get(JOB + "start").text
    assert "settings.save" in site.get("/api/v1/audit").text


def test_what_acts_between_steps_is_hidden_until_it_is_shown_and_fits_jobs_with_steps_only(
    site: Site, engine_port: CommandServer
) -> None:
    job = a_job("/sales/steps")
    source = '<job><script language="python"><![CDATA[def spooler_process(): return True]]></script></job>'
    shell = a_job("/sales/one-step")
    plain = '<job><script language="shell">exit</script></job>'
    with Rows(site.url) as rows:
        for each, text in ((job, source), (shell, plain)):
            rows.put(each, replace(a_file(each), definition=replace(each.definition, source=text)))

    def offered(path: str) -> list[str]:
        menu, page = (
            dict.fromkeys(
                link.rpartition("/")[2]
                for link in tree(site.get(address)).xpath("//main//a/@href | //main//form/@action")
                if link.endswith("-tasks")
            )
            for address in (f"/s/demo/menu/job?name={path}", f"/s/demo/jobs{path}")
        )
        assert [*menu] == [*page]
        return [*menu]

    # to end a task after its step is offered where there are steps
    with Rows(site.url) as rows:
        for number, each in ((90, job), (91, shell)):
            rows.put(a_task(number, each.definition.path, state=TaskState.RUNNING, ended_at=None))
    for number, there in ((90, 1), (91, 0)):
        for place in (f"/s/demo/tasks/{number}", f"/s/demo/menu/task?name={number}"):
            assert len(tree(site.get(place)).xpath(f'//main//a[@href="/s/demo/tasks/{number}/-/end"]')) == there
    address = "/s/demo/jobs/sales/steps/-/suspend-tasks"
    assert offered("/sales/steps") == []
    assert site.get(address).status_code == site.post(address, reason="x").status_code == 404
    box = '//input[@name="ui.hide.job.{}-tasks"]/@checked'
    form = tree(site.get("/admin/settings"))
    assert all(form.xpath(box.format(verb)) for verb in ("end", "suspend", "continue"))
    # a form without the row says nothing about it
    site.post("/admin/settings", "/admin/settings", end_seconds="9")
    assert site.get(address).status_code == 404
    rows_of_form = {f"ui.confirm.job.{verb}-tasks": "none" for verb in ("end", "suspend", "continue")}
    site.post("/admin/settings", "/admin/settings", **rows_of_form)
    assert offered("/sales/steps") == ["end-tasks", "suspend-tasks", "continue-tasks"]
    assert offered("/sales/one-step") == []
    assert site.post(address).status_code == 303
    assert engine_port.sent("modify_job")[0].get("cmd") == "suspend"
    assert not tree(site.get("/admin/settings")).xpath(box.format("suspend"))
    # with the tick it is again as it ships
    ticked = {f"ui.hide.job.{verb}-tasks": "yes" for verb in ("end", "suspend", "continue")}
    site.post("/admin/settings", "/admin/settings", **rows_of_form, **ticked)
    assert offered("/sales/steps") == []


def test_to_end_a_task_is_offered_also_where_the_file_of_its_job_is_out_of_sight_or_gone(site: Site) -> None:
    job = a_job("/sales/hidden")
    shell = '<job><script language="shell">exit</script></job>'
    with Rows(site.url) as rows:
        rows.put(job, replace(a_file(job), definition=replace(job.definition, source=shell)), a_job("/sales/gone"))
        for number, path in ((90, "/sales/hidden"), (91, "/sales/gone")):
            rows.put(a_task(number, path, state=TaskState.RUNNING, ended_at=None))

    def offered() -> list[int]:
        links = {number: f'//main//a[@href="/s/demo/tasks/{number}/-/end"]' for number in (90, 91)}
        return [number for number, link in links.items() if tree(site.get(f"/s/demo/tasks/{number}")).xpath(link)]

    assert offered() == [91], "one step is all that the other one has"
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        roles.save_role(connection, Role("ender", "Ender", "", ("jobs.view", "tasks.end")), ago(0))
    engine.dispose()
    an_account(site.url, "edna", Assignment("ender"))
    site.enter("edna")
    assert offered() == [90, 91]


def test_an_old_sign_in_gives_the_password_again_before_what_hurts(site: Site, engine_port: CommandServer) -> None:
    kill = "/s/demo/tasks/12/-/kill"
    form = {"reason": "x", "typed": "12"}
    c = tables.sessions.c
    change(site, update(tables.sessions).values(confirmed_at=_hour_ago(site)).where(c.address == "127.0.0.1"))
    assert 'name="password"' in site.get(kill).text
    assert site.post(kill, **form).status_code == 422
    assert site.post(kill, password="wrong", **form).status_code == 422
    assert engine_port.commands == []
    many = "/s/demo/bulk/order"
    chosen = {"verb": "remove", "object": "/sales/daily,late", "confirmed": "yes", "reason": "x", "typed": "1"}
    assert 'name="password"' in site.post(many, **chosen).text
    assert site.post(many, password="wrong", **chosen).status_code == 422
    assert engine_port.commands == []
    assert site.post(kill, password=PASSWORD, **form).status_code == 303
    assert 'name="password"' not in site.get(kill).text
    assert 'name="password"' not in site.post(many, **{**chosen, "confirmed": ""}).text


def _hour_ago(site: Site) -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC) - timedelta(hours=1)


def test_secret_parameters_are_neither_in_the_audit_nor_on_pages(site: Site, engine_port: CommandServer) -> None:
    site.post(JOB + "start", param_name=["db_password", "region"], param_value=["geheim", "north"])
    assert engine_port.commands[0].find("params/param").get("value") == "geheim"
    [operation] = stored(site)
    for address in ("/s/demo/audit", f"/operations/{operation.key}", "/api/v1/audit", "/audit/export.csv"):
        text = site.get(address).text
        assert "geheim" not in text, address
        assert "region" in text, address


def test_a_form_about_an_object_that_has_changed_comes_back(site: Site, engine_port: CommandServer) -> None:
    form = site.get(JOB + "stop")
    [seen] = tree(form).xpath('//input[@name="seen"]/@value')
    assert seen == "not stopped"
    with Rows(site.url) as rows:
        rows.put(stopped(a_job("/sales/load", order=True)))
    answer = site.post(JOB + "stop", reason="x", seen=seen)
    assert answer.status_code == 409
    assert "It was “not stopped” when this form was opened; now it is “stopped”" in words(answer)
    columns = tree(answer).xpath('//table[@class="two-columns"]//tr[1]/*')
    assert [each.text_content() for each in columns] == ["When the form was opened", "Now", "not stopped", "stopped"]
    assert engine_port.commands == []
    [seen] = tree(answer).xpath('//input[@name="seen"]/@value')
    assert site.post(JOB + "stop", reason="x", seen=seen).status_code == 303


def test_long_lists_of_operations_and_of_who_has_a_role_come_in_parts(site: Site) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        me = accounts.find(connection, "admin")
        assert me is not None
        for number in range(60):
            state = State.WAITING if number < 55 else State.DONE
            at = ago(600 - number)
            operation = Operation(f"1.{number}", me.id, me.name, "demo", "job.start", "/sales/load", "", state, at)
            operations.begin(connection, operation)
        for number in range(52):
            accounts.create(connection, f"user{number:02}", "viewer", password_hash(), ago(0))
    engine.dispose()
    first = tree(site.get("/operations"))
    assert [len(table.xpath("./tbody/tr")) for table in first.iter("table")] == [50, 50]
    [waiting, mine] = first.xpath('//nav[@class="pager"]//a[@rel="next"]/@href')
    assert [len(table.xpath("./tbody/tr")) for table in tree(site.get(waiting)).iter("table")] == [5, 50]
    assert [len(table.xpath("./tbody/tr")) for table in tree(site.get(mine)).iter("table")] == [50, 10]
    role = tree(site.get("/admin/roles/viewer"))
    [following] = role.xpath('//nav[@class="pager"]//a[@rel="next"]/@href')
    assert role.xpath('//section[@aria-labelledby="h-having"]//li[1]/a/text()') == ["user00"]
    last = tree(site.get(following)).xpath('//section[@aria-labelledby="h-having"]//li/a/text()')
    assert last == ["user50", "user51"]
