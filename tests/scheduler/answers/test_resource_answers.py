"Locks, process classes, schedules and monitors in answers."

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from scheduler.definitions import LockDefinition, LockUse, ProcessClassDefinition
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.run_times import run_time, schedule
from tests.support.worlds import START, Engine, a_chain, a_job, an_order


def shown(engine: Engine, path: str, what: str = "") -> etree._Element:
    "The lock, class or schedule of that path."
    found = asked(engine, f'<show_state what="schedules {what}"/>')
    check_reply(etree.tostring(found, encoding="unicode"))
    (one,) = found.xpath(f"*/*[@path='{path}']")
    return one


def test_a_lock_is_free_or_tells_who_holds_it_and_who_waits() -> None:
    jobs = [a_job(f"/{name}", locks=(LockUse("/lock", name != "c"),)) for name in "abc"]
    engine = Engine(LockDefinition("/lock"), *jobs)
    assert dict(shown(engine, "/lock").attrib) == {"path": "/lock", "name": "lock", "is_free": "yes"}
    for name in "abc":
        asked(engine, f'<start_job job="/{name}"/>')
    lock = shown(engine, "/lock")
    assert lock.get("is_free") is None
    assert dict(lock.find("lock.holders").attrib) == {"exclusive": "yes"}
    assert [dict(holder.attrib) for holder in lock.find("lock.holders")] == [{"job": "/a", "task": "1"}]
    queues = [(queue.get("exclusive"), [entry.get("job") for entry in queue]) for queue in lock.findall("lock.queue")]
    assert queues == [("yes", ["/b"]), ("no", ["/c"])]


def test_the_limit_of_a_lock_is_told_when_there_is_one() -> None:
    engine = Engine(LockDefinition("/lock", 3))
    assert shown(engine, "/lock").get("max_non_exclusive") == "3"


def test_a_process_class_tells_its_processes_and_both_lists_when_somebody_waits() -> None:
    engine = Engine(ProcessClassDefinition("/few", 1), *(a_job(f"/{n}", process_class="/few") for n in "ab"))
    assert [child.tag for child in shown(engine, "/few")] == ["file_based"]
    for name in "ab":
        asked(engine, f'<start_job job="/{name}"/>')
    few = shown(engine, "/few")
    assert (few.get("max_processes"), few.get("processes")) == ("1", "1")
    assert [child.tag for child in few] == ["file_based", "processes", "waiting_tasks", "waiting_jobs"]
    assert few.find("processes/process").get("task_id") == "1"
    assert few.find("waiting_jobs/job").get("job") == "/b"


def test_the_default_class_has_the_root_as_its_path_and_no_name() -> None:
    default = shown(Engine(max_processes=7), "/")
    assert dict(default.attrib) == {"path": "/", "max_processes": "7", "processes": "0"}
    engine = Engine(ProcessClassDefinition("/low", 2), ProcessClassDefinition("/folder/other"))
    listed = asked(engine, "<show_process_classes/>")
    assert [each.get("path") for each in listed] == ["/", "/low"]


def test_a_schedule_is_its_definition_as_written_and_who_uses_it() -> None:
    days = '<weekdays><day day="1 2"><period single_start="02:00"/></day></weekdays>'
    plan = schedule("/plan", f'<schedule title="Nightly">{days}</schedule>')
    using = run_time('<run_time schedule="/plan"/>')
    engine = Engine(plan, a_job("/a", run_time=using), a_job(), a_chain(), an_order("x", run_time=using))
    found = shown(engine, "/plan", "source")
    assert dict(found.attrib) == {"path": "/plan", "name": "plan", "title": "Nightly", "active": "yes"}
    assert [child.tag for child in found] == ["file_based", "source", "weekdays", "schedule.users"]
    assert found.find("weekdays/day/period").get("single_start") == "02:00"
    assert [dict(user.attrib) for user in found.find("schedule.users")] == [
        {"job": "/a"}, {"job_chain": "/chain", "order": "x"}
    ]  # fmt: skip


def test_a_substitute_takes_its_place_while_it_is_valid() -> None:
    valid = 'valid_from="2024-01-31 11:00:00" valid_to="2024-01-31 12:00:00"'
    other = schedule("/other", f'<schedule substitute="/plan" {valid}/>')
    engine = Engine(schedule("/plan", "<schedule/>"), other)
    seen = []
    for hour in (10, 11, 12):
        engine.now = START.replace(hour=hour) + timedelta(minutes=1)
        engine.later(0)
        plan, substitute = shown(engine, "/plan"), shown(engine, "/other")
        seen.append((plan.get("active"), plan.get("now_covered_by_schedule"), substitute.get("active")))
    assert seen == [("yes", None, "no"), ("no", "/other", "yes"), ("yes", None, "no")]
    assert (substitute.get("substitute"), substitute.get("valid_from")) == ("/plan", "2024-01-31 11:00:00")
