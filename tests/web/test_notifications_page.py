"Who is told of what, what a message says, and trials that the services send."

from __future__ import annotations

import pytest

from models import audit, connect, notices
from models.notices import RulesInForce
from models.roles import Assignment
from tests.support.rows import ago
from tests.support.web_site import Site, an_account, tree, words

RULES = """<monitor smtp="mail:25"><message on="job_failed" subject="{object} broke">{sentence}</message>
<rule name="night" on="job_failed order_late" object="/night/*" but="/night/x" severity="critical">
<tell><mail to="a@example.org"/></tell>
<tell after="60" every="600"><webhook url="${HOOK}"><header name="Authorization" value="${KEY}"/></webhook></tell>
</rule></monitor>"""


def put_rules(site: Site, source: str, problem: str = "") -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        notices.put_rules(connection, "demo", RulesInForce("/srv/monitor.xml", source, ago(9), problem))
    engine.dispose()


def test_rules_are_shown_previewed_and_tried(site: Site) -> None:
    assert "nobody is told of anything" in words(site.get("/admin/notifications"))
    put_rules(site, RULES, "monitor.xml:7: <rul>")
    page = site.get("/admin/notifications")
    for said in ("a@example.org at once", "${HOOK} after 1 min 00 s, then every 10 min 00 s", "not /night/x"):
        assert said in words(page)
    assert "monitor.xml:7: <rul>" in words(page)
    assert "No process hosts the services" in words(page)

    own = words(site.get("/admin/notifications?scheduler=demo&event=job_failed"))
    assert "/example broke/example has failed." in own
    usual = words(site.get("/admin/notifications?scheduler=demo&event=order_late"))
    assert "[demo] critical: /example,1 did not start in time/example,1 did not start in time." in usual
    assert "Severity: critical" in usual

    forms = tree(page).xpath('//form[contains(@action, "/trial")]')
    assert len(forms) == 2
    for form in forms:
        answer = site.post(form.get("action"), **dict(form.form_values()))
        assert answer.status_code == 303
    part = site.fragment("/admin/notifications?part=trials")
    assert "is being sent" in words(part)
    assert "No process" not in words(part), "the part alone"
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        hook, mail = notices.trials_of(connection, "demo")
        entries = [(each.action, each.object) for each in audit.entries(connection, "demo", limit=2)]
    engine.dispose()
    assert hook.detail["url"] == "${HOOK}", "no variable is put in before it is sent"
    assert hook.detail["facts"]["object"] == "/example"
    assert (mail.subject, mail.detail["smtp"], mail.detail["sender"]) == ("Trial: /example broke", "mail:25", "")
    assert mail.body.startswith("This is a trial")
    assert entries == [("notification.try", "night, ${HOOK}"), ("notification.try", "night, a@example.org")]


def test_what_is_no_rule_is_not_tried(site: Site) -> None:
    put_rules(site, RULES)
    for address, fields in (
        ("/admin/notifications/demo/trial", {"rule": "night", "place": "7.0"}),
        ("/admin/notifications/demo/trial", {"rule": "day", "place": "0.0"}),
        ("/admin/notifications/other/trial", {"rule": "night", "place": "0.0"}),
    ):
        assert site.post(address, **fields).status_code == 404
    put_rules(site, "<monitor><rule")
    assert "No rule" in words(site.get("/admin/notifications?scheduler=demo&event=job_failed"))


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_only_who_manages_settings_sees_them(site: Site, role: str) -> None:
    an_account(site.url, "other", Assignment(role))
    site.enter("other")
    assert site.get("/admin/notifications").status_code == 403
    assert site.post("/admin/notifications/demo/trial", rule="night", place="0.0").status_code == 403
