"""Writing files of the live folder: the form, the command, what is refused, and who may."""

from __future__ import annotations

import pytest
from lxml import etree

from models.roles import Assignment
from scheduler.configuration.modify_hot_folder import files_to_write
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.document import parse
from tests.support.api_program import Program
from tests.support.command_server import CommandServer
from tests.support.web_site import Site, an_account, tree, words

EDIT = "/s/demo/config/-/job/sales/load/-/edit"
NEW = '<job title="Zölle &amp; mehr">\n  <!-- why -->\n  <script language="shell"><![CDATA[a < b]]></script>\n</job>'


def write(site: Site, source: str, address: str = EDIT, **fields: str) -> tuple[int, str]:
    answer = site.post(address, address, source=source, reason="CHG-7", **fields)
    return answer.status_code, words(answer) if answer.status_code != 303 else answer.location


def test_the_form_opens_with_the_definition_in_use_and_the_engine_writes_what_was_typed(
    site: Site, engine_port: CommandServer
) -> None:
    page = tree(site.get("/s/demo/config/-/job/sales/load"))
    assert page.xpath(f'//main//a[@href="{EDIT}"]')
    [field] = tree(site.get(EDIT)).xpath('//textarea[@name="source"]')
    assert field.text.lstrip("\n").startswith("<job title=")
    assert write(site, NEW) == (303, "/s/demo/config/-/job/sales/load")
    [command] = engine_port.sent("modify_hot_folder")
    assert command.get("folder") == "/sales"
    [file] = files_to_write(parse(etree.tostring(command, encoding="utf-8")).children, "/sales", {})
    assert file.file == "sales/load.job.xml"
    for text in ("<!-- why -->", 'title="Zölle &amp; mehr"'):
        assert text in file.data.decode("iso-8859-1")
    assert "file.edit" in words(site.get("/s/demo/audit"))
    assert "CHG-7" in words(site.get("/s/demo/audit"))


def test_what_a_pasted_file_declares_of_its_bytes_is_not_true_of_the_text(
    site: Site, engine_port: CommandServer
) -> None:
    assert write(site, f'<?xml version="1.0" encoding="ISO-8859-1"?>\n{NEW}')[0] == 303
    [command] = engine_port.sent("modify_hot_folder")
    assert command.find("job").get("title") == "Zölle & mehr"
    run_time = '<?xml version="1.0" encoding="UTF-8"?><run_time schedule="/nächte"/>'
    address = "/s/demo/jobs/sales/load/-/set-run-time"
    assert site.post(address, address, run_time=run_time, reason="x").status_code == 303
    [command] = engine_port.sent("modify_job")
    assert command.find("run_time").get("schedule") == "/nächte"


def test_an_order_is_named_by_its_chain_and_id(site: Site, engine_port: CommandServer) -> None:
    write(site, "<order><run_time/></order>", "/s/demo/config/-/order/sales/daily,x/-/edit")
    [command] = engine_port.sent("modify_hot_folder")
    [order] = command
    assert dict(order.attrib) == {"job_chain": "/sales/daily", "id": "x"}


def test_a_refusal_of_the_engine_leaves_the_form_with_what_was_typed(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: '<ERROR code="SCHEDULER-232" text="SCHEDULER-232  Line 3 is wrong"/>'
    answer = site.post(EDIT, EDIT, source=NEW, reason="x")
    assert answer.status_code == 422
    [field] = tree(answer).xpath('//textarea[@aria-invalid="true"]')
    assert "<!-- why -->" in field.text
    assert "Line 3 is wrong" in words(answer)
    engine_port.reply = lambda command: "<ok/>"
    assert site.post(EDIT, EDIT, source=NEW, reason="x").status_code == 303


def test_the_place_of_a_fault_is_one_of_the_text_that_was_typed(site: Site, engine_port: CommandServer) -> None:
    def refused(command: etree._Element) -> str:
        "As an engine reads it."
        try:
            files_to_write(parse(etree.tostring(command, encoding="unicode").encode()).children, "/sales", {})
        except WorkloadError as error:
            return etree.tostring(etree.Element("ERROR", code=str(error.code), text=str(error)), encoding="unicode")
        return "<ok/>"

    engine_port.reply = refused
    wrong = '<?xml version="1.0"?>\n<!-- why -->\n<job\n  title="ä"\n  order="yes">\n  <scrip/>\n</job>'
    status, told = write(site, wrong)
    assert (status, "<scrip> was not expected" in told, "(line 6, column 3)" in told) == (422, True, True), told
    assert "(line 1, column 3)" in write(site, '  <job order="maybe"/>')[1]
    answer = Program(site).post("/api/v1/schedulers/demo/files/job/sales/load/-/edit", {"source": wrong, "reason": "x"})
    assert "(line 6, column 3)" in answer.json["detail"]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("", "This is no XML"),
        ("<job", "This is no XML"),
        ("<lock/>", "A <job> element was expected, not <lock>."),
        ('<!DOCTYPE job [<!ENTITY a "b">]><job>&a;</job>', "Document types and control characters are not possible."),
        ("<job>\x01</job>", "Document types and control characters are not possible."),
    ],
)
def test_what_is_no_definition_never_reaches_the_engine(
    site: Site, engine_port: CommandServer, source: str, fault: str
) -> None:
    answer = site.post(EDIT, EDIT, source=source, reason="x")
    assert (answer.status_code, fault in words(answer)) == (422, True)
    assert tree(answer).xpath("//*[@autofocus]/@name") == ["source"], "what is wrong has the focus"
    assert not engine_port.sent("modify_hot_folder")


def test_a_new_file_is_asked_for_by_kind_and_path(site: Site, engine_port: CommandServer) -> None:
    assert "New file" in words(site.get("/s/demo/config"))
    answer = site.get("/s/demo/config/-/new?kind=job_chain&path=sales/new")
    assert answer.location == "/s/demo/config/-/job_chain/sales/new/-/edit"
    [field] = tree(site.get(answer.location)).xpath('//textarea[@name="source"]')
    source = field.text.strip()
    assert source.startswith("<job_chain")
    assert write(site, source, answer.location, back="/s/demo/config") == (303, "/s/demo/config")
    wrong = [("job", path) for path in ("/", "/a/../b", "/a/-/b", "//", ".job.xml")]
    for kind, path in [*wrong, ("order", "/sales/daily"), ("order", "/sales/daily,"), ("order", "/a,b/c")]:
        assert "Choose a kind" in words(site.get("/s/demo/config/-/new", query_string={"kind": kind, "path": path}))
    # the name of the file is a name of the object, too
    for kind, path in (("job", "a.job"), ("order", "daily,1")):
        answer = site.get("/s/demo/config/-/new", query_string={"kind": kind, "path": f"sales/{path}.{kind}.xml"})
        assert answer.location == f"/s/demo/config/-/{kind}/sales/{path}/-/edit"


def test_what_a_new_file_begins_with_is_taken(site: Site, engine_port: CommandServer) -> None:
    for kind in ObjectKind:
        path = "sales/daily,1" if kind is ObjectKind.ORDER else "sales/new"
        address = site.get("/s/demo/config/-/new", query_string={"kind": kind.value, "path": path}).location
        [field] = tree(site.get(address)).xpath('//textarea[@name="source"]')
        assert write(site, field.text, address)[0] == 303
        command = etree.tostring(engine_port.sent("modify_hot_folder")[-1], encoding="unicode")
        [file] = files_to_write(parse(command.encode()).children, "/sales", {})
        assert file.file == f"{path}.{kind.value}.xml"


def test_each_kind_asks_for_its_permission_and_for_no_other_verb(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "sched", Assignment("scheduler"))
    an_account(site.url, "sales", Assignment("configurator", "", "/sales/"))
    tab = "/s/demo/jobs/sales/load?tab=configuration"
    assert tree(site.get(tab)).xpath(f'//main//a[@href="{EDIT}"]')
    site.enter("sched")
    assert site.get(EDIT).status_code == 403
    assert not tree(site.get(tab)).xpath(f'//main//a[@href="{EDIT}"]')
    assert not tree(site.get("/s/demo/config/-/job/sales/load")).xpath(f'//a[@href="{EDIT}"]')
    assert site.get("/s/demo/config/-/schedule/x/-/edit-schedule").status_code == 200
    for address in (EDIT + "-schedule", "/s/demo/config/-/schedule/x/-/edit", "/s/demo/config/-/thing/x/-/edit"):
        assert site.get(address).status_code == 404
    site.enter("sales")
    assert site.get(EDIT).status_code == 200
    assert site.get("/s/demo/config/-/job/housekeeping/check_disk/-/edit").status_code == 403


def test_who_writes_in_some_folders_is_told_which(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "dev", Assignment("configurator", "", "/dev/"))
    new = "/s/demo/config/-/new"
    assert tree(site.get(new)).xpath('//input[@name="path"]/@value') == [""]
    assert "You may write in" not in words(site.get(new))
    site.enter("dev")
    assert tree(site.get(new)).xpath('//input[@name="path"]/@value') == ["/dev/"]
    assert "You may write in /dev/." in words(site.get(new))
    assert "no file yet in the folders that you see: /dev/." in words(site.get("/s/demo/config"))
    # who has no job yet makes the first one from where that is said
    assert tree(site.get("/s/demo/")).xpath(f'//main//a[@href="{new}?kind=job"]')


def test_programs_write_files_too(site: Site, engine_port: CommandServer) -> None:
    token = {"X-CSRFToken": site.token("/me")}
    address = "/api/v1/schedulers/demo/files/job/sales/load/-/{}"
    wrong = site.client.post(address.format("edit-class"), json={"source": NEW, "reason": "x"}, headers=token)
    assert (wrong.status_code, "asks for edit" in wrong.text) == (422, True)
    done = site.client.post(address.format("edit"), json={"source": NEW, "reason": "x"}, headers=token)
    assert done.status_code == 200
    assert len(engine_port.sent("modify_hot_folder")) == 1
