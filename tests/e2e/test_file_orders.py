"Files in a real directory, through a real engine: to the sink, to the blacklist, and through sudden deaths."

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from models.connect import create
from models.tables import order_runs
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

CHAIN = """<job_chain>
  <file_order_source directory="{inbox}" regex="\\.csv$" repeat="{repeat}"/>
  <job_chain_node state="check" job="check" error_state="bad"/>
  <job_chain_node state="load" job="load" next_state="good" error_state="bad"/>
  <file_order_sink state="good" move_to="{good}"/>
  <file_order_sink state="bad" move_to="{bad}"/>
</job_chain>"""


class Site:
    "An inbox, and the directories where its files end."

    def __init__(self, directory: Path) -> None:
        self.inbox, self.good, self.bad = (directory / name for name in ("inbox", "good", "bad"))
        for folder in (self.inbox, self.good, self.bad):
            folder.mkdir()
        self.seen = directory / "seen"

    def configure(self, engine: EngineProcess, check: str = "true", repeat: int = 1) -> None:
        log = f'echo "$SCHEDULER_TASK_TRIGGER_FILES" >> "{self.seen}"; echo "loaded $SCHEDULER_JOB_NAME"'
        engine.shell_job("/check", check, 'stop_on_error="no" tasks="3"')
        engine.shell_job("/load", log, 'stop_on_error="no" tasks="3"')
        engine.chain("/files", CHAIN.format(inbox=self.inbox, good=self.good, bad=self.bad, repeat=repeat))

    def put(self, name: str, text: str = "x") -> None:
        "In one piece, as a careful sender does it."
        half_done = self.inbox / f"{name}.part"
        half_done.write_text(text)
        half_done.rename(self.inbox / name)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def runs_of(engine: EngineProcess) -> list[tuple[str, str]]:
    "Order and node of all rounds that have ended."
    store = create(engine.database_url, "reader")
    try:
        with store.connect() as connection:
            rows = connection.execute(
                select(order_runs.c.order_id, order_runs.c.node).where(order_runs.c.ended_at.is_not(None))
            ).all()
    finally:
        store.dispose()
    return [(row[0], row[1]) for row in rows]


def test_files_go_through_the_chain_and_the_failing_one_to_its_own_place(
    tmp_path: Path, site: Site, database_url: str
) -> None:
    with EngineProcess(tmp_path, database_url) as engine:
        site.configure(engine, '! grep -q broken "$SCHEDULER_TASK_TRIGGER_FILES"')
        site.put("early.csv")
        engine.start()
        site.put("fine.csv")
        site.put("faulty.csv", "broken")
        site.put("other.txt")
        engine.wait_until(lambda: names(site.good) == ["early.csv", "fine.csv"], what="good files")
        engine.wait_until(lambda: names(site.bad) == ["faulty.csv"], what="the bad file")
        engine.wait_until(lambda: len(runs_of(engine)) == 3, what="the history")
        assert dict(runs_of(engine))[f"{site.inbox}/faulty.csv"] == "bad"
        assert names(site.inbox) == ["other.txt"]
        chain = engine.command('<show_job_chain job_chain="/files" what="blacklist"/>')
        assert chain.get("orders") == "0"
        order = engine.command(f'<show_order job_chain="/files" order="{site.inbox}/fine.csv" what="log"/>')
        assert "loaded load" in order.findtext(".//log", ""), "the last step's output is in the order's log"


def test_a_file_is_found_at_once_where_the_system_gives_hints(tmp_path: Path, site: Site) -> None:
    with EngineProcess(tmp_path) as engine:
        site.configure(engine, repeat=3600)
        engine.start()
        engine.wait_until(
            lambda: engine.command('<show_job_chain job_chain="/files" what="order_source_files"/>').find(
                ".//file_order_source/files") is not None, what="the first reading")  # fmt: skip
        site.put("a.csv")
        engine.wait_until(lambda: names(site.good) == ["a.csv"], what="the file")


def test_a_blacklisted_file_survives_a_restart_and_is_forgotten_when_it_is_gone(
    tmp_path: Path, site: Site, database_url: str
) -> None:
    with EngineProcess(tmp_path, database_url) as engine:
        site.configure(engine)
        site.good.rmdir()
        site.put("a.csv")
        engine.start()
        ask = '<show_job_chain job_chain="/files" what="blacklist"/>'

        def blacklisted() -> list[str]:
            return [order.get("id", "") for order in engine.command(ask).findall(".//blacklist/order[@end_time]")]

        engine.wait_until(lambda: blacklisted() == [f"{site.inbox}/a.csv"], what="the blacklist")
        engine.kill9()
        engine.start()
        assert blacklisted() == [f"{site.inbox}/a.csv"]
        (site.inbox / "a.csv").unlink()
        engine.wait_until(lambda: not blacklisted(), what="the end of the blacklist")
        assert len(site.seen.read_text().splitlines()) == 1


@pytest.mark.longest
def test_sudden_deaths_neither_lose_a_file_nor_bring_one_to_its_end_twice(
    tmp_path: Path, site: Site, database_url: str
) -> None:
    rng = random.Random(4711)
    with EngineProcess(tmp_path, database_url) as engine:
        site.configure(engine, "sleep 0.02")
        sent: list[str] = []
        for number in range(25):
            sent.append(f"{number:03}.csv")
            site.put(sent[-1])
        engine.start()
        for death in range(3):
            goal = rng.randint(3, 8) + len(names(site.good))
            engine.wait_until(lambda goal=goal: len(names(site.good)) >= min(goal, len(sent)), what="some files")  # type: ignore[misc]
            engine.kill9()
            for number in range(10):
                sent.append(f"{death}-{number}.csv")
                site.put(sent[-1])
            engine.start()
        wait_until(lambda: names(site.good) == sorted(sent), 60, "all files at their end")
        engine.wait_until(lambda: len(runs_of(engine)) >= len(sent), what="the history")
        ended = Counter(order_id for order_id, _ in runs_of(engine))
        assert ended == Counter(f"{site.inbox}/{name}" for name in sent)
        assert names(site.inbox) == []
        assert names(site.bad) == []


def test_a_directory_starts_a_job_with_the_files_in_it(tmp_path: Path, site: Site) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/watch", f"""<job>
            <script language="shell">echo "$SCHEDULER_TASK_TRIGGER_FILES" >> "{site.seen}"</script>
            <start_when_directory_changed directory="{site.inbox}" regex="csv$"/>
            </job>""")
        engine.start()
        site.put("a.csv")
        engine.wait_until(lambda: site.seen.read_text() == f"{site.inbox}/a.csv\n", what="the start")
        entry = engine.wait_until(
            lambda: engine.command('<show_history job="/watch"/>').findall(".//history.entry"), what="the history")
        assert entry[0].get("cause") == "directory"


def test_one_process_of_a_python_job_takes_one_file_after_the_other(tmp_path: Path, site: Site) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/one", f"""<job order="yes" idle_timeout="60"><script language="python"><![CDATA[
import os
def spooler_process():
    path = spooler_task.order.params.value("scheduler_file_path")
    with open({str(site.seen)!r}, "a") as seen:
        seen.write(f"{{os.getpid()}} {{path}}\\n")
    os.unlink(path)
    return True
]]></script></job>""")
        engine.chain("/python", f"""<job_chain><file_order_source directory="{site.inbox}" repeat="1"/>
            <job_chain_node state="first" job="one"/><job_chain_node.end state="end"/></job_chain>""")
        for number in range(3):
            (site.inbox / f"{number}").write_text("x")
        engine.start()
        engine.wait_until(lambda: len(site.seen.read_text().splitlines()) == 3, what="three files")
        (site.inbox / "late").write_text("x")
        engine.wait_until(lambda: len(site.seen.read_text().splitlines()) == 4, what="the late file")
        lines = [line.split() for line in site.seen.read_text().splitlines()]
        assert {path for _, path in lines} == {f"{site.inbox}/{name}" for name in ("0", "1", "2", "late")}
        assert len({pid for pid, _ in lines}) == 1
        engine.wait_until(lambda: len(runs_of(engine)) == 4, what="the history")
