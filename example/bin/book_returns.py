#!/usr/bin/env python3
"""Book a file of returned goods. Exit code 3: every line of it was booked before; 1: the database did not let us in."""

import csv
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from workplace import data_directory, fail, parameter, return_value, say

SCHEMA = """
CREATE TABLE IF NOT EXISTS returns (
    source TEXT NOT NULL, line INTEGER NOT NULL, article TEXT NOT NULL, pieces INTEGER NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (source, line))
"""
NOTHING_NEW = 3


def booked(file: Path) -> int:
    "Books what is new in the file and says how many lines that were."
    with open(file, encoding="utf-8", newline="") as lines:
        rows = [
            (file.name, number, line["article"], int(line["pieces"]), line.get("reason") or "")
            for number, line in enumerate(csv.DictReader(lines), 2)
        ]
    with closing(sqlite3.connect(data_directory() / "sales.db", timeout=5)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(SCHEMA)
        with database:
            before = database.total_changes
            database.executemany("INSERT OR IGNORE INTO returns VALUES (?, ?, ?, ?, ?)", rows)
            return database.total_changes - before


def main() -> None:
    file = Path(parameter("scheduler_file_path") or os.environ["SCHEDULER_TASK_TRIGGER_FILES"])
    try:
        lines = booked(file)
    except sqlite3.OperationalError as error:
        fail(f"The database is busy: {error}")
    say(f"{lines} lines booked")
    return_value("booked", lines)
    if lines == 0:
        sys.exit(NOTHING_NEW)


main()
