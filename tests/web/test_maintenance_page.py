"What is kept, what a backup has to hold, what goes to whoever helps, and whose work this program is made of."

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from importlib import metadata
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import make_url

from models import audit, connect, notices, services
from models.notices import RulesInForce
from models.roles import Assignment
from models.services import Instance
from scheduler.definitions import OrderDefinition
from scheduler.errors import Problem
from scheduler.params import Params
from scheduler.retention import DAYS, Retention, Window
from tests.support.rows import Rows, a_file, a_job, a_member, ago, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.auth.identity import Provider
from web.pages.maintenance import KINDS

HOUR = 3600


def host(site: Site, retention: Retention | None) -> None:
    now = datetime.now(UTC)
    told = retention.told() if retention is not None else None
    instance = Instance("box:7", "box", 7, "0.1.0", now, 1, now, active=True, active_since=now, retention=told)
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        services.put_instance(connection, "demo", instance)
    engine.dispose()


def test_what_is_kept_is_what_the_services_have_told(site_on_each: Site) -> None:
    site = site_on_each
    assert "told it" in words(site.get("/admin/maintenance"))
    window = Window(22 * HOUR, 5 * HOUR + 1800, ZoneInfo("Europe/Berlin"))
    host(site, Retention({**DAYS, "tasks": 14, "logs": 0}, window))
    page = site.get("/admin/maintenance")
    rows = [" ".join(row.text_content().split()) for row in tree(page).xpath("//tbody/tr")]
    assert rows[0].startswith("stored logs of tasks")
    assert "ever" in rows[0]
    assert "14 days" in rows[1]
    assert "It is deleted 22:00-05:30 Europe/Berlin." in words(page)
    assert "told it" not in words(page)
    host(site, Retention())
    assert "only when somebody wants it" in words(site.get("/admin/maintenance"))
    url = make_url(site.url)
    copied = "VACUUM INTO" if url.get_backend_name() == "sqlite" else "pg_dump --format=custom --file=stellwerk-backup"
    assert copied in words(site.get("/admin/maintenance"))
    assert "/srv/config/live" in words(site.get("/admin/maintenance"))


def test_every_kind_that_is_deleted_has_words() -> None:
    assert list(KINDS) == list(DAYS)


SECRET = "swordfish"


def test_what_goes_to_whoever_helps_holds_no_secret(sqlite_url: str) -> None:
    order = OrderDefinition("/sales/daily", "7", params=Params({"word": SECRET}))
    with Rows(sqlite_url) as rows:
        rows.put(a_job("/pay", params={"word": SECRET}), an_order("8", "/pay", params={"word": SECRET}))
        rows.put(a_file(order), a_file(a_job("/broken"), Problem("SCHEDULER-1", f"near {SECRET}")))
        rows.beat(a_member())
    an_account(sqlite_url)
    provider = Provider("corp", "https://id.example.org", "client", SECRET)
    site = Site(sqlite_url, providers=(provider,), public_url="http://jobs.example.org")
    site.enter()
    engine = connect.create(sqlite_url, "web")
    with connect.writing(engine) as connection:
        rule = f'<monitor><rule name="{SECRET}"/></monitor>'
        notices.put_rules(connection, "demo", RulesInForce("monitor.xml", rule, ago(9), ""))
        number = services.begin_run(connection, "demo", "proxy", "one", "time", ago(3))
        services.put_state(connection, "demo", "proxy", paused=False)
        services.end_run(connection, "demo", "proxy", number, f"OSError: {SECRET}", True, ago(1))
    answer = site.post("/admin/maintenance/support.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        told = {name: json.loads(file.read(name)) for name in file.namelist()}
    assert set(told) == {"about.json", "settings.json", "schedulers/demo.json"}
    everything = json.dumps(told)
    with connect.reading(engine) as connection:
        hashed = connection.exec_driver_sql("SELECT password_hash FROM accounts").scalar_one()
        [entry] = audit.entries(connection, limit=1)
    engine.dispose()
    site.close()
    for secret in (SECRET, hashed, site.app.secret_key):
        assert str(secret) not in everything
    assert told["about.json"]["packages"]["Flask"] == metadata.version("Flask")
    assert told["settings.json"]["providers"] == {"corp": "https://id.example.org"}
    demo = told["schedulers/demo.json"]
    assert demo["services"]["proxy"]["failures"][0]["error"] == "OSError"
    assert {"kind": "job", "path": "/broken", "code": "SCHEDULER-1"} in demo["faulty_files"]
    assert entry.action == "support.bundle"


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_maintenance_is_for_administrators_and_licences_are_for_everybody(site: Site, role: str) -> None:
    an_account(site.url, "other", Assignment(role))
    site.enter("other")
    assert site.get("/admin/maintenance").status_code == 403
    assert site.post("/admin/maintenance/support.zip").status_code == 403
    assert "Maintenance" not in words(site.get("/help/about"))
    [link] = tree(site.get("/help/about")).xpath('//a[contains(@href, "third-party")]/@href')
    answer = site.get(link)
    assert answer.mimetype == "text/plain"
    for said in ("Twisted ", "SQLAlchemy ", "htmx.org 4", "Permission to use, copy, modify", "MarkupSafe "):
        assert said in answer.text
    assert "pytest " not in answer.text, "what tests need is no part of it"
