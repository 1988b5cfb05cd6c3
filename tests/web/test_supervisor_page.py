"The page of supervisors: what an engine tells becomes words, and nothing is asked of schedulers that are not there."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lxml import etree

from models import supervisor as store
from models import supervisor_transfers
from models.connect import create, writing
from models.roles import Assignment
from scheduler.answers.supervisor import checks_element, differences_element, merged_element, overview_element
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import (
    Check,
    ConfigurationVersion,
    Freeze,
    Merged,
    Origin,
    Outcome,
    Overview,
    Protocol,
    Release,
    Transfer,
    Worker,
)
from scheduler.supervisor.tree import Difference, checksum, entry_of, layers
from tests.support.command_server import CommandServer, refusal
from tests.support.web_site import Site, an_account, tree, words
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
    page = words(site.get("/supervisor"))
    assert "demo does not answer; whether it has workers is not known" in page
    assert "Nobody is configured from here" not in page


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


def shown(**changes: object) -> tuple[str, str, bool, bool]:
    "Words for a worker that is behind: whether it can be reached, whether it has what it shall have."
    worker = replace(CONNECTED, wanted=8, **changes)  # type: ignore[arg-type]
    [view] = supervisor_of(etree.fromstring(overview_element(replace(OVERVIEW, workers=(worker,))))).workers
    return view.look.word, view.step.word, view.behind, view.trouble


def test_a_worker_that_is_behind_is_told_on_its_way_refuses_or_is_frozen() -> None:
    assert shown(busy=True) == ("connected", "behind", True, True)
    assert shown(busy=True, woken_at=NOW) == ("connected", "wake-up sent", True, False)
    assert shown(fetching=True) == ("connected", "fetching", True, False)
    refused = Problem("STELLWERK-066", "the disk is full")
    assert shown(problem=refused) == ("connected", "refused", True, True)
    assert shown(problem=refused, woken_at=NOW)[1] == "refused"
    assert shown(problem=Problem("STELLWERK-061", "wrong key"), connected=False, active=False)[0] == "not let in"
    assert shown(freeze=Freeze(7, NOW)) == ("connected", "frozen", False, False)
    assert shown(freeze=Freeze(7, NOW), applied=8)[1] == "in step"


def test_a_frozen_worker_says_since_when_why_and_until_when_and_is_released(
    site: Site, engine_port: CommandServer
) -> None:
    frozen = replace(BEHIND, freeze=Freeze(2, NOW, "m.weber", "year-end", NOW + timedelta(days=1)))
    overview = overview_element(replace(OVERVIEW, workers=(CONNECTED, frozen)))
    engine_port.reply = lambda command: overview if command.tag == "supervisor.show" else "<ok/>"
    page = site.get("/supervisor")
    [row] = tree(page).xpath('//tr[th//a="south"]')
    for text in ("frozen since", "by m.weber", "until", ": year-end", "version 2 of 3"):
        assert text in " ".join(row.text_content().split()), text
    detail = words(site.get("/s/demo/supervisor/south"))
    assert "It stays with version 2. frozen since" in detail
    assert "What it would get" in detail
    assert "End the freeze" in detail
    assert "Send now" not in detail
    address = "/s/demo/supervisor/south/-/"
    site.post(address + "unfreeze", form_page=address + "unfreeze")
    assert dict(engine_port.sent("supervisor.unfreeze")[0].attrib) == {
        "worker": "south", "author": "admin", "reason": "",
    }  # fmt: skip
    site.post(address + "freeze", form_page=address + "freeze", reason="year-end", until="now+01:00")
    assert dict(engine_port.sent("supervisor.freeze")[0].attrib) == {
        "worker": "south", "until": "now+01:00", "author": "admin", "reason": "year-end",
    }  # fmt: skip
    assert site.post(address + "freeze", form_page=address + "freeze", until="x", reason="x").status_code == 422


def test_each_file_says_which_folder_it_comes_from(site: Site, engine_port: CommandServer) -> None:
    def of(**files: str) -> dict[str, object]:
        return {path.replace("_", "."): entry_of(text.encode(), NOW) for path, text in files.items()}

    found = Merged("south", "south", layers(of(a_xml="1", b_xml="2", d="3"), of(a_xml="9", c_xml="4") | {  # type: ignore[arg-type]
        "d/e.xml": entry_of(b"5", NOW)}))  # fmt: skip
    answers = {"supervisor.show": overview_element(OVERVIEW), "supervisor.merged": merged_element(found)}
    engine_port.reply = lambda command: answers.get(command.tag, "<ok/>")
    [section] = tree(site.get("/s/demo/supervisor/south")).xpath('//section[@aria-labelledby="h-merged"]')
    told = [
        (row.xpath("string(./th)"), bool(row.xpath("./td[1]//strong")), bool(row.xpath("./td[2]//strong")),
         " ".join(row.xpath("string(./td[3])").split()))
        for row in section.xpath(".//tr[@data-row]")
    ]  # fmt: skip
    assert told == [
        ("a.xml", False, True, "the own folder"), ("b.xml", True, False, "the folder for all"),
        ("c.xml", False, True, "the own folder"), ("d", False, False, "the own folder (a folder of this name)"),
        ("d/e.xml", False, True, "the own folder"),
    ]  # fmt: skip
    assert "4 files out of 5 paths of both folders" in " ".join(section.text_content().split())


def test_what_was_sent_is_told_with_its_files_its_time_and_its_end(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: overview_element(OVERVIEW) if command.tag == "supervisor.show" else "<ok/>"
    sent = Transfer("south", 2, 1, NOW, NOW + timedelta(seconds=3), Outcome.APPLIED, Difference(("a",), ("b",), ("c",)))
    many = Difference(tuple(f"{number:03}.job.xml" for number in range(supervisor_transfers.PATHS + 5)))
    engine = create(site.url, "web")
    with writing(engine) as connection:
        refused = replace(sent, number=3, before=2, outcome=Outcome.REFUSED, problem="the disk is full")
        refused = replace(refused, difference=many)
        supervisor_transfers.add_transfers(connection, "demo", [sent, refused, replace(sent, worker="north")])
    engine.dispose()
    [section] = tree(site.get("/s/demo/supervisor/south")).xpath('//section[@aria-labelledby="h-transfers"]')
    newest, oldest = (" ".join(row.text_content().split()) for row in section.xpath(".//tr[@data-row]"))
    for text in ("taken over", "from 1 to 2", "3.0 s", "1 added, 1 changed, 1 removed", "added: a", "changed: b",
                 "removed: c"):  # fmt: skip
        assert text in oldest, text
    for text in ("refused", "the disk is full", "from 2 to 3", "205 added", "and 5 more"):
        assert text in newest, text


def test_a_version_or_one_file_of_it_goes_to_chosen_workers(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: overview_element(OVERVIEW) if command.tag == "supervisor.show" else "<ok/>"
    for number, text in ((1, "<job/>"), (2, "<job/>"), (3, "<job title='3'/>")):
        handed_out(site, "north", number, a=text, **({"b": "<job/>"} if number == 2 else {}))
    page = tree(site.get("/s/demo/supervisor/north?file=a.job.xml"))
    rows = page.xpath('//section[@aria-labelledby="h-file"]//tr[@data-row]')
    assert [row.xpath("string(./th)") for row in rows] == ["3", "1"]
    [link] = rows[1].xpath(".//a/@href")
    form = tree(site.get(link))
    assert [form.xpath(f'string(//input[@name="{name}"]/@value)') for name in ("version", "file")] == ["1", "a.job.xml"]
    gone = tree(site.get("/s/demo/supervisor/north?file=b.job.xml"))
    assert ["removed" in row.text_content() for row in gone.xpath('//section[@aria-labelledby="h-file"]//tr[@data-row]')
            ] == [True, False]  # fmt: skip
    address = "/s/demo/supervisor/north/-/deploy"
    site.post(address, form_page=address, reason="x", version="1", file="a.job.xml", workers="south, west")
    site.post(address, form_page=address, reason="x", version="3", workers="south")
    first, second = ([dict(each.attrib) for each in several] for several in engine_port.sent("commands"))
    one = {"source": "north", "version": "1", "file": "a.job.xml", "by": "admin"}
    assert first == [{"worker": "south", **one}, {"worker": "west", **one}]
    assert second == [{"worker": "south", "source": "north", "version": "3", "by": "admin"}]


def test_workers_are_chosen_and_afterwards_it_is_told_what_became_of_each(
    site: Site, engine_port: CommandServer
) -> None:
    engine = create(site.url, "web")
    with writing(engine) as connection:
        store.save_workers(connection, "demo", [CONNECTED, BEHIND, FAULTY])
    engine.dispose()
    address = "/s/demo/supervisor/north/-/deploy"
    form = tree(site.get(address))
    assert form.xpath('//input[@type="checkbox"][@name="workers"]/@value') == ["north", "south", "west"]
    chosen = {"reason": "x", "version": "1", "workers": ["south", "west", "north"]}
    faulty = tree(site.post(address, form_page=address, **chosen | {"version": "", "workers": ["west"]}))
    assert faulty.xpath('//input[@name="workers"][@checked]/@value') == ["west"]
    nobody = tree(site.post(address, form_page=address, reason="x", version="1"))
    assert nobody.xpath('string(//p[@id="workers-wrong"])') == "Which workers?"
    assert nobody.xpath("//input[@autofocus]/@value") == ["north"]
    assert not engine_port.sent("commands")
    # the engine ends with the first one that it refuses
    no = refusal("STELLWERK-060", "There is no workload scheduler 'west'")
    engine_port.reply = lambda command: f"<ok/>{no}" if command.tag == "commands" else overview_element(OVERVIEW)
    site.post(address, form_page=address, **chosen)
    told = tree(site.get("/me")).xpath('//div[@class="flash bad"]')[0]
    assert "Done: south. Refused: west. Not tried: north." in " ".join(told.text_content().split())
    [more] = told.xpath(".//a/@href")
    parts = tree(site.get(more)).xpath('//dt[.="Workers"]/following-sibling::dd[1]/div')
    fates = [" ".join(each.text_content().split()) for each in parts]
    assert fates == ["done south", "refused west", "not tried north"]
    engine_port.reply = lambda command: "<ok/>" * len(command) if command.tag == "commands" else "<ok/>"
    site.post("/s/demo/supervisor/-/send-chosen", form_page="/me", reason="x", workers=["south", "west"])
    assert "Done: south, west." in words(site.get("/me"))
    # also of one alone: the message begins with whose version it is
    site.post(address, form_page=address, **chosen | {"workers": ["south"]})
    assert "worker north. Done: south." in words(site.get("/me"))


def test_the_versions_of_a_worker_lead_to_where_they_are_deployed_from(site: Site, engine_port: CommandServer) -> None:
    versions = "/s/demo/config/-/job/sales/load/-/versions"
    lead = '//div[contains(@class, "banner")]//a[contains(@href, "/supervisor/")]/@href'
    assert tree(site.get(versions)).xpath(lead) == []
    engine = create(site.url, "web")
    with writing(engine) as connection:
        store.save_workers(connection, "head", [replace(CONNECTED, scheduler_id="demo")])
    engine.dispose()
    found = [tree(site.get(address)).xpath(lead) for address in (versions, "/s/demo/config/-/versions")]
    assert found == [["/s/head/supervisor/north?file=sales/load.job.xml#h-file"],
                     ["/s/head/supervisor/north#h-versions"]]  # fmt: skip
    an_account(site.url, "mw", Assignment("operator", "demo"))
    site.enter("mw")
    assert tree(site.get(versions)).xpath(lead) == []


def test_where_nobody_is_configured_the_page_says_how_one_registers(site: Site, engine_port: CommandServer) -> None:
    empty = Overview("/config/remote", False, True)
    engine_port.reply = lambda command: overview_element(empty) if command.tag == "supervisor.show" else "<ok/>"
    page = words(site.get("/supervisor"))
    for text in ('<config supervisor="supervisor-host:4444"/>', "TCP, the port of the supervisor", "UDP, the port of"):
        assert text in page
