#!/usr/bin/env python3
"""Write the list of returned goods: pieces by article, the most returned first."""

import sqlite3
from contextlib import closing

from workplace import data_directory, return_value, say, write_whole


def totals() -> list[tuple[str, int]]:
    database_file = data_directory() / "sales.db"
    if not database_file.exists():
        return []
    with closing(sqlite3.connect(f"file:{database_file}?mode=ro", uri=True, timeout=30)) as database:
        known = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'returns'").fetchone()[0]
        if not known:
            return []
        return list(
            database.execute("SELECT article, sum(pieces) AS n FROM returns GROUP BY article ORDER BY n DESC, article")
        )


def main() -> None:
    found = totals()
    lines = [f"{pieces:6}  {article}\n" for article, pieces in found]
    write_whole(data_directory() / "reports" / "returns.txt", "".join(lines) or "Nothing was returned.\n")
    say(f"{len(found)} articles")
    return_value("articles", len(found))


main()
