"The page of supervisors: what an engine tells becomes words, and nothing is asked of schedulers that are not there."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from models import supervisor as store
from models.connect import create, writing
from scheduler.answers.supervisor import checks_element, differences_element, overview_element
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import Check, ConfigurationVersion, Origin, Overview, Protocol, Release, Worker
from scheduler.supervisor.tree import Difference, checksum, entry_of
from tests.support.command_server import CommandServer, refusal
from tests.support.web_site import Site, tree, words
from web.supervisor import difference_of, supervisor_of

NOW = datetime(2026, 3, 29, 10, 20, 30, tzinfo=UTC)
CONNECTED = Worker("north", "north", Protocol.PAIR, "10.0.0.1", "n", 4444, 4445, "1.0", active=True, connected=True,
                   connected_at=NOW, last_contact=NOW, wanted=7, applied=7, directory="north",
                   pair="paired")  # fmt: skip
BEHIND = Worker("south", "south", Protocol.CLASSIC, "10.0.0.2", wanted=3, applied=2, disconnected_at=NOW,
                problem=Problem("SCHEDULER-474", "does not react"))  # fmt: skip
FAULT = Fault(file="a.job.xml", code="SCHEDULER-113", text="unexpected", line=2, column=1)
FAULTY = Worker("west", "west", Protocol.HTTP, "10.0.0.3", active=True, wanted=1, applied=1, faults=(FAULT,))
OVERVIEW = Overview(
    "/config/remote", True, False, True, "abcdef0123456789", (CONNECTED, BEHIND, FAULTY), ("_all", "north"),
    (Problem("SCHEDULER-454", "two folders"),), (Release("abcdef0123456789", "Better", NOW, "me", 2),),
    (ConfigurationVersion("north", 7, "c", "c", NOW, Origin.ROLL_BACK, 12, "abc", "me"),),
)


def test_an_answer_becomes_a_view() -> None:
    view = supervisor_of(etree.fromstring(overview_element(OVERVIEW)))
    assert [(worker.look.word, worker.step.word) for worker in view.workers] == [
        ("connected", "in step"), ("not connected", "works with its last copy"), ("asks regularly", "has faulty files"),
    ]  # fmt: skip
    north = view.worker("north")
    assert north is not None
    assert (north.address, north.connected_at, north.udp_port) == ("10.0.0.1:4444", NOW, "4445")
    assert (view.automatic, view.repository, view.versions[0].origin, view.releases[0].title) == (
        False, True, "roll back", "Better",
    )  # fmt: skip
    assert view.worker("nobody") is None
    found = difference_of(etree.fromstring(differences_element(Difference(("a",), (), ("b",)))))
    assert found.files == (("added", "a"), ("removed", "b"))


def test_the_pages_show_what_the_engine_tells(site: Site, engine_port: CommandServer) -> None:
    answers = {
        "supervisor.show": overview_element(OVERVIEW),
        "supervisor.differences": differences_element(Difference(("new.job.xml",))),
        "supervisor.check": checks_element([Check("north", Difference(("new.job.xml",)), (FAULT,))]),
    }
    engine_port.reply = lambda command: answers.get(command.tag, "<ok/>")
    page = words(site.get("/supervisor"))
    for text in ("north", "in step", "behind", "version 2 of 3", "SCHEDULER-474", "1 faulty file", "wait for a release",
                 "abcdef012345", "Better", "SCHEDULER-454", "Release a revision"):  # fmt: skip
        assert text in page, text
    detail = words(site.get("/s/demo/supervisor/north"))
    for text in ("roll back", "new.job.xml", "Send now", "version", "Not valid in the folder: a.job.xml"):
        assert text in detail, text
    site.post("/s/demo/supervisor/north/-/send", form_page="/s/demo/supervisor/north/-/send")
    [sent] = engine_port.sent("supervisor.send")
    assert dict(sent.attrib) == {"worker": "north", "by": "admin"}
    site.post("/s/demo/supervisor/-/release", form_page="/s/demo/supervisor/-/release", revision="v2", reason="Test")
    [released] = engine_port.sent("supervisor.release")
    assert dict(released.attrib) == {"revision": "v2", "by": "admin"}


def test_an_unknown_worker_is_not_found_and_a_refusal_shows_nobody(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("STELLWERK-060", "There is no workload scheduler 'x'")
    assert site.get("/s/demo/supervisor/x").status_code == 404
    assert "demo does not answer" in words(site.get("/supervisor"))


def test_all_that_are_behind_are_woken_up_and_chosen_ones_get_what_is_new(
    site: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: overview_element(OVERVIEW) if command.tag == "supervisor.show" else "<ok/>"
    address = "/s/demo/supervisor/-/"
    site.post(address + "send-behind", form_page="/me", reason="x")
    site.post(address + "send-chosen", form_page="/me", reason="x", workers="north, west")
    sent = [[each.get("worker") for each in several] for several in engine_port.sent("commands")]
    assert sent == [["south"], ["north", "west"]]
    engine_port.reply = lambda command: overview_element(replace(OVERVIEW, workers=(CONNECTED,)))
    answer = site.post(address + "send-behind", form_page="/me")
    assert (answer.status_code, "Nobody is behind." in words(answer)) == (422, True)


def handed_out(site: Site, worker: str, number: int, **files: str) -> None:
    "A version as the supervisor keeps it."
    contents = {name: text.encode() for name, text in files.items()}
    found = {f"{name}.job.xml": entry_of(data, NOW) for name, data in contents.items()}
    version = ConfigurationVersion(worker, number, checksum(found), "s", NOW, Origin.FOLDER, len(found))
    engine = create(site.url, "web")
    with writing(engine) as connection:
        store.keep_contents(connection, "demo", {entry_of(data, NOW).digest: data for data in contents.values()})
        store.add_versions(connection, "demo", [(version, found)])
    engine.dispose()


def test_a_worker_has_files_and_should_have_others_and_versions_are_compared_line_by_line(
    site: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: overview_element(OVERVIEW) if command.tag == "supervisor.show" else "<ok/>"
    handed_out(site, "south", 2, a='<job title="1"/>', b="<job/>", gone="<job/>")
    handed_out(site, "south", 3, a='<job title="2"/>', b="<job />", new="<job/>")
    handed_out(site, "north", 7, a='<job title="2"/>')
    page = tree(site.get("/s/demo/supervisor/south?old=2&new=3"))
    rows = page.xpath('//section[@aria-labelledby="h-files"]//tr[@data-row]')
    told = [(row.xpath("string(./td[1])"), row.xpath("string(./th)"), row.xpath("string(./td[2])")) for row in rows]
    assert [each[:2] for each in told] == [
        ("different", "a.job.xml"), ("different", "b.job.xml"), ("different", "gone.job.xml"),
        ("different", "new.job.xml"),
    ]  # fmt: skip
    assert told[3][2] == "–"
    [contents] = page.xpath('//section[@aria-labelledby="h-contents"]')
    heads = [head.text_content().strip() for head in contents.xpath(".//h3")]
    assert heads == ["changed: a.job.xml", "changed: b.job.xml", "added: new.job.xml", "removed: gone.job.xml"]
    assert '+ only here: <job title="2"/>' in contents.xpath("string(.//pre)")
    plain = tree(site.get("/s/demo/supervisor/south?old=2&new=3&plain=yes&columns=yes"))
    assert "Nothing is different." in plain.xpath('string(//section[@aria-labelledby="h-contents"])')
    assert plain.xpath('//table[contains(@class, "two-columns")]')
    other = tree(site.get("/s/demo/supervisor/south?with=north"))
    assert [head.text_content().strip() for head in other.xpath('//section[@aria-labelledby="h-contents"]//h3')] == [
        "added: b.job.xml", "added: new.job.xml",
    ]  # fmt: skip


def test_where_nobody_is_configured_the_page_says_how_one_registers(site: Site, engine_port: CommandServer) -> None:
    empty = Overview("/config/remote", False, True)
    engine_port.reply = lambda command: overview_element(empty) if command.tag == "supervisor.show" else "<ok/>"
    page = words(site.get("/supervisor"))
    for text in ('<config supervisor="supervisor-host:4444"/>', "TCP, the port of the supervisor", "UDP, the port of"):
        assert text in page
