#!/usr/bin/env python3
"""Step 5: the day's totals for each shop and article, worked out anew from the lines sold."""

import sqlite3
from contextlib import closing

from workplace import here, return_value, say

SCHEMA = """
CREATE TABLE IF NOT EXISTS totals (
    day TEXT NOT NULL, shop TEXT NOT NULL, article TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL,
    PRIMARY KEY (day, shop, article))
"""
TOTALS = """
INSERT INTO totals
SELECT day, shop, article, sum(quantity), sum(quantity * cents) FROM sales WHERE day = :day GROUP BY day, shop, article
"""
WHOLE_DAY = "SELECT coalesce(sum(cents), 0), count(DISTINCT shop) FROM totals WHERE day = :day"


def main() -> None:
    place = here()
    day = {"day": place.day.isoformat()}
    with closing(sqlite3.connect(place.database, timeout=30)) as database:
        database.execute(SCHEMA)
        with database:
            database.execute("DELETE FROM totals WHERE day = :day", day)
            database.execute(TOTALS, day)
        cents, shops = database.execute(WHOLE_DAY, day).fetchone()
    say(f"{cents / 100:,.2f} in {shops} shops")
    return_value("revenue", f"{cents / 100:.2f}")


main()
