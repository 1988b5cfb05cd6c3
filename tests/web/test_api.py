"The JSON interface: tokens, the same permissions, problems with codes, tags, actions that may be sent again."

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.roles import Assignment
from scheduler.job_wait import JobWait
from scheduler.records import OrderState
from tests.support.api_program import DEMO, Program, problem
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_member, a_saved_file, an_order
from tests.support.web_site import Site, an_account
from web.actions.verbs import VERBS
from web.api import deeds
from web.api.openapi import document, template


@pytest.fixture
def program(site: Site) -> Program:
    return Program(site)


def test_everything_that_is_described_to_be_read_can_be_read(site: Site, program: Program) -> None:
    "Each GET of the description is called, and its answer has the members that the description requires."
    values = {"scheduler_id": "demo", "path": "sales/load", "chain": "sales/daily", "order_id": "late", "task_id": "11"}
    values |= {"history_id": "3", "name": "admin", "key": "nothing", "type": "job", "number": "1", "kind": "job"}
    a_saved_file(site.url, "/sales/load")
    described = document()
    looked = 0
    for path, methods in described["paths"].items():
        if "get" not in methods:
            continue
        address = "/api/v1" + re.sub(r"{(\w+)}", lambda found: values[found[1]], path)
        answer = program.get(address)
        if path == "/operations/{key}":
            assert problem(answer) == (404, "not_found")
            continue
        assert answer.status_code == 200, (address, answer.text)
        looked += 1
        content = methods["get"]["responses"]["200"]["content"]
        if "application/json" in content:
            fits(answer.json, content["application/json"]["schema"], described)
    assert looked >= 18


def fits(value: Any, schema: dict[str, Any], described: dict[str, Any]) -> None:
    "Enough of JSON schema for what the description uses."
    if "$ref" in schema:
        return fits(value, described["components"]["schemas"][schema["$ref"].rpartition("/")[2]], described)
    if "anyOf" in schema:
        assert any(_fits(value, each, described) for each in schema["anyOf"]), (value, schema)
        return None
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    kinds["null"] = type(None)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(isinstance(value, kinds[name]) for name in names), (value, schema)
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value)
        for name, each in schema.get("properties", {}).items():
            fits(value[name], each, described)
    if isinstance(value, list):
        for each in value:
            fits(each, schema["items"], described)
    return None


def _fits(value: Any, schema: dict[str, Any], described: dict[str, Any]) -> bool:
    try:
        fits(value, schema, described)
    except AssertionError:
        return False
    return True


def test_the_description_is_whole_and_served(program: Program) -> None:
    described = program.get("/api/v1/openapi.json").json
    assert described == document()
    for verb in VERBS.values():
        assert "post" in described["paths"][template(deeds.PATHS[verb.kind].replace("<verb>", verb.name))]
    of_job, of_node = (
        described["paths"][template(deeds.PATHS[kind].replace("<verb>", "stop"))] for kind in ("job", "node")
    )
    assert ("412" in of_job["post"]["responses"], "412" in of_node["post"]["responses"]) == (True, False)
    schemas = described["components"]["schemas"]
    assert (schemas["AccountChange"]["required"], schemas["AccountBody"]["required"]) == ([], ["name"])
    names = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for path, methods in described["paths"].items():
        for operation in methods.values():
            in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), path


def test_lists_come_in_parts(program: Program) -> None:
    part = program.get(f"{DEMO}/jobs?limit=3").json
    assert (len(part["items"]), part["total"]) == (3, 4)
    rest = program.get(part["next"]).json
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert [each["path"] for each in part["items"] + rest["items"]] == sorted(
        each["path"] for each in part["items"] + rest["items"]
    )
    newest = program.get(f"{DEMO}/tasks?limit=1").json
    older = program.get(newest["next"]).json
    assert older["items"][0]["task_id"] < newest["items"][0]["task_id"]
    assert "geheim" not in program.get(f"{DEMO}/orders/sales/daily/-/2026-11-20").text


def test_what_has_not_changed_is_not_sent_again(site: Site, program: Program) -> None:
    answer = program.get(f"{DEMO}/jobs/sales/load")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = program.get(f"{DEMO}/jobs/sales/load", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert program.get(f"{DEMO}/jobs/sales/load", If_None_Match='"other"').status_code == 200
    assert program.call("HEAD", f"{DEMO}/jobs/sales/load").headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(
    ("method", "address", "body", "expected"),
    [
        ("GET", f"{DEMO}/jobs/none", None, (404, "not_found")),
        ("GET", "/api/v1/nothing", None, (404, "not_found")),
        ("GET", "/api/v1/schedulers/other/jobs", None, (404, "not_found")),
        ("GET", f"{DEMO}/jobs?limit=many", None, (400, "bad_request")),
        ("GET", f"{DEMO}/jobs?state=asleep", None, (400, "bad_request")),
        ("GET", f"{DEMO}/tasks/99999999999999999999", None, (404, "not_found")),
        ("POST", f"{DEMO}/jobs", {}, (405, "method_not_allowed")),
        ("POST", f"{DEMO}/jobs/sales/load/-/fly", {}, (404, "not_found")),
        ("POST", f"{DEMO}/jobs/sales/load/-/stop", {}, (422, "faults")),
        ("POST", f"{DEMO}/jobs/sales/load/-/start", {"speed": "high"}, (422, "faults")),
        ("POST", f"{DEMO}/jobs/sales/load/-/start", {"params": ["a"]}, (422, "faults")),
        ("POST", f"{DEMO}/jobs/sales/load/-/start", {"at": {}}, (422, "faults")),
        ("POST", f"{DEMO}/jobs/sales/load/-/start", [1], (400, "bad_request")),
        ("POST", f"{DEMO}/tasks/12/-/kill", {"reason": "x"}, (422, "faults")),
        ("POST", "/api/v1/accounts", {"name": "a b"}, (422, "faults")),
        ("POST", "/api/v1/accounts", {"name": "new", "roles": [{"role": "king"}]}, (422, "faults")),
        ("POST", "/api/v1/accounts", {"name": "new", "roles": [{"role": "viewer", "path": "/a/"}]}, (422, "faults")),
        ("POST", "/api/v1/accounts", {"name": "new", "roles": [{"role": "viewer", "folder": None}]}, (422, "faults")),
        ("PUT", "/api/v1/accounts/admin", {"disabled": "false"}, (422, "faults")),
        ("PUT", "/api/v1/roles/viewer", {"name": "x", "permissions": ["*"]}, (422, "faults")),
        ("PUT", "/api/v1/roles/own", {"name": "x", "permissions": ["jobs.fly"]}, (422, "faults")),
        ("DELETE", "/api/v1/accounts/admin", None, (422, "faults")),
        ("DELETE", "/api/v1/me/tokens/99", None, (404, "not_found")),
    ],
)
def test_what_is_wrong_is_told_as_a_problem(
    program: Program, engine_port: CommandServer, method: str, address: str, body: Any, expected: tuple[int, str]
) -> None:
    answer = program.call(method, address, **({} if body is None else {"json": body}))
    assert problem(answer) == expected, answer.text
    assert engine_port.commands == []


def test_the_same_key_gives_the_first_result_though_it_could_not_be_done_now(
    site: Site, program: Program, engine_port: CommandServer
) -> None:
    kept = f"{DEMO}/orders/sales/daily/-/kept"
    with Rows(site.url) as rows:
        rows.put(an_order("kept", "/sales/daily", state=OrderState.BLACKLISTED))
    sent = {"Idempotency_Key": "k", "If_Match": program.get(kept).headers["ETag"]}
    first = program.post(f"{kept}/-/remove-blacklisted", {"reason": "x"}, **sent)
    with Rows(site.url) as rows:
        rows.put(an_order("kept", "/sales/daily", state=OrderState.WAITING))
    again = program.post(f"{kept}/-/remove-blacklisted", {"reason": "x"}, **sent)
    assert (first.status_code, again.json, len(engine_port.commands)) == (200, first.json, 1)
    assert program.post(f"{kept}/-/remove-blacklisted", {"reason": "x"}).status_code == 422
    # the result of one thing is none of another
    other = program.post(f"{DEMO}/jobs/sales/load/-/stop", {"reason": "x"}, Idempotency_Key="k")
    assert (problem(other), len(engine_port.commands)) == ((422, "faults"), 1)
    # two long keys are not taken for the same one
    too_long = program.post(f"{kept}/-/start", {}, Idempotency_Key="k" * 101)
    assert (problem(too_long), len(engine_port.commands)) == ((400, "bad_request"), 1)
    # the permission is asked for first
    an_account(site.url, "viewer", Assignment("viewer"))
    refused = Program(site, "viewer").post(f"{kept}/-/remove-blacklisted", {"reason": "x"}, Idempotency_Key="k")
    assert problem(refused) == (403, "forbidden")


def test_an_action_is_done_refused_or_waits(site: Site, program: Program, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: '<ok><task id="77" job="/sales/load"/></ok>'
    start = f"{DEMO}/jobs/sales/load/-/start"
    done = program.post(start, {"params": {"a": "1"}, "at": "now+90", "ticket": "CHG-1"}, Idempotency_Key="k1")
    assert (done.status_code, done.json["state"], done.json["task_id"]) == (200, "done", 77)
    assert engine_port.commands[0].get("at") == "now+90"
    assert engine_port.commands[0].find("params/param").get("value") == "1"
    assert program.get(done.headers["Location"]).json["state"] == "done"
    again = program.post(start, {"params": {"a": "1"}}, Idempotency_Key="k1")
    assert again.json == done.json
    assert len(engine_port.commands) == 1
    engine_port.reply = lambda command: refusal("SCHEDULER-217", "in a task")
    reset = program.post(f"{DEMO}/orders/sales/daily/-/late/-/reset", {"reason": "x"})
    assert problem(reset) == (409, "SCHEDULER-217")
    kill = program.post(f"{DEMO}/tasks/12/-/kill", {"reason": "x", "confirm": "12"})
    assert problem(kill) == (409, "SCHEDULER-217")
    with Rows(site.url) as rows:
        rows.beat(a_member(4444, state="stopped"))
    waits = program.post(f"{DEMO}/jobs/sales/load/-/unstop")
    assert (waits.status_code, waits.json["state"]) == (202, "waiting")
    [entry] = program.get("/api/v1/audit?action=job.start").json["items"]
    assert (entry["ticket"], entry["result"], entry["token"] != "") == ("CHG-1", "", True)


def test_programs_may_do_what_ships_hidden_and_not_what_an_administrator_has_hidden(
    site: Site, program: Program, engine_port: CommandServer
) -> None:
    ended = program.post(f"{DEMO}/jobs/sales/load/-/end-tasks", {"reason": "x"})
    assert (ended.status_code, engine_port.commands[0].get("cmd")) == (200, "end")
    site.post("/admin/settings", "/admin/settings", **{"ui.hide.job.stop": "yes"})
    assert problem(program.post(f"{DEMO}/jobs/sales/load/-/stop", {"reason": "x"})) == (404, "not_found")
    assert len(engine_port.commands) == 1


def test_without_a_token_that_holds_nothing_is_told(site: Site) -> None:
    client = site.app.test_client()
    assert problem(client.get(f"{DEMO}/jobs")) == (401, "not_signed_in")
    for bad in ("Bearer stw_wrong", "Basic YTpi", "Bearer", ""):
        answer = client.get(f"{DEMO}/jobs", headers={"Authorization": bad})
        assert problem(answer) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    past = Program(site, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert problem(past.get(f"{DEMO}/jobs")) == (401, "not_signed_in")
    shut = Program(site)
    assert shut.get(f"{DEMO}/jobs").status_code == 200
    an_account(site.url, "other")
    assert shut.call("PUT", "/api/v1/accounts/admin", json={"disabled": True}).status_code == 200
    assert problem(shut.get(f"{DEMO}/jobs")) == (401, "not_signed_in")


def test_a_token_opens_the_interface_only(site: Site, program: Program) -> None:
    assert program.get("/s/demo/").status_code == 303
    assert program.get("/admin/accounts").status_code == 303


def test_a_token_may_what_its_account_may_and_no_more(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "mw", Assignment("operator", "", "/housekeeping/"))
    everything, reading = Program(site, "mw"), Program(site, "mw", permissions=["*.view"])
    for each in (everything, reading):
        assert [job["path"] for job in each.get(f"{DEMO}/jobs").json["items"]] == ["/housekeeping/check_disk"]
        assert each.get(DEMO).json["counts"]["orders_suspended"] == 0
        refused = each.post(f"{DEMO}/jobs/sales/load/-/start")
        assert problem(refused) == (403, "forbidden")
        assert refused.json["permission"] == "jobs.start"
        assert problem(each.get("/api/v1/accounts")) == (403, "forbidden")
    assert problem(reading.post(f"{DEMO}/jobs/housekeeping/check_disk/-/start")) == (403, "forbidden")
    assert everything.post(f"{DEMO}/jobs/housekeeping/check_disk/-/start").status_code == 200
    # a limited token makes no unlimited one
    assert problem(reading.post("/api/v1/me/tokens", {"name": "more"})) == (422, "faults")
    made = everything.post("/api/v1/me/tokens", {"name": "more", "permissions": ["jobs.view"]})
    assert made.json["secret"].startswith("stw_")


def test_a_browser_may_read_and_needs_its_form_token_for_more(site: Site, engine_port: CommandServer) -> None:
    assert site.get(f"{DEMO}/jobs").status_code == 200
    start = f"{DEMO}/jobs/sales/load/-/start"
    assert problem(site.client.post(start, json={})) == (400, "bad_request")
    assert engine_port.commands == []
    token = site.token("/me")
    assert site.client.post(start, json={}, headers={"X-CSRFToken": token}).status_code == 200


def test_accounts_and_roles_are_managed(program: Program) -> None:
    role = {"name": "Night", "words": "Night shift", "permissions": ["*.view", "jobs.start", "-logs.view"]}
    assert program.call("PUT", "/api/v1/roles/night", json=role).json["permissions"] == role["permissions"]
    made = program.post("/api/v1/accounts", {"name": "eve", "roles": [{"role": "night", "folder": "Finance"}]})
    assert len(made.json["password"]) == 19
    assert made.json["account"]["roles"] == [{"role": "night", "scheduler_id": "", "folder": "/finance/"}]
    nothing = {"full_name": None, "roles": None, "disabled": None}
    assert program.call("PUT", "/api/v1/accounts/eve", json=nothing).json == made.json["account"]
    changed = program.call("PUT", "/api/v1/accounts/eve", json={"full_name": "Eve", "roles": []})
    assert (changed.json["full_name"], changed.json["roles"]) == ("Eve", [])
    assert program.call("DELETE", "/api/v1/accounts/eve").status_code == 204
    assert program.call("DELETE", "/api/v1/roles/night").status_code == 204
    deeds_ = [entry["action"] for entry in program.get("/api/v1/audit").json["items"]]
    assert deeds_ == ["role.remove", "account.remove", "account.roles", "account.rename", "account.create", "role.save"]


def test_metrics_are_for_tokens_that_may_and_count_what_these_may_see(site: Site) -> None:
    client = site.app.test_client()
    assert client.get("/metrics").status_code == 401
    assert Program(site, permissions=["jobs.view"]).get("/metrics").status_code == 401
    whole = Program(site, permissions=["metrics.view", "*.view"]).get("/metrics")
    assert whole.headers["Content-Type"].startswith("text/plain")
    assert 'stellwerk_orders{scheduler="demo",state="suspended"} 1.0' in whole.text
    assert 'stellwerk_jobs{scheduler="demo"} 4.0' in whole.text
    assert "stellwerk_member_active{member=" in whole.text
    open_site = Site(site.url, open_metrics=True)
    assert 'stellwerk_jobs{scheduler="demo"} 4.0' in open_site.client.get("/metrics").text
    open_site.close()


def test_jobs_that_need_a_process_are_told_and_counted_as_far_as_they_may_be_seen(
    site: Site, program: Program
) -> None:
    since = datetime.now(UTC) - timedelta(minutes=3)
    with Rows(site.url) as rows:
        rows.put(JobWait("/sales/load", "/narrow", since), JobWait("/housekeeping/check_disk", "", since))
        rows.put(JobWait("/sales/archive", "", since, ("/db", "/sales/own")))
    locked = program.get(f"{DEMO}/jobs?state=needs_lock").json
    [archive] = locked["items"]
    assert (archive["path"], archive["waits_for_locks"]) == ("/sales/archive", ["/db", "/sales/own"])
    assert datetime.fromisoformat(archive["waits_for_locks_since"]) == since
    assert archive["waits_for_process_since"] is None
    found = program.get(f"{DEMO}/jobs?state=needs_process").json
    assert [job["path"] for job in found["items"]] == ["/housekeeping/check_disk", "/sales/load"]
    assert datetime.fromisoformat(found["items"][0]["waits_for_process_since"]) == since
    assert program.get(f"{DEMO}/jobs/sales/check").json["job"]["waits_for_process_since"] is None
    assert program.get(DEMO).json["counts"]["jobs_waiting"] == 2
    an_account(site.url, "sam", Assignment("viewer", "", "/sales/"))
    assert Program(site, "sam").get(DEMO).json["counts"]["jobs_waiting"] == 1
    [seen] = Program(site, "sam").get(f"{DEMO}/jobs?state=needs_lock").json["items"]
    assert seen["waits_for_locks"] == ["/sales/own"], "the other lock is out of sight"
    metrics = Program(site, permissions=["metrics.view", "*.view"]).get("/metrics").text
    assert 'stellwerk_jobs_waiting{scheduler="demo"} 2.0' in metrics


def test_an_action_may_ask_that_nothing_has_changed(site: Site, program: Program, engine_port: CommandServer) -> None:
    tag = program.get(f"{DEMO}/jobs/sales/load").headers["ETag"]
    unstop = f"{DEMO}/jobs/sales/load/-/unstop"
    assert problem(program.post(unstop, If_Match='"other"')) == (412, "changed_meanwhile")
    assert engine_port.commands == []
    assert program.post(unstop, If_Match=tag).status_code == 200
