#!/usr/bin/env python3
"""Step 3: one file with one spelling of dates and prices from all files of the day."""

import csv
import io

import sales_file
from workplace import here, return_value, say, write_whole


def main() -> None:
    place = here()
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["source", "line", "day", "receipt", "shop", "article", "quantity", "cents"])
    count = 0
    for file in place.taken():
        sales, _ = sales_file.read(file, place.day)
        for sale in sales:
            table.writerow([file.name, sale.line, sale.day.isoformat(), sale.receipt, sale.shop, sale.article,
                            sale.quantity, sale.cents])
        count += len(sales)
    write_whole(place.normalised, text.getvalue())
    say(f"{count} lines normalised")
    return_value("normalised", place.normalised)


main()
