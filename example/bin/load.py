#!/usr/bin/env python3
"""Step 4: load the day into the database; what an earlier attempt has loaded from the same files is replaced."""

import csv
import sqlite3
from contextlib import closing

from workplace import here, return_value, say

SCHEMA = """
CREATE TABLE IF NOT EXISTS sales (
    source TEXT NOT NULL, line INTEGER NOT NULL, day TEXT NOT NULL, receipt TEXT NOT NULL, shop TEXT NOT NULL,
    article TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (source, line))
"""


def main() -> None:
    place = here()
    with open(place.normalised, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sources = sorted({row["source"] for row in rows})
    with closing(sqlite3.connect(place.database, timeout=30)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(SCHEMA)
        with database:
            database.executemany("DELETE FROM sales WHERE source = ?", [(source,) for source in sources])
            database.executemany(
                "INSERT INTO sales VALUES (:source, :line, :day, :receipt, :shop, :article, :quantity, :cents)", rows)
    say(f"{len(rows)} lines loaded from {len(sources)} files")
    return_value("loaded", len(rows))


main()
