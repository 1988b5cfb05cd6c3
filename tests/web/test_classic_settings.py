"The settings file of the classic interface: its filters become views, what a reader chose there is chosen here."

from __future__ import annotations

import io
import json

import pytest

from models.roles import Assignment
from tests.support.web_site import Site, an_account, tree, words
from web import classic_settings
from web.actions.levels import END_SECONDS, LINKS, MOST_LINKS
from web.classic_settings import ForAll
from web.shown_addresses import ADDRESSES
from web.view_file import NewView

FILE = """/* settings; _job_filter[ 'not this' ] = 'x'; */
// _order_filter['nor this'] = 'x';
_sos_lang            = 'de';
_update_periodically = true;
var _update_seconds  = 5;
_show_card           = "job_chains";
_checkbox_states.show_tasks_checkbox = true;
_max_orders          = 30;
_max_task_history    = 120;
_start_at_default_is_now = true;
_job_filter[ 'Loads' ]        = 'load_[0-9]+';
_job_chain_filter["Month's"]  = "end of\\\\.month";
_project_filter['Sales']      = 'sales';
_hide.start_order = false;
_confirm.stop_job = true;
_url_aliase['a:4444'] = 'https://a.example';
if (window) { _order_filter = readCookie(); }
"""


def test_a_file_is_understood_without_being_executed() -> None:
    taken = classic_settings.taken(classic_settings.given(FILE.encode()), "demo")
    assert list(taken.views) == [
        NewView("Loads", "/s/demo/jobs", "q=%2Fload_%5B0-9%5D%2B%2F"),
        NewView("Month's", "/s/demo/chains", "q=%22%2Fend+of%5C.month%2F%22"),
        NewView("Sales", "/s/demo/jobs", "q=%2Fsales%2F"),
        NewView("Sales", "/s/demo/chains", "q=%2Fsales%2F"),
        NewView("Sales", "/s/demo/orders", "q=%2Fsales%2F"),
    ]
    assert taken.chosen == {
        "language": "de", "start": "/s/demo/chains", "pace": "10", "rows": "200", "start_at": "now"
    }  # fmt: skip
    assert list(taken.faults) == ["_confirm, _url_aliase: an administrator sets this for everybody."]


@pytest.mark.parametrize("data", [b"", b"no settings", b"\xff\xfe", b"alert('x');", b"_a ==== ;"])
def test_what_sets_nothing_is_no_such_file(data: bytes) -> None:
    assert classic_settings.given(data) == []


@pytest.mark.parametrize("line", ["_job_filter['A'] = '';", "_job_filter[''] = 'x';", "_job_filter['A'] = 'a\"b';"])
def test_a_filter_that_cannot_be_used_is_told(line: str) -> None:
    taken = classic_settings.taken(classic_settings.given(line.encode()), "demo")
    assert (list(taken.views), len(taken.faults)) == ([], 1)


def send(site: Site, text: str, **fields: str) -> str:
    file = (io.BytesIO(text.encode()), "custom.js")
    answer = site.post("/me/views/import", "/me/views", file=file, scheduler="demo", **fields)
    return words(site.get("/me/views") if answer.status_code == 303 else answer)


def test_filters_find_what_they_found_and_choices_last(site: Site) -> None:
    said = send(site, FILE.replace("_sos_lang            = 'de';", "_job_filter['Bad'] = '(';"))
    assert "5 views taken over. 4 settings, too." in said
    assert "_confirm, _url_aliase: an administrator sets this for everybody." in said
    assert "Bad: “/(/” cannot be used." in said
    mine = json.loads(site.get("/me/views/export.json").data)["views"]
    [sales] = [view for view in mine if (view["name"], view["page"]) == ("Sales", "/s/demo/jobs")]
    found = tree(site.get(f"{sales['page']}?{sales['query']}")).xpath("//tbody/tr[@data-row]//th//a/@href")
    assert found
    assert all(address.startswith("/s/demo/jobs/sales/") for address in found)
    assert site.get("/").location == "/s/demo/chains"
    form = tree(site.get("/s/demo/jobs/sales/load/-/start"))
    assert form.xpath('//input[@name="at"]/@value') == ["now"]


def test_a_scheduler_that_one_may_not_see_is_not_chosen(site: Site) -> None:
    an_account(site.url, "vera", Assignment("viewer", "demo"))
    site.enter("vera")
    file = (io.BytesIO(b"_job_filter['A'] = 'x';"), "custom.js")
    assert site.post("/me/views/import", "/me/views", file=file, scheduler="elsewhere").status_code == 303
    assert [view["page"] for view in json.loads(site.get("/me/views/export.json").data)["views"]] == ["/s/demo/jobs"]


FOR_ALL = """_terminate_timeout = 60;
_extra_urls[ 'Who is on call' ] = 'https://calls.example/now?team=a';
_extra_urls['Again'] = 'https://wiki.example/';
_extra_urls['Bad'] = 'javascript:alert(1)';
_extra_urls['Worse'] = 'http://[';
_url_aliase[ 'worker.internal:4444' ] = 'https://worker.example/';
_url_aliase['http://Other.internal:5555/'] = "https://other.example/";
_url_aliase['file:4444'] = 'file:///etc/passwd';
_url_aliase['nobody'] = 'https://a.example/';
_hide.start_order = true;
"""


def test_what_is_for_everybody_goes_to_the_settings_and_is_shown_where_it_applies(site: Site) -> None:
    settings = "/admin/settings"
    site.post(settings, settings, links="https://wiki.example/ Wiki\nhttps://old.example/ Old", reasons="x")
    said = send(site, FOR_ALL, everybody="yes")
    assert "What applies to everybody was changed." in said
    for fault in (
        "_extra_urls['Bad']: “javascript:alert(1)”",
        "_extra_urls['Worse']: “http://[”",
        "_url_aliase['file:4444']: “file:///etc/passwd”",
        "_url_aliase['nobody']: “https://a.example/”",
    ):
        assert f"{fault} cannot be taken over." in said
    assert "_hide: an administrator sets this for everybody." in said
    assert tree(site.get("/s/demo/-/terminate")).xpath('//input[@name="timeout"]/@value') == ["60"]
    links = tree(site.get("/help")).xpath('//a[contains(@href, ".example")]')
    assert [(link.get("href"), link.text_content().strip()) for link in links] == [
        ("https://wiki.example/", "Wiki"),
        ("https://old.example/", "Old"),
        ("https://calls.example/now?team=a", "Who is on call"),
    ]
    page = tree(site.get("/schedulers"))
    elsewhere = page.xpath('//section[@aria-labelledby="h-elsewhere"]//a')
    assert [(link.text, link.get("href")) for link in elsewhere] == [
        ("worker.internal:4444", "https://worker.example/"), ("other.internal:5555", "https://other.example/")
    ]  # fmt: skip
    assert "javascript:" not in site.get("/help").text + site.get("/schedulers").text
    # the same file again changes nothing, and the audit log says what it was
    assert "What applies to everybody was changed." not in send(site, FOR_ALL, everybody="yes")
    assert "ui.end_seconds: - → 60" in words(site.get("/audit"))


def test_only_who_may_set_it_changes_what_is_for_everybody(site: Site) -> None:
    assert "_terminate_timeout, _extra_urls, _url_aliase, _hide: an administrator" in send(site, FOR_ALL)
    an_account(site.url, "vera", Assignment("operator"))
    site.enter("vera")
    assert 'name="everybody"' not in site.get("/me/views").text
    assert "_terminate_timeout, _extra_urls, _url_aliase, _hide: an administrator" in send(
        site, FOR_ALL, everybody="yes"
    )
    site.enter()
    assert "calls.example" not in site.get("/help").text


def test_what_stands_there_stays_and_what_has_no_place_is_told() -> None:
    known = {LINKS: "https://w/ops Two\nhttps://w/ops Words", END_SECONDS: "30"}
    assert classic_settings.with_more(known, ForAll("60", (), ())) == ({LINKS: known[LINKS], ADDRESSES: ""}, [])
    more = [f"https://w/{number} Link" for number in range(MOST_LINKS)]
    changed, left_out = classic_settings.with_more(known, ForAll("", ["https://w/ops New", *more], ()))
    assert changed[LINKS].splitlines() == [*known[LINKS].splitlines(), *more[:-2]]
    assert left_out == [f"_extra_urls: “{line}” cannot be taken over." for line in more[-2:]]


@pytest.mark.parametrize(("value", "seconds"), [("86400", "86400"), ("86401", ""), ("-1", ""), ("true", "")])
def test_seconds_that_no_form_takes_are_told(value: str, seconds: str) -> None:
    given = classic_settings.given(f"_terminate_timeout = {value};".encode())
    taken = classic_settings.taken(given, "demo", everybody=True)
    assert taken.for_all is not None
    assert (taken.for_all.seconds, len(taken.faults)) == (seconds, 0 if seconds else 1)
