"Jobs that start by themselves, in a real engine with the real clock."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from tests.support.engine import EngineProcess

SCRIPT = '<script language="shell">true</script>'


def test_a_grid_of_two_seconds_starts_a_shell_job_again_and_again(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/grid", f'<job>{SCRIPT}<run_time><period absolute_repeat="2"/></run_time></job>')
        engine.job("/other", f'<job>{SCRIPT}<run_time once="yes"/></job>')
        engine.start()
        engine.wait_until(lambda: len(history(engine, "/grid")) >= 3, what="three starts")
        starts = [(entry.get("start_time"), entry.get("cause")) for entry in history(engine, "/grid")]
        assert {cause for _, cause in starts} == {"period_single"}
        assert len(set(starts)) == len(starts), "no start twice"
        # a busy machine starts it later than that, so what is planned says where the grid lies
        planned = engine.command('<show_job job="/grid"/>').get("next_start_time", "")
        assert datetime.fromisoformat(planned).second % 2 == 0
        assert [entry.get("cause") for entry in history(engine, "/other")] == ["period_once"]


def test_a_schedule_that_comes_later_makes_its_jobs_active(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/job", f'<job>{SCRIPT}<run_time schedule="plan"/></job>')
        engine.start()
        engine.command('<start_job job="/job" at="period"/>')
        job = engine.command('<show_job job="/job"/>')
        assert (job.get("state"), job.find("file_based").get("state")) == ("loaded", "incomplete")
        assert not history(engine, "/job")
        engine.write("plan.schedule.xml", '<schedule><period begin="00:00" end="24:00"/></schedule>')
        engine.command("<check_folders/>")
        [entry] = engine.wait_until(lambda: ended(engine, "/job"), what="the task that waited for the schedule")
        assert entry.get("cause") == "queue"
        assert engine.command('<show_job job="/job"/>').get("active_schedule") == "/plan"


def test_a_task_that_waits_for_its_period_survives_the_death_of_the_engine(tmp_path: Path) -> None:
    begin = (datetime.now(UTC) + timedelta(hours=2)).strftime("%H:%M")
    end = (datetime.now(UTC) + timedelta(hours=2, minutes=1)).strftime("%H:%M")
    period = f'<period begin="{begin}" end="{end}"/>' if begin < end else f'<period begin="{begin}" end="24:00"/>'
    with EngineProcess(tmp_path) as engine:
        engine.job("/job", f"<job>{SCRIPT}<run_time>{period}</run_time></job>")
        engine.start()
        engine.command('<start_job job="/job" at="period"><params><param name="a" value="b"/></params></start_job>')
        engine.kill9()
        engine.start()
        job = engine.command('<show_job job="/job" what="task_queue"/>')
        assert job.get("in_period") == "no"
        [queued] = job.iter("queued_task")
        assert (queued.get("force_start"), queued.find("params/param").get("value")) == ("no", "b")
        engine.write("job.job.xml", f"<job>{SCRIPT}</job>")
        engine.command("<check_folders/>")
        [entry] = engine.wait_until(lambda: ended(engine, "/job"), what="the task, as the job may run at any time now")
        assert entry.get("cause") == "queue"


def test_a_temporary_job_runs_once_and_is_gone(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/gone", f'<job temporary="yes">{SCRIPT}<run_time once="yes"/></job>')
        engine.start()
        engine.wait_until(lambda: ended(engine, "/gone"), what="its only task")
        assert engine.command('<show_job job="/gone"/>', refused=True).get("code") == "SCHEDULER-161"
        assert not list(engine.command("<show_jobs/>").iter("job"))
        engine.command("<check_folders/>")
        assert len(history(engine, "/gone")) == 1


def history(engine: EngineProcess, job: str) -> list[etree._Element]:
    return list(engine.command(f'<show_history job="{job}" prev="100"/>').iter("history.entry"))


def ended(engine: EngineProcess, job: str) -> list[etree._Element]:
    return [entry for entry in history(engine, job) if entry.get("end_time")]
