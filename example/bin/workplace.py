"""Where a step works, and how it speaks to the engine.

    in/             the in-tray: the shops put their files here
    work/<day>/     the files of one day while its order is under way
    quarantine/     refused files, each with a note that says why
    returns/        files of goods that customers sent back; what is refused goes to refused/ in it
    backup/         copies of sales.db
    sales.db        SQLite: every line sold or returned, and the totals of each day
    reports/        one page for each day
    archive/        the files of finished days, compressed

Every step may be started again at any time: an engine that was killed repeats the step at which it was. So a step
either does its work again with the same result, or notices that it is done.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "var" / "example"


def parameter(name: str, default: str = "") -> str:
    "A parameter of the order, the job or the scheduler, whichever is nearest; empty counts as not given."
    return os.environ.get(f"SCHEDULER_PARAM_{name.upper()}", "") or default


def return_value(name: str, value: object) -> None:
    "Hand a value to the steps that follow: it becomes a parameter of the order."
    if file := os.environ.get("SCHEDULER_RETURN_VALUES"):
        with open(file, "a", encoding="utf-8") as values:
            values.write(f"{name}={value}\n")


def say(text: str) -> None:
    "A line for the log; the first one is also shown beside the order."
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    "End the step as failed: the order goes to the error state of its node."
    say(text)
    sys.exit(1)


@dataclass(frozen=True)
class Workplace:
    "The directories of one day."

    data: Path
    day: date

    @property
    def tray(self) -> Path:
        return self.data / "in"

    @property
    def work(self) -> Path:
        return self.data / "work" / self.day.isoformat()

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def database(self) -> Path:
        return self.data / "sales.db"

    @property
    def report(self) -> Path:
        return self.data / "reports" / f"{self.day.isoformat()}.html"

    @property
    def archives(self) -> Path:
        return self.data / "archive"

    @property
    def normalised(self) -> Path:
        return self.work / "normalised.csv"

    def in_tray(self) -> list[Path]:
        "Files of this day that wait in the in-tray."
        return sorted(self.tray.glob(f"sales_{self.day.isoformat()}_*.csv"))

    def taken(self) -> list[Path]:
        "Files of this day that the order has taken."
        return sorted(self.work.glob("sales_*.csv"))

    def leave_if_empty(self) -> None:
        "Remove the working directory when nothing is in it."
        if self.work.exists() and not any(self.work.iterdir()):
            self.work.rmdir()


def here() -> Workplace:
    "The workplace of the running step. The day is the parameter `day`, else the order's id."
    text = parameter("day") or os.environ.get("SCHEDULER_ORDER_ID", "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no day: name the order like 2024-05-13, or give it the parameter day")
    return Workplace(data_directory(), day)


def data_directory() -> Path:
    "The parameter `data_dir`; without it var/example beside the example."
    return Path(parameter("data_dir", str(DEFAULT_DATA)))


def write_whole(path: Path, text: str) -> None:
    "Readers see the old file or the new one, never half of it."
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_name(f".{path.name}.new")
    half_done.write_text(text, encoding="utf-8")
    half_done.replace(path)
