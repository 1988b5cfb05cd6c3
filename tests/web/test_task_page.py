"The page of a task: who started it, and why it does not run yet."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.job_wait import JobWait
from scheduler.records import Cause, TaskState
from scheduler.task.usage import Usage
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_file, a_job, a_task
from tests.support.web_site import Site, tree, words

START = "/s/demo/jobs/housekeeping/check_disk/-/start"
JOB = "/housekeeping/check_disk"


def start(site: Site, engine: CommandServer, number: int, reason: str) -> None:
    engine.reply = lambda command: f'<ok><task job="{JOB}" id="{number}" task="{number}"/></ok>'
    assert site.post(START, form_page=START, reason=reason).status_code == 303
    engine.reply = lambda command: "<job><why/></job>"


@pytest.mark.parametrize("cause", [Cause.QUEUE, Cause.QUEUE_AT, Cause.NONE])
def test_a_task_names_who_started_it_and_why(site_on_each: Site, engine_port: CommandServer, cause: Cause) -> None:
    site = site_on_each
    start(site, engine_port, 77, "The disk is full")
    now = datetime.now(UTC)
    with Rows(site.url) as rows:
        state = TaskState.QUEUED if cause is Cause.NONE else TaskState.ENDED
        rows.put(a_task(77, JOB, cause=cause, state=state, enqueued_at=now))
        rows.put(a_task(7, JOB, cause=cause, enqueued_at=now), a_task(777, JOB, cause=cause, enqueued_at=now))
        rows.put(a_task(78, JOB, cause=Cause.ORDER, enqueued_at=now))
    assert "ordered on the pages" in words(site.get("/s/demo/tasks/77"))
    assert "by admin: The disk is full" in words(site.get("/s/demo/tasks/77"))
    for other in (7, 777, 78):
        assert "by admin" not in words(site.get(f"/s/demo/tasks/{other}"))


def test_a_number_that_comes_again_much_later_is_another_task(site: Site, engine_port: CommandServer) -> None:
    start(site, engine_port, 77, "The disk is full")
    with Rows(site.url) as rows:
        rows.put(a_task(77, JOB, cause=Cause.QUEUE, enqueued_at=datetime.now(UTC) + timedelta(days=30)))
    assert "by admin" not in words(site.get("/s/demo/tasks/77"))


def test_a_task_in_the_queue_says_why(site: Site, engine_port: CommandServer) -> None:
    obstacle = '<obstacle kind="lock" type="lock" object="/db" text="The lock is held by task 12 of /sales/load"/>'
    engine_port.reply = lambda command: f"<job><why>{obstacle}</why></job>"
    with Rows(site.url) as rows:
        rows.put(a_task(80, JOB, state=TaskState.QUEUED, started_at=None, ended_at=None))
    text = words(site.get("/s/demo/tasks/80"))
    assert "Why it does not run The lock is held by task 12" in text
    assert "runs for" in text
    assert "Why it does not run" not in words(site.get("/s/demo/tasks/11")), "it has ended"


def test_what_a_task_has_used_is_shown_and_told(site_on_each: Site) -> None:
    site = site_on_each
    with Rows(site.url) as rows:
        rows.put(a_task(82, JOB, usage=Usage(1.25, 0.25, 80 << 20, False, 2048, 0)))
        rows.put(a_task(83, JOB, usage=Usage(0.001, 0, 11 << 20, True, 0, 0)))
    text = words(site.get("/s/demo/tasks/82"))
    for part in ("Processor time1.5 s", "1.2 s of its own", "Most memory80.0 MiB of its largest process", "2.0 KiB"):
        assert part in text
    assert "Most memoryat most 11.0 MiB" in words(site.get("/s/demo/tasks/83"))
    assert "Resource use" not in words(site.get("/s/demo/tasks/11")), "nobody knows"
    told = site.get("/api/v1/schedulers/demo/tasks/82").json["usage"]
    assert (told["user_seconds"], told["peak"], told["below"]) == (1.25, 80 << 20, False)
    assert site.get("/api/v1/schedulers/demo/tasks/11").json["usage"] is None


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ('<task.usage task="84" processes="3" memory="3145728" user_seconds="2.000000" system_seconds="1.000000"'
         ' peak="2097152" read="0" written="1024"/>',
         ("Processes3", "Memory3.0 MiB", "Processor time3.0 s", "Most memory2.0 MiB", "as of")),
        ('<task.usage task="84" processes="2" memory="3145728" user_seconds="0.5"'
         ' system_seconds="0.01" peak="1" read="0" written="0"><task.process pid="1084" parent="1" name="sh"'
         ' memory="2097152" seconds="0.500000"/><task.process pid="77" parent="1084" name="&lt;sleep&gt;"'
         ' memory="1048576" seconds="0.010000"/></task.usage>',
         ("1084 of the task itselfsh12.0 MiB0.50 s", "77<sleep>10841.0 MiB0.01 s")),
        ('<task.usage task="84" processes="1" memory="1"><task.process pid="x"/></task.usage>', ()),
        ('<task.usage task="84" processes="0"/>', ()),
        ('<task.usage task="84" processes="x" peak="y"/>', ()),
        ("<ok/>", ()),
    ],
)  # fmt: skip
def test_of_a_task_that_runs_the_engine_is_asked(
    site: Site, engine_port: CommandServer, reply: str, shown: tuple[str, ...]
) -> None:
    engine_port.reply = lambda command: reply if command.tag == "task.usage" else "<ok/>"
    with Rows(site.url) as rows:
        rows.put(a_task(84, JOB, state=TaskState.RUNNING))
    text = words(site.get("/s/demo/tasks/84"))
    assert ("Resource use" in text) is bool(shown)
    for part in shown:
        assert part in text
    told = site.get("/api/v1/schedulers/demo/tasks/84").json["usage"]
    assert (told is not None) is bool(shown)


@pytest.mark.parametrize(
    ("state", "family", "word"),
    [
        ("suspended", "held", "suspended"),
        ("running_waiting_for_order", "neutral", "waiting for order"),
        ("running_delayed", "attention", "delayed"),
        ("running_waiting_for_locks", "attention", "waiting for lock"),
        ("running_process", "active", "running"),
        ("of a version to come", "active", "running"),
    ],
)
def test_a_task_that_runs_says_what_it_does(
    site: Site, engine_port: CommandServer, state: str, family: str, word: str
) -> None:
    reply = f'<task.usage task="84" processes="0" state="{state}"/>'
    engine_port.reply = lambda command: reply if command.tag == "task.usage" else "<ok/>"
    with Rows(site.url) as rows:
        rows.put(a_task(84, JOB, state=TaskState.RUNNING))
    [badge] = tree(site.get("/s/demo/tasks/84")).xpath("//h1/following-sibling::span[1]")
    assert (badge.text_content().strip(), badge.get("class")) == (word, f"state badge {family}")
    # so does its row on the page of a job with steps
    stepwise = a_job(JOB)
    source = '<job><script language="python"><![CDATA[def spooler_process(): return True]]></script></job>'
    with Rows(site.url) as rows:
        rows.put(stepwise, replace(a_file(stepwise), definition=replace(stepwise.definition, source=source)))
    page = f'<answer><job><tasks count="1"><task id="84" state="{state}"/><task id="x"/></tasks></job></answer>'
    engine_port.reply = lambda command: page if command.tag == "show_job" else "<ok/>"
    [mark] = tree(site.get(f"/s/demo/jobs{JOB}")).xpath("//tr[@id='task-84']/td[1]/span")
    assert (mark.text_content().strip(), mark.get("class")) == (word, f"state {family}")
    # beside a list that is not shown, and the engine is not asked for it
    engine_port.commands.clear()
    assert "84" in words(site.fragment(f"/s/demo/jobs{JOB}?part=drawer"))
    assert [command.tag for command in engine_port.commands if command.tag == "show_job"] == []


def test_a_task_in_the_queue_waits_for_a_process_on_each_page(site: Site, engine_port: CommandServer) -> None:
    now = datetime.now(UTC)
    with Rows(site.url) as rows:
        rows.put(JobWait(JOB, "/few", now))
        rows.put(a_task(85, JOB, state=TaskState.QUEUED, started_at=None, ended_at=None, start_at=now))
    marks = {f"/s/demo/jobs{JOB}": "//tr[@id='task-85']/td[1]/span", "/s/demo/tasks/85": "//h1/../span[1]"}
    for page, where in marks.items():
        [mark] = tree(site.get(page)).xpath(where)
        assert mark.text_content().strip() == "waiting for process"


def test_the_environment_of_a_task_is_shown_without_secrets(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(81, JOB, environment=(("LC_ALL", "C"), ("DB_PASSWORD", "geheim"))))
    text = words(site.get("/s/demo/tasks/81"))
    assert "LC_ALLC" in text
    assert "DB_PASSWORD" in text
    assert "geheim" not in text
