"""A person drops, changes, breaks and deletes files while the engine runs."""

from __future__ import annotations

from pathlib import Path

from tests.support.engine import EngineProcess

GOOD = '<job title="{title}"><script language="shell">echo done >> "{marks}"</script></job>'


def test_a_dropped_job_runs_a_broken_one_keeps_its_old_version_and_a_deleted_one_goes(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    with EngineProcess(tmp_path) as engine:
        engine.start()
        engine.job("/night/clean", GOOD.format(title="one", marks=marks))
        engine.wait_until(lambda: _title(engine) == "one", 30, "the new job")
        engine.command('<start_job job="/night/clean"/>')
        engine.wait_until(lambda: marks.exists() and marks.read_text() == "done\n", what="its first run")

        engine.job("/night/clean", GOOD.format(title="two", marks=marks))
        engine.wait_until(lambda: _title(engine) == "two", 30, "the changed job")

        engine.job("/night/clean", '<job title="three"\n  tasks="many"><script language="shell">x</script></job>')
        errors = engine.wait_until(lambda: _show(engine).findall("file_based/ERROR"), 30, "the error of the file")
        [error] = errors
        assert error.get("code") == "Z-4001"
        assert (error.get("line"), error.get("col")) == ("1", "1")
        assert "many" in error.get("text", "")
        assert _title(engine) == "two"
        assert "night/clean" in engine.stdout, "the log tells it, too"
        engine.command('<start_job job="/night/clean"/>')
        engine.wait_until(lambda: marks.read_text() == "done\n" * 2, what="a run of the old version")

        (engine.live / "night" / "clean.job.xml").unlink()
        engine.wait_until(lambda: _is_gone(engine), 30, "the end of the job")


def _show(engine: EngineProcess):
    return engine.command('<show_job job="/night/clean"/>')


def _title(engine: EngineProcess) -> str | None:
    return _show(engine).get("title")


def _is_gone(engine: EngineProcess) -> bool:
    answer = engine.command('<show_job job="/night/clean"/>', refused=True)
    return answer.get("code") == "SCHEDULER-161"
