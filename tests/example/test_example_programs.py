"Each program of the example may be started again after any interruption, with the same result."

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "example" / "bin"
SAMPLES = BIN.parent / "data"
GOOD, FAULTY = "2024-05-13", "2024-05-14"
WAY = ["collect", "check", "convert", "load", "aggregate", "report", "archive"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, tmp_path: Path) -> Run:
    "Runs a program as the engine would, for an order; return values are collected in `returns`."
    def run(program: str, order: str = GOOD, **params: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": os.environ["PATH"], "SCHEDULER_ORDER_ID": order, "SCHEDULER_PARAM_DATA_DIR": str(data),
            "SCHEDULER_RETURN_VALUES": str(tmp_path / "returns"),
            **{f"SCHEDULER_PARAM_{name.upper()}": value for name, value in params.items()},
        }
        command = [sys.executable, str(BIN / f"{program}.py")]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    run("fill_in_tray")
    return run


def result(data: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], list[str], str]:
    "Everything that a day leaves behind."
    with closing(sqlite3.connect(data / "sales.db")) as database:
        sales = database.execute("SELECT * FROM sales ORDER BY source, line").fetchall()
        totals = database.execute("SELECT * FROM totals ORDER BY day, shop, article").fetchall()
    archives = sorted(file.name for file in (data / "archive").iterdir())
    return sales, totals, archives, (data / "reports" / f"{GOOD}.html").read_text()


def test_every_step_done_twice_gives_what_it_gives_once(run: Run, data: Path, tmp_path: Path) -> None:
    for step in WAY:
        assert run(step).returncode == 0
    once = result(data)
    shutil.rmtree(data)
    run("fill_in_tray")
    for step in WAY:
        assert run(step).returncode == 0
        assert run(step).returncode == 0, f"{step}, again"
    assert result(data) == once
    assert "rows=43\n" in (tmp_path / "returns").read_text()


def test_an_archive_written_before_an_interruption_is_not_doubled(run: Run, data: Path) -> None:
    for step in WAY[:-1]:
        run(step)
    shutil.copytree(data / "work", data / "before")
    assert run("archive").returncode == 0
    shutil.rmtree(data / "work")
    (data / "before").rename(data / "work")
    assert run("archive").returncode == 0
    assert len(list((data / "archive").iterdir())) == 1


def test_an_interrupted_quarantine_is_taken_up_again(run: Run, data: Path) -> None:
    run("collect", FAULTY)
    assert run("check", FAULTY).returncode == 1
    assert run("quarantine", FAULTY).returncode == 0
    # as if it had ended after the first of the good files
    (data / "work" / FAULTY).mkdir()
    (data / "in" / f"sales_{FAULTY}_berlin.csv").rename(data / "work" / FAULTY / f"sales_{FAULTY}_berlin.csv")
    again = run("quarantine", FAULTY)
    assert again.stdout == f"In quarantine: sales_{FAULTY}_hamburg.csv\n"
    assert len(list((data / "in").glob(f"sales_{FAULTY}_*.csv"))) == 2
    assert not (data / "work" / FAULTY).exists()


def test_collecting_nothing_fails_and_says_what_was_expected(run: Run, data: Path) -> None:
    done = run("collect", "2024-12-24")
    assert done.returncode == 1
    assert done.stdout == f"No files of 2024-12-24 in {data}/in: expected sales_2024-12-24_SHOP.csv\n"
    assert not (data / "work" / "2024-12-24").exists()


def test_an_order_that_is_no_day_says_how_to_name_it(run: Run) -> None:
    done = run("collect", "yesterday")
    assert (done.returncode, done.stdout[:22]) == (1, "'yesterday' is no day:")
    assert run("collect", "any name", day=GOOD).returncode == 0


@pytest.mark.parametrize(("line", "fault"), [
    ("2024-05-13,r,s,a,1", "6 columns were expected"),
    ("2024-05-13,r,s,a,1,2.00,more", "6 columns were expected"),
    ("2024-05-13,r,s,,1,2.00", "article is empty"),
    ("13/05/2024,r,s,a,1,2.00", "date '13/05/2024' is neither like 2024-05-13 nor like 13.05.2024"),
    ("2024-05-12,r,s,a,1,2.00", "date 2024-05-12 does not belong to 2024-05-13"),
    ("2024-05-13,r,s,a,1.5,2.00", "quantity '1.5' is no whole number"),
    ("2024-05-13,r,s,a,0,2.00", "quantity is 0"),
    ("2024-05-13,r,s,a,1,two", "price 'two' is no number"),
    ("2024-05-13,r,s,a,1,NaN", "price 'NaN' is no amount with two decimals"),
    ("2024-05-13,r,s,a,1,-2.00", "price '-2.00' is no amount with two decimals"),
    ("2024-05-13,r,s,a,1,2.005", "price '2.005' is no amount with two decimals"),
])
def test_a_faulty_line_is_told_with_its_number(run: Run, data: Path, line: str, fault: str) -> None:
    (data / "work" / GOOD).mkdir(parents=True)
    (data / "work" / GOOD / f"sales_{GOOD}_x.csv").write_text(
        f"date,receipt,shop,article,quantity,price\n2024-05-13,r,s,a,1,2.00\n{line}\n")
    done = run("check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["1 faults, 1 good lines", f"sales_{GOOD}_x.csv, line 3: {fault}"]


@pytest.mark.parametrize(("content", "fault"), [
    (b"", "line 1: the columns are missing; expected date, receipt, shop, article, quantity, price"),
    (b"day;amount\n", "line 1: the columns are day, amount; expected date, receipt, shop, article, quantity, price"),
    (b"date,receipt,shop,article,quantity,price\n", "line 1: there is no line below the heading"),
    (b"date,\xff\n", "line 1: the file is not UTF-8 text (byte 5)"),
])
def test_a_file_that_cannot_be_read_at_all_is_a_fault_too(run: Run, data: Path, content: bytes, fault: str) -> None:
    (data / "work" / GOOD).mkdir(parents=True)
    (data / "work" / GOOD / f"sales_{GOOD}_x.csv").write_bytes(content)
    assert run("check").stdout.splitlines()[1:] == [f"sales_{GOOD}_x.csv, {fault}"]
