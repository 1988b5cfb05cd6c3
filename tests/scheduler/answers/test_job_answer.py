"`<job>`: attributes and children under the conditions under which clients expect them."

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from scheduler.definitions import ErrorDelay, LockDefinition, LockUse, NodeDefinition, ProcessClassDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.records import Task, TaskState
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.run_times import run_time, schedule
from tests.support.worlds import START, Engine, a_chain, a_job


def job(engine: Engine, what: str = "", more: str = "", path: str = "/job", **answers: object) -> etree._Element:
    found = asked(engine, f'<show_job job="{path}" what="{what}" {more}/>', answers)
    check_reply(etree.tostring(found, encoding="unicode"))
    return found


def test_a_plain_job_has_only_what_every_job_has() -> None:
    found = job(Engine(a_job(), log_dir="/var/log"))
    assert dict(found.attrib) == {
        "path": "/job", "name": "job", "job": "job", "state": "pending", "all_steps": "0", "all_tasks": "0",
        "log_file": "/var/log/job.job.log", "order": "no", "tasks": "1", "in_period": "yes", "enabled": "yes",
    }  # fmt: skip
    assert [child.tag for child in found] == ["file_based", "tasks", "queued_tasks", "log"]
    assert dict(found.find("log").attrib) == {"level": "info", "highest_level": "info"}


def test_a_job_in_chains_has_a_queue_and_the_priority_of_its_last_place() -> None:
    chain = a_chain("/b", *(NodeDefinition(str(n), f"/job{n}", "end", "end") for n in range(3)), NodeDefinition("end"))
    first = a_chain("/a", NodeDefinition("1", "/job2", "end", "end"), NodeDefinition("end"))
    engine = Engine(*(a_job(f"/job{n}", order=True, tasks=0) for n in range(3)), first, chain)
    asked(engine, '<add_order job_chain="/a" id="1"/>')
    asked(engine, '<add_order job_chain="/b" id="2" state="2"/>')
    found = job(engine, "job_orders", path="/job2")
    assert found.get("job_chain_priority") == "3"
    assert found.find("order_queue").get("length") == "2"
    assert [order.get("id") for order in found.iter("order")] == ["1", "2"]
    assert len(job(engine, "job_orders", 'max_orders="1"', "/job2").find("order_queue")) == 1
    assert [o.get("id") for o in job(engine, "job_orders", 'job_chain="/b"', "/job2").iter("order")] == ["2"]


def test_locks_are_told_with_whether_they_are_free_while_the_job_waits() -> None:
    uses = (LockUse("/one"), LockUse("/many", False))
    locks = LockDefinition("/one", 1), LockDefinition("/many")
    engine = Engine(a_job("/holder", locks=uses[:1]), a_job(locks=uses), *locks)
    assert [dict(use.attrib) for use in job(engine).find("lock.requestor")] == [
        {"lock": "/one", "exclusive": "yes"}, {"lock": "/many", "exclusive": "no"},
    ]  # fmt: skip
    assert job(engine).find("lock.requestor").get("waiting") is None
    asked(engine, '<start_job job="/holder"/>')
    asked(engine, '<start_job job="/job"/>')
    waiting = job(engine).find("lock.requestor")
    assert waiting.get("waiting") == "yes"
    assert [use.get("is_available") for use in waiting] == ["no", "yes"]
    engine.end()
    assert job(engine).find("lock.requestor").get("waiting") is None
    engine.run()
    engine.delete(locks[1])
    assert [use.get("is_missing") for use in job(engine).find("lock.requestor")] == [None, "yes"]


def test_a_run_time_is_shown_as_written_and_a_schedule_by_its_path() -> None:
    written = '<run_time><period single_start="12:00"/></run_time>'
    own = a_job("/own", run_time=run_time(written), run_time_source=written)
    reference = run_time('<run_time schedule="plan"/>')
    using = a_job("/using", run_time=reference, run_time_source='<run_time schedule="plan"/>')
    engine = Engine(own, using, schedule("/folder/plan", "<schedule/>"), a_job())
    assert etree.tostring(job(engine, "run_time", path="/own").find("run_time")).decode() == written
    found = job(engine, "run_time", path="/using")
    assert dict(found.find("run_time").attrib) == {"schedule": "/folder/plan"}
    assert found.get("active_schedule") == "/folder/plan"
    assert job(engine, "run_time").find("run_time").attrib == {}


def test_a_failed_task_is_the_last_error_of_job_and_log() -> None:
    engine = Engine(a_job(delays_after_error=(ErrorDelay(1, 60.0),)))
    asked(engine, '<start_job job="/job"/>')
    engine.end(exit_code=3)
    found = job(engine)
    assert found.find("ERROR").get("code") == "SCHEDULER-280"
    assert found.find("log").get("highest_level") == "error"
    assert found.find("log").get("last_error").startswith("SCHEDULER-280  ")
    assert found.get("delay_until") == "2024-01-31T10:21:30.000Z"
    engine.later(61)
    assert job(engine).get("delay_until") is None


def test_ended_tasks_are_shown_when_they_were_looked_up() -> None:
    failed = WorkloadError(Code.EXIT_CODE, exit_code=3).problem
    task = Task(7, "/job", TaskState.ENDED, started_at=START, ended_at=START + timedelta(seconds=2), steps=1,
                exit_code=3, problem=failed, pid=99)  # fmt: skip
    engine = Engine(a_job())
    (entry,) = job(engine, "task_history log", tasks=[(task, "line")]).find("history")
    assert dict(entry.attrib) == {
        "task": "7", "job_name": "job", "start_time": "2024-01-31T10:20:30.000Z", "steps": "1",
        "end_time": "2024-01-31T10:20:32.000Z", "exit_code": "3", "pid": "99",
    }  # fmt: skip
    assert (entry.find("ERROR").get("code"), entry.findtext("log")) == ("SCHEDULER-280", "line")
    assert job(engine).find("history") is None
    gone_away = job(engine, "task_history", problem=WorkloadError(Code.NO_HISTORY, problem="x").problem)
    assert gone_away.find("history/ERROR").get("code") == "SCHEDULER-136"


def test_a_queued_task_tells_its_environment_and_the_log_that_it_will_have() -> None:
    engine = Engine(a_job(priority=5), log_dir="/var/log")
    element = '<environment><variable name="STAGE" value="x"/></environment>'
    task = asked(engine, f'<start_job job="/job" at="2024-02-01 12:00">{element}</start_job>').find("task")
    assert (task.get("state"), task.get("cause"), task.get("priority")) == ("none", None, "5")
    assert task.get("log_file") == f"/var/log/task.job.{task.get('id')}.log"
    assert dict(task.find("log").attrib) == {"level": "info", "highest_level": "unknown"}
    assert dict(task.find("environment/variable").attrib) == {"name": "STAGE", "value": "x"}
    (queued,) = job(engine, "task_queue").find("queued_tasks")
    assert (queued.get("id"), queued.get("start_at")) == (task.get("id"), "2024-02-01T12:00:00.000Z")
    assert job(engine).find("queued_tasks").get("length") == "1"
    assert len(job(engine).find("queued_tasks")) == 0


def test_after_none_comments_stand_where_lists_would_be() -> None:
    found = job(Engine(a_job()), "none")
    assert found.find("tasks") is None
    assert [comment.text.strip() for comment in found.iter(etree.Comment)] == ["0 tasks suppressed"]


def test_the_version_that_waits_is_shown_whole_with_what_it_includes() -> None:
    engine = Engine(a_job(title="old"))
    asked(engine, '<start_job job="/job"/>')
    new = a_job(title="new", order=True, tasks=3, includes=("/text.txt",), source="<job/>", process_class="/few")
    engine.files(new, written_at=START + timedelta(hours=1))
    found = job(engine, "source job_params")
    assert found.get("title") == "old"
    successor = found.find("replacement/job")
    expected = {"path": "/job", "job": "job", "state": "initialized", "title": "new", "tasks": "3", "order": "yes"}
    assert {name: successor.get(name) for name in expected} == expected
    assert successor.find("file_based").get("last_write_time") == "2024-01-31T11:20:30.000Z"
    assert successor.find("file_based/includes/include").get("live_file") == "/text.txt"
    assert successor.find("file_based/requisites/requisite").get("is_missing") == "yes"
    assert successor.find("source/job") is not None
    engine.end()
    assert job(engine).find("replacement") is None
    assert job(engine).find("file_based/includes/include") is not None


def test_a_job_whose_file_is_gone_says_why_it_is_still_there() -> None:
    engine = Engine(a_job())
    asked(engine, '<start_job job="/job"/>')
    engine.delete(a_job())
    found = job(engine)
    assert (found.get("remove"), found.find("file_based").get("removed")) == ("yes", "yes")
    assert found.find("file_based/removed/ERROR").get("code") == "STELLWERK-056"


def test_a_job_that_lacks_a_process_says_so() -> None:
    jobs = [a_job(path, process_class="/few") for path in ("/job", "/other")]
    engine = Engine(*jobs, ProcessClassDefinition("/few", 1))
    for path in ("/other", "/job"):
        asked(engine, f'<start_job job="{path}"/>')
    assert job(engine).get("waiting_for_process") == "yes"
    assert job(engine, path="/other").get("waiting_for_process") is None
