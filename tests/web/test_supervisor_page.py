"The page of supervisors: what an engine tells becomes words, and nothing is asked of schedulers that are not there."

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from scheduler.answers.supervisor import checks_element, differences_element, overview_element
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import Check, ConfigurationVersion, Origin, Overview, Protocol, Release, Worker
from scheduler.supervisor.tree import Difference
from tests.support.command_server import CommandServer, refusal
from tests.support.web_site import Site, words
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
        ("connected", "in step"), ("not connected", "behind"), ("asks regularly", "has faulty files"),
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
