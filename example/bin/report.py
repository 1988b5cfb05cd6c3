#!/usr/bin/env python3
"""Step 6: a page with the day's figures. Parameters: `top` (number of articles), `currency`."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from html import escape

from workplace import Workplace, fail, here, parameter, return_value, say, write_whole

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sales of {day}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }}
  table {{ border-collapse: collapse; width: 100%; margin: 0 0 2rem }}
  th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d5dae0 }}
  td:not(:first-child), th:not(:first-child) {{ text-align: right; font-variant-numeric: tabular-nums }}
</style>
<h1>Sales of {day}</h1>
<p>{revenue} from {pieces} pieces in {shops} shops.</p>
<h2>Shops</h2>
{shop_table}
<h2>The {top} articles that brought most</h2>
{article_table}
</html>
"""
BY = "SELECT {column}, sum(quantity), sum(cents) FROM totals WHERE day = ? GROUP BY {column} ORDER BY 3 DESC, 1 LIMIT ?"


def money(cents: int) -> str:
    return f"{cents / 100:,.2f} {parameter('currency', 'EUR')}"


def table(heading: str, rows: Iterable[tuple[str, int, int]]) -> str:
    lines = [f"<tr><th>{heading}<th>Pieces<th>Revenue"]
    lines += [f"<tr><td>{escape(name)}<td>{pieces}<td>{escape(money(cents))}" for name, pieces, cents in rows]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def page(place: Workplace, database: sqlite3.Connection, top: int) -> str:
    "The whole page. Raises ValueError when the day has no totals."
    day = place.day.isoformat()
    shops = database.execute(BY.format(column="shop"), (day, -1)).fetchall()
    articles = database.execute(BY.format(column="article"), (day, top)).fetchall()
    if not shops:
        raise ValueError(f"There are no totals of {day}")
    return PAGE.format(
        day=day, top=len(articles), shops=len(shops), pieces=sum(row[1] for row in shops),
        revenue=escape(money(sum(row[2] for row in shops))),
        shop_table=table("Shop", shops), article_table=table("Article", articles))


def main() -> None:
    place = here()
    with closing(sqlite3.connect(place.database, timeout=30)) as database:
        try:
            text = page(place, database, int(parameter("top", "5")))
        except ValueError as error:
            fail(str(error))
    write_whole(place.report, text)
    say(f"{place.report.name} written")
    return_value("report", place.report)


main()
