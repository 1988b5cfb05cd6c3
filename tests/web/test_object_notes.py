"Notes stand at the top of the object's page; who may writes and removes them, and the audit knows."

from __future__ import annotations

import re

import pytest

from models import audit, connect
from models.roles import Assignment
from tests.support.api_program import DEMO, Program, problem
from tests.support.web_site import Site, an_account, tree, words
from web.object_notes import LONGEST, MOST

#: page of an object -> its notes
PAGES = {
    "/s/demo/jobs/sales/load": "/s/demo/notes/job/sales/load",
    "/s/demo/chains/sales/daily": "/s/demo/notes/job_chain/sales/daily",
    "/s/demo/orders/sales/daily/-/late": "/s/demo/notes/order/sales/daily/-/late",
}
JOB, NOTES = next(iter(PAGES.items()))


def write(site: Site, text: str, notes: str = NOTES, **fields: str) -> int:
    return site.post(notes, form_page=notes, text=text, **fields).status_code


def entries(site: Site) -> list[audit.Entry]:
    engine = connect.create(site.url, "reader")
    with connect.reading(engine) as connection:
        found = audit.entries(connection, "demo", only=audit.Filter(action="note."))
    engine.dispose()
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_note_is_written_read_and_removed(site_on_each: Site, page: str) -> None:
    site, notes = site_on_each, PAGES[page]
    assert notes in [link.get("href") for link in tree(site.get(page)).xpath("//main//a[.='Add a note']")]
    answer = site.post(notes, form_page=notes, text=" First line\r\n<b>second</b> ", back=page)
    assert (answer.status_code, answer.location) == (303, page)
    [note] = tree(site.get(page)).xpath("//*[@class='object-note']")
    assert note.xpath("string(.//p[1])") == "First line\n<b>second</b>"
    assert re.match(r"admin, \d", " ".join(note.xpath("string(.//p[2])").split()))
    assert note.xpath(".//time/@datetime")
    [number] = note.xpath(".//button/@value")
    assert site.post(notes, form_page=notes, remove=number, back=page).location == page
    assert tree(site.get(page)).xpath("//*[@class='object-note']") == []
    assert site.post(notes, form_page=notes, remove=number).status_code == 303
    assert "gone already" in words(site.get(page))
    assert [(each.action, each.account, each.result_code, each.reason) for each in entries(site)] == [
        ("note.remove", "admin", "", "First line\n<b>second</b>"),
        ("note.write", "admin", "", "First line\n<b>second</b>"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "A note needs words."), (" \r\n ", "A note needs words."), ("x" * (LONGEST + 1), f"at most {LONGEST}")],
)
def test_a_note_has_words_and_not_too_many(site: Site, text: str, fault: str) -> None:
    answer = site.post(NOTES, form_page=NOTES, text=text)
    assert answer.status_code == 422
    assert fault in words(answer)
    assert (site.get(NOTES).text.count('class="object-note"'), entries(site)) == (0, [])


def test_the_page_shows_the_newest_three_and_an_object_has_only_so_many(site: Site) -> None:
    token = site.token(NOTES)
    for number in range(MOST):
        assert site.post(NOTES, text=f"number {number}.", csrf_token=token).status_code == 303
    assert site.post(NOTES, text="one more", csrf_token=token).status_code == 422
    shown = words(site.get(JOB))
    assert re.findall(r"number (\d+)\.", shown) == [str(MOST - 1), str(MOST - 2), str(MOST - 3)]
    assert f"All {MOST} notes" in shown
    assert words(site.get(NOTES)).count("number ") == MOST


def test_a_note_hides_no_reason_of_a_deed(site: Site) -> None:
    stop = f"{JOB}/-/stop"
    assert site.post(stop, form_page=stop, reason="New disks").status_code == 303
    assert write(site, "They come on Monday") == 303
    page = words(site.get(JOB))
    assert "Stopped by admin" in page
    assert ": New disks" in page
    assert "They come on Monday" in page


def test_a_form_without_its_token_and_a_way_to_elsewhere_are_refused(site: Site) -> None:
    assert site.client.post(NOTES, data={"text": "x"}).status_code == 400
    answer = site.post(NOTES, form_page=NOTES, text="x", back="//elsewhere")
    assert answer.location == JOB


@pytest.mark.parametrize("notes", ["nothing/sales/load", "monitor/sales/load", "job/no/such", "order/sales/daily/-/no"])
def test_there_are_no_notes_on_what_is_not_there(site: Site, notes: str) -> None:
    assert site.get(f"/s/demo/notes/{notes}").status_code == 404
    token = site.token(NOTES)
    assert site.post(f"/s/demo/notes/{notes}", text="x", csrf_token=token).status_code == 404


def test_as_a_dialog_the_form_comes_alone(site: Site) -> None:
    assert write(site, "Known") == 303
    form = site.fragment(NOTES)
    assert "<html" not in form.text
    assert "Known" not in form.text
    assert tree(form).xpath("//textarea[@name='text']")


def test_whoever_only_looks_reads_notes_and_whoever_sees_nothing_does_not(site: Site) -> None:
    assert write(site, "Ask the shop first") == 303
    an_account(site.url, "eye", Assignment("viewer", "demo", "/"))
    an_account(site.url, "house", Assignment("operator", "demo", "/housekeeping/"))
    site.enter("eye")
    page = site.get(JOB)
    assert "Ask the shop first" in words(page)
    assert tree(page).xpath("//main//a[.='Add a note'] | //main//button[@name='remove']") == []
    assert "Add note" not in words(site.get(NOTES))
    for fields in ({"text": "x"}, {"remove": "1"}):
        assert site.post(NOTES, **fields).status_code == 403
    site.enter("house")
    assert site.get(NOTES).status_code == 403
    assert site.post(NOTES, text="x").status_code == 403
    disk = "/s/demo/notes/job/housekeeping/check_disk"
    assert write(site, "Full on Sundays", disk) == 303
    assert len(entries(site)) == 2


@pytest.mark.parametrize("place", ["job/sales/load", "order/sales/daily/-/late"])
def test_programs_read_write_and_remove_notes(site: Site, place: str) -> None:
    program, address = Program(site), f"{DEMO}/notes/{place}"
    assert program.get(address).json == []
    made = program.post(address, {"text": "Made by a program"})
    assert made.status_code == 200, made.text
    assert program.get(address).json == [made.json]
    assert made.json is not None
    assert (made.json["account"], made.json["text"]) == ("admin", "Made by a program")
    for body in ({}, {"text": 1}, {"text": " "}, {"text": "x", "more": 1}):
        assert problem(program.post(address, body)) == (422, "faults")
    number = made.json["id"]
    assert problem(program.call("DELETE", f"{address}/-/{number + 1}")) == (404, "not_found")
    assert program.call("DELETE", f"{address}/-/{number}").status_code == 204
    assert program.get(address).json == []
    assert problem(program.get(f"{DEMO}/notes/job/no/such")) == (404, "not_found")


def test_a_program_that_may_only_look_writes_nothing(site: Site) -> None:
    program = Program(site, permissions=["jobs.view"])
    address = f"{DEMO}/notes/job/sales/load"
    assert program.get(address).json == []
    assert problem(program.post(address, {"text": "x"})) == (403, "forbidden")
    assert problem(program.get(f"{DEMO}/notes/order/sales/daily/-/late")) == (403, "forbidden")
