"""The shipped example on a real engine: real files in, a database, a page, an archive and a quarantine out."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from models.connect import create
from models.tables import order_runs, order_steps, task_logs, tasks
from tests.support.engine import ROOT, EngineProcess

EXAMPLE = ROOT / "example"
GOOD_DAY, FAULTY_DAY, LATER_DAY = "2024-05-13", "2024-05-14", "2024-05-15"
WHOLE_WAY = ["collect", "check", "convert", "load", "aggregate", "report", "archive"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    "The example's data directory with the samples in the in-tray, made by the program that `make run` uses."
    data = tmp_path / "data"
    subprocess.run([sys.executable, str(EXAMPLE / "bin" / "fill_in_tray.py"), str(data)], check=True)
    return data


@pytest.fixture
def engine(tmp_path: Path, database_url: str, data: Path) -> Iterator[EngineProcess]:
    "An engine with a copy of the example's configuration, so that a test may change it."
    example = tmp_path / "example"
    shutil.copytree(EXAMPLE, example)
    # the jobs run the same Python as the test
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environ = {"STELLWERK_EXAMPLE_DATA": str(data), "PATH": path}
    config = example / "config" / "scheduler.xml"
    with EngineProcess(tmp_path, database_url, scheduler_id="demo", config=config, environ=environ) as engine:
        yield engine.start()


class History:
    "What the database tells about the rounds of orders."

    def __init__(self, url: str) -> None:
        self._engine = create(url, "reader")

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def _connect(self) -> Connection:
        return self._engine.connect()

    def ended(self, order_id: str) -> list[dict[str, Any]]:
        "The ended rounds of an order, the first one first."
        query = select(order_runs).where(order_runs.c.order_id == order_id, order_runs.c.ended_at.is_not(None))
        with self._connect() as connection:
            return [dict(row) for row in connection.execute(query.order_by(order_runs.c.history_id)).mappings()]

    def has_begun(self, order_id: str) -> bool:
        "Whether its first step is over."
        query = select(order_steps.c.step).join(order_runs, order_runs.c.history_id == order_steps.c.history_id)
        with self._connect() as connection:
            query = query.where(order_runs.c.order_id == order_id, order_steps.c.exit_code == 0)
            return connection.execute(query).first() is not None

    def way(self, history_id: int) -> list[tuple[str, int | None]]:
        "Node and exit code of each step."
        query = select(order_steps.c.node, order_steps.c.exit_code).where(order_steps.c.history_id == history_id)
        with self._connect() as connection:
            return [(row.node, row.exit_code) for row in connection.execute(query.order_by(order_steps.c.step))]

    def log(self, history_id: int, node: str) -> str:
        "The stored log of the task that worked at a node; empty until it has ended."
        query = select(task_logs.c.content).join(order_steps, order_steps.c.task_id == task_logs.c.task_id)
        query = query.where(order_steps.c.history_id == history_id, order_steps.c.node == node)
        with self._connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return ""
        try:
            return zlib.decompress(row.content, wbits=47).decode()
        except zlib.error:
            return str(row.content.decode())

    def task_of(self, job: str) -> dict[str, Any] | None:
        "The ended task of a job that ran once."
        with self._connect() as connection:
            query = select(tasks).where(tasks.c.job == job, tasks.c.ended_at.is_not(None))
            row = connection.execute(query).mappings().first()
            return dict(row) if row else None


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with History(database_url) as history:
        yield history


def round_of(engine: EngineProcess, history: History, order_id: str, number: int = 1) -> dict[str, Any]:
    "The n-th round of an order, when it has ended."
    def enough() -> bool:
        return len(history.ended(order_id)) >= number
    engine.wait_until(enough, 60, f"round {number} of order {order_id}")
    return history.ended(order_id)[number - 1]


def files(folder: Path) -> list[str]:
    "Names of the files, without those that a program is about to write."
    return sorted(file.name for file in folder.glob("*") if not file.name.startswith(".")) if folder.exists() else []


def a_good_day_ends_in_the_database_on_a_page_and_in_the_archive(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    run = round_of(engine, history, GOOD_DAY)
    assert run["node"] == "done"
    assert not run["failed"]
    assert history.way(run["history_id"]) == [(node, 0) for node in WHOLE_WAY]

    with closing(sqlite3.connect(data / "sales.db")) as database:
        of_day = "FROM sales WHERE day = ?"
        lines = database.execute(f"SELECT count(*), sum(quantity * cents) {of_day}", [GOOD_DAY]).fetchone()
        totals = database.execute("SELECT sum(cents) FROM totals WHERE day = ?", [GOOD_DAY]).fetchone()
    assert lines == (43, 98690)
    assert totals == (98690,)

    page = (data / "reports" / f"{GOOD_DAY}.html").read_text()
    assert "986.90 EUR from 55 pieces in 3 shops" in page
    assert page.count("<tr><td>") == 3 + 5, "three shops, and the report job's own parameter top is 5"

    (archive,) = (data / "archive").glob(f"{GOOD_DAY}-*.tar.gz")
    with tarfile.open(archive) as tar:
        assert sorted(tar.getnames()) == [f"sales_{GOOD_DAY}_{shop}.csv" for shop in ("berlin", "hamburg", "leipzig")]
    assert not (data / "work" / GOOD_DAY).exists()
    assert "43 lines, all good" in history.log(run["history_id"], "check")


def a_faulty_file_goes_to_quarantine_and_the_good_ones_go_back(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    run = round_of(engine, history, FAULTY_DAY)
    assert run["node"] == "refused"
    assert history.way(run["history_id"]) == [("collect", 0), ("check", 1), ("quarantine", 0)]

    bad = f"sales_{FAULTY_DAY}_hamburg.csv"
    assert files(data / "quarantine") == [bad, f"{bad}.reason.txt"]
    assert (data / "quarantine" / f"{bad}.reason.txt").read_text().splitlines()[1:] == [
        "  line 5: quantity 'two' is no whole number",
        "  line 9: date 2024-04-14 does not belong to 2024-05-14",
        "  line 12: price 'n/a' is no number",
    ]
    assert [name for name in files(data / "in") if FAULTY_DAY in name] == [
        f"sales_{FAULTY_DAY}_berlin.csv", f"sales_{FAULTY_DAY}_leipzig.csv",
    ]
    assert not (data / "reports" / f"{FAULTY_DAY}.html").exists()
    assert "line 9: date 2024-04-14" in history.log(run["history_id"], "check")


def with_the_corrected_file_the_same_order_is_started_again(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    round_of(engine, history, FAULTY_DAY)
    shutil.copy(EXAMPLE / "data" / "corrected" / f"sales_{FAULTY_DAY}_hamburg.csv", data / "in")
    engine.command(f'<modify_order job_chain="/sales/daily" order="{FAULTY_DAY}" at="now"/>')
    run = round_of(engine, history, FAULTY_DAY, 2)
    assert run["node"] == "done"
    assert history.way(run["history_id"]) == [(node, 0) for node in WHOLE_WAY]
    page = (data / "reports" / f"{FAULTY_DAY}.html").read_text()
    assert page.count("<tr><td>") == 3 + 8, "the order's parameter top beats the job's"


def an_order_added_by_command_works_on_files_that_came_later(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    early = engine.add_order("/sales/daily", LATER_DAY)
    assert early.tag == "ok"
    run = round_of(engine, history, LATER_DAY)
    assert (run["node"], run["failed"]) == ("failed", True), "there is no file of that day yet"
    for file in (EXAMPLE / "data" / "later").iterdir():
        shutil.copy(file, data / "in")
    engine.add_order("/sales/daily", LATER_DAY, currency="CHF")
    run = round_of(engine, history, LATER_DAY, 2)
    assert run["node"] == "done"
    assert " CHF from " in (data / "reports" / f"{LATER_DAY}.html").read_text(), "the order beats the scheduler"


def test_a_killed_engine_takes_the_work_up_again_and_nothing_is_lost_or_doubled(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    engine.wait_until(lambda: history.has_begun(GOOD_DAY), 60, "the good day is under way")
    engine.kill9()
    engine.start()
    assert round_of(engine, history, GOOD_DAY)["node"] == "done"
    assert round_of(engine, history, FAULTY_DAY)["node"] == "refused"
    with closing(sqlite3.connect(data / "sales.db")) as database:
        assert database.execute("SELECT count(*), sum(quantity * cents) FROM sales").fetchone() == (43, 98690)
    assert len(files(data / "archive")) == 1
    assert engine.terminate() == 0


def returned_goods_are_booked_or_refused_as_their_files_come(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    good, faulty = (str(data / "returns" / f"returns_2024-05-13_{shop}.csv") for shop in ("berlin", "leipzig"))
    booked, refused = round_of(engine, history, good), round_of(engine, history, faulty)
    assert history.way(booked["history_id"]) == [("check", 0), ("book", 0)]
    assert (booked["node"], refused["node"], refused["state_text"]) == ("booked", "refused", "line 3 is faulty")
    log = engine.wait_until(lambda: history.log(booked["history_id"], "book"), 30, "the log of the step")
    assert "The step took " in log, "the monitor has its say"
    engine.wait_until(lambda: files(data / "returns") == ["refused"], 30, "the in-tray of returns is empty")
    assert files(data / "returns" / "refused") == [Path(faulty).name]

    shutil.copy(EXAMPLE / "data" / "returns" / Path(good).name, data / "returns")
    again = round_of(engine, history, good, 2)
    assert history.way(again["history_id"]) == [("check", 0), ("book", 3)], "3: nothing new in it"
    assert (again["node"], again["failed"]) == ("booked", False)
    with closing(sqlite3.connect(data / "sales.db")) as database:
        assert database.execute("SELECT article, pieces FROM returns ORDER BY line").fetchall() == [
            ("Teapot", 2), ("Milk jug", 1),
        ]  # fmt: skip


def the_nights_work_goes_through_both_of_its_chains(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    round_of(engine, history, GOOD_DAY)
    waits = engine.command('<show_order job_chain="/night" order="every"/>')
    assert waits.get("active_schedule") == "/nights"
    assert waits.get("next_start_time", "").endswith(("T00:30:00.000Z", "T01:30:00.000Z")), "half past two in Berlin"
    engine.command('<modify_order job_chain="/night" order="every" at="now"/>')
    engine.wait_until(lambda: files(data / "backup"), 30, "the copy of the database")
    engine.wait_until(lambda: (data / "reports" / "returns.txt").exists(), 30, "the list of returned goods")
    again = engine.wait_until(lambda: _resting(engine), 30, "the order waits for the next night")
    assert again == waits.get("next_start_time")


def _resting(engine: EngineProcess) -> str | None:
    order = engine.command('<show_order job_chain="/night" order="every"/>')
    return order.get("next_start_time") if order.get("touched") is None else None


def the_standalone_job_reports_the_disk_and_removes_old_archives(
    engine: EngineProcess, history: History, data: Path,
) -> None:
    round_of(engine, history, GOOD_DAY)
    old = data / "archive" / "2001-01-01-00000000.tar.gz"
    old.touch()
    subprocess.run(["touch", "-d", "2001-01-01", str(old)], check=True)
    engine.command('<start_job job="/housekeeping/tidy_disk"/>')
    task = engine.wait_until(lambda: history.task_of("/housekeeping/tidy_disk"), 30, "the task")
    assert task["exit_code"] == 0
    assert task["state_text"].endswith("1 old files removed")
    assert dict(task["params"])["removed"] == "1"
    assert not old.exists()
    assert list((data / "archive").glob(f"{GOOD_DAY}-*.tar.gz"))


def test_the_example_works_from_its_first_day_on(engine: EngineProcess, history: History, data: Path) -> None:
    for part in (
        a_good_day_ends_in_the_database_on_a_page_and_in_the_archive,
        a_faulty_file_goes_to_quarantine_and_the_good_ones_go_back,
        returned_goods_are_booked_or_refused_as_their_files_come,
        the_nights_work_goes_through_both_of_its_chains,
        with_the_corrected_file_the_same_order_is_started_again,
        an_order_added_by_command_works_on_files_that_came_later,
        the_standalone_job_reports_the_disk_and_removes_old_archives,
    ):
        part(engine, history, data)
