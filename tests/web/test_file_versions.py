"""What files held before: kept with who and why, beside each other, brought back; and files that are deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from models import audit, connect, file_versions, tables
from models.file_versions import MOST
from models.operations import Operation, State
from models.roles import Assignment
from scheduler.changes import Change, Kind
from scheduler.definitions import JobDefinition, OrderDefinition, Script
from scheduler.errors import Problem
from scheduler.records import ObjectKind, SourceFile, file_key
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_chain, a_file, a_job, ago
from tests.support.web_site import Site, an_account, tree, words

FILE = "/s/demo/config/-/job/sales/load"
VERSIONS = FILE + "/-/versions"
FIRST = '<job title="first"><script language="shell">echo 1</script></job>'
SECOND = '<job title="second">\n  <!-- why -->\n  <script language="shell"><![CDATA[a < b]]></script>\n</job>'


def save(site: Site, source: str, reason: str = "CHG-7", file: str = FILE) -> None:
    answer = site.post(f"{file}/-/edit", f"{file}/-/edit", source=source, reason=reason, ticket="T-1")
    assert answer.status_code == 303, words(answer)


def delete(site: Site, path: str = "/sales/load", file: str = FILE, **fields: str) -> int:
    form = {"reason": "no more sales", "typed": path} | fields
    return site.post(f"{file}/-/delete", f"{file}/-/delete", **form).status_code


def defined(source: str) -> JobDefinition:
    return JobDefinition("/sales/load", Script("shell", "true"), source=source)


def the_engine_tells(site: Site, source: str, **fields: object) -> None:
    "The file that it has read; by default one that was written long before any save."
    file = replace(a_file(a_job("/sales/load")), definition=defined(source))
    with Rows(site.url) as rows:
        rows.put(replace(file, **fields))  # type: ignore[arg-type]


def found_in_folder(site: Site, source: str) -> None:
    "The engine has read a file that was written a second from now."
    the_engine_tells(site, source, written_at=ago(-1))


def saves_are_old(site: Site, seconds: float) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        connection.execute(update(tables.file_versions).values(made_at=ago(seconds)))
    engine.dispose()


def opened(site: Site, file: str = FILE) -> dict[str, str]:
    "The fields of the form to write it, as a browser would send them."
    form = tree(site.get(f"{file}/-/edit"))
    hidden = {name: form.xpath(f'//form[@method="post"]//input[@name="{name}"]/@value')[0]
              for name in ("seen", "opened_text")}  # fmt: skip
    return {"source": form.xpath('string(//textarea[@name="source"])').strip()} | hidden


def gone_from_folder(site: Site) -> None:
    with Rows(site.url) as rows:
        change = Change(Kind.FILE_REMOVED, "/sales/load", drop=((SourceFile, file_key(ObjectKind.JOB, "/sales/load")),))
        rows.writer.write([change], now=ago(0))


def shown(site: Site, address: str = VERSIONS) -> list[str]:
    "Rows of the table of versions."
    rows = tree(site.get(address)).xpath('//tr[@data-row]')
    return [" ".join(" ".join(cell.text_content() for cell in row).split()) for row in rows]


def test_a_save_keeps_what_was_before_and_what_is_now_with_who_and_why(
    site: Site, engine_port: CommandServer
) -> None:
    assert "Nobody has changed it on these pages yet" in words(site.get(VERSIONS))
    save(site, SECOND)
    second, first = shown(site)
    assert second.startswith("written 2")
    for word in ("admin", "CHG-7", "T-1"):
        assert word in second
    assert first.startswith("found in the folder in use 1")
    text = tree(site.get(f"{VERSIONS}/2")).xpath('string(//pre[@class="source"])')
    assert text == SECOND.replace("\n", ""), "as it was typed, comments and all"
    found_in_folder(site, SECOND)
    assert shown(site)[0].startswith("written in use 2")
    assert "2 versions" in words(site.get(FILE))


NEW = [
    ("job", "/sales/fresh", "<job><script language='shell'>date</script></job>", "/s/demo/jobs/sales/fresh"),
    ("job_chain", "/sales/fresh", "<job_chain><job_chain_node state='1'/></job_chain>", "/s/demo/chains/sales/fresh"),
    ("order", "/sales/daily,fresh", "<order/>", "/s/demo/orders/sales/daily/-/fresh"),
]


@pytest.mark.parametrize(("kind", "path", "source", "page"), NEW)
def test_what_was_saved_and_is_not_read_yet_says_so_and_looks_again(
    site: Site, engine_port: CommandServer, kind: str, path: str, source: str, page: str
) -> None:
    file = f"/s/demo/config/-/{kind}{path}"
    assert [site.get(address).status_code for address in (file, page)] == [404, 404]
    others, begun = opened(site, file), opened(site, file)["source"]
    site.post(f"{file}/-/edit", form_page=f"{file}/-/edit", source=source, reason="x")
    assert opened(site, file)["source"] == source.replace("'", '"'), "whoever opens it now goes on from that"
    late = site.post(f"{file}/-/edit", f"{file}/-/edit", reason="x", **others)
    assert (late.status_code, len(engine_port.sent("modify_hot_folder"))) == (409, 1)
    for address in (file, page):
        answer = site.get(address)
        assert (answer.status_code, "Saved; the scheduler has not read it yet." in words(answer)) == (200, True)
        assert tree(answer).xpath('//meta[@http-equiv="refresh"]/@content') == ["2"]
    # an engine that has not read it for long does not get to it by waiting
    saves_are_old(site, 180)
    assert (site.get(page).status_code, site.get(file).location) == (404, f"{file}/-/versions")
    assert opened(site, file)["source"] == begun


def test_saves_one_after_the_other_make_one_version_each(site: Site, engine_port: CommandServer) -> None:
    "The engine looks at a new file some seconds later: until then it tells the old text."
    for text in (FIRST, SECOND, FIRST):
        save(site, text)
    assert [row.split()[0] for row in shown(site)] == ["written", "written", "written", "found"]


def test_what_somebody_wrote_in_the_folder_is_found_at_the_next_save(
    site: Site, engine_port: CommandServer
) -> None:
    save(site, FIRST)
    found_in_folder(site, '<job title="by hand"/>')
    assert "none of these versions: it was changed in the folder" in words(site.get(VERSIONS))
    save(site, SECOND)
    assert [row.split()[0] for row in shown(site)] == ["written", "found", "written", "found"]
    assert "by hand" in words(site.get(f"{VERSIONS}/3"))


def test_a_refused_save_makes_no_version_of_its_own(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-232", "wrong")
    answer = site.post(FILE + "/-/edit", FILE + "/-/edit", source=SECOND, reason="x")
    assert answer.status_code == 422
    assert [row.split()[0] for row in shown(site)] == ["found"]


def test_versions_are_compared_line_by_line(site: Site, engine_port: CommandServer) -> None:
    save(site, FIRST)
    save(site, SECOND)
    page = tree(site.get(f"{VERSIONS}?one=3&other=2"))
    marks = {mark: page.xpath(f'//pre//span[@class="l {mark}"]') for mark in ("one", "other")}
    assert "second" in marks["one"][0].text_content()
    assert "first" in marks["other"][0].text_content()
    assert "Difference of version 3 from version 2" in words(site.get(f"{VERSIONS}?one=3"))
    assert "Both are the same." in words(site.get(f"{VERSIONS}?one=3&other=3"))
    assert "There is nothing before it." in words(site.get(f"{VERSIONS}?one=1"))
    for strange in ("one=99", "one=x", "one=%D9%A3", "one=use&other=use"):
        assert site.get(f"{VERSIONS}?{strange}").status_code == 200
    assert site.get(f"{VERSIONS}/99").status_code == 404
    assert site.get("/s/demo/config/-/job/nobody/knows/-/versions").status_code == 404
    assert site.get("/s/demo/config/-/thing/sales/load/-/versions").status_code == 404


def test_a_version_comes_back(site: Site, engine_port: CommandServer) -> None:
    save(site, SECOND)
    save(site, FIRST)
    form = f"{FILE}/-/restore"
    [restore] = tree(site.get(VERSIONS)).xpath(f'//a[@href="{form}?version=2"]/@href')
    page = tree(site.get(restore))
    assert page.xpath('//input[@name="version"]/@value') == ["2"]
    assert "Version 2: written" in words(site.get(restore))
    sent = {"version": "2", "reason": "back", "typed": "/sales/load"}
    assert site.post(form, restore, **sent | {"typed": ""}).status_code == 422
    assert site.post(form, restore, **sent).status_code == 303
    command = engine_port.sent("modify_hot_folder")[-1]
    assert command.get("folder") == "/sales"
    assert (command[0].get("name"), command[0].get("title")) == ("load", "second")
    assert shown(site)[0].startswith("restored 4")
    assert "file.restore" in words(site.get("/s/demo/audit"))
    for number in ("99", "x", ""):
        assert site.post(form, restore, **sent | {"version": number}).status_code == 422


def test_a_deletion_tells_who_would_miss_the_file_and_asks_for_its_name(
    site: Site, engine_port: CommandServer
) -> None:
    chain, _ = a_chain("/sales/daily", "load")
    definition = replace(chain.definition, source='<job_chain><job_chain_node state="1" job="load"/></job_chain>')
    with Rows(site.url) as rows:
        rows.put(replace(a_file(chain), definition=definition))
    page = site.get(FILE + "/-/delete")
    assert "job chain /sales/daily job" in words(page)
    assert "1 task of it queued or running." in words(page)
    assert tree(page).xpath('//main//a[contains(@href, "/config/-/job_chain/sales/daily")]')
    assert delete(site, typed="load") == 422
    assert delete(site, reason="") == 422
    assert not engine_port.sent("file.remove")
    assert delete(site) == 303
    [command] = engine_port.sent("file.remove")
    assert dict(command.attrib) == {"kind": "job", "path": "/sales/load"}
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        [entry] = audit.entries(connection, "demo")
    engine.dispose()
    assert (entry.action, entry.object, entry.reason) == ("file.delete", "/sales/load", "no more sales")


def test_a_chain_names_its_orders_and_what_nobody_names_says_so(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_file(OrderDefinition("/sales/daily", "late", source="<order/>")))
    page = words(site.get("/s/demo/config/-/job_chain/sales/daily/-/delete"))
    assert "order /sales/daily,late order of" in page
    assert "in the chain." in page
    assert "names it." in words(site.get("/s/demo/config/-/job/housekeeping/check_disk/-/delete"))


def test_a_deleted_file_is_found_again_and_comes_back(site: Site, engine_port: CommandServer) -> None:
    assert delete(site) == 303
    gone_from_folder(site)
    assert site.get(FILE).location == VERSIONS
    assert "There is no such file now." in words(site.get(VERSIONS))
    assert [row.split()[0] for row in shown(site)] == ["deleted", "found"]
    [change] = shown(site, "/s/demo/config/-/versions")
    assert change.startswith("deleted")
    assert tree(site.get("/s/demo/config")).xpath('//a[@href="/s/demo/config/-/versions"]')
    form = FILE + "/-/restore"
    sent = {"reason": "needed", "typed": "/sales/load"}
    assert "or it says that the file was deleted" in words(site.post(form, form, version="2", **sent))
    assert site.post(form, form, version="1", **sent).status_code == 303
    assert len(engine_port.sent("modify_hot_folder")) == 1
    assert site.get(f"{FILE}/-/delete").status_code == 404


def test_a_file_that_the_engine_refuses_to_delete_stays_in_the_list(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-460", "comes from the supervisor")
    answer = site.post(FILE + "/-/delete", FILE + "/-/delete", reason="x", typed="/sales/load")
    assert "comes from the supervisor" in words(site.get(answer.location))
    assert [row.split()[0] for row in shown(site)] == ["found"]


def test_each_kind_asks_for_its_permission_and_what_is_out_of_sight_stays_so(
    site: Site, engine_port: CommandServer
) -> None:
    save(site, SECOND)
    an_account(site.url, "sched", Assignment("scheduler"))
    an_account(site.url, "house", Assignment("configurator", "", "/housekeeping/"))
    an_account(site.url, "viewer", Assignment("viewer"))
    site.enter("sched")
    for verb in ("delete", "restore"):
        assert site.get(f"{FILE}/-/{verb}").status_code == 403
        assert site.get(f"/s/demo/config/-/job/sales/load/-/{verb}-schedule").status_code == 404
    page = tree(site.get(VERSIONS))
    assert not page.xpath('//a[contains(@href, "restore") or contains(@href, "delete")]')
    site.enter("viewer")
    assert site.get(VERSIONS).status_code == 200
    site.enter("house")
    assert site.get(VERSIONS).status_code == 404
    assert shown(site, "/s/demo/config/-/versions") == []
    assert site.get(f"{FILE}/-/delete").status_code == 404
    assert site.post(FILE + "/-/delete", "/me", reason="x", typed="/sales/load").status_code == 403
    assert not engine_port.sent("file.remove")


def test_programs_delete_and_restore_files_too(site: Site, engine_port: CommandServer) -> None:
    save(site, SECOND)
    token = {"X-CSRFToken": site.token("/me")}
    address = "/api/v1/schedulers/demo/files/job/sales/load/-/{}"
    body = {"reason": "x", "confirm": "/sales/load"}
    done = site.client.post(address.format("restore"), json=body | {"version": 1}, headers=token)
    assert done.status_code == 200, done.text
    done = site.client.post(address.format("delete"), json=body, headers=token)
    assert done.status_code == 200, done.text
    wrong = site.client.post(address.format("delete-class"), json=body, headers=token)
    assert (wrong.status_code, "asks for delete" in wrong.text) == (422, True)
    listed = site.client.get("/api/v1/schedulers/demo/files/job/sales/load/-/versions").json
    assert [each["action"] for each in listed] == ["deleted", "restored", "written", "found"]
    one = site.client.get("/api/v1/schedulers/demo/files/job/sales/load/-/versions/2").json
    assert one["source"] == SECOND
    assert site.client.get("/api/v1/schedulers/demo/files/job/sales/load/-/versions/99").status_code == 404
    assert site.client.get("/api/v1/schedulers/demo/files/job/nobody/-/versions").status_code == 404


def an_operation(number: int, source: str) -> Operation:
    command = f'<modify_hot_folder folder="/sales">{source}</modify_hot_folder>'
    return Operation(str(number), 1, "me", "demo", "file.edit", "/a", command, State.DONE, ago(0))


def test_of_one_file_the_newest_versions_are_kept(site: Site) -> None:
    engine = connect.create(site.url, "web")
    now = datetime.now(UTC)
    with connect.writing(engine) as connection:
        for number in range(MOST + 5):
            job = f'<job name="a" title="{number}"/>'
            file_versions.keep_after(connection, an_operation(number, job), now)
        found = file_versions.versions(connection, "demo", ObjectKind.JOB, "/A")
    engine.dispose()
    assert len(found) == MOST
    assert [found[0].operation, found[-1].operation] == [str(MOST + 4), "5"]


@pytest.mark.parametrize("command", ["<modify_hot_folder", "<!DOCTYPE a []><a/>"])
def test_what_cannot_be_read_is_the_engines_matter(site: Site, command: str) -> None:
    engine = connect.create(site.url, "web")
    operation = Operation("k", 1, "me", "demo", "file.edit", "/a", command, State.DONE, ago(0))
    with connect.writing(engine) as connection:
        file_versions.keep_before(connection, operation, ago(0))
        file_versions.keep_after(connection, operation, ago(0))
        assert file_versions.versions(connection, "demo", ObjectKind.JOB, "/a") == []
    engine.dispose()


def test_who_saves_a_file_that_another_one_has_saved_meanwhile_sees_both_texts(
    site: Site, engine_port: CommandServer
) -> None:
    kept = opened(site)
    del kept["source"]
    found_in_folder(site, FIRST)
    mine = '<job title="mine"/>'
    answer = site.post(f"{FILE}/-/edit", f"{FILE}/-/edit", source=mine, reason="x", **kept)
    assert answer.status_code == 409
    assert not engine_port.sent("modify_hot_folder")
    page = tree(answer)
    [field] = page.xpath('//textarea[@name="source"]')
    assert field.text.strip() == mine, "what was typed is not lost"
    [texts] = page.xpath('//table[contains(@class, "two-columns difference")]')
    left, right = (" ".join(texts.xpath(f"string(.//tbody/tr[1]/td[{at}])").split()) for at in (1, 2))
    assert (kept["opened_text"].split()[1] in left, "first" in left, FIRST in right) == (True, False, True)
    again = {name: page.xpath(f'//form[@method="post"]//input[@name="{name}"]/@value')[0] for name in kept}
    assert again["opened_text"] == FIRST
    assert site.post(f"{FILE}/-/edit", f"{FILE}/-/edit", source=mine, reason="x", **again).status_code == 303


def test_a_difference_stands_in_two_columns_and_without_what_makes_none(
    site: Site, engine_port: CommandServer
) -> None:
    save(site, FIRST)
    found_in_folder(site, FIRST)
    save(site, '<job\n   title="first"><script\n language="shell">echo 1</script>\n</job>')
    columns = tree(site.get(f"{VERSIONS}?one=3&other=2&columns=yes")).xpath('//table[contains(@class, "difference")]')
    assert len(columns) == 1
    assert "Both are the same." in words(site.get(f"{VERSIONS}?one=3&other=2&plain=yes"))


def test_a_form_goes_on_from_what_was_saved_however_long_it_is_not_in_use(
    site: Site, engine_port: CommandServer
) -> None:
    before = opened(site)["source"]
    save(site, SECOND)
    saves_are_old(site, 300)
    waits = {"successor": defined(SECOND), "successor_written_at": ago(301)}
    wrong = {"problem": Problem("SCHEDULER-232", "wrong")}
    for told, shows in ((waits, SECOND), (wrong, SECOND), ({}, before)):
        the_engine_tells(site, before, **told)
        assert opened(site)["source"].splitlines() == shows.splitlines(), told
    # what somebody has written in the folder since then waits, too: its text is not known
    the_engine_tells(site, before, **waits | {"successor_written_at": ago(200)})
    assert opened(site)["source"] == before
    # and a file that is deleted, but goes on until it is idle
    assert delete(site) == 303
    saves_are_old(site, 300)
    the_engine_tells(site, before, removed=True)
    assert opened(site)["seen"] == "not there"


def test_who_goes_on_from_a_save_has_no_conflict_when_the_engine_has_read_it(
    site: Site, engine_port: CommandServer
) -> None:
    save(site, FIRST)
    form = opened(site)
    assert form["source"] == FIRST
    the_engine_tells(site, FIRST, written_at=ago(0))
    assert site.post(f"{FILE}/-/edit", f"{FILE}/-/edit", reason="x", **form | {"source": SECOND}).status_code == 303


def test_a_save_that_the_engine_has_not_read_yet_is_a_conflict_for_whoever_began_before(
    site: Site, engine_port: CommandServer
) -> None:
    form = opened(site)
    save(site, FIRST)
    answer = site.post(f"{FILE}/-/edit", f"{FILE}/-/edit", reason="x", **form | {"source": SECOND})
    assert (answer.status_code, "echo 1" in words(answer)) == (409, True)
    assert len(engine_port.sent("modify_hot_folder")) == 1


def test_two_faulty_texts_of_a_file_are_not_the_same(site: Site, engine_port: CommandServer) -> None:
    "Neither of them is known: when it was written tells them apart."
    the_engine_tells(site, "", written_at=ago(400))
    form = opened(site)
    the_engine_tells(site, "", written_at=ago(300))
    assert site.post(f"{FILE}/-/edit", f"{FILE}/-/edit", reason="x", **form | {"source": FIRST}).status_code == 409


def test_what_was_copied_into_the_folder_with_an_old_time_counts_all_the_same(
    site: Site, engine_port: CommandServer
) -> None:
    save(site, FIRST)
    copied = '<job title="copied"/>'
    the_engine_tells(site, copied, written_at=ago(400))
    assert opened(site)["source"] == copied
    save(site, SECOND)
    assert opened(site)["source"].splitlines() == SECOND.splitlines(), "the engine has not read that yet"
    assert [row.split()[0] for row in shown(site)] == ["written", "found", "written", "found"]
