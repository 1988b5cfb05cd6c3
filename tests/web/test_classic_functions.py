"""What the classic interface could do and where it is here: each function is seen on its page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from models.roles import Assignment
from scheduler.records import ObjectKind, SourceFile
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_file, a_job, a_member, an_order
from tests.support.web_site import Site, an_account, tree, words
from web import manual
from web.shown_addresses import address_for

CHAIN = "/s/demo/chains/sales/daily"
#: page, what leads on from it
LINKS = [
    ("/s/demo/", '//*[@id="strip"]//a[@href="/me#zone"]'),
    ("/s/demo/", '//footer//button[@id="freeze"]'),
    ("/s/demo/jobs/sales/load", '//nav[@class="tabs"]/a[@href="/s/demo/jobs/sales/load?tab=log"]'),
    ("/s/demo/jobs/sales/load", '//nav[@class="tabs"]/a[starts-with(@href, "/s/demo/dependencies?around=")]'),
    ("/s/demo/jobs/sales/load?tab=configuration", '//a[@href="/s/demo/config/-/job/sales/load"]'),
    (CHAIN, '//nav[@class="tabs"]/a[starts-with(@href, "/s/demo/dependencies?around=")]'),
    (f"{CHAIN}?node=second", '//*[@id="node-panel"]//a[@href="/s/demo/jobs/sales/load/-/stop"]'),
    (f"{CHAIN}?node=second", '//*[@id="node-panel"]//a[@href="/s/demo/config/-/job/sales/load"]'),
    ("/s/demo/orders/sales/daily/-/2026-11-20", '//dt[.="Job"]/following-sibling::dd[1]//a[contains(@href, "load")]'),
    ("/s/demo/jobs?show=tasks", '//tbody//a[@href="/s/demo/tasks/12"]'),
    ("/s/demo/chains?show=nodes", '//tbody//a[@href="/s/demo/jobs/sales/load"]'),
    ("/s/demo/chains?show=orders", '//tbody//a[@href="/s/demo/orders/sales/daily/-/late"]'),
    ("/s/demo/jobs", '//a[@href="/s/demo/jobs?show=tasks"]'),
    ("/s/demo/chains", '//a[@href="/s/demo/chains?show=orders"]'),
    ("/s/demo/resources", '//a[@href="/s/demo/config/-/new?kind=schedule"]'),
    ("/s/demo/menu/job?name=/sales/load", '//a[@href="/s/demo/tasks/12/-/log"][.="Log"]'),
    ("/s/demo/menu/order?name=/sales/daily,2026-11-20", '//a[contains(@href, "/runs/3/log")][.="Log"]'),
]


@pytest.mark.parametrize(("address", "found"), LINKS)
def test_a_function_is_found_on_its_page(site: Site, address: str, found: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 200
    assert tree(answer).xpath(found), words(answer)


def test_a_job_tells_its_locks_and_what_it_sets_of_mails(site: Site) -> None:
    job = a_job("/sales/load")
    source = (
        '<job><settings><mail_on_error>yes</mail_on_error><log_level value="debug3"/></settings>'
        '<lock.use lock="db"/><script language="shell">exit</script></job>'
    )
    with Rows(site.url) as rows:
        rows.put(replace(a_file(job), definition=replace(job.definition, source=source)))
    page = tree(site.get("/s/demo/jobs/sales/load"))
    facts = {name.text: name.getnext().text_content().replace("\u200b", "") for name in page.xpath("//dl/dt")}
    assert facts.items() >= {"Lock": "/sales/db", "Mail on error": "yes", "Log level": "debug3"}.items()


def test_a_chain_tells_how_often_it_looks_for_files(site: Site) -> None:
    chain, _ = a_chain("/sales/daily")
    source = '<job_chain><file_order_source directory="/in" regex="x$" repeat="7" delay_after_error="9"/></job_chain>'
    with Rows(site.url) as rows:
        rows.put(replace(a_file(chain), definition=replace(chain.definition, source=source)))
    said = words(site.get(CHAIN))
    assert "looked at every 7 s" in said
    assert "after an error every 9 s" in said


@pytest.mark.parametrize(("query", "count"), [("jobstate:running", 1), ("jobstate:disabled", 0), ("class:none", 0)])
def test_chains_are_found_by_the_state_and_the_class_of_their_jobs(site: Site, query: str, count: int) -> None:
    rows = tree(site.get("/s/demo/chains", query_string={"q": query})).xpath("//tbody/tr[@data-row]")
    assert len(rows) == count


def test_dependencies_are_shown_of_jobs_or_of_chains(site: Site) -> None:
    with Rows(site.url) as rows:
        for kind, path, source in (
            (ObjectKind.JOB, "/x/job", '<job><lock.use lock="/db"/></job>'),
            (ObjectKind.JOB_CHAIN, "/x/chain", '<job_chain process_class="/few"/>'),
        ):
            record = a_job(path) if kind is ObjectKind.JOB else a_chain(path)[0]
            file: SourceFile = a_file(record)
            rows.put(replace(file, definition=replace(record.definition, source=source)))
    for kind, there, not_there in (("jobs", "/db", "/few"), ("chains", "/few", "/db"), ("", "/few", "")):
        targets = tree(site.get(f"/s/demo/dependencies?folder=x&kind={kind}")).xpath('//td[@data-label="Uses"]')
        texts = " ".join(target.text_content() for target in targets)
        assert there in texts
        assert not not_there or not_there not in texts


def test_a_substitute_of_a_schedule_begins_with_its_first_lines(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: (
        '<state><schedules><schedule path="/nightly"/></schedules></state>' if command.tag == "show_state" else "<ok/>"
    )
    page = tree(site.get("/s/demo/resources/schedules/nightly"))
    [new] = page.xpath('//a[contains(., "Add substitute")]/@href')
    assert page.xpath('//a[@href="/s/demo/config/-/schedule/nightly/-/edit-schedule"]')
    form = tree(site.get(new))
    assert form.xpath('//input[@name="substitute"]/@value') == ["/nightly"]
    answer = site.get("/s/demo/config/-/new?kind=schedule&substitute=/nightly&path=/feast")
    [field] = tree(site.get(answer.location)).xpath('//textarea[@name="source"]')
    source = etree.fromstring(field.text.strip())
    assert (source.tag, source.get("substitute")) == ("schedule", "/nightly")
    assert {"valid_from", "valid_to"} < set(source.attrib)
    sent = site.post(answer.location, answer.location, source=field.text, reason="x")
    assert sent.status_code == 303
    assert engine_port.sent("modify_hot_folder")[0][0].get("name") == "feast"


def test_the_notice_of_a_pause_lets_one_continue(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port, state="paused"))
    assert tree(site.get("/s/demo/jobs")).xpath('//main//form[@action="/s/demo/-/continue"]')
    an_account(site.url, "viewer", Assignment("viewer"))
    site.enter("viewer")
    assert not tree(site.get("/s/demo/jobs")).xpath('//main//form[@action="/s/demo/-/continue"]')


def test_administrators_set_links_of_the_help_and_how_long_an_engine_waits(site: Site) -> None:
    links = "https://wiki.example/run Run book\njavascript:alert(1) no\nhttps://x.example\n//y no\nhttps:// no"
    assert site.post("/admin/settings", "/admin/settings", links=links, end_seconds="90").status_code == 303
    found = tree(site.get("/help")).xpath('//main//a[starts-with(@href, "http")]')
    assert [(link.get("href"), link.text, link.get("rel")) for link in found] == [
        ("https://wiki.example/run", "Run book", "noreferrer"),
        ("https://x.example", "https://x.example", "noreferrer"),
    ]
    for address in ("/s/demo/-/terminate", "/s/demo/cluster/demo.other/-/restart"):
        assert tree(site.get(address)).xpath('//input[@name="timeout"]/@value') == ["90"]
    site.post("/admin/settings", "/admin/settings", links="", end_seconds="soon")
    assert tree(site.get("/s/demo/-/terminate")).xpath('//input[@name="timeout"]/@value') == [""]


def test_a_reader_chooses_how_often_pages_ask(site: Site) -> None:
    site.post("/me", "/me", pace="10")
    assert tree(site.get("/s/demo/")).xpath("/html/@data-pace") == ["10"]
    site.post("/me", "/me", pace="1")
    assert tree(site.get("/s/demo/")).xpath("/html/@data-pace") == ["10"]


def test_a_reader_chooses_what_start_times_begin_with_and_how_long_lists_are(site: Site) -> None:
    def begins(address: str) -> list[str]:
        return [str(value) for value in tree(site.get(address)).xpath('//input[@name="at"]/@value')]

    start, add = "/s/demo/jobs/sales/load/-/start", f"{CHAIN}/-/add-order"
    assert (begins(start), begins(add)) == ([""], [""])
    site.post("/me", "/me", start_at="now", order_at="never", rows="100")
    assert (begins(start), begins(add)) == (["now"], ["never"])
    assert tree(site.get("/me")).xpath('//select[@name="rows"]/option[@selected]/text()') == ["100"]
    site.post("/me", "/me", start_at="tomorrow", order_at="x", rows="1000")
    assert (begins(start), begins(add)) == (["now"], ["never"])
    with Rows(site.url) as rows:
        for number in range(60):
            rows.put(a_file(a_job(f"/many/{number:02}")), a_job(f"/many/{number:02}"))
    many = "/s/demo/jobs?q=folder:/many"
    assert len(tree(site.get(many)).xpath("//tbody/tr[@data-row]")) == 60
    assert len(tree(site.get(f"{many}&size=50")).xpath("//tbody/tr[@data-row]")) == 50
    assert tree(site.get(many)).xpath('//span[contains(@class, "sizes")]/a[@aria-current]/text()') == ["100"]


def test_a_saved_view_is_the_first_page(site: Site) -> None:
    site.post("/me/views", name="Stopped", back="/s/demo/jobs?state=stopped", shared="yes")
    [address] = tree(site.get("/me/views")).xpath('//form[contains(@action, "/start")]/@action')
    assert site.post(address, "/me/views").status_code == 303
    assert site.get("/").location == "/s/demo/jobs?state=stopped"
    assert "first page" in words(site.get("/me/views"))
    assert site.post("/me/views/999/start", "/me/views").status_code == 404


def test_a_schedule_is_chosen_as_run_time(site: Site, engine_port: CommandServer) -> None:
    address = "/s/demo/jobs/sales/load/-/set-run-time"
    assert site.post(address, address, run_time="<run_time/>", schedule="/nightly", reason="x").status_code == 303
    [command] = engine_port.sent("modify_job")
    assert etree.tostring(command.find("run_time")) == b'<run_time schedule="/nightly"/>'


def test_the_form_to_set_a_run_time_opens_with_the_one_there_is(site: Site) -> None:
    own = '<run_time><period single_start="02:00"/></run_time>'
    including = '<run_time><holidays><include live_file="x"/></holidays></run_time>'
    of_files = {
        "own": (f"{own} ", own),
        "named": ('<run_time schedule="../nightly"/>', '<run_time schedule="/nightly"/>'),
        "far": ('<run_time schedule="../../nightly"/>', "<run_time/>"),
        "following": ('<run_time calendar="bank"/>', '<run_time calendar="/sales/bank"/>'),
        "including": (including, "<run_time/>"),
        "without": ("", "<run_time/>"),
    }
    with Rows(site.url) as rows:
        for name, (text, _) in of_files.items():
            job = a_job(f"/sales/{name}")
            definition = replace(job.definition, source=f"<job>{text}</job>")
            rows.put(job, replace(a_file(job), definition=definition))
        given = replace(a_job("/sales/given"), run_time_given=own)
        rows.put(given, an_order("timed", "/sales/daily", run_time_source=own))
        beside = '<run_time schedule="nightly"/>'
        rows.put(an_order("inside", "/sales/daily", run_time_source=beside, outer_chain="/night/all", outer_node="1"))

    def shown(object_: str) -> str:
        found = tree(site.get(f"/s/demo/{object_}")).xpath('string(//textarea[@name="run_time"])')
        return str(found).strip()

    for name, (_, expected) in of_files.items():
        assert shown(f"jobs/sales/{name}/-/set-run-time") == expected, name
    for address in ("orders/sales/daily/-/inside/-/set-run-time", "orders/night/all/-/inside/-/set-run-time"):
        assert shown(address) == '<run_time schedule="/night/nightly"/>', address
    for address in ("jobs/sales/given/-/set-run-time", "orders/sales/daily/-/timed/-/set-run-time"):
        assert shown(address) == own, address
        assert shown(f"{address}?run_time=<run_time/>") == "<run_time/>"


def test_the_strip_pauses_and_continues_and_leads_back_to_its_page(site: Site, engine_port: CommandServer) -> None:
    assert tree(site.get("/s/demo/jobs")).xpath('//*[@id="strip"]//a[@href="/s/demo/-/pause"]')
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port, state="paused"))
    [address] = tree(site.get("/s/demo/jobs")).xpath('//*[@id="strip"]/@hx-get')
    strip = tree(site.fragment(address, HX_Current_URL="http://localhost/s/demo/jobs?q=x"))
    [form] = strip.xpath('//form[@action="/s/demo/-/continue"]')
    assert form.xpath('.//input[@name="back"]/@value') == ["/s/demo/jobs?q=x"]


def test_an_administrator_says_where_browsers_reach_other_schedulers(site: Site) -> None:
    typed = "demo-host:4444 https://demo.example/\nno-port https://x.example\na:1 javascript:alert(1)\na:1"
    site.post("/admin/settings", "/admin/settings", addresses=typed)
    [kept] = tree(site.get("/admin/settings")).xpath('//textarea[@name="addresses"]/text()')
    assert kept.strip() == "demo-host:4444 https://demo.example/"
    with site.app.test_request_context("/"):
        assert address_for("Demo-Host:4444") == "https://demo.example/"
        assert address_for("other:4444") == ""


def test_the_books_are_pages(site: Site) -> None:
    books = tree(site.get("/help")).xpath('//main//a[starts-with(@href, "/help/manual/")]/@href')
    assert len(set(books)) == len(manual.CHAPTERS)
    for address in set(books):
        page = tree(site.get(address))
        assert page.xpath("//main//h1")[0].text
        assert not page.xpath("//main//pre[not(@tabindex)]")
        # what leads to other books leads to pages
        assert all(".md" not in way for way in page.xpath("//main//a/@href")), address
    assert site.get("/help/manual/none").status_code == 404


def test_what_belongs_to_agents_says_that_there_is_none_yet(site: Site) -> None:
    assert "None yet." in words(site.get("/agents"))
