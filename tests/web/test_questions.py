"How many questions a page has for the database: as many for one row as for fifty."

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from models import connect
from tests.support.rows import Rows, a_file, a_job, a_task
from tests.support.web_site import Site, tree

PAGES = (
    "/s/demo/", "/s/demo/jobs", "/s/demo/orders", "/s/demo/chains", "/s/demo/history", "/s/demo/folders/orders?open=*",
)  # fmt: skip
#: each is a round trip
MOST = 27


@pytest.fixture
def asked(site_on_each: Site) -> Iterator[list[str]]:
    engine, found = site_on_each.app.extensions["stellwerk_engine"], list[str]()

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def questions(site: Site, asked: list[str], page: str) -> list[str]:
    "Of the second look: the first one keeps some answers."
    assert site.get(page).status_code == 200
    asked.clear()
    assert site.get(page).status_code == 200
    return list(asked)


def test_the_number_of_questions_does_not_grow_with_the_rows(site_on_each: Site, asked: list[str]) -> None:
    site = site_on_each
    before = {page: questions(site, asked, page) for page in PAGES}
    with Rows(site.url) as rows:
        jobs = [a_job(f"/many/job{number:02}") for number in range(60)]
        rows.put(jobs, [a_file(job) for job in jobs])
        rows.put([a_task(1000 + number, job.path) for number, job in enumerate(jobs)])
    for page in PAGES:
        now = questions(site, asked, page)
        assert len(now) <= MOST, now
        assert len(now) <= len(before[page]) + 1, "a full page is counted, and no more"


def test_how_an_order_stands_is_asked_for_once_for_all_that_can_be_done_with_it(
    site_on_each: Site, asked: list[str]
) -> None:
    for address in ("/s/demo/menu/order?name=/sales/daily,late", "/s/demo/orders/sales/daily/-/late"):
        [(statement, times)] = Counter(questions(site_on_each, asked, address)).most_common(1)
        assert times <= 4, (address, statement)


def test_durations_are_drawn_for_every_job_of_a_page(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        jobs = [a_job(f"/many/job{number:02}") for number in range(30)]
        rows.put(jobs)
        rows.put([a_task(1000 + number, jobs[number % 30].path) for number in range(90)])
    page = tree(site_on_each.get("/s/demo/jobs?q=folder:/many"))
    told = page.xpath('//*[contains(@class, "sparkline")]/@aria-label')
    assert len(told) == 30
    assert all(text.startswith("3 runs, ") for text in told)


def test_each_look_of_a_page_sees_what_others_commit(database_url: str) -> None:
    engine = connect.create(database_url, "web")
    with connect.glancing(engine) as connection:
        connection.exec_driver_sql("SELECT 1")
        if engine.dialect.name == "postgresql":
            status = connection.connection.driver_connection.info.transaction_status
            assert status.name == "IDLE", "no transaction is left open between two questions"
    with connect.writing(engine) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
        if engine.dialect.name == "postgresql":
            assert connection.connection.driver_connection.info.transaction_status.name == "INTRANS"
    engine.dispose()
