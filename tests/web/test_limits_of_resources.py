"Limits of process classes and locks are changed by field: the file is written with them, and otherwise as it is."

from __future__ import annotations

import pytest
from lxml import etree

from models.roles import Assignment
from scheduler.configuration.modify_hot_folder import files_to_write
from scheduler.definitions import LockDefinition, ProcessClassDefinition
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.xml.document import parse
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, ago
from tests.support.web_site import Site, an_account, tree, words

CLASS = "/s/demo/config/-/process_class/eu/wide/-/set-limits-class"
LOCK = "/s/demo/config/-/lock/db/-/set-limits-lock"
WIDE = '''<process_class max_processes="5" timeout="10">
  <!-- two hosts -->
  <remote_schedulers select="next"><remote_scheduler remote_scheduler="http://a:1"/></remote_schedulers>
</process_class>'''
STATE = """<state><process_classes><process_class path="/" max_processes="30"/>
<process_class path="/eu/wide" max_processes="5"/></process_classes><locks><lock path="/db" max_non_exclusive="2"/>
</locks></state>"""


@pytest.fixture
def filled(site: Site) -> Site:
    with Rows(site.url) as rows:
        for kind, definition in (
            (ObjectKind.PROCESS_CLASS, ProcessClassDefinition("/eu/wide", 5, source=WIDE)),
            (ObjectKind.LOCK, LockDefinition("/db", 2, source='<lock max_non_exclusive="2"/>')),
        ):
            rows.put(SourceFile(kind, definition.path, f"/srv{definition.path}", ago(9), FileState.ACTIVE, definition))
    return site


def written(engine: CommandServer) -> str:
    command = engine.sent("modify_hot_folder")[-1]
    [file] = files_to_write(parse(etree.tostring(command, encoding="utf-8")).children, command.get("folder", ""), {})
    return file.data.decode("iso-8859-1")


def test_the_form_opens_with_what_is_in_use_and_only_what_was_changed_is_another(
    filled: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: STATE if command.tag == "show_state" else "<ok/>"
    page = tree(filled.get("/s/demo/resources"))
    assert page.xpath("//a/@href[contains(., 'set-limits')]") == [CLASS, LOCK], "the default class has no file"
    fields = tree(filled.get(CLASS)).xpath('//input[@type="text"]')
    assert {field.get("name"): field.get("value") for field in fields if "_" in field.get("name")} == {
        "max_processes": "5", "remote_scheduler": "",
    }  # fmt: skip
    assert filled.post(CLASS, CLASS, max_processes="8", remote_scheduler="b:4445", reason="more").status_code == 303
    text = written(engine_port)
    assert 'max_processes="8"' in text
    assert 'remote_scheduler="b:4445"' in text
    for kept in ('timeout="10"', "<!-- two hosts -->", 'select="next"', 'remote_scheduler="http://a:1"'):
        assert kept in text
    audit = words(filled.get("/s/demo/audit"))
    assert "file.set-limits-class" in audit
    assert "more" in audit


def test_an_empty_field_takes_the_attribute_away(filled: Site, engine_port: CommandServer) -> None:
    assert tree(filled.get(LOCK)).xpath('//input[@name="max_non_exclusive"]/@value') == ["2"]
    assert filled.post(LOCK, LOCK, max_non_exclusive="", reason="x").status_code == 303
    assert "max_non_exclusive" not in written(engine_port)


@pytest.mark.parametrize(
    ("address", "fields", "field"),
    [
        (CLASS, {"max_processes": "many", "reason": "x"}, "max_processes"),
        (CLASS, {"max_processes": "10001", "reason": "x"}, "max_processes"),
        (LOCK, {"max_non_exclusive": "-1", "reason": "x"}, "max_non_exclusive"),
        (LOCK, {"max_non_exclusive": "1"}, "reason"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_sent(
    filled: Site, engine_port: CommandServer, address: str, fields: dict[str, str], field: str
) -> None:
    answer = filled.post(address, address, **fields)
    assert answer.status_code == 422
    assert tree(answer).xpath('//input[@aria-invalid="true"]/@name') == [field]
    assert not engine_port.sent("modify_hot_folder")


def test_what_the_engine_refuses_stands_beside_the_field(filled: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-232", "no such address")
    answer = filled.post(CLASS, CLASS, max_processes="5", remote_scheduler="nonsense", reason="x")
    assert answer.status_code == 422
    assert "no such address" in words(answer)
    [field] = tree(answer).xpath('//input[@aria-invalid="true"]')
    assert (field.get("name"), field.get("value")) == ("remote_scheduler", "nonsense")


def test_it_needs_the_permission_and_a_file(filled: Site, engine_port: CommandServer) -> None:
    an_account(filled.url, "view", Assignment("viewer"))
    for address in (CLASS.replace("wide", "none"), LOCK.replace("/db", "/none"), LOCK.replace("lock/", "job/")):
        assert filled.get(address).status_code == 404
    missing = filled.post(CLASS.replace("wide", "none"), CLASS, max_processes="5", reason="x")
    assert (missing.status_code, "no usable file" in words(missing)) == (422, True)
    filled.enter("view")
    assert filled.get(CLASS).status_code == 403
    assert filled.post(CLASS, "/me", max_processes="9", reason="x").status_code == 403
    assert not engine_port.sent("modify_hot_folder")
