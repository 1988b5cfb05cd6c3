"The pages about services, notices and reports, over a real database."

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from models.notices import RulesInForce
from models.roles import Assignment
from scheduler.monitor.delivery import DeliveryState
from scheduler.monitor.events import Event
from scheduler.monitor.notice import NoticeState
from tests.support.rows import SCHEDULER, ago
from tests.support.service_rows import Store, a_delivery, a_notice, an_instance
from tests.support.web_site import Site, an_account, words

HOME = f"/s/{SCHEDULER}"


@pytest.fixture
def store(site: Site) -> Store:
    found = Store(site.url)
    yield found  # type: ignore[misc]
    found.close()


def test_the_page_shows_services_and_their_processes_and_what_is_wished_for(site: Site, store: Store) -> None:
    assert "No process hosts the services" in words(site.get(f"{HOME}/services"))
    store.put(an_instance(active=True, active_since=ago(500)), an_instance("two"), an_instance("gone", beat_at=ago(99)))
    store.run("clean_up", "12 tasks")
    store.run("monitor", "WorkloadError: line 3", failed=True)
    text = words(site.get(f"{HOME}/services"))
    for expected in ("hosts the services", "stands by", "no sign of life", "12 tasks", "last run failed", "line 3"):
        assert expected in text
    assert "No process hosts" not in text
    site.post(f"{HOME}/services/clean_up/-/pause", form_page=f"{HOME}/services")
    site.post(f"{HOME}/services/monitor/-/run", form_page=f"{HOME}/services")
    site.post(f"{HOME}/services/-/switch", form_page=f"{HOME}/services", instance="two")
    assert store.state("clean_up").paused
    assert store.state("clean_up").changed_by == "admin"
    assert store.state("monitor").run_asked_at is not None
    assert store.instance("two").wanted_by == "admin"
    text = words(site.get(f"{HOME}/services"))
    assert "paused by admin" in text
    assert "takes over" in text
    site.post(f"{HOME}/services/clean_up/-/resume", form_page=f"{HOME}/services")
    assert not store.state("clean_up").paused
    assert "service.pause" in site.get("/audit/export.csv").text
    runs = words(site.get(f"{HOME}/services/monitor?state=failed"))
    assert "line 3" in runs
    for nothing in ("services/nothing", "services/monitor/-/nothing"):
        assert site.get(f"{HOME}/{nothing}").status_code in (404, 405)
    assert site.post(f"{HOME}/services/-/switch", form_page=f"{HOME}/services", instance="?").status_code == 404


def test_notices_are_listed_acknowledged_given_back_and_closed(site: Site, store: Store) -> None:
    assert "There are no rules yet" in words(site.get(f"{HOME}/notices"))
    store.put(
        RulesInForce("/srv/monitor.xml", "<monitor/>", ago(5), "STELLWERK-042  to='x' (line 7, column 2)"),
        a_notice(), a_notice(2, "/other", state=NoticeState.CLOSED, ended_at=ago(5)),
        a_notice(3, "demo", event=Event.HEARTBEAT_MISSED),
        a_delivery(state=DeliveryState.SENT, attempts=1), a_delivery(2, attempts=3, problem="refused by peer"),
    )  # fmt: skip
    text = words(site.get(f"{HOME}/notices"))
    assert "line 7, column 2" in text
    assert "/sales/load" in text
    assert "/other" not in text
    assert "/other" in words(site.get(f"{HOME}/notices?state=over"))
    none = words(site.get(f"{HOME}/notices?q=gives+no+such"))
    assert "/sales" not in none.replace("/sales/daily", "")
    assert "No notice matches gives no such. Clear the filter" in none
    page = f"{HOME}/notices/1"
    assert "refused by peer" in words(site.get(page))
    site.post(f"{page}/-/acknowledge", form_page=page, comment="I look")
    assert store.notice().state is NoticeState.ACKNOWLEDGED
    assert (store.notice().changed_by, store.notice().comment) == ("admin", "I look")
    again = site.post(f"{page}/-/acknowledge", form_page=page)
    assert again.status_code == 303
    site.post(f"{page}/-/reopen", form_page=page)
    assert store.notice().state is NoticeState.OPEN
    site.post(f"{page}/-/close", form_page=page)
    assert store.notice().state is NoticeState.CLOSED
    assert "What you can do" not in words(site.get(page))
    assert site.get(f"{HOME}/notices/99").status_code == 404


def test_who_sees_one_folder_sees_its_notices_and_figures_only(site: Site, store: Store) -> None:
    store.put(a_notice(), a_notice(2, "/Housekeeping/check_disk"))
    store.ran("2026-10-01", "job", "/sales/load", 5)
    store.ran("2026-10-01", "job", "/housekeeping/check_disk", 7)
    an_account(site.url, "sara", Assignment("operator", SCHEDULER, "/sales"))
    site.enter("sara")
    assert site.get(f"{HOME}/notices/1").status_code == 200
    assert site.get(f"{HOME}/notices/2").status_code == 404
    assert "check_disk" not in site.get(f"{HOME}/notices").text
    assert "check_disk" not in site.get(f"{HOME}/reports/runs.csv?from=2026-10-01&to=2026-10-01").text
    assert site.post(f"{HOME}/notices/1/-/close", form_page=f"{HOME}/notices/1").status_code == 303
    assert site.get(f"{HOME}/services").status_code == 403
    assert site.post(f"{HOME}/services/monitor/-/run", form_page=f"{HOME}/notices/1").status_code == 403


def test_reports_add_up_days_and_months_and_are_there_as_csv(site: Site, store: Store) -> None:
    today = date.today().isoformat()  # noqa: DTZ011
    for number in range(3):
        store.ran(today, "job", "/sales/load", 10 + number, failed=number == 0)
    store.ran(today, "order", "/sales/daily,=1", 100)
    store.ran("2020-02-03", "job", "/Sales/Load", 1000, failed=True)
    store.planned(today, "job", "/sales/load", planned=4, on_time=2, late=1, missed=1)
    store.planned(today, "job", "/sales/load", planned=5, on_time=3, late=1, missed=1)
    text = words(site.get(f"{HOME}/reports"))
    assert "4runs" in text.replace(" ", "")
    assert "60 %" in text
    assert site.get(f"{HOME}/reports").text.count('class="part-good"') == 2
    years = site.get(f"{HOME}/reports?span=years")
    assert "2020-02" in years.text
    assert '<rect class="part-failed"' in years.text
    rows = list(csv.DictReader(io.StringIO(site.get(f"{HOME}/reports/longest.csv?span=years").text)))
    assert [(row["kind"], row["object"], row["longest"]) for row in rows] == [
        ("job", "/sales/load", "1000.000"), ("order", "/sales/daily,=1", "100.000"),
    ]  # fmt: skip
    assert rows[0]["runs"] == "4"
    over_time = list(csv.DictReader(io.StringIO(site.get(f"{HOME}/reports/time.csv").text)))
    assert [(row["period"], row["runs"], row["failed"], row["plan_fulfilment"]) for row in over_time] == [
        (today, "4", "1", "0.6000")
    ]
    assert "/sales/load" not in site.get(f"{HOME}/reports/failed.csv?kind=order&span=years").text
    assert site.get(f"{HOME}/reports/nothing.csv").status_code == 404
    assert site.get(f"{HOME}/reports?from=x&to=2026-99-01&span=y&kind=z").status_code == 200
