"Managing accounts and roles on the pages; one's own password, sessions, tokens and appearance."

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import web
from models import audit
from models.roles import Assignment
from tests.support.web_site import PASSWORD, Site, an_account, tree, words
from web import database
from web.audit_words import word_of
from web.auth import passwords
from web.pages.audit import FORMATS

NEW = "four words that fit"


def secret(answer: object) -> str:
    [found] = tree(answer).xpath('//*[@id="secret"]/text()')  # type: ignore[arg-type]
    return str(found)


def test_a_new_account_signs_in_once_and_chooses_its_password(empty_site: Site) -> None:
    empty_site.enter()
    form = {
        "name": "mw",
        "full_name": "M. Weber",
        "role": ["operator", ""],
        "scheduler": ["", ""],
        "folder": ["Fin", ""],
    }
    made = empty_site.post("/admin/accounts/new", **form)
    one_time = secret(made)
    page = words(empty_site.get("/admin/accounts/mw?permission=jobs.stop&path=/fin/x"))
    assert "yes through role operator" in page
    assert "no role operator" in words(empty_site.get("/admin/accounts/mw?permission=jobs.stop&path=/x"))
    assert one_time not in empty_site.get("/admin/accounts/mw").text
    empty_site.post("/logout")
    assert empty_site.sign_in("mw", one_time).status_code == 303
    assert empty_site.get("/s/x/").location == "/me/password"
    assert "Choose a password of your own." in words(empty_site.get("/me/password"))
    for old, new, again in (
        (one_time, "short", "short"),
        (one_time, "stellwerk-mw-1", "stellwerk-mw-1"),
        (one_time, "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"),
        (one_time, NEW, "another one here"),
        (one_time, one_time, one_time),
        ("wrong", NEW, NEW),
    ):
        answer = empty_site.post("/me/password", "/me/password", old=old, new=new, again=again)
        assert answer.status_code == 422, (old, new, again)
    assert empty_site.post("/me/password", "/me/password", old=one_time, new=NEW, again=NEW).status_code == 303
    assert empty_site.get("/me/password").status_code == 200
    assert empty_site.get("/me/permissions").status_code == 200
    empty_site.post("/logout")
    assert empty_site.sign_in("mw", one_time).status_code == 401
    assert empty_site.sign_in("mw", NEW).status_code == 303


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("correct horse battery", True),
        ("Kq7d-Mn4x-Tz8w-Rb2v", True),
        ("short", False),
        ("password12345", False),
        ("Passwort1234!", False),
        ("abababababab", False),
        ("m.weber-m.weber", False),
        ("x" * 300, False),
    ],
)
def test_a_password_is_long_and_not_made_of_what_everybody_tries(password: str, good: bool) -> None:
    assert (passwords.fault(password, "m.weber") == "") is good


def test_shutting_an_account_ends_its_sessions_and_nobody_locks_all_out(empty_site: Site) -> None:
    an_account(empty_site.url, "mw", Assignment("viewer"))
    other = Site(empty_site.url)
    other.enter("mw")
    assert other.get("/me").status_code == 200
    empty_site.enter()
    assert empty_site.post("/admin/accounts/mw/disable", disabled="yes").status_code == 303
    assert other.get("/me").status_code == 303
    assert empty_site.post("/admin/accounts/mw/disable", disabled="no").status_code == 303
    assert empty_site.post("/admin/accounts/admin/disable", disabled="yes").status_code == 422
    assert empty_site.post("/admin/accounts/admin/remove", typed="admin").status_code == 422
    last = empty_site.post("/admin/accounts/admin", role="viewer", scheduler="", folder="")
    assert last.status_code == 422
    assert "Nobody could manage accounts afterwards." in words(last)
    assert empty_site.post("/admin/accounts/mw/remove", typed="wm").status_code == 422
    assert empty_site.post("/admin/accounts/mw/remove", typed="mw").status_code == 303
    assert empty_site.get("/admin/accounts/mw").status_code == 404
    other.close()


def test_a_password_that_is_reset_ends_sessions_and_is_shown_once(empty_site: Site) -> None:
    an_account(empty_site.url, "mw", Assignment("viewer"))
    other = Site(empty_site.url)
    other.enter("mw")
    empty_site.enter()
    one_time = secret(empty_site.post("/admin/accounts/mw/password"))
    assert other.get("/me").status_code == 303
    assert other.sign_in("mw", one_time).status_code == 303
    other.close()


def test_roles_are_made_changed_and_removed(empty_site: Site) -> None:
    empty_site.enter()
    form = {"key": "night", "name": "Night", "words": "", "permissions": "*.view\njobs.start\n-logs.view"}
    assert empty_site.post("/admin/roles/new", **form).status_code == 303
    assert empty_site.post("/admin/roles/new", **form).status_code == 422
    assert empty_site.post("/admin/roles/new", **form | {"key": "x", "permissions": "jobs.fly"}).status_code == 422
    assert empty_site.post("/admin/roles/viewer", name="x", permissions="*").status_code == 422
    page = words(empty_site.get("/admin/roles/night"))
    assert "start" in page
    assert empty_site.get("/admin/roles/new?from=night").status_code == 200
    assert "Night" in words(empty_site.get("/admin/roles"))
    an_account(empty_site.url, "mw", Assignment("night"))
    assert empty_site.post("/admin/roles/night/remove").status_code == 303
    assert "none" in words(empty_site.get("/admin/accounts"))


def test_tokens_are_shown_once_and_revoked(empty_site: Site) -> None:
    empty_site.enter()
    made = secret(empty_site.post("/me/tokens", name="ci", days="30", extent="view"))
    assert made.startswith("stw_")
    page = empty_site.get("/me/tokens")
    assert made not in page.text
    assert "*.view" in page.text
    assert empty_site.post("/me/tokens", name="ci").status_code == 422
    assert empty_site.post("/me/tokens", name=" ").status_code == 422
    bearer = {"Authorization": f"Bearer {made}"}
    stranger = empty_site.app.test_client()
    assert stranger.get("/api/v1/me", headers=bearer).json["token"] == "ci"
    [number] = re.findall(r"/me/tokens/(\d+)/revoke", page.text)
    assert empty_site.post(f"/me/tokens/{number}/revoke").status_code == 303
    assert stranger.get("/api/v1/me", headers=bearer).status_code == 401
    assert empty_site.post(f"/me/tokens/{number}/revoke").status_code == 404


def test_one_sees_and_ends_ones_sessions(empty_site: Site) -> None:
    an_account(empty_site.url, "mw", Assignment("viewer"))
    one, other = Site(empty_site.url), Site(empty_site.url)
    one.enter("mw")
    other.enter("mw")
    page = one.get("/me/sessions")
    ends = re.findall(r'action="(/me/sessions/\w+/end)"', page.text)
    assert len(ends) == 2
    empty_site.enter()
    assert empty_site.post(ends[0]).status_code == 404, "somebody else's"
    assert one.post("/me/sessions/end-others").status_code == 303
    assert one.get("/me").status_code == 200
    assert other.get("/me").status_code == 303
    one.close()
    other.close()


def test_a_cookie_that_was_copied_is_worth_nothing_after_signing_out(empty_site: Site) -> None:
    empty_site.sign_in()
    cookie = empty_site.client.get_cookie("stellwerk")
    assert cookie is not None
    empty_site.post("/logout")
    empty_site.client.set_cookie("stellwerk", cookie.value)
    assert empty_site.get("/me").status_code == 303


def test_choices_follow_the_account_to_another_browser(empty_site: Site) -> None:
    empty_site.enter()
    empty_site.post("/me", zone="Europe/Berlin", theme="dark", density="compact", shortcuts="off", start="/me/tokens")
    other = Site(empty_site.url)
    other.enter()
    page = other.get("/me").text
    assert 'data-theme="dark"' in page
    assert 'data-zone="Europe/Berlin"' in page
    assert 'value="/me/tokens"' in page
    other.post("/me", theme="pink", start="//evil.example")
    assert 'data-theme="dark"' in other.get("/me").text
    other.close()


def test_the_audit_is_filtered_and_exported_with_its_checksums(empty_site: Site) -> None:
    empty_site.enter()
    empty_site.post("/admin/accounts/new", name="eve", full_name="=1+1", role="viewer", scheduler="", folder="")
    empty_site.post("/admin/accounts/eve", full_name="=2+2", role="viewer", scheduler="", folder="")
    assert "Rename accountaccount.rename" in words(empty_site.get("/audit?action=account.rename"))
    assert "No entry matches." in words(empty_site.get("/audit?account=nobody"))
    for language, words_ in (("de", "Jetzt starten (Auftrag)"), ("en", "Start now (order)")):
        empty_site.post("/me", language=language)
        offered = tree(empty_site.get("/audit")).xpath('//datalist[@id="actions"]/option')
        said = [each.text for each in offered]
        assert sorted(set(said)) == sorted(said), "each is offered once"
        assert words_ in said
    lines = [json.loads(line) for line in empty_site.get("/audit/export.jsonl").text.splitlines()]
    assert [line["action"] for line in lines] == ["account.rename", "account.create"]
    assert all(len(line["checksum"]) == 64 for line in lines)
    rows = list(csv.DictReader(empty_site.get("/audit/export.csv?action=account.rename").text.splitlines()))
    assert [row["result_text"] for row in rows] == ["'=1+1 → =2+2"]
    assert empty_site.get("/audit/export.exe").status_code == 404
    for query, number in (
        ("parameters=1%2B1", 1), ("address=127.0.0.1", 2), ("address=10.0.0.7", 0), ("token=ci", 0), ("operation=x", 0),
    ):  # fmt: skip
        assert len(empty_site.get(f"/audit/export.jsonl?{query}").text.splitlines()) == number, query


def test_a_file_of_the_audit_that_is_read_in_parts_is_the_same(
    site_on_each: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_on_each.app.app_context(), database.writing() as connection:
        for number in range(7):
            audit.note(connection, datetime.now(UTC), "admin", "127.0.0.1", "job.stop", f"/job{number}", "", '"é", =1')
    whole = {ending: site_on_each.get(f"/audit/export.{ending}").text for ending in FORMATS}
    monkeypatch.setattr("web.pages.audit.PART", 3)
    for ending, text in whole.items():
        assert site_on_each.get(f"/audit/export.{ending}").text == text, ending
    [entry] = [line for line in map(json.loads, whole["jsonl"].splitlines()) if line["object"] == "/job3"]
    assert entry["result_text"] == '"é", =1'
    rows = list(csv.DictReader(whole["csv"].splitlines()))
    assert [row["object"] for row in rows][:7] == [f"/job{number}" for number in range(6, -1, -1)]
    assert {row["checksum"] for row in rows}.isdisjoint({""})


def test_the_audit_speaks_the_readers_language_and_offers_its_stable_words(empty_site: Site) -> None:
    empty_site.enter()
    empty_site.post("/admin/accounts/new", name="eve", role="viewer", scheduler="", folder="")
    page = empty_site.get("/audit", headers={"Accept-Language": "de"})
    assert "Konto anlegenaccount.create" in words(page)
    offered = tree(page).xpath("//datalist[@id='actions']/option")
    assert {"job.stop", "account.create"} <= {each.get("value") for each in offered}
    assert "Job stoppen" in [each.text for each in offered]


def test_every_deed_that_the_audit_keeps_has_words() -> None:
    "What modules write into the audit, other than declared actions."
    source = "".join(path.read_text("utf-8") for path in Path(web.__file__).parent.rglob("*.py"))
    kept = set(re.findall(r'\b(?:_?note|noted|_tell|begin)\([^()]*?"([a-z]+\.[a-z-]+)"', source))
    assert len(kept) > 12
    assert {action for action in kept if word_of(action) == action} == set()


def test_the_audit_tells_how_many_entries_have_come_since(empty_site: Site) -> None:
    empty_site.enter()
    empty_site.post("/admin/accounts/new", name="eve", role="viewer", scheduler="", folder="")
    [line] = tree(empty_site.get("/audit?account=admin")).xpath('//div[@id="region-new"]/@hx-get')
    assert "new entr" not in words(empty_site.fragment(line))
    for name in ("adam", "noah"):
        empty_site.post("/admin/accounts/new", name=name, role="viewer", scheduler="", folder="")
    answer = empty_site.fragment(line)
    assert "2 new entries, show" in words(answer)
    assert tree(answer).xpath("//a/@href") == ["/audit?account=admin"]
    assert tree(answer).xpath("//div/@hx-get") == [line], "it goes on counting from what is shown"
    assert "Audit" in words(empty_site.get(line)), "without script it is the page"


def test_an_open_door_is_never_left_to_a_disabled_or_unknown_account(empty_site: Site) -> None:
    assert empty_site.sign_in("admin", "").status_code == 401
    assert empty_site.sign_in("", PASSWORD).status_code == 401
