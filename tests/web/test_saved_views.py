"""Saved views: taken elsewhere as a document, and told when their list is not empty."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import audit, connect, watched_views
from models.roles import Assignment
from tests.support.web_site import Site, an_account, tree, words
from web.view_file import NewView, understood, written

STOPPED = {"name": "Stopped", "page": "/s/demo/jobs", "query": "state=stopped", "shared": False}


def document(*entries: object) -> bytes:
    return json.dumps({"views": entries}).encode()


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("x", "Entry 1: an object with name and page was expected."),
        ({"name": "A", "page": "/s/demo/jobs", "colour": 1}, "Entry 1 (A): “colour” is not known"),
        ({"name": "A", "page": "/s/demo/jobs", "shared": "yes"}, "Entry 1 (A): “shared” has to be true or false."),
        ({"name": 1, "page": "/s/demo/jobs"}, "Entry 1: “name” has to be a text."),
        ({"page": "/s/demo/jobs"}, "Entry 1: a name of 1 to 80 characters is missing."),
        ({"name": "A", "page": "/s/demo/log"}, "Entry 1 (A): “page” has to be the address of a list"),
        ({"name": "A", "page": "https://elsewhere/s/demo/jobs"}, "Entry 1 (A): “page” has to be"),
        ({"name": "A", "page": "/s/demo/jobs", "query": "", "filter": ""}, "exclude each other"),
        ({"name": "A", "page": "/s/demo/jobs", "query": "q" * 2001}, "longer than 2000 characters"),
    ],
)
def test_each_entry_that_is_no_view_is_told(entry: object, fault: str) -> None:
    found, faults = understood(document(entry))
    assert found == []
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"views": 1}', b'{"views": [' + b"1," * 600 + b"1]}"])
def test_what_is_no_document_is_told_in_one_sentence(data: bytes) -> None:
    found, faults = understood(data)
    assert (found, len(faults)) == ([], 1)


def test_a_filter_becomes_a_query_and_what_belongs_to_a_moment_is_left_out() -> None:
    found, faults = understood(document(
        {"name": " Loads ", "page": "/s/demo/jobs", "filter": "/load_.*/"},
        {"name": "B", "page": "/s/demo/orders", "query": "?state=setback&page=3&before=9&wall=1", "shared": True},
    ))  # fmt: skip
    assert faults == []
    assert found == [
        NewView("Loads", "/s/demo/jobs", "q=%2Fload_.%2A%2F"), NewView("B", "/s/demo/orders", "state=setback", True)
    ]  # fmt: skip


views = st.builds(
    NewView,
    st.text(min_size=1, max_size=80).filter(lambda name: name.strip() == name and bool(name)),
    st.sampled_from(["/s/demo/jobs", "/s/x/", "/s/a b/folders/chains"]),
    st.sampled_from(["", "q=a%20b&state=stopped", "kind=tasks&q=since:2h"]),
    st.booleans(),
)


@given(st.lists(views, max_size=5))
def test_what_is_written_is_understood_again(made: list[NewView]) -> None:
    assert understood(written(made).encode()) == (made, [])


def send(site: Site, data: bytes) -> str:
    answer = site.post("/me/views/import", "/me/views", file=(io.BytesIO(data), "views.json"))
    return words(site.get("/me/views") if answer.status_code == 303 else answer)


def test_views_go_from_one_account_to_another(site: Site) -> None:
    site.post("/me/views", name="Stopped", back="/s/demo/jobs?state=stopped&page=3", shared="yes")
    answer = site.get("/me/views/export.json")
    assert json.loads(answer.data) == {"views": [STOPPED | {"shared": True}]}
    an_account(site.url, "vera", Assignment("viewer"))
    site.enter("vera")
    assert "1 view taken over." in send(site, answer.data)
    mine = json.loads(site.get("/me/views/export.json").data)
    assert mine == {"views": [STOPPED]}, "sharing needs a permission that a viewer has not"


def test_the_density_of_a_view_holds_while_it_is_open(site: Site) -> None:
    compact = '//html[@data-density="compact"]'
    site.post("/me/views", name="Dense", back="/s/demo/jobs?density=normal&state=stopped", density="compact")
    site.post("/me/views", name="Mine", back="/s/demo/jobs?density=compact&state=stopped", density="")
    site.post("/me/views", name="Kept", back="/s/demo/jobs?state=error&density=compact", density="tiny")
    kept = {each["name"]: each["query"] for each in json.loads(site.get("/me/views/export.json").data)["views"]}
    assert kept == {
        "Dense": "state=stopped&density=compact", "Mine": "state=stopped", "Kept": "state=error&density=compact"
    }  # fmt: skip
    [dense] = tree(site.get("/me/views")).xpath('//a[.="Dense"]/@href')
    assert not tree(site.get("/s/demo/jobs")).xpath(compact)
    page = tree(site.get(dense))
    assert page.xpath(compact)
    assert page.xpath('//select[@name="density"]/option[@selected]/@value') == ["compact"]
    assert page.xpath('//form[@role="search"]//input[@name="density"]/@value') == ["compact"], "a search keeps it"
    wall = tree(site.get("/me/views")).xpath('//tr[.//a="Dense"]//a[starts-with(@href, "/wall/")]/@href')[0]
    assert "density=compact" in site.get(wall).location
    site.post("/me", density="compact")
    assert tree(site.get("/s/demo/jobs?density=tiny")).xpath(compact), "the choice of the reader, where it is none"
    assert not tree(site.get("/s/demo/jobs?density=normal")).xpath(compact)
    # and when one searches in it
    for place in ("plan", "plan?view=month", "plan?view=compare", "cluster?q=x", "history", "jobs", "orders", "chains"):
        page = tree(site.get(f"/s/demo/{place}{'&' if '?' in place else '?'}density=compact"))
        forms = page.xpath('//main//form[@method="get"][@role="search"]')
        assert forms, place
        kept = [form.xpath('.//input[@type="hidden"][@name="density"]/@value') for form in forms]
        assert kept == [["compact"]] * len(forms), place


def test_good_entries_are_taken_over_and_the_others_are_told(site: Site) -> None:
    text = send(site, document(
        STOPPED, {"name": "Bad", "page": "/s/demo/jobs", "filter": "colour:blue"},
        {"name": "Nobody", "page": "/s/demo/jobs", "x": 1},
    ))  # fmt: skip
    assert "1 view taken over." in text
    assert "Bad: “colour:” is not known here." in text
    assert "Entry 3 (Nobody): “x” is not known" in text
    assert "Stopped" in words(site.get("/me/views"))


def test_saving_again_under_the_same_name_keeps_who_is_told(site: Site) -> None:
    number = saved(site)
    site.post(f"/me/views/{number}/watch", "/me/views", told_to="a@b.example")
    site.post("/me/views", name="Stopped", back="/s/demo/jobs?q=held:yes")
    assert "a@b.example" in words(site.get("/me/views"))


def saved(site: Site, back: str = "/s/demo/jobs?state=stopped") -> str:
    site.post("/me/views", name="Stopped", back=back)
    return str(tree(site.get("/me/views")).xpath("//tr[@data-row]/@id")[0]).removeprefix("view-")


def test_a_list_is_watched_and_left_again_and_both_stand_in_the_audit(site: Site) -> None:
    number = saved(site)
    site.post(f"/me/views/{number}/watch", "/me/views", told_to=" a@b.example, c@d.example ,")
    page = site.get("/me/views")
    assert "a@b.example, c@d.example" in words(page)
    site.post(f"/me/views/{number}/watch", "/me/views", off="yes")
    assert "Nobody is told any more." in words(site.get("/me/views"))
    engine = connect.create(site.url, "reader")
    with connect.reading(engine) as connection:
        actions = [entry.action for entry in audit.entries(connection, limit=2)]
    engine.dispose()
    assert actions == ["view.unwatch", "view.watch"]


@pytest.mark.parametrize(
    ("back", "told_to", "fault"),
    [
        ("/s/demo/jobs?state=stopped", "nobody", "“nobody” is no mail address."),
        ("/s/demo/jobs?state=stopped", ",".join(f"a{n}@b.c" for n in range(6)), "At most 5 mail addresses"),
        ("/s/demo/plan", "", "Only lists of jobs, orders, chains and history can be watched."),
        ("/s/demo/history?kind=tasks&q=result:failed", "", "add since:1h or the like."),
        ("/s/demo/jobs?q=colour:blue", "", "“colour:” is not known here."),
    ],
)
def test_what_cannot_be_watched_says_why(site: Site, back: str, told_to: str, fault: str) -> None:
    answer = site.post(f"/me/views/{saved(site, back)}/watch", "/me/views", told_to=told_to)
    assert answer.status_code == 422
    assert fault in words(answer)


def test_nobody_watches_what_is_another_ones_or_without_permission(site: Site) -> None:
    number = saved(site)
    an_account(site.url, "vera", Assignment("viewer"))
    an_account(site.url, "kim", Assignment("configurator"))
    site.enter("vera")
    assert site.post(f"/me/views/{number}/watch", "/me/views").status_code == 404
    assert site.post("/me/views/999/watch", "/me/views").status_code == 404


def test_a_number_that_no_view_has_is_told_so_however_large(site: Site) -> None:
    for number in (999, 10**25):
        assert site.get(f"/wall/{number}").status_code == 404
        for deed in ("start", "watch"):
            assert site.post(f"/me/views/{number}/{deed}", "/me/views").status_code == 404
    assert site.post(f"/me/views/{10**25}/remove", "/me/views").status_code == 404


def test_a_view_of_a_scheduler_that_one_may_not_see_is_not_named(site: Site) -> None:
    site.post("/me/views", name="Shared by all", back="/s/demo/jobs?state=stopped", shared="yes")
    for name, scheduler_id, shown in (("vera", "demo", True), ("kim", "other", False)):
        an_account(site.url, name, Assignment("viewer", scheduler_id))
        site.enter(name)
        assert ("Shared by all" in words(site.get("/me/views"))) is shown
    site.enter("admin")
    assert "Shared by all" in words(site.get("/me/views"))


def test_what_a_view_asks_for() -> None:
    asked = watched_views.asked("/s/demo/orders", "q=late:yes&chain=%2Fa&state=waiting")
    assert asked is not None
    assert (asked.scheduler_id, asked.text, asked.state, asked.chain) == ("demo", "late:yes", "waiting", "/a")
    assert watched_views.asked("/s/demo/", "") is None
